"""Development's entries of the rail and of the Admin page."""

from django.http import HttpRequest

from accounts.roles import STAFF_ROLES, Role
from core.extensions import AdminEntry, NavItem, administer, navigate
from devlink.models import Ask, Release, WorkItem

MOST_COUNTED = 100
WISHES = (WorkItem.Kind.REQUIREMENT, WorkItem.Kind.STORY)
COMING = ("readiness", "approved", "deploying")


def unanswered_asks(request: HttpRequest) -> int | None:
    """Asks without a verdict."""
    if not request.user.is_authenticated:
        return None
    asks = Ask.objects.visible_to(request.user).filter(state__in=["open", "needs_info"])
    return len(asks.order_by().values_list("pk", flat=True)[:MOST_COUNTED])


def coming_releases(request: HttpRequest) -> int | None:
    """Releases support is asked about, or that are on their way."""
    if not request.user.is_authenticated:
        return None
    coming = Release.objects.visible_to(request.user).filter(state__in=COMING)
    return len(coming.order_by().values_list("pk", flat=True)[:MOST_COUNTED])


def open_requirements(request: HttpRequest) -> int | None:
    """Stories and requirements that can still be discussed."""
    if not request.user.is_authenticated:
        return None
    wishes = WorkItem.objects.visible_to(request.user).filter(kind__in=WISHES, state="discovery")
    return len(wishes.order_by().values_list("pk", flat=True)[:MOST_COUNTED])


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
