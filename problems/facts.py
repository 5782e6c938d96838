"""What is counted of the tickets of a cause, from rows read once; and what is linked to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Person
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Cluster, ClusterMember, Problem, ProblemTicket


@dataclass(frozen=True, slots=True)
class TicketFact:
    """What is counted of one ticket."""

    id: int
    requester_id: int
    organisation_id: int | None
    component_id: int | None
    created_at: datetime
    resolved_at: datetime | None
    first_response_at: datetime | None
    first_response_due_at: datetime | None
    resolution_due_at: datetime | None
    resolution_code: str
    reopen_count: int
    csat_score: int | None
    priority: int
    state: str

    def late(self, now: datetime) -> bool:
        """The answer or the end came later than promised, or is overdue now."""
        pairs = (
            (self.first_response_due_at, self.first_response_at),
            (self.resolution_due_at, self.resolved_at),
        )
        return any(due is not None and (done or now) > due for due, done in pairs)

    @property
    def has_target(self) -> bool:
        return self.first_response_due_at is not None or self.resolution_due_at is not None


_FIELDS = (
    "pk",
    "requester_id",
    "organisation_id",
    "component_id",
    "created_at",
    "resolved_at",
    "first_response_at",
    "first_response_due_at",
    "resolution_due_at",
    "resolution_code",
    "reopen_count",
    "csat_score",
    "priority",
    "state",
)


def tickets_of(cluster: Cluster | None, problem: Problem | None) -> QuerySet[Ticket]:
    """Every ticket of a cause: the members of its cluster and those linked to its problem."""
    known = Q(pk__in=[])
    if cluster is not None:
        members = ClusterMember.objects.filter(cluster=cluster)
        known |= Q(pk__in=members.values("ticket_id"))
    if problem is not None:
        links = ProblemTicket.objects.filter(problem=problem)
        known |= Q(pk__in=links.values("ticket_id"))
    return Ticket.objects.filter(known)


def read_facts(tickets: QuerySet[Ticket], *, until: datetime) -> list[TicketFact]:
    """The facts of tickets created until then, oldest first; one query.

    Cancelled tickets prove nothing, and tickets of restricted teams are not for every reader.
    """
    told = (
        tickets.filter(created_at__lte=until)
        .exclude(state="cancelled")
        .exclude(team__restricted=True)
        .order_by("created_at", "pk")
    )
    return [TicketFact(*row) for row in told.values_list(*_FIELDS)]


def affected_people(ticket_ids: Sequence[int]) -> dict[int, set[int]]:
    """Affected users by ticket; one query."""
    through = Ticket.affected_users.through._default_manager.filter(ticket_id__in=ticket_ids)
    found: dict[int, set[int]] = {}
    for ticket, person in through.values_list("ticket_id", "person_id"):
        found.setdefault(ticket, set()).add(person)
    return found


def articles_of(problem: Problem, person: Person) -> list[Article]:
    """Articles of a problem the person may read, the one of its known error among them."""
    known = getattr(problem, "known_error", None)
    mine = Q(pk__in=problem.article_links.values("article_id"))
    if known is not None and known.article_id:
        mine |= Q(pk=known.article_id)
    rows = Article.objects.visible_to(person).filter(mine).defer("search_vector")
    return list(rows.select_related("owner").order_by("pk"))
