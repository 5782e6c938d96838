"""The rail's entry and the Admin page's."""

from django.core.cache import cache
from django.http import HttpRequest

from accounts.roles import STAFF_ROLES
from core.extensions import AdminEntry, NavItem, administer, navigate
from majors.models import MajorIncident
from majors.permissions import DECIDERS

COUNT_KEPT_SECONDS = 15


def _unsettled(request: HttpRequest) -> int | None:
    """Candidates and active ones; shared by everybody, so it names no record."""
    count = cache.get_or_set(
        "majors.unsettled",
        lambda: MajorIncident.objects.candidates().count() + MajorIncident.objects.active().count(),
        COUNT_KEPT_SECONDS,
    )
    return int(count or 0) or None


navigate(
    NavItem(
        section="Desk",
        label="Major incidents",
        url_name="majors:majors",
        icon="siren",
        order=40,
        roles=STAFF_ROLES,
        key="m",
        count=_unsettled,
    )
)
administer(
    AdminEntry(
        "Desk",
        "Texts of major incidents",
        "What updates begin with, by status and audience.",
        "majors:templates",
        "megaphone",
        order=60,
        roles=frozenset(DECIDERS),
    )
)
