"""Whether a workaround helps: how long tickets took with and without it."""

from dataclasses import dataclass
from statistics import median

from django.db.models import F, Q, QuerySet

from incidents.models import Ticket
from problems.models import Problem, Telling

# A median of fewer tickets says nothing.
FEWEST = 20
CODES = ("workaround_applied", "known_error")
WITH, WITHOUT = "with", "without"
DEFINITION = (
    "Linked tickets that are resolved, from opening to resolution by the clock on the wall. "
    "“With” are those whose requester was sent the workaround before the end, or that ended with "
    "the code “Workaround applied” or “Known error”; “without” are all others. A median of fewer "
    f"than {FEWEST} tickets is not shown. People choose which tickets get it, so the difference "
    "is no proof."
)


@dataclass(frozen=True)
class Group:
    """Tickets of one kind: how many, and their median in hours (None under twenty)."""

    name: str
    n: int
    hours: float | None

    @property
    def missing(self) -> int:
        """How many more are needed before there is a median."""
        return max(0, FEWEST - self.n)


@dataclass(frozen=True)
class Effect:
    """Both groups side by side."""

    helped: Group
    unhelped: Group
    definition: str = DEFINITION

    @property
    def saved_hours(self) -> float | None:
        """How much sooner tickets end with the workaround; None without both medians."""
        if self.helped.hours is None or self.unhelped.hours is None:
            return None
        return self.unhelped.hours - self.helped.hours


def tickets_in(problem: Problem, group: str) -> QuerySet[Ticket]:
    """The resolved tickets of a group, whoever may see them; for numbers, or to be narrowed."""
    ended = Ticket.objects.filter(
        pk__in=problem.ticket_links.values("ticket_id"), resolved_at__isnull=False
    ).exclude(state="cancelled")
    told = Telling.objects.filter(problem=problem, kind="workaround")
    in_time = told.filter(sent_at__lte=F("ticket__resolved_at")).values("ticket_id")
    helped = Q(pk__in=in_time) | Q(resolution_code__in=CODES)
    return ended.filter(helped) if group == WITH else ended.exclude(helped)


def effect_of(problem: Problem) -> Effect:
    """Median resolve times with and without the workaround. Two queries."""
    return Effect(_group(problem, WITH), _group(problem, WITHOUT))


def _group(problem: Problem, name: str) -> Group:
    times = tickets_in(problem, name).order_by().values_list("created_at", "resolved_at")
    hours = [(ended - began).total_seconds() / 3600 for began, ended in times if ended]
    return Group(name, len(hours), median(hours) if len(hours) >= FEWEST else None)
