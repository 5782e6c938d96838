"""API endpoints of catalogue."""

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.routers import BaseRouter
from rest_framework.serializers import BaseSerializer

from catalogue.actions import change_draft, create_form, publish_form
from catalogue.calendar_api import CalendarViewSet
from catalogue.filters import ComponentFilter
from catalogue.models import Component, IntakeForm, Service
from catalogue.serializers import (
    ComponentSerializer,
    DraftInput,
    IntakeFormSerializer,
    ServiceSerializer,
)
from core.rest import person_of, step_endpoint


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


class IntakeFormViewSet(mixins.CreateModelMixin, viewsets.ReadOnlyModelViewSet[IntakeForm]):
    """Forms built without code; `draft` takes another draft, `publish` makes it the one asked."""

    queryset = IntakeForm.objects.none()
    serializer_class = IntakeFormSerializer
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[IntakeForm]:
        return IntakeForm.objects.visible_to(person_of(self.request)).select_related("current")

    def perform_create(self, serializer: BaseSerializer[IntakeForm]) -> None:
        words = serializer.validated_data
        serializer.instance = create_form(actor=person_of(self.request), **words)

    draft = step_endpoint("draft", change_draft, takes=DraftInput, title="Keeps another draft.")
    publish = step_endpoint("publish", publish_form, title="Asks the draft from now on.")


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("services", ServiceViewSet, basename="service")
    router.register("business-calendars", CalendarViewSet, basename="business-calendar")
    router.register("forms", IntakeFormViewSet, basename="form")
    router.register("components", ComponentViewSet, basename="component")
