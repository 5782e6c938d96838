"""Which tickets are like this text: candidates from the database, scored by `analysis.similar`."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Left
from django.utils import timezone

from accounts.models import Person
from analysis.keys import ExactKey, exact_keys
from analysis.lexical import TermStatistics
from analysis.similar import (
    DUPLICATE,
    Prepared,
    Rule,
    SimilarDocument,
    SimilarMatch,
    prepare,
    rank_prepared,
    rank_similar,
)
from analysis.text import embedding_text, text_hash
from analysis.vectors import Embedder, FloatVector, default_embedder
from analysis.wordcover import word_vectors
from catalogue.models import Component
from incidents import retrieval
from incidents.models import Likeness, Ticket, TicketVector
from incidents.remembering import (
    START_COMPARED,
    mean_vector,
    prepared_tickets,
    term_statistics,
)
from incidents.searching.spelling import meant_words
from incidents.vectorspaces import Space, lacking, serving, written
from incidents.workflow import UNSOLVED_CODES

ALIKE = (
    "How alike two tickets are, 0 to 100: their meaning, how far their titles and texts say the"
    " same in the same or in other words, and how much they have in common; less for the years"
    " between them, a little more on the same component and while the other is open, 20 more for a"
    " shared stack trace, job, message or error code, 13 less where these contradict."
    f" A likely duplicate has {100 * Rule().duplicate_from:.0f} and two kinds of evidence that"
    " agree (or something exact in common); worth a look begins at"
    f" {100 * Rule().similar_from:.0f}, and what shares something exact is always shown."
)
_BATCH = 500
_WARM_WORDS = 8_000


@dataclass(frozen=True)
class Match:
    """A similar ticket, how similar (0 to 1), `duplicate` or `similar`, and why in words."""

    ticket: Ticket
    score: float
    kind: str
    reasons: tuple[str, ...]

    @property
    def percent(self) -> int:
        """The score in percent."""
        return round(self.score * 100)

    @property
    def standing(self) -> str:
        """Whether it is open, solved or over without a solution, and in which way."""
        if self.ticket.is_open:
            return f"Open: {self.ticket.state_label}"
        code = self.ticket.resolution_code
        if not code:
            return self.ticket.state_label
        word = "Over" if code in UNSOLVED_CODES else "Solved"
        return f"{word}: {self.ticket.get_resolution_code_display()}"

    @property
    def reason(self) -> str:
        """The strongest reason."""
        return self.reasons[0]


def similar_tickets(
    person: Person,
    *,
    text: str,
    component: Component | None = None,
    exclude_id: int | None = None,
    written_at: datetime | None = None,
    limit: int = 8,
) -> list[Match]:
    """Tickets this person may see that are like `text` (its first line is the title), best first.

    `written_at` is now for what is being typed. Empty when nothing is near enough. The number of
    statements does not depend on the desk's size.
    """
    title, _, body = text.strip().partition("\n")
    if not title.strip():
        return []
    space = serving()
    name = component.name if component is not None else ""
    query = SimilarDocument(
        id=exclude_id or 0,
        title=title,
        text=body[:START_COMPARED],
        vector=_vector_of(space, title, body, exclude_id),
        component=name,
        created_at=written_at or timezone.now(),
        keys=_comparable(exact_keys(title, body, name)),
    )
    keys = {*(query.keys or ()), *_comparable(exact_keys(title, body))}
    tickets = _candidates(person, space, query, sorted(keys), exclude_id)
    ranked = _ranked(space, query, list(tickets.values()), limit)
    return [_match(one, tickets[one.id]) for one in ranked]


def similar_to(person: Person, ticket: Ticket, *, limit: int = 8) -> list[Match]:
    """Tickets this person may see that are like this one, best first."""
    return similar_tickets(
        person,
        text=f"{ticket.title}\n{ticket.description}",
        component=ticket.component,
        exclude_id=ticket.pk,
        written_at=ticket.created_at,
        limit=limit,
    )


@dataclass(frozen=True)
class LookAlikes:
    """Tickets like one ticket: what people said, likely duplicates, and those worth a look."""

    same: list[tuple[Likeness, Ticket]]
    different: list[tuple[Likeness, Ticket]]
    duplicates: list[Match]
    similar: list[Match]


def look_alikes_of(person: Person, ticket: Ticket, *, limit: int = 12) -> LookAlikes:
    """What this person may see that is like the ticket; judged ones are not proposed again."""
    said = list(Likeness.objects.visible_to(person).of(ticket.pk).select_related("person"))
    others = Ticket.objects.visible_to(person).in_bulk([one.other_than(ticket.pk) for one in said])
    judged = [(one, others[one.other_than(ticket.pk)]) for one in said]
    found = similar_to(person, ticket, limit=limit)
    return LookAlikes(
        same=[pair for pair in judged if pair[0].kind == Likeness.Kind.SAME],
        different=[pair for pair in judged if pair[0].kind == Likeness.Kind.DIFFERENT],
        duplicates=[one for one in found if one.kind == DUPLICATE],
        similar=[one for one in found if one.kind != DUPLICATE],
    )


def _match(one: SimilarMatch, ticket: Ticket) -> Match:
    return Match(ticket, one.score, one.kind, one.reasons)


def _vector_of(space: Space, title: str, body: str, ticket_id: int | None) -> FloatVector | None:
    """The meaning of a text; that of a stored ticket when the model can make no new ones."""
    embedder = space.embedder
    if embedder is not None:
        vector: FloatVector = embedder.embed([embedding_text(title, body)])[0]
        return vector
    stored = space.vectors().filter(pk=ticket_id).values_list("vector", flat=True).first()
    return None if stored is None else np.asarray(stored, dtype=np.float32)


def _comparable(keys: Iterable[ExactKey]) -> tuple[ExactKey, ...]:
    """The keys as the stored ones are read, so that very long ones are equal to them."""
    return tuple(retrieval.read_key(retrieval.stored_key(key)) for key in keys)


def _candidates(
    person: Person,
    space: Space,
    query: SimilarDocument,
    keys: Sequence[ExactKey],
    exclude_id: int | None,
) -> dict[int, Ticket]:
    """What is near by meaning, words or keys, and visible to the person."""
    column = "everything" if person.is_staff_member else "public"
    among = retrieval.seen_by(person)
    words = " ".join([query.title, *meant_words(query.title), query.text[:200]])
    found = {
        *retrieval.by_keys(space, keys, among),
        *retrieval.by_words(words, column, among),
    }
    if query.vector is not None:
        found.update(retrieval.nearest(space, query.vector, among))
    if exclude_id is not None:
        found -= {exclude_id, *_judged(exclude_id)}
    visible = Ticket.objects.visible_to(person).unmerged().filter(pk__in=found)
    shown = visible.select_related("component", "organisation", space.relation).annotate(
        start_of_description=Left("description", START_COMPARED),
        # Only where no keys are stored yet is the whole text needed.
        text_for_keys=Case(
            When(**{f"{space.relation}__isnull": True}, then=F("description")),
            default=Value(""),
            output_field=TextField(),
        ),
    )
    return {one.pk: one for one in shown.defer("description")}


def _judged(ticket_id: int) -> list[int]:
    """Tickets about which a person has said whether they are the same matter."""
    return [one.other_than(ticket_id) for one in Likeness.objects.of(ticket_id)]


def _ranked(
    space: Space, query: SimilarDocument, tickets: Sequence[Ticket], limit: int
) -> tuple[SimilarMatch, ...]:
    """The tickets worth showing, best first."""
    mean = mean_vector(space)
    statistics = term_statistics()
    if statistics is None:
        return rank_similar(
            query, [_document(one, space) for one in tickets], mean=mean, limit=limit
        )
    others = [_prepared(one, space, statistics) for one in tickets]
    return rank_prepared(prepare(query, statistics), others, mean=mean, limit=limit)


def _prepared(ticket: Ticket, space: Space, statistics: TermStatistics) -> Prepared:
    """A ticket ready to be compared; kept while its text stays the same."""
    row = getattr(ticket, space.relation, None)
    if row is None:
        return prepare(_document(ticket, space), statistics)
    start = vars(ticket)["start_of_description"]
    told = (row.model, row.text_hash, *row.keys, ticket.title, start, ticket.component_id)
    key = (ticket.pk, repr((*told, ticket.is_open)))
    return prepared_tickets.get(
        key, statistics, lambda: prepare(_document(ticket, space), statistics)
    )


def _document(ticket: Ticket, space: Space) -> SimilarDocument:
    row = getattr(ticket, space.relation, None)
    same_model = row is not None and row.model == space.model
    component = ticket.component.name if ticket.component else ""
    if row is None:
        keys = _comparable(exact_keys(ticket.title, vars(ticket)["text_for_keys"], component))
    else:
        keys = tuple(retrieval.read_key(one) for one in row.keys)
    return SimilarDocument(
        id=ticket.pk,
        title=ticket.title,
        text=str(vars(ticket)["start_of_description"]),
        vector=np.asarray(row.vector, dtype=np.float32) if row is not None and same_model else None,
        component=component,
        created_at=ticket.created_at,
        still_open=ticket.is_open,
        keys=keys,
    )


def embed_tickets(ids: Sequence[int]) -> list[int]:
    """Writes the vectors and exact keys of these tickets; returns those that say something new.

    A ticket whose text says the same under the same model as before is not embedded again, but its
    keys, which depend on the whole text and the component, are written where they are others.
    While the vectors of a new model grow, both are written.
    """
    changed: set[int] = set()
    for space in written():
        changed.update(embed_into(space, ids))
    return [pk for pk in ids if pk in changed]


def embed_into(space: Space, ids: Sequence[int]) -> list[int]:
    """The same for one space; nothing when this process cannot make its vectors."""
    embedder = space.embedder
    if embedder is None:
        return []
    changed: list[int] = []
    for start in range(0, len(ids), _BATCH):
        changed += _embed_batch(space, embedder, ids[start : start + _BATCH])
    return changed


def _embed_batch(space: Space, embedder: Embedder, ids: Sequence[int]) -> list[int]:
    known = space.vectors().only("pk", "text_hash", "keys").in_bulk(ids)
    rows = Ticket.objects.filter(pk__in=ids).values_list(
        "pk", "title", "description", "component__name", "requester__name"
    )
    fresh: list[tuple[int, str, str, list[str]]] = []
    rekeyed: list[TicketVector] = []
    for pk, title, body, component, name in rows:
        # The caller's name tells nothing about a cause, but would draw their tickets together.
        text = embedding_text(title, body, [name])
        digest = text_hash(text)
        keys = [retrieval.stored_key(key) for key in exact_keys(title, body, component or "")]
        there = known.get(pk)
        if there is None or there.text_hash != digest:
            fresh.append((pk, text, digest, keys))
        elif there.keys != keys:
            there.keys = keys
            rekeyed.append(there)
    space.rows._default_manager.bulk_update(rekeyed, ["keys"])
    _write_vectors(space, embedder, fresh)
    return [*(one[0] for one in fresh), *(one.pk for one in rekeyed)]


def _write_vectors(
    space: Space, embedder: Embedder, fresh: Sequence[tuple[int, str, str, list[str]]]
) -> None:
    vectors = embedder.embed([text for _, text, _, _ in fresh])
    now = timezone.now()
    space.rows._default_manager.bulk_create(
        [
            space.rows(
                ticket_id=pk,
                model=space.model,
                text_hash=digest,
                vector=vector,
                keys=keys,
                embedded_at=now,
            )
            for (pk, _, digest, keys), vector in zip(fresh, vectors, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["ticket"],
        update_fields=["model", "text_hash", "vector", "keys", "embedded_at"],
    )


def embed_missing(space: Space, most: int, *, below: int | None = None) -> list[int]:
    """Embeds up to `most` tickets that lack a vector of it, newest first; returns their numbers.

    `below` leaves out what is not older than that ticket: whoever goes on where the last call
    ended does not look through the whole desk again.
    """
    missing = lacking(space)
    if below is not None:
        missing = missing.filter(pk__lt=below)
    ids = list(missing.order_by("-pk").values_list("pk", flat=True)[:most])
    embed_into(space, ids)
    return ids


class _Warming:
    """Whether this process has begun to load the embedder."""

    begun = threading.Event()


def warm_up() -> None:
    """Loads what a suggestion needs in the background once a process: the first comes in time."""
    if not _Warming.begun.is_set():
        _Warming.begun.set()
        threading.Thread(target=load_models, name="warm-embedder", daemon=True).start()


def load_models() -> None:
    """Loads the embedder of texts and that of words, and the vectors of the desk's common words."""
    default_embedder().embed(["warm"])
    statistics = term_statistics()
    spread = {"warm": 1} if statistics is None else statistics.spread
    common = sorted(spread, key=lambda word: (-spread[word], word))[:_WARM_WORDS]
    # In parts, because whoever compares tickets meanwhile waits for one of them at most.
    for start in range(0, len(common), _BATCH):
        word_vectors().of(common[start : start + _BATCH])
