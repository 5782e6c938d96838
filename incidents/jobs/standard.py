"""The operations every desk has: fields, owner, states, words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from accounts.models import Organisation, Person, Team
from accounts.roles import STAFF_ROLES
from catalogue.models import Component, Service
from core.errors import DomainError
from incidents import actions
from incidents.forms import many
from incidents.jobs.changed import (
    all_stays,
    changed_since,
    running_interval,
    state_stays,
    stays,
)
from incidents.jobs.operations import Params, operation
from incidents.models import Channel, Message, Ticket
from incidents.models.ticket import Level, Priority
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES

_ROWS: Mapping[str, type[Model]] = {
    "service": Service,
    "component": Component,
    "organisation": Organisation,
    "assignee": Person,
    "team": Team,
}
_WORDS: Mapping[str, Mapping[Any, str]] = {
    "priority": dict(Priority.choices),
    "impact": dict(Level.choices),
    "urgency": dict(Level.choices),
    "severity": dict(Level.choices),
    "channel": dict(Channel.choices),
}
_EDITABLE = tuple(name for name in many.EditManyForm.base_fields if name != "clear")
# Fields of which one follows from another: they go back together.
_PLACE = frozenset({"service", "component"})
_FOLLOWING = (_PLACE, frozenset({"impact", "urgency", "priority"}))
_EMPTY: Mapping[str, Any] = {"category": "", "version_seen": ""}


def _row(name: str, number: int | None) -> Any:
    """The record a number of the params stands for; a DomainError when it is gone."""
    if number is None:
        return None
    found = _ROWS[name]._default_manager.filter(pk=number).first()
    if found is None:
        raise DomainError(f"This {name} is not there any more.", field=name)
    return found


def _named(name: str, value: Any) -> str:
    if name in _ROWS:
        return str(_row(name, value))
    return _WORDS.get(name, {}).get(value, str(value))


def _labelled(name: str) -> str:
    return name.replace("_", " ")


def _locked(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)


def _fields_of(ticket: Ticket) -> Params:
    """The editable fields as plain JSON."""
    return {name: getattr(ticket, f"{name}_id" if name in _ROWS else name) for name in _EDITABLE}


def _as_fields(values: Params) -> dict[str, Any]:
    return {name: _row(name, v) if name in _ROWS else v for name, v in values.items()}


def _edit(ticket: Ticket, person: Person, params: Params) -> Params:
    """Sets the fields; what undoing needs is what the ticket's own rules changed with them, too."""
    now = _locked(ticket)
    before = _fields_of(now)
    wanted = {name: value for name, value in params.items() if name != "clear"}
    wanted |= {name: _EMPTY.get(name) for name in params.get("clear", [])}
    edited = actions.edit_ticket(now, actor=person, version=now.version, **_as_fields(wanted))
    after = _fields_of(edited)
    changed = {name for name, value in before.items() if after[name] != value}
    for group in _FOLLOWING:
        if group & changed:
            changed |= group
    went = {name: before[name] for name in _EDITABLE if name in changed}
    return {"before": went, "since": edited.version}


def _edit_back(ticket: Ticket, person: Person, payload: Params) -> Sequence[str]:
    """What nobody changed since goes back; of service and component both or neither."""
    before = payload["before"]
    kept = changed_since(ticket, payload["since"], before)
    held = {one.field for one in kept}
    if held & _PLACE:
        held |= _PLACE
    back = {name: value for name, value in before.items() if name not in held}
    if not back:
        return all_stays(ticket, kept)
    if "priority" in held:
        # Named, or it would follow from the impact and urgency that go back.
        back["priority"] = ticket.priority
    actions.edit_ticket(ticket, actor=person, version=ticket.version, **_as_fields(back))
    return stays(ticket, kept)


def _describe_edit(params: Params) -> str:
    said = [
        f"{_labelled(name)} to {_named(name, value)}"
        for name, value in params.items()
        if name != "clear"
    ]
    cleared = [f"{_labelled(name)} to nothing" for name in params.get("clear", [])]
    return "Set " + ", ".join([*said, *cleared])


def _assign(ticket: Ticket, person: Person, params: Params) -> Params:
    now = _locked(ticket)
    before = {"assignee": now.assignee_id, "team": now.team_id}
    given = actions.assign_ticket(now, actor=person, **_as_fields(params))
    return {"before": before, "since": given.version}


def _assign_back(ticket: Ticket, person: Person, payload: Params) -> Sequence[str]:
    before = payload["before"]
    kept = changed_since(ticket, payload["since"], before)
    held = {one.field for one in kept}
    if held >= before.keys():
        return all_stays(ticket, kept)
    now = {"assignee": ticket.assignee_id, "team": ticket.team_id}
    back = {name: now[name] if name in held else value for name, value in before.items()}
    actions.give_ticket_back(ticket, actor=person, **_as_fields(back))
    return stays(ticket, kept)


def _describe_assign(params: Params) -> str:
    return "Assign to " + " · ".join(_named(name, value) for name, value in params.items())


def _wait(ticket: Ticket, person: Person, params: Params) -> Params:
    state = _locked(ticket).state
    actions.put_ticket_on_hold(ticket, actor=person, **params)
    return {"state": state, "interval": running_interval(ticket).pk}


def _wait_no_more(ticket: Ticket, person: Person, before: Params) -> None:
    now = running_interval(ticket)
    if now.pk != before["interval"]:
        raise DomainError(state_stays(ticket, now))
    if before["state"] != "in_progress":
        label = ticket.workflow.label(before["state"])
        raise DomainError(f"The workflow has no way back to “{label}”.")
    actions.start_ticket(ticket, actor=person)


def _step(action: Callable[..., object]) -> Callable[[Ticket, Person, Params], None]:
    """A step without a way back."""

    def apply(ticket: Ticket, person: Person, params: Params) -> None:
        action(ticket, actor=person, **params)

    return apply


def _write(kind: str) -> Callable[[Ticket, Person, Params], None]:
    def apply(ticket: Ticket, person: Person, params: Params) -> None:
        actions.reply_to_ticket(ticket, actor=person, kind=kind, **params)

    return apply


operation(
    "edit",
    label="Edit fields",
    apply=_edit,
    undo=_edit_back,
    form=many.EditManyForm,
    describe=_describe_edit,
    undo_note="Every field goes back to what it was on each ticket, but for those somebody "
    "changes meanwhile.",
    order=10,
)
operation(
    "assign",
    label="Assign",
    apply=_assign,
    undo=_assign_back,
    form=many.AssignManyForm,
    describe=_describe_assign,
    undo_note="Undoing gives each ticket to who had it before; its state stays.",
    order=20,
)
operation(
    "start",
    label="Start work",
    apply=_step(actions.start_ticket),
    form=many.NoParams,
    undo_note="The workflow has no way back.",
    order=30,
)
operation(
    "wait",
    label="Wait",
    apply=_wait,
    undo=_wait_no_more,
    form=many.WaitManyForm,
    describe=lambda params: f"Wait: {dict(PENDING_REASONS)[params['reason']].lower()}",
    undo_note="Undoing takes tickets that were in progress back into work; the workflow has no "
    "way back to the states before that.",
    order=40,
)
operation(
    "resolve",
    label="Resolve",
    apply=_step(actions.resolve_ticket),
    form=many.ResolveManyForm,
    describe=lambda params: f"Resolve: {dict(RESOLUTION_CODES)[params['code']].lower()}",
    undo_note="The requesters are told; reopen what is not over.",
    order=50,
)
operation(
    "close",
    label="Close",
    apply=_step(actions.close_ticket),
    form=many.NoParams,
    undo_note="The workflow has no way back to “Resolved”.",
    order=60,
)
operation(
    "reopen",
    label="Reopen",
    apply=_step(actions.reopen_ticket),
    form=many.ReasonManyForm,
    undo_note="The reopening counts; resolve them again.",
    order=70,
)
operation(
    "cancel",
    label="Cancel tickets",
    apply=_step(actions.cancel_ticket),
    form=many.NoteManyForm,
    undo_note="The workflow has no way back.",
    order=80,
)
operation(
    "reply",
    label="Public reply",
    apply=_write(Message.Kind.PUBLIC),
    form=many.ReplyManyForm,
    undo_note="The requesters will have read it.",
    order=90,
)
operation(
    "note",
    label="Internal note",
    apply=_write(Message.Kind.NOTE),
    form=many.WriteNoteManyForm,
    undo_note="What is written stays in the conversation.",
    roles=frozenset(STAFF_ROLES),
    order=95,
)
