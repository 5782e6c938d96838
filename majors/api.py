"""Major incidents over HTTP for programs; the status page without signing in."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from core.rest import person_of, step_endpoint
from majors import actions
from majors.filters import FollowUpFilter, MajorFilter, UpdateTemplateFilter
from majors.models import FollowUp, MajorIncident, UpdateTemplate
from majors.serializers import (
    AcceptInput,
    ComponentInput,
    FollowUpSerializer,
    MajorSerializer,
    NoteInput,
    ProposeInput,
    ReasonInput,
    ReportsInput,
    ReviewInput,
    RoleInput,
    StatusPageSerializer,
    UpdateInput,
    UpdateTemplateSerializer,
)
from majors.statuspage import read_status_page
from problems.part_serializers import DropInput, FollowUpInput, SettleInput


class MajorViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Major incidents: POST proposes a ticket, steps are endpoints."""

    queryset = MajorIncident.objects.none()
    serializer_class = MajorSerializer
    filterset_class = MajorFilter

    def get_queryset(self) -> QuerySet[MajorIncident]:
        visible = MajorIncident.objects.visible_to(person_of(self.request))
        return visible.select_related("review").prefetch_related(
            "affected", "roles", "updates__texts"
        )

    @extend_schema(request=ProposeInput, responses={201: MajorSerializer})
    def create(self, request: Request) -> Response:
        """Proposes a ticket as a major incident."""
        form = ProposeInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = form.validated_data
        made = actions.propose_major(said["ticket"], actor=person_of(request), why=said["why"])
        shown = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(shown).data, status=201)

    accept = step_endpoint("accept", actions.accept_major, takes=AcceptInput)
    reject = step_endpoint("reject", actions.reject_major, takes=ReasonInput)
    cancel = step_endpoint("cancel", actions.cancel_major, takes=ReasonInput)
    post_update = step_endpoint("post_update", actions.post_update, takes=UpdateInput)
    give_role = step_endpoint("give_role", actions.give_role, takes=RoleInput)
    add_note = step_endpoint("add_note", actions.add_note, takes=NoteInput)
    add_reports = step_endpoint("add_reports", actions.add_reports, takes=ReportsInput)
    set_component = step_endpoint(
        "set_component", actions.set_component_status, takes=ComponentInput
    )
    write_review = step_endpoint("write_review", actions.write_review, takes=ReviewInput)
    publish_review = step_endpoint("publish_review", actions.publish_review)

    @extend_schema(request=FollowUpInput, responses={201: FollowUpSerializer})
    @action(detail=True, methods=["post"], url_path="follow-ups")
    def add_follow_up(self, request: Request, pk: str) -> Response:
        """Adds something to be done."""
        major = self.get_object()
        form = FollowUpInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        made = actions.add_follow_up(major, actor=person_of(request), **form.validated_data)
        return Response(FollowUpSerializer(made).data, status=201)


class FollowUpViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """What is to be done after reviews."""

    queryset = FollowUp.objects.none()
    serializer_class = FollowUpSerializer
    filterset_class = FollowUpFilter

    def get_queryset(self) -> QuerySet[FollowUp]:
        return FollowUp.objects.visible_to(person_of(self.request)).select_related("major")

    @extend_schema(request=FollowUpInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes what is to be done."""
        row = self.get_object()
        context = self.get_serializer_context()
        form = FollowUpInput(data=request.data, partial=True, context=context)
        form.is_valid(raise_exception=True)
        actions.edit_follow_up(row, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    complete = step_endpoint("complete", actions.complete_follow_up, takes=SettleInput)
    drop = step_endpoint("drop", actions.drop_follow_up, takes=DropInput)
    delete = step_endpoint("delete", actions.delete_follow_up)
    take_up = step_endpoint("take_up", actions.take_up_follow_up)


class UpdateTextViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """The texts that updates begin with; POST writes the one of a status and an audience."""

    queryset = UpdateTemplate.objects.none()
    serializer_class = UpdateTemplateSerializer
    filterset_class = UpdateTemplateFilter

    def get_queryset(self) -> QuerySet[UpdateTemplate]:
        return UpdateTemplate.objects.visible_to(person_of(self.request))

    def create(self, request: Request) -> Response:
        """Writes a text, the first or another one."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        written = actions.write_template(actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(written).data)


class StatusViewSet(viewsets.ViewSet):
    """The public status page."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(responses=StatusPageSerializer, auth=[])
    def list(self, request: Request) -> Response:
        """How every service stands; needs no key."""
        return Response(StatusPageSerializer(read_status_page(timezone.now())).data)


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("majors", MajorViewSet, basename="major")
    router.register("follow-ups", FollowUpViewSet, basename="follow-up")
    router.register("update-texts", UpdateTextViewSet, basename="update-text")
    router.register("status", StatusViewSet, basename="status")
