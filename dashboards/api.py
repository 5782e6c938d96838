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

from catalogue.models import Service
from core.rest import person_of
from dashboards import proactivity as sums
from dashboards.permissions import READERS
from dashboards.search import clean, search
from devlink.measures import measures


class PeriodInput(serializers.Serializer[Any]):
    """Which days, and one service or all."""

    days = serializers.ChoiceField(choices=list(sums.PERIODS.items()), default=90)
    service = serializers.PrimaryKeyRelatedField(
        queryset=Service.objects.order_by("pk"), required=False, allow_null=True
    )


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
    """Incidents that did not happen, with limits."""

    count = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    minutes = serializers.FloatField()
    claims = serializers.IntegerField()


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


class HitOutput(serializers.Serializer[Any]):
    """One record found."""

    kind = serializers.CharField()
    url = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    where = serializers.CharField()
    snippet = serializers.CharField()


class SearchViewSet(viewsets.ViewSet):
    """The search box for programs."""

    @extend_schema(
        parameters=[OpenApiParameter("q", str, required=True)], responses=HitOutput(many=True)
    )
    def list(self, request: Request) -> Response:
        """What the person may see with these words."""
        groups = search(person_of(request), clean(request.query_params.get("q", "")))
        hits = [{"kind": group.label, **asdict(hit)} for group in groups for hit in group.hits]
        return Response(HitOutput(hits, many=True).data)


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("proactivity", ProactivityViewSet, basename="proactivity")
    router.register("search", SearchViewSet, basename="search")
