"""The dashboards' numbers and the search, for programs."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.utils.urls import replace_query_param

from core.marking import plain
from core.rest import person_of
from dashboards import proactivity as sums
from dashboards.involvement import api as involvement
from dashboards.periods import PeriodInput
from dashboards.permissions import LOOP_READERS, READERS
from dashboards.search import TICKETS, Results, search
from dashboards.search_kinds import OTHERS, Hit
from devlink.loop_measures import Scope, figures, of_service
from devlink.measures import measures
from devlink.models import LoopObligation
from incidents.searching import Reason


class MeasureOutput(serializers.Serializer[Any]):
    """One measure; `rate` is null when too few subjects stand behind it."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a measure's label, not the field's
    definition = serializers.CharField()
    subjects = serializers.CharField()
    met = serializers.IntegerField()
    n = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    study = serializers.FloatField()


class ContactsOutput(serializers.Serializer[Any]):
    """Contacts of the period."""

    incidents = serializers.IntegerField()
    requests = serializers.IntegerField()
    resolved = serializers.IntegerField()
    first_contact_eligible = serializers.IntegerField()
    first_contact = serializers.IntegerField()


class AvoidedOutput(serializers.Serializer[Any]):
    """Incidents that did not happen, with limits; `minutes` are of the `timed` claims."""

    count = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    minutes = serializers.FloatField(allow_null=True)
    claims = serializers.IntegerField()
    timed = serializers.IntegerField()


class ProactivityOutput(serializers.Serializer[Any]):
    """Everything the Proactivity page counts."""

    start = serializers.DateField()
    end = serializers.DateField()
    measures = MeasureOutput(many=True)
    contacts = ContactsOutput()
    avoided = AvoidedOutput()


class ProactivityViewSet(viewsets.ViewSet):
    """The numbers of the Proactivity page."""

    @extend_schema(parameters=[PeriodInput], responses=ProactivityOutput)
    def list(self, request: Request) -> Response:
        """One object: period, six measures, contacts, incidents avoided."""
        person = person_of(request)
        if not person.has_role(READERS):
            raise PermissionDenied
        form = PeriodInput(data=request.query_params)
        form.is_valid(raise_exception=True)
        period = sums.Period.last(int(form.validated_data["days"]), timezone.now().date())
        service = form.validated_data.get("service")
        found = {
            "start": period.start,
            "end": period.end,
            "measures": measures(person, period.start_at, period.end_at, service),
            "contacts": asdict(sums.contact_figures(period, service)[0]),
            "avoided": asdict(sums.avoided(sums.settled_claims(person, service), period)),
        }
        return Response(ProactivityOutput(found).data)


class LoopFigureOutput(serializers.Serializer[Any]):
    """One figure of the loop; `rate` and `minutes` are null when too few stand behind it."""

    key = serializers.CharField(source="of.key")
    label = serializers.CharField(source="of.label")  # type: ignore[assignment]  # a figure's label, not the field's
    definition = serializers.CharField(source="of.definition")
    subjects = serializers.CharField(source="of.subjects")
    met = serializers.IntegerField()
    n = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    minutes = serializers.FloatField(allow_null=True)


class LoopOutput(serializers.Serializer[Any]):
    """The figures of the Loop page, and how many words are overdue now."""

    start = serializers.DateField()
    end = serializers.DateField()
    figures = LoopFigureOutput(many=True)
    overdue = serializers.IntegerField()


class LoopViewSet(viewsets.ViewSet):
    """The numbers of the Loop page."""

    @extend_schema(parameters=[PeriodInput], responses=LoopOutput)
    def list(self, request: Request) -> Response:
        """One object: period, four figures, overdue words."""
        person = person_of(request)
        if not person.has_role(LOOP_READERS):
            raise PermissionDenied
        form = PeriodInput(data=request.query_params)
        form.is_valid(raise_exception=True)
        now = timezone.now()
        period = sums.Period.last(int(form.validated_data["days"]), now.date())
        service = form.validated_data.get("service")
        mine = of_service(LoopObligation.objects.visible_to(person), service)
        found = {
            "start": period.start,
            "end": period.end,
            "figures": figures(person, Scope(period.start_at, period.end_at, now, service)),
            "overdue": mine.overdue(now).count(),
        }
        return Response(LoopOutput(found).data)


class ReasonOutput(serializers.Serializer[Any]):
    """One place that fits; `snippet` is plain text around the words."""

    where = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # of the reason, not the field's
    snippet = serializers.SerializerMethodField()
    at = serializers.DateTimeField(allow_null=True)

    def get_snippet(self, reason: Reason) -> str:
        """The stretch without marks."""
        return plain(reason.pieces)


class HitOutput(serializers.Serializer[Any]):
    """One record found, and why."""

    kind = serializers.CharField()
    url = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.SerializerMethodField()
    state = serializers.CharField()
    reasons = ReasonOutput(many=True)

    def get_title(self, hit: Hit) -> str:
        """The title without marks."""
        return plain(hit.title)


class SearchOutput(serializers.Serializer[Any]):
    """Hits kind by kind; `next` leads to further tickets.

    `shown_for` is the corrected question when the one asked found nothing; `note` says in a
    sentence what of the question was passed over.
    """

    results = HitOutput(many=True, source="hits")
    note = serializers.CharField()
    shown_for = serializers.CharField()
    next = serializers.SerializerMethodField()

    def get_next(self, results: Results) -> str | None:
        """The whole address of the next page of tickets."""
        if results.next_cursor is None:
            return None
        here = self.context["request"].build_absolute_uri()
        address = replace_query_param(here, "cursor", results.next_cursor)
        return replace_query_param(address, "kind", TICKETS)


class SearchViewSet(viewsets.ViewSet):
    """The search box for programs."""

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, required=True),
            OpenApiParameter("kind", str, enum=[TICKETS, *(one[0] for one in OTHERS)]),
            OpenApiParameter("exactly", bool, description="Never ask again with near spellings."),
            OpenApiParameter("cursor", str),
        ],
        responses=SearchOutput,
    )
    def list(self, request: Request) -> Response:
        """What the person may see with these words."""
        asked = request.query_params
        results = search(
            person_of(request),
            asked.get("q", ""),
            kind=asked.get("kind", ""),
            cursor=asked.get("cursor") or None,
            exactly=asked.get("exactly", "") in {"1", "true"},
        )
        return Response(SearchOutput(results, context={"request": request}).data)


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("proactivity", ProactivityViewSet, basename="proactivity")
    router.register("loop", LoopViewSet, basename="loop")
    router.register("search", SearchViewSet, basename="search")
    involvement.register(router)
