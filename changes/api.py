"""Changes over HTTP for programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from changes import actions
from changes.filters import ChangeFilter, SuspectFilter
from changes.models import Change, ChangeTicket, ClusterSuspect
from changes.serializers import (
    ChangeInput,
    ChangeSerializer,
    ChangeTicketSerializer,
    CloseInput,
    ClusterSuspectSerializer,
    NewChangeInput,
    NoteInput,
    ProblemInput,
    TicketInput,
    TicketsInput,
)
from core.rest import person_of, step_endpoint


class ChangeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Changes: POST drafts one, PATCH edits a draft, steps are endpoints."""

    queryset = Change.objects.none()
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter

    def get_queryset(self) -> QuerySet[Change]:
        return Change.objects.visible_to(person_of(self.request)).prefetch_related("components")

    @extend_schema(request=NewChangeInput, responses={201: ChangeSerializer})
    def create(self, request: Request) -> Response:
        """Drafts a change."""
        form = NewChangeInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        change = actions.create_change(actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(change).data, status=201)

    @extend_schema(request=ChangeInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Edits what was asked for, until it is decided."""
        change = self.get_object()
        form = ChangeInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        actions.edit_change(change, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=ChangeTicketSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def tickets(self, request: Request, pk: str) -> Response:
        """The tickets it is made for, as far as the person may see them, a page at a time."""
        rows = ChangeTicket.objects.visible_to(person_of(request)).filter(change=self.get_object())
        page = self.paginate_queryset(rows.select_related("ticket"))
        return self.get_paginated_response(ChangeTicketSerializer(page, many=True).data)

    link_tickets = step_endpoint("link_tickets", actions.link_tickets_to_change, takes=TicketsInput)
    unlink_ticket = step_endpoint(
        "unlink_ticket", actions.unlink_ticket_from_change, takes=TicketInput
    )
    submit = step_endpoint("submit", actions.submit_change)
    assess = step_endpoint("assess", actions.assess_change)
    request_authorisation = step_endpoint("request_authorisation", actions.request_authorisation)
    authorise = step_endpoint("authorise", actions.authorise_change)
    schedule_standard = step_endpoint("schedule_standard", actions.schedule_standard_change)
    expedite = step_endpoint("expedite", actions.expedite_change)
    reject = step_endpoint("reject", actions.reject_change, takes=NoteInput)
    implement = step_endpoint("implement", actions.implement_change)
    review = step_endpoint("review", actions.review_change)
    close = step_endpoint("close", actions.close_change, takes=CloseInput)
    cancel = step_endpoint("cancel", actions.cancel_change, takes=NoteInput)
    link_problem = step_endpoint("link_problem", actions.link_change, takes=ProblemInput)
    unlink_problem = step_endpoint("unlink_problem", actions.unlink_change)


class ClusterSuspectViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """“First seen after”: changes shortly before clusters began, with the four parts of the score.

    Likeliest first. A hint, not a proof: what came shortly before need not be the cause.
    """

    queryset = ClusterSuspect.objects.none()
    serializer_class = ClusterSuspectSerializer
    filterset_class = SuspectFilter
    keyset_order = ("-score", "-id")

    def get_queryset(self) -> QuerySet[ClusterSuspect]:
        suspects = ClusterSuspect.objects.visible_to(person_of(self.request))
        return suspects.select_related("change")


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("changes", ChangeViewSet, basename="change")
    router.register("cluster-suspects", ClusterSuspectViewSet, basename="cluster-suspect")
