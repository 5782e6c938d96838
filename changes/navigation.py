"""The rail's entry."""

from django.core.cache import cache
from django.http import HttpRequest

from accounts.roles import STAFF_ROLES
from changes.models import Change
from core.extensions import NavItem, navigate

COUNT_KEPT_SECONDS = 15


def _waiting(request: HttpRequest) -> int | None:
    """Changes that are neither closed nor drafts."""
    states = [
        "submitted",
        "assess",
        "awaiting_authorisation",
        "scheduled",
        "implementing",
        "review",
    ]
    count = cache.get_or_set(
        "changes.waiting",
        lambda: Change.objects.filter(state__in=states).count(),
        COUNT_KEPT_SECONDS,
    )
    return int(count or 0) or None


navigate(
    NavItem(
        section="Improve",
        label="Changes",
        url_name="changes:changes",
        icon="git-pull-request-arrow",
        order=30,
        roles=STAFF_ROLES,
        key="h",
        count=_waiting,
    )
)
