"""Tickets over HTTP for programs: the same rows, filters and actions as the pages."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.serializers import BaseSerializer

from catalogue.asking import custom_fields_of
from catalogue.models import IntakeFormVersion
from core.errors import DomainError
from core.rest import BadInput, person_of, step_endpoint
from incidents import actions
from incidents.arranging_api import (
    ChecklistViewSet,
    CsatReasonViewSet,
    TagViewSet,
    TeamPolicyViewSet,
)
from incidents.beside_api import BesideEndpoints
from incidents.clock_serializers import ClockSerializer
from incidents.custom_fields import custom_values
from incidents.explaining import explain_ticket
from incidents.feed import conversation_of, merged_tickets
from incidents.fieldwords import said_since
from incidents.filters import TicketFilter
from incidents.import_api import ImportRunViewSet
from incidents.likeness_api import LikenessEndpoints
from incidents.list_api import SavedViewViewSet, TicketJobViewSet
from incidents.listing.exporting import FORMATS, file_of
from incidents.listing.reading import read_listing
from incidents.merging_api import JoiningEndpoints
from incidents.models import CsatSurvey, Ticket
from incidents.policy_api import PolicyViewSet
from incidents.portal.endpoints import PortalSessionViewSet
from incidents.search_api import SearchIndexViewSet, StopWordViewSet, SynonymGroupViewSet
from incidents.searching import in_time
from incidents.serializers import (
    AssignInput,
    EditTicketInput,
    HoldInput,
    LinkArticleInput,
    MessageSerializer,
    NoteInput,
    OfferFixInput,
    OpenTicketInput,
    RateInput,
    RatingSerializer,
    ReplyInput,
    ResolveInput,
    StatusIntervalSerializer,
    TicketDetailSerializer,
    TicketSerializer,
)
from incidents.writing_api import CannedReplyViewSet, DraftViewSet, WritingEndpoints


def _either(form: type[BaseSerializer[Any]]) -> dict[str, type[BaseSerializer[Any]]]:
    """The two ways in which a body with answers is sent; files go as parts of the second."""
    return {"application/json": form, "multipart/form-data": form}


class TicketViewSet(
    JoiningEndpoints,
    BesideEndpoints,
    LikenessEndpoints,
    WritingEndpoints,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
):
    """Tickets: POST opens one, PATCH edits the version that was read, steps are endpoints."""

    queryset = Ticket.objects.none()
    filterset_class = TicketFilter
    # Only tickets with greater numbers, where looking through all of them takes too long.
    above = 0

    def get_queryset(self) -> QuerySet[Ticket]:
        tickets = Ticket.objects.visible_to(person_of(self.request)).with_list_relations()
        if self.action != "list":
            tickets = tickets.select_related("service").prefetch_related("affected_users")
        return tickets

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filters are for the list; one ticket is found by its number, merged or not."""
        if self.detail:
            return queryset
        found = super().filter_queryset(queryset)
        return found.filter(pk__gt=self.above) if self.above else found

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tickets the person may see, newest first.

        `note` says so when the words of `q` were looked for among the newest tickets only, because
        all of them would have taken too long; 422 at `q` when these take too long as well.
        """

        def read(above: int) -> Response:
            self.above = above
            return super(TicketViewSet, self).list(request, *args, **kwargs)

        if not request.query_params.get("q"):
            return read(0)
        response, note = in_time(read)
        if note:
            response.data["note"] = note
        return response

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return TicketSerializer if self.action == "list" else TicketDetailSerializer

    def _shown(self, ticket: Ticket, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=ticket.pk)
        return Response(self.get_serializer(fresh).data, status=status)

    @extend_schema(request=_either(OpenTicketInput), responses={201: TicketDetailSerializer})
    def create(self, request: Request) -> Response:
        """Opens a ticket."""
        form = OpenTicketInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        words = {"requester": request.user, **form.validated_data}
        given = words.pop("custom_fields", None)
        copies = {
            "named": words.pop("copy_to", ()),
            "outside_confirmed": words.pop("outside_confirmed", False),
        }
        with transaction.atomic():
            ticket = actions.open_ticket(actor=person_of(request), **words)
            actions.note_contact(ticket.requester, ticket=ticket)
            if copies["named"]:
                actions.add_copies(ticket, actor=person_of(request), **copies)
            if given is not None:
                version = self._custom_fields_of(ticket)
                actions.keep_answers(
                    ticket,
                    actor=person_of(request),
                    version=version,
                    given=given.values,
                    uploads=given.uploads,
                )
        return self._shown(ticket, status=201)

    def _custom_fields_of(self, ticket: Ticket) -> IntakeFormVersion:
        version = custom_fields_of(ticket.service)
        if version is None:
            raise DomainError("The ticket's service has no custom fields.", field="custom_fields")
        return version

    @extend_schema(request=_either(EditTicketInput))
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes fields; what others changed meanwhile is said in `meanwhile`.

        409 with both values when somebody changed one of the same fields since `version`.
        """
        ticket = self.get_object()
        form = EditTicketInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        person, said = person_of(request), dict(form.validated_data)
        given, edit = said.pop("custom_fields", None), said.pop("custom_fields_edit", None)
        with transaction.atomic():
            edited = actions.edit_ticket(ticket, actor=person, **said)
            if given is not None:
                values, newest = custom_values(person, edited)
                actions.change_answers(
                    edited,
                    actor=person,
                    version=self._custom_fields_of(edited),
                    given={**values, **given.values},
                    uploads=given.uploads,
                    edit=newest if edit is None else edit,
                )
        meanwhile = said_since(edited, said["version"], reader=person, without=list(said))
        answer = self._shown(edited)
        answer.data["meanwhile"] = meanwhile
        return answer

    @extend_schema(methods=["GET"], responses=MessageSerializer(many=True))
    @extend_schema(methods=["POST"], request=ReplyInput, responses={201: MessageSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def messages(self, request: Request, pk: str) -> Response:
        """The conversation as far as the person may read it; POST writes to it."""
        ticket = self.get_object()
        if request.method == "POST":
            form = ReplyInput(data=request.data, context=self.get_serializer_context())
            form.is_valid(raise_exception=True)
            message = actions.answer_ticket(
                ticket, actor=person_of(request), channel="api", **form.validated_data
            )
            return Response(MessageSerializer(message).data, status=201)
        person = person_of(request)
        rows = conversation_of(person, ticket, merged_tickets(person, ticket))
        return Response(MessageSerializer(rows, many=True).data)

    @extend_schema(responses=StatusIntervalSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def intervals(self, request: Request, pk: str) -> Response:
        """How long it was in which state."""
        rows = self.get_object().status_intervals.all()
        return Response(StatusIntervalSerializer(rows, many=True).data)

    @extend_schema(responses=RatingSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def ratings(self, request: Request, pk: str) -> Response:
        """What the requester said of each resolution, the first one first."""
        surveys = CsatSurvey.objects.visible_to(person_of(request)).filter(ticket=self.get_object())
        last = surveys.last_ratings().values("pk")
        rows = surveys.annotate(counts=Exists(last.filter(pk=OuterRef("pk"))))
        found = rows.select_related("reason").order_by("resolution")
        return Response(RatingSerializer(found, many=True).data)

    @extend_schema(responses=ClockSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def clocks(self, request: Request, pk: str) -> Response:
        """Why each target is due when it is, segment by segment."""
        found = explain_ticket(person_of(request), self.get_object(), timezone.now())
        return Response(ClockSerializer(found, many=True).data)

    @extend_schema(
        parameters=[OpenApiParameter("as", enum=["csv", "json"], default="csv")],
        responses={(200, "text/csv"): str, (200, "application/json"): str},
    )
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The list as a file, streamed; the words are those of the list's page."""
        kind = request.query_params.get("as", "csv")
        if kind not in FORMATS:
            raise BadInput("Choose csv or json.", field="as")
        listing = read_listing(person_of(request), request.query_params)
        if not listing.chosen.is_valid():
            raise ValidationError(listing.chosen.errors)
        return file_of(listing, kind)

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


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("tickets", TicketViewSet, basename="ticket")
    router.register("views", SavedViewViewSet, basename="saved-view")
    router.register("ticket-jobs", TicketJobViewSet, basename="ticket-job")
    router.register("service-level-policies", PolicyViewSet, basename="service-level-policy")
    router.register("team-policies", TeamPolicyViewSet, basename="team-policy")
    router.register("checklists", ChecklistViewSet, basename="checklist")
    router.register("tags", TagViewSet, basename="tag")
    router.register("csat-reasons", CsatReasonViewSet, basename="csat-reason")
    router.register("drafts", DraftViewSet, basename="draft")
    router.register("canned-replies", CannedReplyViewSet, basename="canned-reply")
    router.register("portal-sessions", PortalSessionViewSet, basename="portal-session")
    router.register("imports", ImportRunViewSet, basename="import")
    router.register("synonyms", SynonymGroupViewSet, basename="synonym")
    router.register("search-index", SearchIndexViewSet, basename="search-index")
    router.register("stop-words", StopWordViewSet, basename="stopword")
