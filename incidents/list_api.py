"""Saved views and work on many tickets over HTTP for programs."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team
from core.rest import VisibleField, person_of, step_endpoint
from incidents.jobs.operations import cancel_job, start_job, undo_job
from incidents.models import SavedView, TicketJob, TicketJobItem
from incidents.saved_views import actions
from incidents.saved_views.counting import badge, counts_for


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """A view; `query` narrows `/api/v1/tickets/` as it narrows the page, `count` is its number.

    `count` is empty while it is not known, and ends with `+` for very large views.
    """

    url = serializers.CharField(source="get_absolute_url", read_only=True)
    scope = serializers.CharField(read_only=True)
    count = serializers.SerializerMethodField()

    class Meta:
        model = SavedView
        fields = (
            "id", "name", "scope", "owner", "team", "query", "columns", "sort", "grouping",
            "layout", "pinned", "position", "url", "count", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_count(self, view: SavedView) -> str:
        """As beside the view on the page."""
        return badge(view, self._counts, self.context["request"].user)

    @cached_property
    def _counts(self) -> dict[int, int]:
        return counts_for(self.context["request"].user)


class SavedViewInput(serializers.Serializer[Any]):
    """What a view holds. Neither `personal` nor with a team it is for everybody."""

    name = serializers.CharField(max_length=80)
    query = serializers.CharField(allow_blank=True, max_length=4_000, required=False)
    personal = serializers.BooleanField(required=False)
    team = VisibleField(Team, required=False, allow_null=True)
    columns = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    sort = serializers.CharField(max_length=40, required=False, allow_blank=True)
    grouping = serializers.CharField(max_length=20, required=False, allow_blank=True)
    layout = serializers.ChoiceField(choices=SavedView.Layout.choices, required=False)
    pinned = serializers.BooleanField(required=False)
    position = serializers.IntegerField(min_value=0, max_value=999, required=False)


class SavedViewViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Saved views: one's own, one's teams', and those for everybody."""

    queryset = SavedView.objects.none()
    serializer_class = SavedViewSerializer

    def get_queryset(self) -> QuerySet[SavedView]:
        return SavedView.objects.visible_to(person_of(self.request)).select_related("team")

    def _shown(self, view: SavedView, status: int = 200) -> Response:
        return Response(self.get_serializer(view).data, status=status)

    def _given(self, request: Request, *, partial: bool) -> dict[str, Any]:
        form = SavedViewInput(
            data=request.data, partial=partial, context=self.get_serializer_context()
        )
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    @extend_schema(request=SavedViewInput, responses={201: SavedViewSerializer})
    def create(self, request: Request) -> Response:
        """Keeps a view."""
        given = self._given(request, partial=False)
        return self._shown(actions.save_view(actor=person_of(request), **given), status=201)

    @extend_schema(request=SavedViewInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes the given fields."""
        view = self.get_object()
        given = self._given(request, partial=True)
        return self._shown(actions.change_view(view, actor=person_of(request), **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Forgets the view; its tickets stay as they are."""
        actions.delete_view(self.get_object(), actor=person_of(request))
        return Response(status=204)


class TicketJobSerializer(serializers.ModelSerializer[TicketJob]):
    """A job with its counts."""

    class Meta:
        model = TicketJob
        fields = (
            "id", "operation", "summary", "params", "query", "undoes", "state", "total", "done",
            "refused", "requested_by", "created_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class TicketJobItemSerializer(serializers.ModelSerializer[TicketJobItem]):
    """One ticket of a job: why it was refused, or what stays of what was undone."""

    class Meta:
        model = TicketJobItem
        fields = ("id", "ticket", "state", "reason")
        read_only_fields = fields


class StartJobInput(serializers.Serializer[Any]):
    """An operation with its params, on these tickets or on those a query string finds now."""

    operation = serializers.CharField(max_length=60)
    params = serializers.DictField(required=False, default=dict)
    tickets = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, allow_empty=False
    )
    query = serializers.CharField(max_length=4_000, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("tickets" in attrs) == ("query" in attrs):
            raise serializers.ValidationError({"tickets": "Give either tickets or a query."})
        return attrs


class TicketJobViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Work on many tickets: POST starts it, `cancel` stops it, `undo` takes it back."""

    queryset = TicketJob.objects.none()
    serializer_class = TicketJobSerializer

    def get_queryset(self) -> QuerySet[TicketJob]:
        return TicketJob.objects.visible_to(person_of(self.request))

    @extend_schema(request=StartJobInput, responses={201: TicketJobSerializer})
    def create(self, request: Request) -> Response:
        """Queues an operation."""
        form = StartJobInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        job = start_job(
            actor=person_of(request),
            operation=given["operation"],
            params=given["params"],
            ticket_ids=given.get("tickets"),
            query=given.get("query"),
        )
        return Response(TicketJobSerializer(job).data, status=201)

    @extend_schema(request=None, responses={201: TicketJobSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Queues the undoing, within ten minutes of the end; the answer is the job that does it."""
        undoing = undo_job(self.get_object(), actor=person_of(request))
        return Response(TicketJobSerializer(undoing).data, status=201)

    @extend_schema(responses=TicketJobItemSerializer(many=True))
    @action(detail=True)
    def items(self, request: Request, pk: str) -> Response:
        """The job's tickets one may see, a page at a time; `state` narrows them."""
        items = TicketJobItem.objects.visible_to(person_of(request)).filter(job=self.get_object())
        state = QueryDict(request.META["QUERY_STRING"]).get("state", "")
        if state in TicketJobItem.State.values:
            items = items.filter(state=state)
        page = self.paginate_queryset(items)
        return self.get_paginated_response(TicketJobItemSerializer(page, many=True).data)

    cancel = step_endpoint("cancel", cancel_job)
