"""Deflection: visits of the portal that something to read was enough for. Inferred, and said to be.

Definition: sessions in which an article or a known error's workaround was opened and no contact
followed within 24 hours, of the sessions that showed intent (words typed into the report form).
Nobody says that what they read answered them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Person
from incidents.models import PortalSession
from incidents.models.intent import PortalSessionQuerySet

WINDOW = timedelta(days=30)
# Below this many visits a rate says more about chance than about what was read.
FEWEST = 5
KINDS = {
    "deflected": "Answered by what they read",
    "contact": "Wrote to us",
    "neither": "Neither",
    "open": "Less than a day ago",
}


@dataclass(frozen=True)
class Deflection:
    """`met` of `n` settled sessions; `rate` is None while there are too few."""

    met: int
    n: int

    @property
    def rate(self) -> float | None:
        return self.met / self.n if self.n >= FEWEST else None


def recent(person: Person, now: datetime) -> PortalSessionQuerySet:
    """Sessions of the last 30 days this person may read."""
    return PortalSession.objects.visible_to(person).filter(started_at__gte=now - WINDOW)


def deflection(person: Person, now: datetime) -> Deflection:
    """The figure over the last 30 days; what is younger than a day is not counted yet."""
    settled = recent(person, now).settled(now)
    return Deflection(settled.deflected().count(), settled.count())


def narrowed(sessions: PortalSessionQuerySet, kind: str, now: datetime) -> PortalSessionQuerySet:
    """The sessions behind one of the numbers."""
    settled = sessions.settled(now)
    if kind == "deflected":
        return settled.deflected()
    if kind == "contact":
        return settled.contacted()
    if kind == "neither":
        return settled.quiet().alone()
    if kind == "open":
        return sessions.unsettled(now)
    return sessions
