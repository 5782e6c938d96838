"""Everything that happened to a ticket, newest first: the facts, what was written, who was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Person
from core.events import CATALOGUE
from core.models import Event, EventQuerySet
from incidents.events import TICKET_EMBEDDED, TICKET_REPLIED, TICKET_RESOLVED
from incidents.models import Message, Ticket
from notifications.models import Notification, OutgoingMail

LONGEST_EXCERPT = 400


@dataclass(frozen=True)
class Group:
    """Facts that are looked for together."""

    label: str
    icon: str
    names: frozenset[str]


def _names(*kinds: str) -> frozenset[str]:
    """Full names; one outside the catalogue of facts is refused when the product starts."""
    names = frozenset(f"incidents.{kind}" for kind in kinds)
    unknown = names - CATALOGUE.keys()
    if unknown:
        raise ValueError(f"no such facts: {sorted(unknown)}")
    return names


GROUPS: dict[str, Group] = {
    "state": Group(
        "State",
        "circle-dot",
        _names(
            "ticket_opened",
            "ticket_started",
            "ticket_on_hold",
            "ticket_resumed",
            "ticket_handed_to_development",
            "development_begun",
            "ticket_returned",
            "fix_offered",
            "fix_confirmed",
            "still_broken",
            "ticket_resolved",
            "ticket_reopened",
            "ticket_closed",
            "ticket_cancelled",
            "request_submitted",
            "request_approved",
            "request_rejected",
        ),
    ),
    "messages": Group("Messages", "message-square", _names("ticket_replied")),
    "assignments": Group(
        "Assignments",
        "user-check",
        _names("ticket_assigned", "assignment_waits", "ticket_returned_to_pool"),
    ),
    "fields": Group("Fields", "pencil", _names("ticket_edited")),
    "tasks": Group(
        "Tasks",
        "list-checks",
        _names(
            "task_added",
            "task_changed",
            "task_done",
            "task_undone",
            "task_removed",
            "checklist_applied",
        ),
    ),
    "time": Group("Time", "timer", _names("time_noted", "time_removed")),
    "people": Group(
        "Followers and sharing",
        "eye",
        _names("ticket_followed", "ticket_unfollowed", "ticket_shared", "ticket_unshared"),
    ),
    "tags": Group("Tags", "tag", _names("ticket_tagged", "ticket_untagged")),
    "rating": Group("Rating", "star", _names("ticket_rated")),
}
# Whatever else is said of a ticket: links to articles and tickets, and what other parts record.
OTHER = "links"
NOTICES = "notices"
_KNOWN = frozenset[str]().union(*(group.names for group in GROUPS.values()))
KINDS: dict[str, str] = {
    **{name: group.label for name, group in GROUPS.items()},
    OTHER: "Links and other facts",
    NOTICES: "Notices sent",
}


@dataclass(frozen=True)
class Change:
    """A field's value before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """Somebody who was told of a fact; `mail` is the state of the mail, empty without one."""

    name: str
    mail: str


@dataclass(frozen=True)
class Entry:
    """One fact with all there is to read about it."""

    event: Event
    group: str
    icon: str
    changes: list[Change] = field(default_factory=list)
    excerpt: str = ""
    is_note: bool = False
    told: list[Told] = field(default_factory=list)


def history_of(person: Person, ticket: Ticket, *, kind: str = "", actor: str = "") -> EventQuerySet:
    """The facts of a ticket this person may read; requesters get those that are public.

    `kind` is one of KINDS; `actor` a person's number, or `upstream` for what no person did.
    """
    found = Event.objects.about(ticket).exclude(name=TICKET_EMBEDDED.name).select_related("actor")
    if not person.is_staff_member:
        public = Q(pk__in=Event.objects.about(ticket).public().values("pk"))
        public |= Q(name=TICKET_REPLIED.name, payload__message_kind=Message.Kind.PUBLIC)
        found = found.filter(public)
    if kind in GROUPS:
        found = found.filter(name__in=GROUPS[kind].names)
    elif kind == OTHER:
        found = found.exclude(name__in=_KNOWN)
    elif kind == NOTICES:
        found = _told_of(found) if person.is_staff_member else found.none()
    if actor == "upstream":
        found = found.filter(actor__isnull=True)
    elif actor:
        found = found.filter(actor_id=int(actor)) if actor.isdecimal() else found.none()
    return found


def _told_of(found: EventQuerySet) -> EventQuerySet:
    key = Concat(Value("event:"), Cast(OuterRef("pk"), CharField()))
    return found.filter(Exists(Notification.objects.filter(once_key=key)))


def kinds_for(person: Person) -> dict[str, str]:
    """What the history can be narrowed to."""
    if person.is_staff_member:
        return KINDS
    return {name: KINDS[name] for name in ("state", "messages", "rating", OTHER)}


def actors_of(person: Person, ticket: Ticket) -> list[tuple[int, str]]:
    """Number and name of everybody with a fact the person may read."""
    rows = history_of(person, ticket).filter(actor__isnull=False).order_by("actor__name")
    return list(rows.values_list("actor_id", "actor__name").distinct())


def told_entries(person: Person, events: Sequence[Event]) -> list[Entry]:
    """The facts with the words, changes and notices that belong to them: three more statements."""
    messages = _messages(person, events)
    told = _told(events) if person.is_staff_member else {}
    return [_entry(event, messages.get(event.pk), told.get(event.pk, [])) for event in events]


def _entry(event: Event, message: Message | None, told: list[Told]) -> Entry:
    name = next((key for key, group in GROUPS.items() if event.name in group.names), OTHER)
    words = message.body if message else _said(event)
    return Entry(
        event=event,
        group=KINDS[name],
        icon=GROUPS[name].icon if name in GROUPS else "link",
        changes=_changes(event.payload.get("changes")),
        excerpt=words[:LONGEST_EXCERPT],
        is_note=message is not None and not message.is_public,
        told=told,
    )


def _said(event: Event) -> str:
    """The words of a fact that stand in no message: how it was resolved."""
    return str(event.payload.get("text", "")) if event.name == TICKET_RESOLVED.name else ""


def _changes(changes: object) -> list[Change]:
    if not isinstance(changes, dict):
        return []
    return [
        Change(str(name).replace("_", " "), str(pair[0] or "–"), str(pair[1] or "–"))
        for name, pair in changes.items()
        if isinstance(pair, list | tuple) and len(pair) == 2
    ]


def _messages(person: Person, events: Sequence[Event]) -> dict[int, Message]:
    """The message of each fact, as far as the person may read it.

    Words given with a step are a message of the same moment and author; the note a fact carries
    may be internal and is never read from it.
    """
    moments = {event.at for event in events}
    numbers = [event.payload["message_id"] for event in events if "message_id" in event.payload]
    found = Message.objects.visible_to(person).filter(
        Q(pk__in=numbers)
        | Q(ticket__in={event.subject_id for event in events}, created_at__in=moments)
    )
    by_number = {one.pk: one for one in found}
    spoken = {(one.created_at, one.author_id): one for one in by_number.values()}
    told_once = set(numbers)
    matched: dict[int, Message] = {}
    for event in events:
        number = event.payload.get("message_id")
        message = by_number.get(number) if number else spoken.get((event.at, event.actor_id))
        if message is not None and (number or message.pk not in told_once):
            matched[event.pk] = message
    return matched


def _told(events: Sequence[Event]) -> dict[int, list[Told]]:
    """Who was told of each fact, and what became of the mail to them."""
    keys = {f"event:{event.pk}": event.pk for event in events}
    if not keys:
        return {}
    notices = list(
        Notification.objects.filter(once_key__in=keys)
        .select_related("person")
        .order_by("person__name")
    )
    mail_keys = [f"{one.person_id}:{one.once_key}" for one in notices]
    mails = OutgoingMail.objects.filter(once_key__in=mail_keys)
    states = {mail.once_key: mail.get_state_display() for mail in mails}
    told: dict[int, list[Told]] = {}
    for one in notices:
        state = states.get(f"{one.person_id}:{one.once_key}", "")
        told.setdefault(keys[one.once_key], []).append(Told(one.person.name, state.lower()))
    return told
