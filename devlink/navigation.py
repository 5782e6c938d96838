"""Development's entries of the rail and of the Admin page."""

from django.http import HttpRequest

from accounts.roles import STAFF_ROLES, Role
from core.extensions import AdminEntry, NavItem, administer, navigate
from core.kept import kept_count
from devlink.models import Ask, Question, Release, WorkItem

MOST_COUNTED = 100
WISHES = WorkItem.WISHES
COMING = ("readiness", "approved", "deploying")


def unanswered_asks(request: HttpRequest) -> int:
    """Asks without a verdict."""
    asks = Ask.objects.filter(state__in=["open", "needs_info"])
    return kept_count("devlink.unanswered_asks", asks[:MOST_COUNTED].count)


def open_questions(request: HttpRequest) -> int:
    """Questions support has not answered."""
    waiting = Question.objects.unanswered()
    return kept_count("devlink.open_questions", waiting[:MOST_COUNTED].count)


def coming_releases(request: HttpRequest) -> int:
    """Releases support is asked about, or that are on their way."""
    coming = Release.objects.filter(state__in=COMING)
    return kept_count("devlink.coming_releases", coming[:MOST_COUNTED].count)


def open_requirements(request: HttpRequest) -> int:
    """Stories and requirements that can still be discussed."""
    wishes = WorkItem.objects.filter(kind__in=WISHES, state="discovery")
    return kept_count("devlink.open_requirements", wishes[:MOST_COUNTED].count)


_STAFF = frozenset(STAFF_ROLES)

navigate(
    NavItem(
        "Develop",
        "Sprints",
        "devlink:sprints",
        "calendar-range",
        order=10,
        roles=_STAFF,
        key="s",
        count=unanswered_asks,
        on_phone=True,
    )
)
navigate(
    NavItem(
        "Develop",
        "Asks",
        "devlink:asks",
        "hand",
        order=13,
        roles=_STAFF,
        key="j",
        count=open_questions,
    )
)
navigate(
    NavItem("Develop", "Backlog", "devlink:backlog", "layers", order=16, roles=_STAFF, key="c")
)
navigate(
    NavItem(
        "Develop",
        "Releases",
        "devlink:releases",
        "rocket",
        order=20,
        roles=_STAFF,
        key="r",
        count=coming_releases,
    )
)
navigate(
    NavItem(
        "Develop",
        "Requirements",
        "devlink:requirements",
        "message-square-text",
        order=30,
        roles=_STAFF,
        key="e",
        count=open_requirements,
    )
)
navigate(
    NavItem("Improve", "Ownership", "devlink:ownership", "map", order=70, roles=_STAFF, key="o")
)
navigate(
    NavItem(
        "Improve", "Influence", "devlink:influence", "signpost", order=80, roles=_STAFF, key="x"
    )
)
administer(
    AdminEntry(
        "Data",
        "Trackers",
        "Where development keeps its work, and pipelines that tell of deployments.",
        "devlink:trackers",
        "plug",
        order=40,
        roles=frozenset({Role.ADMIN}),
    )
)
