"""Tickets over HTTP for programs: the same rows, filters and actions as the pages."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.serializers import BaseSerializer

from catalogue.asking import custom_fields_of
from catalogue.models import IntakeFormVersion
from core.errors import DomainError
from core.rest import person_of, step_endpoint
from incidents import actions
from incidents.custom_fields import custom_values
from incidents.filters import TicketFilter
from incidents.import_api import ImportRunViewSet
from incidents.models import Message, PortalSession, Ticket
from incidents.serializers import (
    AssignInput,
    EditTicketInput,
    HoldInput,
    LinkArticleInput,
    MessageSerializer,
    NoteInput,
    OfferFixInput,
    OpenTicketInput,
    PortalSessionSerializer,
    RateInput,
    ReplyInput,
    ResolveInput,
    SimilarSerializer,
    StatusIntervalSerializer,
    TicketDetailSerializer,
    TicketSerializer,
)
from incidents.similar import similar_tickets


class TicketViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Tickets: POST opens one, PATCH edits the version that was read, steps are endpoints."""

    queryset = Ticket.objects.none()
    filterset_class = TicketFilter

    def get_queryset(self) -> QuerySet[Ticket]:
        tickets = Ticket.objects.visible_to(person_of(self.request)).with_list_relations()
        if self.action != "list":
            tickets = tickets.select_related("service").prefetch_related("affected_users")
        return tickets

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return TicketSerializer if self.action == "list" else TicketDetailSerializer

    def _shown(self, ticket: Ticket, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=ticket.pk)
        return Response(self.get_serializer(fresh).data, status=status)

    @extend_schema(request=OpenTicketInput, responses={201: TicketDetailSerializer})
    def create(self, request: Request) -> Response:
        """Opens a ticket."""
        form = OpenTicketInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        words = {"requester": request.user, **form.validated_data}
        given = words.pop("custom_fields", None)
        with transaction.atomic():
            ticket = actions.open_ticket(actor=person_of(request), **words)
            if given is not None:
                version = self._custom_fields_of(ticket)
                actions.keep_answers(ticket, actor=person_of(request), version=version, given=given)
        return self._shown(ticket, status=201)

    def _custom_fields_of(self, ticket: Ticket) -> IntakeFormVersion:
        version = custom_fields_of(ticket.service)
        if version is None:
            raise DomainError("The ticket's service has no custom fields.", field="custom_fields")
        return version

    @extend_schema(request=EditTicketInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes fields; 409 when somebody else changed one of them since `version`."""
        ticket = self.get_object()
        form = EditTicketInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        words = dict(form.validated_data)
        given, edit = words.pop("custom_fields", None), words.pop("custom_fields_edit", None)
        with transaction.atomic():
            ticket = actions.edit_ticket(ticket, actor=person_of(request), **words)
            if given is not None:
                values, newest = custom_values(person_of(request), ticket)
                actions.change_answers(
                    ticket,
                    actor=person_of(request),
                    version=self._custom_fields_of(ticket),
                    given={**values, **given},
                    edit=newest if edit is None else edit,
                )
        return self._shown(ticket)

    @extend_schema(methods=["GET"], responses=MessageSerializer(many=True))
    @extend_schema(methods=["POST"], request=ReplyInput, responses={201: MessageSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def messages(self, request: Request, pk: str) -> Response:
        """The conversation as far as the person may read it; POST writes to it."""
        ticket = self.get_object()
        if request.method == "POST":
            form = ReplyInput(data=request.data)
            form.is_valid(raise_exception=True)
            message = actions.reply_to_ticket(
                ticket, actor=person_of(request), channel="api", **form.validated_data
            )
            return Response(MessageSerializer(message).data, status=201)
        rows = Message.objects.visible_to(person_of(request)).filter(ticket=ticket)
        rows = rows.select_related("author").prefetch_related("attachments")
        return Response(MessageSerializer(rows, many=True).data)

    @extend_schema(responses=StatusIntervalSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def intervals(self, request: Request, pk: str) -> Response:
        """How long it was in which state."""
        rows = self.get_object().status_intervals.all()
        return Response(StatusIntervalSerializer(rows, many=True).data)

    @extend_schema(responses=SimilarSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def similar(self, request: Request, pk: str) -> Response:
        """Tickets like this one among those the person may see, most similar first."""
        ticket = self.get_object()
        matches = similar_tickets(
            person_of(request),
            text=f"{ticket.title}\n{ticket.description}",
            component=ticket.component,
            exclude_id=ticket.pk,
        )
        return Response(SimilarSerializer(matches, many=True, context={"request": request}).data)

    assign = step_endpoint("assign", actions.assign_ticket, takes=AssignInput)
    start = step_endpoint("start", actions.start_ticket)
    wait = step_endpoint("wait", actions.put_ticket_on_hold, takes=HoldInput)
    hand_to_development = step_endpoint(
        "hand_to_development", actions.hand_ticket_to_development, takes=NoteInput
    )
    begin_development = step_endpoint("begin_development", actions.begin_development)
    return_to_desk = step_endpoint("return_to_desk", actions.return_ticket_to_desk, takes=NoteInput)
    offer_fix = step_endpoint("offer_fix", actions.offer_fix, takes=OfferFixInput)
    confirm_fix = step_endpoint("confirm_fix", actions.confirm_fix)
    report_still_broken = step_endpoint(
        "report_still_broken", actions.report_still_broken, takes=NoteInput
    )
    resolve = step_endpoint("resolve", actions.resolve_ticket, takes=ResolveInput)
    reopen = step_endpoint("reopen", actions.reopen_ticket, takes=NoteInput)
    close = step_endpoint("close", actions.close_ticket)
    cancel = step_endpoint("cancel", actions.cancel_ticket, takes=NoteInput)
    submit = step_endpoint("submit", actions.submit_request)
    approve = step_endpoint("approve", actions.approve_request)
    reject = step_endpoint("reject", actions.reject_request, takes=NoteInput)
    rate = step_endpoint("rate", actions.rate_ticket, takes=RateInput)
    link_article = step_endpoint("link_article", actions.link_article, takes=LinkArticleInput)


class PortalSessionViewSet(viewsets.ReadOnlyModelViewSet[PortalSession]):
    """Visits of the portal, for those who lead: what deflection is inferred from."""

    queryset = PortalSession.objects.none()
    serializer_class = PortalSessionSerializer

    def get_queryset(self) -> QuerySet[PortalSession]:
        return PortalSession.objects.visible_to(person_of(self.request))


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("tickets", TicketViewSet, basename="ticket")
    router.register("portal-sessions", PortalSessionViewSet, basename="portal-session")
    router.register("imports", ImportRunViewSet, basename="import")
