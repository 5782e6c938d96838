"""What comparing tickets needs again and again, kept in this process."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypedDict, TypeVar

import numpy as np
from django.core.cache import cache
from django.db.models import Avg, Count

from analysis.lexical import TermStatistics
from analysis.similar import Prepared
from analysis.text import join_title
from analysis.vectors import MEAN_PRIOR, FloatVector
from incidents.models import Ticket
from incidents.vectorspaces import Space

Value = TypeVar("Value")

TERMS_KEY = "incidents.similar.terms"
TERMS_KEPT = 26 * 3_600
TERMS_OVER = 4_000
LEAST_FOR_TERMS = 200
MEAN_OVER = 2_000
START_COMPARED = 1_500
LOOKED_UP_EVERY = 300.0
MOST_PREPARED = 2_000


class _Timed(Generic[Value]):
    """A value read again when it is older than some minutes."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Value]] = {}

    def get(self, key: str, read: Callable[[], Value]) -> Value:
        found = self._kept.get(key)
        if found is None or time.monotonic() - found[0] > LOOKED_UP_EVERY:
            found = (time.monotonic(), read())
            self._kept[key] = found
        return found[1]

    def clear(self) -> None:
        self._kept.clear()


class StoredTerms(TypedDict):
    """Word statistics as they lie in the cache."""

    count: int
    spread: dict[str, int]


_terms: _Timed[TermStatistics | None] = _Timed()
_means: _Timed[FloatVector | None] = _Timed()


def term_statistics() -> TermStatistics | None:
    """How rare each word is on this desk; None before the schedule has counted them."""
    return _terms.get("terms", _read_terms)


def _read_terms() -> TermStatistics | None:
    stored: StoredTerms | None = cache.get(TERMS_KEY)
    return None if stored is None else TermStatistics(stored["count"], stored["spread"])


def count_terms() -> int:
    """Counts the words of the newest tickets for everybody; returns how many tickets there were."""
    rows = Ticket.objects.order_by("-pk").values_list("title", "description")[:TERMS_OVER]
    texts = [join_title(title, body[:START_COMPARED]) for title, body in rows]
    if len(texts) < LEAST_FOR_TERMS:
        return len(texts)
    counted = TermStatistics.of(texts, at_least=2)
    stored = StoredTerms(count=counted.count, spread=dict(counted.spread))
    cache.set(TERMS_KEY, stored, TERMS_KEPT)
    return len(texts)


def mean_vector(space: Space) -> FloatVector | None:
    """The mean of the newest vectors of one space, drawn to zero while they are few; None while
    there are none."""
    return _means.get(space.model, lambda: _read_mean(space))


def _read_mean(space: Space) -> FloatVector | None:
    newest = space.vectors().order_by("-pk")[:MEAN_OVER]
    found = (
        space.vectors()
        .filter(pk__in=newest.values("pk"))
        .aggregate(mean=Avg("vector"), count=Count("pk"))
    )
    if found["mean"] is None:
        return None
    share = found["count"] / (found["count"] + MEAN_PRIOR)
    return np.asarray(found["mean"], dtype=np.float32) * np.float32(share)


class PreparedTickets:
    """The tickets compared last, ready for the next comparison under the same word statistics."""

    def __init__(self, most: int = MOST_PREPARED) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._statistics: TermStatistics | None = None
        self._kept: OrderedDict[tuple[int, str], Prepared] = OrderedDict()

    def get(
        self,
        key: tuple[int, str],
        statistics: TermStatistics,
        make: Callable[[], Prepared],
    ) -> Prepared:
        """The ticket with this number that says this, prepared now if it is not kept."""
        with self._lock:
            if statistics is not self._statistics:
                self._kept.clear()
                self._statistics = statistics
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = make()
        with self._lock:
            # Another thread may have begun anew with other statistics meanwhile.
            if statistics is self._statistics:
                self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


prepared_tickets = PreparedTickets()


def forget() -> None:
    """Reads everything anew at the next question."""
    _terms.clear()
    _means.clear()
