"""Who may do what to a change. Pages ask `may`, actions call `require`."""

from accounts.models import Person
from accounts.roles import CHANGE_ROLES, RELEASE_ROLES, Role
from changes.models import Change
from changes.workflow import CHANGE
from core.errors import NotPermitted
from core.workflow import Step

_AUTHORITY = frozenset({Role.CHANGE_MANAGER, Role.CHANGE_AUTHORITY, Role.ADMIN})
# Drafting and carrying out: everybody who works here. Deciding: the change authority.
_DECISIONS = frozenset({"authorise", "reject", "expedite"})
_MANAGED = frozenset({"assess", "request_authorisation", "schedule_standard", "close"})


def may(person: Person | None, step: str, change: Change | None = None) -> bool:
    """True when this person (None: the system itself) may take this step, whatever the state."""
    if person is None:
        return True
    if step in _DECISIONS:
        # Nobody decides on a change of their own.
        return person.has_role(_AUTHORITY) and (change is None or change.requester_id != person.pk)
    if step in _MANAGED:
        return person.has_role(CHANGE_ROLES | RELEASE_ROLES)
    if step in {"judge_cause", "link_tickets"}:
        return person.is_support or person.is_development
    return person.is_staff_member and person.roles != [Role.AUDITOR]


def require(person: Person | None, step: str, change: Change | None = None) -> None:
    """Raises NotPermitted unless `may`."""
    if may(person, step, change):
        return
    if step in _DECISIONS and change is not None and person and change.requester_id == person.pk:
        raise NotPermitted("Somebody else has to decide on a change you asked for.")
    label = CHANGE.steps[step].label if step in CHANGE.steps else step.replace("_", " ")
    raise NotPermitted(f"“{label.capitalize()}” is not for your role.")


def fits_type(step: str, change: Change) -> bool:
    """True when a change of this type takes this way: only standard ones skip authorisation."""
    if step == "schedule_standard":
        return change.type == Change.Type.STANDARD
    if step == "expedite":
        return change.type == Change.Type.EMERGENCY
    return True


def allowed_steps(person: Person, change: Change) -> list[Step]:
    """The steps this person may take now, in table order."""
    return [
        one
        for one in CHANGE.steps_from(change.state)
        if fits_type(one.name, change) and may(person, one.name, change)
    ]
