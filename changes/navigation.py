"""The rail's entry."""

from django.http import HttpRequest

from accounts.roles import STAFF_ROLES
from changes.models import Change
from core.extensions import NavItem, navigate
from core.kept import kept_count


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
    waiting = Change.objects.filter(state__in=states)
    return kept_count("changes.waiting", waiting.count) or None


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
