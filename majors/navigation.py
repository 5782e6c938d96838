"""The rail's entry and the Admin page's."""

from django.http import HttpRequest

from accounts.roles import STAFF_ROLES
from core.extensions import AdminEntry, NavItem, administer, navigate
from core.kept import kept_count
from majors.models import MajorIncident
from majors.permissions import DECIDERS


def _unsettled(request: HttpRequest) -> int | None:
    """Candidates and active ones; shared by everybody, so it names no record."""
    majors = MajorIncident.objects
    return (
        kept_count(
            "majors.unsettled", lambda: majors.candidates().count() + majors.active().count()
        )
        or None
    )


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
