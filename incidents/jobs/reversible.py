"""Changes of one ticket that can be taken back: each returns what its way back needs to know.

Work on many tickets and macros share them. What they return is plain JSON. A way back leaves what
somebody changed since, with a sentence for each such thing; when nothing is left to take back it
raises DomainError with those sentences.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, Service
from core.errors import DomainError
from incidents import actions
from incidents.forms.params import Params
from incidents.jobs.changed import (
    all_stays,
    changed_since,
    running_interval,
    state_stays,
    stays,
)
from incidents.models import Ticket, TicketTag, Watcher
from incidents.permissions import may_follow

ROWS: Mapping[str, type[Model]] = {
    "service": Service,
    "component": Component,
    "organisation": Organisation,
    "assignee": Person,
    "team": Team,
}
EDITABLE = (
    "priority", "impact", "urgency", "severity", "service", "component", "organisation",
    "channel", "category", "version_seen",
)  # fmt: skip
# Fields of which one follows from another: they go back together.
_PLACE = frozenset({"service", "component"})
_FOLLOWING = (_PLACE, frozenset({"impact", "urgency", "priority"}))


def row_of(name: str, number: int | None) -> Any:
    """The record a number stands for; a DomainError when it is gone."""
    if number is None:
        return None
    found = ROWS[name]._default_manager.filter(pk=number).first()
    if found is None:
        raise DomainError(f"This {name} is not there any more.", field=name)
    return found


def as_fields(values: Params) -> dict[str, Any]:
    """The same values with records instead of their numbers."""
    return {name: row_of(name, v) if name in ROWS else v for name, v in values.items()}


def edit(ticket: Ticket, actor: Person | None, wanted: Params) -> Params:
    """Sets the fields; its way back knows what the ticket's own rules changed with them, too."""
    now = _locked(ticket)
    before = _fields_of(now)
    edited = actions.edit_ticket(now, actor=actor, version=now.version, **as_fields(wanted))
    after = _fields_of(edited)
    changed = {name for name, value in before.items() if after[name] != value}
    for group in _FOLLOWING:
        if group & changed:
            changed |= group
    went = {name: before[name] for name in EDITABLE if name in changed}
    return {"before": went, "since": edited.version}


def edit_back(ticket: Ticket, actor: Person | None, done: Params) -> Sequence[str]:
    """What nobody changed since is as it was; of service and component both or none."""
    before = done["before"]
    kept = changed_since(ticket, done["since"], before)
    held = {one.field for one in kept}
    if held & _PLACE:
        held |= _PLACE
    back = {name: value for name, value in before.items() if name not in held}
    if not back:
        return all_stays(ticket, kept)
    if "priority" in held:
        # Named, or it would follow from the impact and urgency that go back.
        back["priority"] = ticket.priority
    actions.edit_ticket(ticket, actor=actor, version=ticket.version, **as_fields(back))
    return stays(ticket, kept)


def owner_of(ticket: Ticket) -> Params:
    """Who has the ticket: what `assigned` takes once it has another owner."""
    now = _locked(ticket)
    return {"assignee": now.assignee_id, "team": now.team_id}


def assigned(ticket: Ticket, before: Params) -> Params:
    """What `assign_back` needs to know of an assignment that is done."""
    return {"before": before, "since": _locked(ticket).version}


def assign_back(ticket: Ticket, actor: Person | None, done: Params) -> Sequence[str]:
    """The ticket is with whoever had it; its state stays."""
    before = done["before"]
    kept = changed_since(ticket, done["since"], before)
    held = {one.field for one in kept}
    if held >= before.keys():
        return all_stays(ticket, kept)
    now = {"assignee": ticket.assignee_id, "team": ticket.team_id}
    back = {name: now[name] if name in held else value for name, value in before.items()}
    actions.give_ticket_back(ticket, actor=actor, **as_fields(back))
    return stays(ticket, kept)


def wait(ticket: Ticket, actor: Person | None, params: Params) -> Params:
    """Puts the ticket on hold."""
    state = _locked(ticket).state
    actions.put_ticket_on_hold(ticket, actor=actor, **params)
    return {"state": state, "interval": running_interval(ticket).pk}


def wait_no_more(ticket: Ticket, actor: Person | None, done: Params) -> Sequence[str]:
    """Takes the ticket back into work, where the workflow has a way back."""
    now = running_interval(ticket)
    if now.pk != done["interval"]:
        raise DomainError(state_stays(ticket, now))
    if done["state"] != "in_progress":
        label = ticket.workflow.label(done["state"])
        raise DomainError(f"The workflow has no way back to “{label}”.")
    actions.start_ticket(ticket, actor=actor)
    return []


def mark(
    ticket: Ticket, actor: Person | None, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> Params:
    """Adds tags and takes others away; what the ticket has, or has not, already is left alone."""
    _locked(ticket)
    marks = TicketTag.objects.filter(ticket=ticket, tag__name__in=[*add, *remove])
    has = set(marks.values_list("tag__name", flat=True))
    added = [name for name in add if name not in has]
    removed = [name for name in remove if name in has]
    for name in removed:
        actions.untag_ticket(ticket, actor=actor, name=name)
    for name in added:
        actions.tag_ticket(ticket, actor=actor, name=name)
    return {"added": added, "removed": removed}


def mark_back(ticket: Ticket, actor: Person | None, done: Params) -> Sequence[str]:
    """The tags that were added go, those that were taken away are there again."""
    mark(ticket, actor, add=done["removed"], remove=done["added"])
    return []


def let_follow(ticket: Ticket, actor: Person | None, people: Sequence[Person]) -> Params:
    """Lets people follow; who follows already or may not see the ticket is left out."""
    _locked(ticket)
    follow = set(Watcher.objects.filter(ticket=ticket).values_list("person_id", flat=True))
    added = []
    for person in people:
        if person.pk not in follow and may_follow(person, ticket):
            actions.add_watcher(ticket, actor=actor, person=person)
            added.append(person.pk)
    return {"people": added}


def follow_no_more(ticket: Ticket, actor: Person | None, done: Params) -> Sequence[str]:
    """Ends the following that began with it."""
    for person in Person.objects.filter(pk__in=done["people"]):
        actions.remove_watcher(ticket, actor=actor, person=person)
    return []


def _locked(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)


def _fields_of(ticket: Ticket) -> Params:
    """The editable fields as plain JSON."""
    return {name: getattr(ticket, f"{name}_id" if name in ROWS else name) for name in EDITABLE}
