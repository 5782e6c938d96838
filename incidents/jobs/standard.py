"""The operations every desk has: fields, owner, states, words."""

from collections.abc import Callable, Mapping
from typing import Any

from accounts.models import Person
from accounts.roles import STAFF_ROLES
from incidents import actions
from incidents.forms import many
from incidents.jobs import reversible
from incidents.jobs.operations import Params, operation
from incidents.models import Channel, Message, Ticket
from incidents.models.ticket import Level, Priority
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES

_WORDS: Mapping[str, Mapping[Any, str]] = {
    "priority": dict(Priority.choices),
    "impact": dict(Level.choices),
    "urgency": dict(Level.choices),
    "severity": dict(Level.choices),
    "channel": dict(Channel.choices),
}
_EMPTY: Mapping[str, Any] = {"category": "", "version_seen": ""}


def _named(name: str, value: Any) -> str:
    if name in reversible.ROWS:
        return str(reversible.row_of(name, value))
    return _WORDS.get(name, {}).get(value, str(value))


def _labelled(name: str) -> str:
    return name.replace("_", " ")


def _edit(ticket: Ticket, person: Person, params: Params) -> Params:
    wanted = {name: value for name, value in params.items() if name != "clear"}
    wanted |= {name: _EMPTY.get(name) for name in params.get("clear", [])}
    return reversible.edit(ticket, person, wanted)


def _describe_edit(params: Params) -> str:
    said = [
        f"{_labelled(name)} to {_named(name, value)}"
        for name, value in params.items()
        if name != "clear"
    ]
    cleared = [f"{_labelled(name)} to nothing" for name in params.get("clear", [])]
    return "Set " + ", ".join([*said, *cleared])


def _assign(ticket: Ticket, person: Person, params: Params) -> Params:
    before = reversible.owner_of(ticket)
    actions.assign_ticket(ticket, actor=person, **reversible.as_fields(params))
    return reversible.assigned(ticket, before)


def _describe_assign(params: Params) -> str:
    return "Assign to " + " · ".join(_named(name, value) for name, value in params.items())


def _tag(ticket: Ticket, person: Person, params: Params) -> Params:
    return reversible.mark(ticket, person, **params)


def _describe_tags(params: Params) -> str:
    said = [("Add", params.get("add")), ("Take away", params.get("remove"))]
    words = [f"{verb} the tag{'s' if len(tags) > 1 else ''} {', '.join(tags)}"
             for verb, tags in said if tags]  # fmt: skip
    return "; ".join(words)


def _follow(ticket: Ticket, person: Person, params: Params) -> Params:
    people = list(Person.objects.filter(pk__in=params["people"]).order_by("pk"))
    return reversible.let_follow(ticket, person, people)


def _describe_followers(params: Params) -> str:
    people = Person.objects.filter(pk__in=params["people"]).order_by("name")
    return f"Let follow: {', '.join(people.values_list('name', flat=True))}"


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
    undo=reversible.edit_back,
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
    undo=reversible.assign_back,
    form=many.AssignManyForm,
    describe=_describe_assign,
    undo_note="Undoing gives each ticket to who had it before; its state stays.",
    order=20,
)
operation(
    "tag",
    label="Tags",
    apply=_tag,
    undo=reversible.mark_back,
    form=many.TagManyForm,
    describe=_describe_tags,
    undo_note="Tags that were there before, or not, stay as they were.",
    order=24,
)
operation(
    "follow",
    label="Add followers",
    apply=_follow,
    undo=reversible.follow_no_more,
    form=many.FollowManyForm,
    describe=_describe_followers,
    undo_note="Whoever followed before goes on following.",
    order=26,
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
    apply=reversible.wait,
    undo=reversible.wait_no_more,
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
