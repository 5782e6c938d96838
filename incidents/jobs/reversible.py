"""Changes of one ticket that can be taken back: each returns what its way back needs to know.

Work on many tickets and macros share them. What they return is plain JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, Service
from core.errors import DomainError
from incidents import actions
from incidents.forms.params import Params
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
_FOLLOWING = (frozenset({"service", "component"}), frozenset({"impact", "urgency", "priority"}))


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
    return {name: before[name] for name in EDITABLE if name in changed}


def edit_back(ticket: Ticket, actor: Person | None, before: Params) -> None:
    """Every field that was changed is what it was."""
    if before:
        actions.edit_ticket(ticket, actor=actor, version=ticket.version, **as_fields(before))


def owner_of(ticket: Ticket) -> Params:
    """Who has the ticket: what `assign_back` needs to know."""
    now = _locked(ticket)
    return {"assignee": now.assignee_id, "team": now.team_id}


def assign_back(ticket: Ticket, actor: Person | None, before: Params) -> None:
    """The ticket is with whoever had it; its state stays."""
    actions.give_ticket_back(ticket, actor=actor, **as_fields(before))


def wait(ticket: Ticket, actor: Person | None, params: Params) -> Params:
    """Puts the ticket on hold."""
    state = _locked(ticket).state
    actions.put_ticket_on_hold(ticket, actor=actor, **params)
    return {"state": state}


def wait_no_more(ticket: Ticket, actor: Person | None, before: Params) -> None:
    """Takes the ticket back into work, where the workflow has a way back."""
    if before["state"] != "in_progress":
        label = ticket.workflow.label(before["state"])
        raise DomainError(f"The workflow has no way back to “{label}”.")
    actions.start_ticket(ticket, actor=actor)


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


def mark_back(ticket: Ticket, actor: Person | None, before: Params) -> None:
    """The tags that were added go, those that were taken away are there again."""
    mark(ticket, actor, add=before["removed"], remove=before["added"])


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


def follow_no_more(ticket: Ticket, actor: Person | None, before: Params) -> None:
    """Ends the following that began with it."""
    for person in Person.objects.filter(pk__in=before["people"]):
        actions.remove_watcher(ticket, actor=actor, person=person)


def _locked(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)


def _fields_of(ticket: Ticket) -> Params:
    """The editable fields as plain JSON."""
    return {name: getattr(ticket, f"{name}_id" if name in ROWS else name) for name in EDITABLE}
