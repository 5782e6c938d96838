"""Which vectors are read, and how those of a new model grow beside them.

Vectors of two models cannot be compared. When the embedder changes, its vectors are written to the
table that is not read; once every ticket has one, that table is read from then on, and the other
is emptied. Until then everything goes on with the vectors there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from analysis.vectors import Embedder, default_embedder
from incidents.models import SecondTicketVector, Ticket, TicketVector, VectorSpace
from incidents.models.analysis import SIZES

# Raised when the text that is embedded is made otherwise, so that old vectors are made anew.
TEXT_VERSION = "text 2"
# What this process can embed with; the first is the one all tickets are to have.
EMBEDDERS: list[Callable[[], Embedder]] = [default_embedder]
_ONLY = 1


@dataclass(frozen=True)
class Space:
    """A table of vectors and the model they are of."""

    model: str
    second: bool = False

    @property
    def rows(self) -> type[TicketVector]:
        """The table; both have the same columns."""
        return cast("type[TicketVector]", SecondTicketVector) if self.second else TicketVector

    @property
    def relation(self) -> str:
        """The name under which a ticket has its row of this table."""
        return "second_vector_row" if self.second else "vector_row"

    @property
    def embedder(self) -> Embedder | None:
        """What makes vectors of this model; None when this process cannot make them (any more)."""
        made = (make() for make in EMBEDDERS)
        return next((one for one in made if name_of(one) == self.model), None)

    @property
    def size(self) -> int:
        """How many numbers its vectors have."""
        embedder = self.embedder
        if embedder is not None:
            return embedder.dimensions
        return self.vectors().values_list("size", flat=True).first() or SIZES[0]

    def vectors(self) -> QuerySet[TicketVector]:
        """The rows of this model."""
        return self.rows._default_manager.filter(model=self.model)


def name_of(embedder: Embedder) -> str:
    """The name under which its vectors are kept; those of different names are never compared."""
    return f"{embedder.name} {embedder.version} {TEXT_VERSION}"[:60]


def wanted_model() -> str:
    """The model all tickets are to have vectors of."""
    return name_of(EMBEDDERS[0]())


def serving() -> Space:
    """The vectors that are read now."""
    row = VectorSpace.objects.filter(pk=_ONLY).first()
    return Space(wanted_model()) if row is None else Space(row.model, row.second)


def coming(now: Space) -> Space | None:
    """The vectors that grow beside those read now; None while these are of the wanted model."""
    wanted = wanted_model()
    return None if now.model == wanted else Space(wanted, not now.second)


def written() -> list[Space]:
    """Where vectors of a new text go: to those read now, and to those that are coming."""
    now = _settled()
    ahead = coming(now)
    spaces = [now] if now.embedder is not None else []
    return spaces if ahead is None else [*spaces, ahead]


def _settled() -> Space:
    """The vectors read now, noted down when nobody has yet."""
    row, _ = VectorSpace.objects.get_or_create(
        pk=_ONLY,
        defaults={
            "model": TicketVector.objects.values_list("model", flat=True).first() or wanted_model()
        },
    )
    return Space(row.model, row.second)


def read_since(ticket_id: int, moment: datetime) -> bool:
    """True when the vector of the ticket that is read now was made at that moment or later."""
    return serving().vectors().filter(pk=ticket_id, embedded_at__gte=moment).exists()


def lacking(space: Space) -> QuerySet[Ticket]:
    """Tickets that have no vector of this space."""
    there = space.vectors().filter(pk=OuterRef("pk"))
    return Ticket.objects.filter(~Exists(there))


@transaction.atomic
def go_over() -> bool:
    """Reads the coming vectors from now on, if every ticket has one; True when it did so."""
    row = VectorSpace.objects.select_for_update(of=("self",)).filter(pk=_ONLY).first()
    if row is None:
        return False
    ahead = coming(Space(row.model, row.second))
    if ahead is None or lacking(ahead).exists():
        return False
    row.model, row.second, row.since = ahead.model, ahead.second, timezone.now()
    row.save(update_fields=["model", "second", "since"])
    return True


def empty_the_unread() -> bool:
    """Empties the table nobody reads any more; True when there was something in it."""
    now = serving()
    if coming(now) is not None:
        return False
    unread = Space("", not now.second).rows
    if not unread._default_manager.exists():
        return False
    with connection.cursor() as cursor:
        # Deleting row by row would leave an index full of dead entries.
        cursor.execute(f"TRUNCATE {connection.ops.quote_name(unread._meta.db_table)}")
    return True
