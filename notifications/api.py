"""API endpoints of notifications."""

from typing import cast

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import GenericViewSet

from accounts.models import Person
from notifications import actions
from notifications.models import Notification, OutgoingMail
from notifications.serializers import NotificationSerializer, OutgoingMailSerializer


class NotificationViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Notification]):
    """What the caller was told."""

    serializer_class = NotificationSerializer
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        return Notification.objects.visible_to(cast("Person", self.request.user))

    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Marks it as read."""
        notice = actions.mark_read(self.get_object(), actor=cast("Person", request.user))
        return Response(self.get_serializer(notice).data)


class OutgoingMailViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[OutgoingMail]):
    """Outgoing mail with its state; admins only."""

    serializer_class = OutgoingMailSerializer
    queryset = OutgoingMail.objects.none()
    filterset_fields = ("state",)

    def get_queryset(self) -> QuerySet[OutgoingMail]:
        return OutgoingMail.objects.visible_to(cast("Person", self.request.user))

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """A mail that failed for good waits again."""
        mail = actions.retry_mail(self.get_object(), actor=cast("Person", request.user))
        return Response(self.get_serializer(mail).data)


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("notifications", NotificationViewSet, basename="notification")
    router.register("outgoing-mail", OutgoingMailViewSet, basename="outgoing-mail")
