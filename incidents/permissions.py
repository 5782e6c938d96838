"""Who may do what to a ticket. Pages ask `may` before showing a button, actions `require`."""

from collections.abc import Mapping
from enum import StrEnum

from accounts.models import Person, Team
from accounts.roles import Role
from core.errors import NotPermitted, TransitionNotAllowed
from core.workflow import Step
from incidents.models import CannedReply, Message, Ticket
from incidents.models.searching import ARRANGER_ROLES as SEARCH_ROLES
from incidents.workflow import RESOLVED


class Standing(StrEnum):
    """What a person is to one ticket; one person may be several things to it."""

    SUPPORT = "support"
    APPROVER = "approver"
    DEVELOPER = "developer"
    REQUESTER = "requester"
    AFFECTED = "affected"
    COLLEAGUE = "colleague"
    COPIED = "copied"


_SUPPORT = frozenset({Standing.SUPPORT})
_BOTH_SIDES = _SUPPORT | {Standing.DEVELOPER}
_REQUESTER = frozenset({Standing.REQUESTER})
_CONCERNED = _REQUESTER | {Standing.AFFECTED}
_CUSTOMER = _CONCERNED | {Standing.COLLEAGUE, Standing.COPIED}

# Every step and every other act on a ticket, and who may do it.
RULES: Mapping[str, frozenset[Standing]] = {
    "reply": _SUPPORT | _CUSTOMER,
    "note": _BOTH_SIDES,
    "ask_developers": _BOTH_SIDES,
    "assign": _SUPPORT,
    "start": _SUPPORT,
    "wait": _SUPPORT,
    "hand_to_development": _SUPPORT,
    "begin_development": _BOTH_SIDES,
    "return_to_desk": _BOTH_SIDES,
    "offer_fix": _BOTH_SIDES,
    "confirm_fix": _CONCERNED,
    "report_still_broken": _CONCERNED | _SUPPORT,
    "resolve": _SUPPORT,
    "reopen": _SUPPORT | _REQUESTER,
    "close": _SUPPORT,
    "cancel": _SUPPORT | _REQUESTER,
    "rate": _REQUESTER,
    "submit": _SUPPORT | _REQUESTER,
    "approve": frozenset({Standing.APPROVER}),
    "reject": frozenset({Standing.APPROVER}),
    "edit": _SUPPORT,
    "merge": _SUPPORT,
    "split": _SUPPORT,
    "link": _SUPPORT,
    "copy": _SUPPORT | _REQUESTER,
    "link_article": _BOTH_SIDES,
    "judge": _BOTH_SIDES,
    "task": _BOTH_SIDES,
    "finish_task": _BOTH_SIDES,
    "note_time": _BOTH_SIDES,
    "tag": _BOTH_SIDES,
    "follow": _BOTH_SIDES | _CUSTOMER,
    "add_watcher": _BOTH_SIDES | _CUSTOMER,
    "touch": _BOTH_SIDES,
}
# A merged ticket is a pointer: what is written to it goes on to its target, what was to be done for
# it is still done, the rest rests.
AFTER_A_MERGE = frozenset({"reply", "note", "ask_developers", "merge", "touch", "finish_task"})
# Who may keep texts for everybody.
CANNING_ROLES = frozenset({Role.TEAM_LEAD, Role.MANAGER, Role.ADMIN})
# Who arranges how the desk works: teams, checklists, tags, ratings.
ARRANGER_ROLES = frozenset({Role.MANAGER, Role.ADMIN})
APPROVER_ROLES = frozenset({Role.TEAM_LEAD, Role.MANAGER, Role.ADMIN})

REPLY_STEPS = {
    Message.Kind.PUBLIC: "reply",
    Message.Kind.NOTE: "note",
    Message.Kind.QUESTION: "ask_developers",
}


def standing(person: Person, ticket: Ticket) -> frozenset[Standing]:
    """What this person is to this ticket; empty for a stranger. Queries only where it must."""
    found: set[Standing] = set()
    if person.is_support and (person.is_overseer or ticket.team_id not in person.hidden_team_ids):
        found.add(Standing.SUPPORT)
        if person.has_role(APPROVER_ROLES):
            found.add(Standing.APPROVER)
    if ticket.requester_id == person.pk:
        found.add(Standing.REQUESTER)
    elif person.sees_organisation and ticket.organisation_id == person.organisation_id:
        found.add(Standing.COLLEAGUE)
    if Standing.SUPPORT not in found:
        found |= _granted(person, ticket)
    return frozenset(found)


def _granted(person: Person, ticket: Ticket) -> set[Standing]:
    """What rows beside the ticket make of a person: affected, in copy, a developer of it."""
    found: set[Standing] = set()
    if ticket.copies.filter(person=person).exists():
        found.add(Standing.COPIED)
    if ticket.affected_users.filter(pk=person.pk).exists():
        found.add(Standing.AFFECTED)
    if person.is_development and ticket.shares.filter(team_id__in=person.team_ids).exists():
        found.add(Standing.DEVELOPER)
    return found


def _allows(step: str, held: frozenset[Standing], ticket: Ticket) -> bool:
    if not RULES[step] & held or (ticket.is_merged and step not in AFTER_A_MERGE):
        return False
    if step in {"approve", "reject"} and ticket.approved_by_steps:
        return False
    # A closed ticket stays closed for its requester: what comes later is a new ticket.
    only_requester = step == "reopen" and Standing.SUPPORT not in held
    return not only_requester or ticket.state_category == RESOLVED


def may(person: Person | None, step: str, record: Ticket) -> bool:
    """True when this person (None: the system itself) may take this step, whatever the state.

    Only a merge is looked at: most steps rest on a merged ticket.
    """
    return person is None or _allows(step, standing(person, record), record)


def require(person: Person | None, step: str, record: Ticket) -> None:
    """Raises NotPermitted unless `may`, and TransitionNotAllowed where a merge is the reason."""
    if record.is_merged and step not in AFTER_A_MERGE:
        raise TransitionNotAllowed(merged_words(record))
    if not may(person, step, record):
        label = record.workflow.steps[step].label if step in record.workflow.steps else step
        words = label.replace("_", " ").capitalize()
        raise NotPermitted(f"“{words}” on {record.reference} is not for your role.")


def merged_words(ticket: Ticket) -> str:
    """What somebody reads who acts on a ticket that was merged."""
    target = ticket.merged_into
    if target is None:
        raise ValueError(f"{ticket.reference} is not merged")
    return f"{ticket.reference} was merged into {target.reference}. Please go on there."


def allowed(person: Person, ticket: Ticket) -> frozenset[str]:
    """Every act this person may do to this ticket, whatever its state; one reading of the rules."""
    held = standing(person, ticket)
    return frozenset(step for step in RULES if _allows(step, held, ticket))


def allowed_steps(person: Person, ticket: Ticket) -> list[Step]:
    """The steps of the workflow this person may take now, in table order."""
    rights = allowed(person, ticket)
    return [step for step in ticket.workflow.steps_from(ticket.state) if step.name in rights]


def may_arrange_team(person: Person | None, team: Team) -> bool:
    """How a team works is arranged by managers and admins, and by who leads that team."""
    if person is None or person.has_role(ARRANGER_ROLES):
        return True
    return person.memberships.filter(team=team, is_lead=True).exists()


def require_arranger(person: Person | None, *, team: Team | None = None) -> None:
    """Raises NotPermitted unless the person may arrange the desk, or this team."""
    if person is None or person.has_role(ARRANGER_ROLES):
        return
    if team is None or not may_arrange_team(person, team):
        raise NotPermitted("Arranging the desk is for managers, admins and the team's lead.")


def may_follow(person: Person, ticket: Ticket) -> bool:
    """True for who is still here and may see the ticket."""
    return person.is_active and Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()


def may_open_for(person: Person | None, requester: Person) -> bool:
    """Everybody may open a ticket for themselves, support for anybody."""
    return person is None or person.is_support or person.pk == requester.pk


def require_search_arranger(person: Person | None) -> None:
    """Raises NotPermitted for everybody who does not arrange the words of the search."""
    if person is not None and not person.has_role(SEARCH_ROLES):
        raise NotPermitted("The words of the search are arranged by admins, managers and leads.")


def may_can(person: Person, scope: str, team: Team | None, *, owner_id: int | None = None) -> bool:
    """True when this person may keep or change a canned reply of this scope."""
    if not person.is_staff_member:
        return False
    if scope == CannedReply.Scope.PERSONAL:
        return owner_id in {None, person.pk}
    if scope == CannedReply.Scope.TEAM:
        return (team is not None and team.pk in person.team_ids) or person.is_overseer
    return person.has_role(CANNING_ROLES)


def require_canning(
    person: Person, scope: str, team: Team | None, *, owner_id: int | None = None
) -> None:
    """Raises NotPermitted unless `may_can`."""
    if not may_can(person, scope, team, owner_id=owner_id):
        label = CannedReply.Scope(scope).label.lower()
        raise NotPermitted(f"Canned replies for “{label}” are not for your role.", field="scope")
