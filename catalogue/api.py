"""API endpoints of catalogue."""

from django.db.models import QuerySet
from rest_framework import viewsets
from rest_framework.routers import BaseRouter

from catalogue.calendar_api import CalendarViewSet
from catalogue.filters import ComponentFilter
from catalogue.models import Component, Service
from catalogue.serializers import ComponentSerializer, ServiceSerializer
from core.rest import person_of


class ServiceViewSet(viewsets.ReadOnlyModelViewSet[Service]):
    """What is supported."""

    queryset = Service.objects.none()
    serializer_class = ServiceSerializer
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[Service]:
        return Service.objects.visible_to(person_of(self.request))


class ComponentViewSet(viewsets.ReadOnlyModelViewSet[Component]):
    """The parts of services that change."""

    queryset = Component.objects.none()
    serializer_class = ComponentSerializer
    filterset_class = ComponentFilter
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[Component]:
        return Component.objects.visible_to(person_of(self.request)).select_related("service")


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("services", ServiceViewSet, basename="service")
    router.register("business-calendars", CalendarViewSet, basename="business-calendar")
    router.register("components", ComponentViewSet, basename="component")
