"""When support first knew, and whether involvement helps, for programs."""

from dataclasses import asdict
from datetime import timedelta
from math import isfinite
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from accounts.models import Person
from catalogue.models import Service
from core.rest import person_of
from dashboards.involvement import difference as comparing
from dashboards.involvement.lead_times import Lead, LeadTimes, lead_times
from dashboards.periods import PeriodInput
from dashboards.permissions import READERS
from dashboards.proactivity import Period


class LongPeriodInput(PeriodInput):
    """Which days, and one service or all; releases are few, so the periods are longer."""

    days = serializers.ChoiceField(
        choices=list(comparing.PERIODS.items()), default=comparing.USUAL_DAYS
    )


class LeadOutput(serializers.Serializer[Any]):
    """One release; `lead_hours` is working time, negative after the deployment, null for never."""

    release = serializers.IntegerField(source="release.pk")
    version = serializers.CharField(source="release.version")
    url = serializers.CharField(source="release.get_absolute_url")
    deployed_at = serializers.DateTimeField(source="release.deployed_at")
    support_told_at = serializers.DateTimeField(source="release.support_told_at", allow_null=True)
    service = serializers.CharField()
    when = serializers.CharField()
    lead_hours = serializers.SerializerMethodField()
    working_days = serializers.IntegerField(source="days")
    tickets = serializers.IntegerField()
    surprise = serializers.BooleanField()
    settled = serializers.BooleanField()

    def get_lead_hours(self, one: Lead) -> float | None:
        """Hours of working time."""
        return _hours(one.lead)


class LeadTimesOutput(serializers.Serializer[Any]):
    """Rates are null below five releases; `more` says that only the newest were looked at."""

    n = serializers.IntegerField()
    more = serializers.BooleanField()
    told_before = serializers.IntegerField()
    told_before_rate = serializers.FloatField(allow_null=True)
    told = serializers.SerializerMethodField()
    median_lead_hours = serializers.SerializerMethodField()
    settled = serializers.SerializerMethodField()
    surprises = serializers.IntegerField()
    surprise_rate = serializers.FloatField(allow_null=True)
    classes = serializers.SerializerMethodField()
    releases = LeadOutput(many=True, source="leads")

    def get_told(self, found: LeadTimes) -> int:
        """Releases support was told of at any time: the n of the median."""
        return len(found.told)

    def get_median_lead_hours(self, found: LeadTimes) -> float | None:
        """Hours of working time."""
        return _hours(found.median_lead)

    def get_settled(self, found: LeadTimes) -> int:
        """Releases whose seven days are over: the n of the surprise rate."""
        return len(found.settled)

    def get_classes(self, found: LeadTimes) -> dict[str, int]:
        """Releases by when support first knew."""
        return {key: many for key, _, many in found.by_class()}


def _hours(lead: timedelta | None) -> float | None:
    return None if lead is None else round(lead / timedelta(hours=1), 2)


class OutcomeOutput(serializers.Serializer[Any]):
    """One release and the incidents it caused within seven days."""

    release = serializers.IntegerField(source="release.pk")
    version = serializers.CharField(source="release.version")
    involved = serializers.BooleanField()
    service = serializers.CharField()
    size = serializers.CharField()
    risk = serializers.CharField()
    incidents = serializers.IntegerField()


class GroupOutput(serializers.Serializer[Any]):
    """One side; `missing` is how many more releases a comparison takes."""

    n = serializers.IntegerField()
    incidents = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    missing = serializers.IntegerField()


class RatioOutput(serializers.Serializer[Any]):
    """With support involved ÷ without, with 95 % limits; null where a number has no end."""

    ratio = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField(allow_null=True)


class DifferenceOutput(serializers.Serializer[Any]):
    """An observation, no experiment: `matched` compares like with like, `crude` does not."""

    verdict = serializers.CharField()
    involved = GroupOutput()
    without = GroupOutput()
    left_out = serializers.IntegerField()
    matched_releases = serializers.IntegerField()
    dispersion = serializers.FloatField()
    matched = RatioOutput(allow_null=True)
    crude = RatioOutput(allow_null=True)
    releases = OutcomeOutput(many=True)


def _reader(request: Request) -> Person:
    person = person_of(request)
    if not person.has_role(READERS):
        raise PermissionDenied
    return person


def _chosen(request: Request, form: serializers.Serializer[Any]) -> tuple[Period, Service | None]:
    form.is_valid(raise_exception=True)
    days = int(form.validated_data["days"])
    return Period.last(days, timezone.now().date()), form.validated_data.get("service")


class LeadTimesViewSet(viewsets.ViewSet):
    """When support first knew of releases."""

    @extend_schema(parameters=[PeriodInput], responses=LeadTimesOutput)
    def list(self, request: Request) -> Response:
        """One object: rates, classes, and every release behind them."""
        person = _reader(request)
        period, service = _chosen(request, PeriodInput(data=request.query_params))
        found = lead_times(person, period.start_at, period.end_at, service, now=timezone.now())
        return Response(LeadTimesOutput(found).data)


class DifferenceViewSet(viewsets.ViewSet):
    """Whether involvement of support helps here."""

    @extend_schema(parameters=[LongPeriodInput], responses=DifferenceOutput)
    def list(self, request: Request) -> Response:
        """One object: both sides, the ratios, and every release behind them."""
        person = _reader(request)
        period, service = _chosen(request, LongPeriodInput(data=request.query_params))
        found = comparing.difference(
            person, period.start_at, period.end_at, service, now=timezone.now()
        )
        body = {
            "verdict": found.verdict,
            "involved": found.involved,
            "without": found.without,
            "left_out": found.left_out,
            "matched_releases": found.n_matched,
            "dispersion": found.dispersion,
            "matched": None if found.matched is None else asdict(found.matched),
            "crude": None if found.ratio is None else _finite(asdict(found.ratio)),
            "releases": found.outcomes,
        }
        return Response(DifferenceOutput(body).data)


def _finite(numbers: dict[str, float]) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in numbers.items()}


def register(router: BaseRouter) -> None:
    """Adds these view sets to /api/v1/."""
    router.register("lead-times", LeadTimesViewSet, basename="lead-time")
    router.register("involvement-difference", DifferenceViewSet, basename="involvement-difference")
