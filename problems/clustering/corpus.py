"""Which tickets a run looks at, and their vectors."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO

import numpy as np
from django.db import connection
from django.db.models import Max, Q, QuerySet
from psycopg2.sql import SQL, Identifier

from accounts.models import Team
from analysis.clusters import Document
from analysis.vectors import FloatMatrix
from incidents.models import Likeness, Ticket
from incidents.similar import embed_tickets
from incidents.vectorspaces import Space, serving
from problems.models import Cluster, ClusterMember, ClusterRun

MOST_TICKETS = 200_000
# Older confirmed members that stand for their cluster when the window has moved past it.
ANCHORS = 20
_EMBED_AT_ONCE = 256
_READ_AT_ONCE = 20_000

Progress = Callable[[str, int, int], None]


def clusterable() -> QuerySet[Ticket]:
    """Incidents that stand, of teams whose tickets everybody at the desk may read.

    Titles and words of clusters are shown to all staff, so tickets of restricted teams (personnel,
    security) never take part.
    """
    return (
        Ticket.objects.incidents()
        .exclude(state="cancelled")
        .exclude(team__in=Team.objects.filter(restricted=True))
    )


def choose_tickets(run: ClusterRun) -> list[int]:
    """Ids for a run, in order: its window before the newest ticket, and the anchors of clusters.

    A ticket that has a cluster belongs to the service of its cluster, one that has none to its
    own: so a run over a service takes nothing out of a cluster that is not of that service, and
    no ticket is in the runs of two services.
    """
    tickets = clusterable()
    members = ClusterMember.objects.filter(cluster__in=Cluster.objects.open_to_run(run.scope_id))
    if run.scope_id is not None:
        own = Q(service=run.scope_id) | Q(pk__in=members.values("ticket_id"))
        whole = tickets.filter(own)
        tickets = tickets.filter(service=run.scope_id)
    else:
        whole = tickets
    if run.window_days:
        newest = tickets.aggregate(newest=Max("created_at"))["newest"]
        if newest is not None:
            tickets = tickets.filter(created_at__gte=newest - timedelta(days=run.window_days))
    recent = tickets.order_by("-created_at", "-pk").values_list("pk", flat=True)
    chosen = set(recent[:MOST_TICKETS])
    chosen |= _anchors(members, chosen)
    chosen |= _said_to_be_the_same(chosen, whole)
    elsewhere = ClusterMember.objects.exclude(pk__in=members.values("pk"))
    return sorted(chosen.difference(elsewhere.values_list("ticket_id", flat=True)))


def _anchors(members: QuerySet[ClusterMember], inside: set[int]) -> set[int]:
    confirmed = members.filter(confirmed=True, ticket__in=clusterable()).order_by(
        "cluster_id", "-ticket_id"
    )
    taken: dict[int, int] = {}
    found: set[int] = set()
    for cluster_id, ticket_id in confirmed.values_list("cluster_id", "ticket_id").iterator():
        if ticket_id in inside:
            continue
        taken[cluster_id] = taken.get(cluster_id, 0) + 1
        if taken[cluster_id] <= ANCHORS:
            found.add(ticket_id)
    return found


def _said_to_be_the_same(inside: set[int], tickets: QuerySet[Ticket]) -> set[int]:
    """Those of `tickets` that a person called the same matter as one of these; older ones."""
    pairs = Likeness.objects.filter(
        kind=Likeness.Kind.SAME, first__in=tickets, second__in=tickets
    ).values_list("first_id", "second_id")
    found = (
        {one, other} for one, other in pairs.iterator() if (one in inside) != (other in inside)
    )
    return set().union(*found) - inside


def embed_missing(ids: Sequence[int], on_progress: Progress) -> None:
    """Computes the vectors that are not there yet; what is embedded stays when a run is stopped."""
    known: set[int] = set()
    space = serving()
    for start in range(0, len(ids), _READ_AT_ONCE):
        part = ids[start : start + _READ_AT_ONCE]
        known.update(space.vectors().filter(pk__in=part).values_list("pk", flat=True))
    if space.embedder is None:
        # The vectors of the coming model are made beside these; the run goes on with what is there.
        known.update(ids)
    missing = [pk for pk in ids if pk not in known]
    on_progress("embedding", 0, len(missing))
    for start in range(0, len(missing), _EMBED_AT_ONCE):
        embed_tickets(missing[start : start + _EMBED_AT_ONCE])
        on_progress("embedding", min(start + _EMBED_AT_ONCE, len(missing)), len(missing))


def read_documents(ids: Sequence[int]) -> list[Document]:
    """What these tickets say, in the order of `ids`; the gone are left out."""
    found: dict[int, Document] = {}
    for start in range(0, len(ids), _READ_AT_ONCE):
        rows = Ticket.objects.filter(pk__in=ids[start : start + _READ_AT_ONCE]).values_list(
            "pk", "title", "description", "component__name", "requester__name"
        )
        for pk, title, text, component, name in rows.iterator(chunk_size=5000):
            found[pk] = Document(pk, title, text, component or "", names=(name,))
    return [found[pk] for pk in ids if pk in found]


_COPY_HEADER = 19
_COPY_TRAILER = 2


def _row_of(size: int) -> "np.dtype[np.void]":
    """One row of a ticket's number and its vector in the binary form of COPY."""
    return np.dtype(
        [
            ("fields", ">i2"),
            ("id_length", ">i4"),
            ("id", ">i8"),
            ("vector_length", ">i4"),
            ("dimensions", ">i2"),
            ("unused", ">i2"),
            ("vector", ">f4", (size,)),
        ]
    )


def read_vectors(ids: Sequence[int]) -> tuple[str, dict[int, int], FloatMatrix]:
    """(model, ticket → row, rows) of these tickets' vectors under the model that is read now.

    Read in the database's binary form: parsing a hundred thousand vectors as text takes longer
    than grouping them.
    """
    space = serving()
    size = space.size
    numbers: list[int] = []
    blocks: list[FloatMatrix] = []
    for start in range(0, len(ids), _READ_AT_ONCE):
        found = _copy_vectors(list(ids[start : start + _READ_AT_ONCE]), space, size)
        numbers.extend(found["id"].tolist())
        blocks.append(found["vector"].astype(np.float32))
    rows = np.concatenate(blocks) if blocks else np.zeros((0, size), dtype=np.float32)
    return space.model, {pk: at for at, pk in enumerate(numbers)}, rows


def _copy_vectors(
    ids: list[int], space: Space, size: int
) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    into = BytesIO()
    with connection.cursor() as cursor:
        raw = cursor.cursor
        query = raw.mogrify(
            SQL(
                "COPY (SELECT ticket_id, vector FROM {}"
                " WHERE ticket_id = ANY(%s) AND model = %s AND size = %s) TO STDOUT (FORMAT binary)"
            ).format(Identifier(space.rows._meta.db_table)),
            [ids, space.model, size],
        )
        raw.copy_expert(query.decode(), into)
    data = into.getbuffer()
    row = _row_of(size)
    count = (len(data) - _COPY_HEADER - _COPY_TRAILER) // row.itemsize
    return np.frombuffer(data, dtype=row, count=count, offset=_COPY_HEADER)


def read_corpus(
    ids: Sequence[int], on_progress: Progress
) -> tuple[str, list[Document], FloatMatrix]:
    """(model, what the tickets say, their vectors row by row) under the model that is read now.

    Vectors that are missing are made first; a ticket without one is left out.
    """
    embed_missing(ids, on_progress)
    model, row_of, rows = read_vectors(ids)
    documents = [one for one in read_documents(ids) if one.id in row_of]
    order = np.asarray([row_of[one.id] for one in documents], dtype=np.intp)
    return model, documents, rows[order]


def input_hash(documents: Sequence[Document], *more: object) -> str:
    """Equal for two runs that saw the same tickets and the same decisions."""
    digest = hashlib.sha256()
    for document in documents:
        digest.update(f"{document.id}\0{document.title}\0{document.text}\0".encode())
    digest.update(repr(more).encode())
    return digest.hexdigest()
