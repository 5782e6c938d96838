"""This app's entries in the rail."""

from django.core.cache import cache
from django.http import HttpRequest

from accounts.roles import STAFF_ROLES
from core.extensions import NavItem, navigate
from problems.models import Cluster, Problem

KEPT_SECONDS = 30
CLUSTERS_KEY = "problems.navigation.clusters"
PROBLEMS_KEY = "problems.navigation.problems"


def clusters_to_decide(request: HttpRequest) -> int:
    """Candidates of three tickets or more, as of half a minute ago at most."""
    found = cache.get(CLUSTERS_KEY)
    if found is None:
        found = Cluster.objects.filter(state="candidate", ticket_count__gte=3).count()
        cache.set(CLUSTERS_KEY, found, KEPT_SECONDS)
    return int(found)


def open_problems(request: HttpRequest) -> int:
    """Open problems, as of half a minute ago at most."""
    found = cache.get(PROBLEMS_KEY)
    if found is None:
        found = Problem.objects.open().count()
        cache.set(PROBLEMS_KEY, found, KEPT_SECONDS)
    return int(found)


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
