"""API endpoints of accounts."""

from rest_framework.routers import BaseRouter

from accounts.availability.endpoints import AbsenceViewSet, WorkWeekViewSet
from accounts.directory.endpoints import OrganisationViewSet, PersonViewSet


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("absences", AbsenceViewSet, basename="absence")
    router.register("work-weeks", WorkWeekViewSet, basename="work-week")
    router.register("people", PersonViewSet, basename="person")
    router.register("organisations", OrganisationViewSet, basename="organisation")
