"""API endpoints of catalogue."""

from rest_framework.routers import BaseRouter


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
