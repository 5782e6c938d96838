"""This app's entries in the rail."""

from django.http import HttpRequest

from accounts.roles import STAFF_ROLES
from core.extensions import NavItem, navigate
from core.kept import kept_count
from problems.models import Cluster, Problem


def clusters_to_decide(request: HttpRequest) -> int:
    """Candidates of three tickets or more."""
    candidates = Cluster.objects.filter(state="candidate", ticket_count__gte=3)
    return kept_count("problems.candidates", candidates.count)


def open_problems(request: HttpRequest) -> int:
    """Open problems."""
    return kept_count("problems.open", Problem.objects.open().count)


navigate(
    NavItem(
        "Improve",
        "Clusters",
        "problems:clusters",
        "waypoints",
        order=10,
        roles=frozenset(STAFF_ROLES),
        key="u",
        count=clusters_to_decide,
        on_phone=True,
    )
)
navigate(
    NavItem(
        "Improve",
        "Problems",
        "problems:problems",
        "bug",
        order=20,
        roles=frozenset(STAFF_ROLES),
        key="p",
        count=open_problems,
    )
)
navigate(
    NavItem(
        "Improve",
        "Known errors",
        "problems:known_errors",
        "shield-alert",
        order=25,
        roles=frozenset(STAFF_ROLES),
        key="z",
    )
)
