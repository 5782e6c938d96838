"""Why each ticket was found: the place, who said it and when, and the words around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Left

from accounts.models import Person
from core.marking import Piece
from incidents.models import Attachment, Message, Ticket
from incidents.searching.asking import Question
from incidents.searching.marking import Marker, mark, snippet

# So much of a description or resolution is looked through for the words; the rest still finds.
LOOKED_THROUGH = 20_000
# So many of a ticket's newest messages are looked through, and so much of each.
MESSAGES_LOOKED_AT, MESSAGE_LOOKED_THROUGH = 50, 100_000
MOST_REASONS = 3


_SHOWN = (
    "kind",
    "title",
    "state",
    "pending_reason",
    "source_number",
    "created_at",
    "requester__name",
    "organisation__name",
    "assignee_id",
)


@dataclass(frozen=True)
class Reason:
    """One place that fits: `label` in words, and where it is a text the stretch with the words.

    `where` is one of number, title, requester, affected, assignee, organisation, attachment,
    description, resolution, message and words.
    """

    where: str
    label: str
    pieces: Sequence[Piece] = ()
    at: datetime | None = None


@dataclass(frozen=True)
class Found:
    """A ticket with its title in pieces and the reasons it was found, most telling first."""

    ticket: Ticket
    title: Sequence[Piece]
    reasons: Sequence[Reason]


class Said(NamedTuple):
    """A message with the stretch around a word."""

    ticket_id: int
    kind: str
    author: str | None
    created_at: datetime
    text: str


@dataclass
class _Beside:
    """What stands beside the tickets of a page and may be a reason."""

    messages: dict[int, list[Said]] = field(default_factory=lambda: defaultdict(list))
    files: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    affected: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def explain(ids: Sequence[int], question: Question, person: Person) -> list[Found]:
    """The tickets of these numbers in this order, as far as the person may see them, and why.

    Reads only what the person may read: requesters get no word of notes and questions.
    """
    tickets = (
        Ticket.objects.visible_to(person)
        .filter(pk__in=ids)
        .select_related("requester", "organisation")
        .annotate(
            description_start=Left("description", LOOKED_THROUGH),
            resolution_start=Left("resolution_text", LOOKED_THROUGH),
        )
        .only(*_SHOWN)
        .in_bulk()
    )
    markers = [Marker(one) for one in question.wanted]
    beside = _read_beside(list(tickets), question, markers, person)
    return [_found(tickets[pk], question, markers, beside, person) for pk in ids if pk in tickets]


def _kinds_for(person: Person) -> list[str]:
    """The messages this person may read on a ticket they see."""
    return Message.Kind.values if person.is_staff_member else [Message.Kind.PUBLIC.value]


def _read_beside(
    ids: Sequence[int], question: Question, markers: Sequence[Marker], person: Person
) -> _Beside:
    beside = _Beside()
    pattern = "|".join(one.pattern for one in markers if one.pattern)
    if ids and pattern:
        for said in _messages(ids, pattern, person):
            beside.messages[said.ticket_id].append(said)
        files = Attachment.objects.filter(
            message__ticket_id__in=ids, message__kind__in=_kinds_for(person), name__iregex=pattern
        )
        for pk, name in files.order_by("pk").values_list("message__ticket_id", "name"):
            beside.files[pk].append(name)
    people = {pk for one in question.wanted for pk in one.people}
    if ids and people:
        rows = Ticket.affected_users.through._default_manager.filter(
            Q(ticket_id__in=ids) & Q(person_id__in=people)
        )
        for pk, somebody in rows.order_by("pk").values_list("ticket_id", "person_id"):
            beside.affected[pk].append(somebody)
    return beside


# The three newest messages that fit, and of each a stretch around its first fitting word.
_MESSAGES = """
SELECT wanted.id, said.kind, said.name, said.created_at,
       substr(said.body, greatest(1, said.place - 150), 500)
FROM unnest(%(ids)s::bigint[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT one.*, person.name FROM (
        SELECT id, kind, author_id, created_at, body,
               regexp_instr(left(body, %(through)s), %(pattern)s, 1, 1, 0, 'i') AS place
        FROM (
            SELECT * FROM incidents_message
            WHERE ticket_id = wanted.id AND kind = ANY(%(kinds)s) ORDER BY id DESC LIMIT %(most)s
        ) AS newest
    ) AS one LEFT JOIN accounts_person person ON person.id = one.author_id
    WHERE one.place > 0 ORDER BY one.id DESC LIMIT 3
) AS said
"""


def _messages(ids: Sequence[int], pattern: str, person: Person) -> Iterator[Said]:
    with connection.cursor() as cursor:
        cursor.execute(
            _MESSAGES,
            {
                "ids": list(ids),
                "kinds": _kinds_for(person),
                "most": MESSAGES_LOOKED_AT,
                "through": MESSAGE_LOOKED_THROUGH,
                "pattern": rf"\m(?:{pattern})",
            },
        )
        yield from (Said(*row) for row in cursor.fetchall())


def _found(
    ticket: Ticket,
    question: Question,
    markers: Sequence[Marker],
    beside: _Beside,
    person: Person,
) -> Found:
    covered: set[int] = set()
    reasons: list[Reason] = []
    for reason, clauses in _candidates(ticket, question, markers, beside, person):
        says_more = not clauses <= covered
        has_text = any(one.pieces for one in reasons)
        if says_more or (reason.pieces and not has_text and reason.where != "number"):
            reasons.append(reason)
            covered |= clauses
    if not reasons:
        reasons.append(Reason("words", "ticket"))
    return Found(ticket, mark(ticket.title, markers), reasons[:MOST_REASONS])


def _candidates(
    ticket: Ticket,
    question: Question,
    markers: Sequence[Marker],
    beside: _Beside,
    person: Person,
) -> Iterator[tuple[Reason, set[int]]]:
    """Every place that fits, with the clauses it meets, most telling first."""
    yield from _by_number(ticket, question)
    yield from _by_text("title", "title", ticket.title, markers, shown=False)
    if ticket.source_number:
        yield from _by_text("number", "source number", ticket.source_number, markers)
    yield from _by_names(ticket, question, beside, person)
    for name in beside.files[ticket.pk]:
        yield from _by_text("attachment", "attachment", name, markers)
    texts: list[tuple[str, Any]] = [
        ("description", ticket.description_start),  # type: ignore[attr-defined]  # annotated
        ("resolution", ticket.resolution_start),  # type: ignore[attr-defined]  # annotated
    ]
    for where, text in texts:
        yield from _by_text(where, where, text, markers)
    for said in beside.messages[ticket.pk]:
        yield from _by_text("message", _label(said), said.text, markers, at=said.created_at)


def _label(said: Said) -> str:
    kind = Message.Kind(said.kind).label.lower()
    return f"{kind} by {said.author or 'Upstream'}"


def _by_number(ticket: Ticket, question: Question) -> Iterator[tuple[Reason, set[int]]]:
    clauses = {at for at, one in enumerate(question.wanted) if ticket.pk in one.numbers}
    if clauses:
        yield Reason("number", "number"), clauses


def _by_names(
    ticket: Ticket, question: Question, beside: _Beside, person: Person
) -> Iterator[tuple[Reason, set[int]]]:
    yield from _by_name(
        "organisation", ticket.organisation_id, question, lambda one: one.organisations
    )
    roles: list[tuple[str, int | None]] = [("requester", ticket.requester_id)]
    if person.is_staff_member:
        roles.append(("assignee", ticket.assignee_id))
    roles += [("affected", pk) for pk in beside.affected[ticket.pk]]
    for where, pk in roles:
        yield from _by_name(where, pk, question, lambda one: one.people)


def _by_name(
    where: str, pk: int | None, question: Question, names: Callable[[Any], Mapping[int, str]]
) -> Iterator[tuple[Reason, set[int]]]:
    clauses = {at for at, one in enumerate(question.wanted) if pk in names(one)}
    if pk is not None and clauses:
        name = names(question.wanted[min(clauses)])[pk]
        label = "affected user" if where == "affected" else where
        yield Reason(where, label, [Piece(name, hit=True)]), clauses


def _by_text(
    where: str,
    label: str,
    text: str,
    markers: Sequence[Marker],
    *,
    at: datetime | None = None,
    shown: bool = True,
) -> Iterator[tuple[Reason, set[int]]]:
    """The text as a reason when it holds words of the question; says by what other word."""
    whys = {number: one.finds(text) for number, one in enumerate(markers)}
    clauses = {number for number, why in whys.items() if why is not None}
    if not clauses:
        return
    because = next((why for why in whys.values() if why), "")
    pieces = snippet(text, markers) if shown else []
    yield Reason(where, f"{label}: {because}" if because else label, pieces, at), clauses
