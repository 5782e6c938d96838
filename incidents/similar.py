"""Which tickets are like this text: candidates from the database, scored by `analysis.similar`."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models.functions import Left
from django.utils import timezone

from accounts.models import Person
from analysis.keys import exact_keys
from analysis.lexical import TermStatistics
from analysis.similar import (
    Prepared,
    SimilarDocument,
    SimilarMatch,
    prepare,
    rank_prepared,
    rank_similar,
)
from analysis.text import embedding_text, text_hash
from analysis.vectors import FloatVector, default_embedder
from catalogue.models import Component
from incidents import retrieval
from incidents.models import Ticket, TicketVector
from incidents.remembering import (
    COMPARED_CHARACTERS,
    mean_vector,
    prepared_tickets,
    term_statistics,
)

_BATCH = 500
# Raised when the text that is embedded is made otherwise, so that old vectors are made anew.
TEXT_VERSION = "text 2"


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
    def reason(self) -> str:
        """The strongest reason."""
        return self.reasons[0]


def model_name() -> str:
    """The name under which vectors are kept; vectors of different names are never compared."""
    embedder = default_embedder()
    return f"{embedder.name} {embedder.version} {TEXT_VERSION}"[:60]


def similar_tickets(
    person: Person,
    *,
    text: str,
    component: Component | None = None,
    exclude_id: int | None = None,
    limit: int = 8,
) -> list[Match]:
    """Tickets this person may see that are like `text` (its first line is the title), best first.

    Empty when nothing is near enough. The number of statements does not depend on the desk's size.
    """
    title, _, body = text.strip().partition("\n")
    if not title.strip():
        return []
    name = component.name if component is not None else ""
    query = SimilarDocument(
        id=exclude_id or 0,
        title=title,
        text=body[:COMPARED_CHARACTERS],
        vector=_vector_of(title, body),
        component=name,
        created_at=timezone.now(),
    )
    tickets = _candidates(person, query, exclude_id)
    ranked = _ranked(query, list(tickets.values()), limit)
    return [_match(one, tickets[one.id]) for one in ranked]


def similar_to(person: Person, ticket: Ticket, *, limit: int = 8) -> list[Match]:
    """Tickets this person may see that are like this one, best first."""
    return similar_tickets(
        person,
        text=f"{ticket.title}\n{ticket.description}",
        component=ticket.component,
        exclude_id=ticket.pk,
        limit=limit,
    )


def _match(one: SimilarMatch, ticket: Ticket) -> Match:
    return Match(ticket, one.score, one.kind, one.reasons)


def _vector_of(title: str, body: str) -> FloatVector:
    vector: FloatVector = default_embedder().embed([embedding_text(title, body)])[0]
    return vector


def _candidates(
    person: Person, query: SimilarDocument, exclude_id: int | None
) -> dict[int, Ticket]:
    """What is near by meaning, words or keys, and visible to the person."""
    column = "everything" if person.is_staff_member else "public"
    keys = {
        *exact_keys(query.title, query.text),
        *exact_keys(query.title, query.text, query.component),
    }
    found = {
        *retrieval.by_keys(sorted(keys)),
        *retrieval.by_words(f"{query.title} {query.text[:200]}", column),
    }
    if query.vector is not None:
        found.update(retrieval.nearest(query.vector, model_name()))
    found.discard(exclude_id or 0)
    visible = Ticket.objects.visible_to(person).unmerged().filter(pk__in=found)
    shown = visible.select_related("component", "organisation", "vector_row").annotate(
        start_of_description=Left("description", COMPARED_CHARACTERS)
    )
    return {one.pk: one for one in shown.defer("description")}


def _ranked(
    query: SimilarDocument, tickets: Sequence[Ticket], limit: int
) -> tuple[SimilarMatch, ...]:
    """The tickets worth showing, best first."""
    mean = mean_vector(model_name())
    statistics = term_statistics()
    if statistics is None:
        return rank_similar(query, [_document(one) for one in tickets], mean=mean, limit=limit)
    others = [_prepared(one, statistics) for one in tickets]
    return rank_prepared(prepare(query, statistics), others, mean=mean, limit=limit)


def _prepared(ticket: Ticket, statistics: TermStatistics) -> Prepared:
    """A ticket ready to be compared; kept while its text stays the same."""
    row: TicketVector | None = getattr(ticket, "vector_row", None)
    if row is None:
        return prepare(_document(ticket), statistics)
    key = (ticket.pk, f"{row.text_hash} {row.model} {ticket.component_id}")
    return prepared_tickets.get(key, statistics, lambda: prepare(_document(ticket), statistics))


def _document(ticket: Ticket) -> SimilarDocument:
    row: TicketVector | None = getattr(ticket, "vector_row", None)
    same_model = row is not None and row.model == model_name()
    return SimilarDocument(
        id=ticket.pk,
        title=ticket.title,
        text=str(vars(ticket)["start_of_description"]),
        vector=np.asarray(row.vector, dtype=np.float32) if row is not None and same_model else None,
        component=ticket.component.name if ticket.component else "",
        created_at=ticket.created_at,
    )


def embed_tickets(ids: Sequence[int]) -> list[int]:
    """Writes the vectors and exact keys of these tickets; returns those whose text was new.

    A ticket whose text says the same under the same model as before is left alone.
    """
    changed: list[int] = []
    for start in range(0, len(ids), _BATCH):
        changed += _embed_batch(ids[start : start + _BATCH])
    return changed


def _embed_batch(ids: Sequence[int]) -> list[int]:
    model = model_name()
    known = dict(
        TicketVector.objects.filter(pk__in=ids, model=model).values_list("pk", "text_hash")
    )
    rows = Ticket.objects.filter(pk__in=ids).values_list(
        "pk", "title", "description", "component__name", "requester__name"
    )
    # The caller's name tells nothing about a cause, but would draw their tickets together.
    wanted = [
        (pk, title, body, component or "", embedding_text(title, body, [name]))
        for pk, title, body, component, name in rows
    ]
    hashes = {pk: text_hash(text) for pk, _, _, _, text in wanted}
    wanted = [one for one in wanted if known.get(one[0]) != hashes[one[0]]]
    vectors = default_embedder().embed([one[4] for one in wanted])
    now = timezone.now()
    TicketVector.objects.bulk_create(
        [
            TicketVector(
                ticket_id=pk,
                model=model,
                text_hash=hashes[pk],
                vector=vector,
                keys=[retrieval.stored_key(key) for key in exact_keys(title, body, component)],
                embedded_at=now,
            )
            for (pk, title, body, component, _), vector in zip(wanted, vectors, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["ticket"],
        update_fields=["model", "text_hash", "vector", "keys", "embedded_at"],
    )
    return [one[0] for one in wanted]


def embed_missing(most: int) -> int:
    """Embeds up to `most` tickets that have no vector of the present model; returns how many."""
    missing = Ticket.objects.exclude(
        pk__in=TicketVector.objects.filter(model=model_name()).values("pk")
    )
    ids = list(missing.order_by("-pk").values_list("pk", flat=True)[:most])
    embed_tickets(ids)
    return len(ids)


class _Warming:
    """Whether this process has begun to load the embedder."""

    begun = threading.Event()


def warm_up() -> None:
    """Loads the embedder in the background once a process: the first suggestion comes in time."""
    if not _Warming.begun.is_set():
        _Warming.begun.set()
        threading.Thread(
            target=default_embedder().embed, args=(["warm"],), name="warm-embedder", daemon=True
        ).start()
