"""Ownership, chains, the Influence Index and one's own portfolio, for programs."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Component, Service
from core.rest import VisibleField, person_of
from devlink.chains import MILESTONES, agreed_causes, chain_of, ways, with_milestones
from devlink.influence import PERIODS, USUAL_PERIOD, influence
from devlink.models import FixClaim
from devlink.ownership import ownership
from devlink.portfolio import entries, own_claims
from problems.models import Cluster


def _staff(request: Request) -> Person:
    """Who asks; requesters read nothing here."""
    person = person_of(request)
    if not person.is_staff_member:
        raise PermissionDenied
    return person


class OwnedOutput(serializers.Serializer[Any]):
    """One component on the map; `standing` is active, quiet, left or nobody."""

    component = serializers.IntegerField(source="component.pk")
    name = serializers.CharField(source="component.name")
    support_owner = serializers.IntegerField(source="component.support_owner_id", allow_null=True)
    development_owner = serializers.IntegerField(
        source="component.development_owner_id", allow_null=True
    )
    standing = serializers.CharField()
    is_blind_spot = serializers.BooleanField()
    tickets_30 = serializers.IntegerField()
    tickets_90 = serializers.IntegerField()
    incidents_90 = serializers.IntegerField()
    changes_90 = serializers.IntegerField()
    articles = serializers.IntegerField()
    acts_30 = serializers.IntegerField()


@extend_schema_serializer(many=False)
class OwnershipOutput(serializers.Serializer[Any]):
    """The map; `coverage` is null with too few tickets behind it."""

    coverage = serializers.FloatField(allow_null=True)
    covered_tickets = serializers.IntegerField()
    tickets = serializers.IntegerField()
    active = serializers.IntegerField()
    blind_spots = serializers.IntegerField()
    median_changes = serializers.FloatField()
    median_incidents = serializers.FloatField()
    components = OwnedOutput(many=True, source="rows")


class ServiceChoice(serializers.Serializer[Any]):
    """One service or all."""

    service = VisibleField(Service, required=False, allow_null=True)


class OwnershipViewSet(viewsets.ViewSet):
    """Who owns each component, and where nobody looks after one."""

    @extend_schema(parameters=[ServiceChoice], responses=OwnershipOutput)
    def list(self, request: Request) -> Response:
        """One object: coverage, blind spots, every component."""
        person = _staff(request)
        form = ServiceChoice(data=request.query_params, context={"request": request})
        form.is_valid(raise_exception=True)
        components = Component.objects.visible_to(person)
        service = form.validated_data.get("service")
        if service is not None:
            components = components.filter(service=service)
        return Response(OwnershipOutput(ownership(person, components, now=timezone.now())).data)


class SegmentOutput(serializers.Serializer[Any]):
    """The stretch up to a milestone; `is_open` while it lasts."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a segment's label, not the field's
    days = serializers.FloatField(allow_null=True)
    is_open = serializers.BooleanField()


class ChainSerializer(serializers.ModelSerializer[Cluster]):
    """One cause with its milestones and the days between."""

    milestones = serializers.SerializerMethodField()
    segments = serializers.SerializerMethodField()
    days = serializers.SerializerMethodField()

    class Meta:
        model = Cluster
        fields = ("id", "title", "state", "component", "milestones", "segments", "days")

    def get_milestones(self, cluster: Cluster) -> dict[str, Any]:
        """Moments by name; null where not reached."""
        found = chain_of(cluster, now=timezone.now())
        return {name: found.at(name) for name, _, _ in MILESTONES}

    def get_segments(self, cluster: Cluster) -> list[dict[str, Any]]:
        """Five, in order."""
        found = chain_of(cluster, now=timezone.now())
        return [dict(SegmentOutput(one).data) for one in found.segments]

    def get_days(self, cluster: Cluster) -> float | None:
        """From the first ticket to the verified fix, or so far."""
        return chain_of(cluster, now=timezone.now()).days


class ChainViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Cluster]
):
    """The ways of agreed causes, the largest first."""

    queryset = Cluster.objects.none()
    serializer_class = ChainSerializer
    filterset_fields = ("state", "component", "service")
    keyset_order = ("-ticket_count", "-id")

    def get_queryset(self) -> QuerySet[Cluster]:
        person, now = person_of(self.request), timezone.now()
        if self.detail:
            visible = Cluster.objects.visible_to(person)
            return with_milestones(visible, now=now).defer("centroid", "keys")
        return agreed_causes(person, now=now)


class PeriodChoice(serializers.Serializer[Any]):
    """Length of the period in days, and one support team or the whole desk."""

    days = serializers.ChoiceField(choices=list(PERIODS.items()), default=USUAL_PERIOD.days)
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.filter(side=Side.SUPPORT), required=False, allow_null=True
    )


class PartOutput(serializers.Serializer[Any]):
    """One of the five parts; `rate` is null with too few subjects."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # of the part, not the field's
    definition = serializers.CharField()
    subjects = serializers.CharField()
    n = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    words = serializers.CharField()


class WallOutput(serializers.Serializer[Any]):
    """One segment over many chains; `median_days` is null with too few chains."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # of the segment, not the field's
    n = serializers.IntegerField()
    median_days = serializers.FloatField(allow_null=True)
    waiting = serializers.IntegerField()


class QuarterOutput(serializers.Serializer[Any]):
    """Verified chains of one quarter."""

    name = serializers.CharField()
    verified = serializers.IntegerField()


@extend_schema_serializer(many=False)
class InfluenceOutput(serializers.Serializer[Any]):
    """The index (null while a part is hidden), its parts, and where chains take their time."""

    index = serializers.FloatField(allow_null=True)
    parts = PartOutput(many=True)
    walls = WallOutput(many=True)
    quarters = QuarterOutput(many=True)


class InfluenceViewSet(viewsets.ViewSet):
    """The Influence Index of a support team or of the whole desk; there is none for a person."""

    @extend_schema(parameters=[PeriodChoice], responses=InfluenceOutput)
    def list(self, request: Request) -> Response:
        """One object: index, five parts, walls, verified chains a quarter."""
        person = _staff(request)
        form = PeriodChoice(data=request.query_params)
        form.is_valid(raise_exception=True)
        now, team = timezone.now(), form.validated_data.get("team")
        days = timedelta(days=int(form.validated_data["days"]))
        found = influence(person, now - days, now, team)
        way = ways(agreed_causes(person, now=now, team=team), now=now)
        answer = {
            "index": found.index,
            "parts": found.parts,
            "walls": way.walls,
            "quarters": way.quarters,
        }
        return Response(InfluenceOutput(answer).data)


class ActOutput(serializers.Serializer[Any]):
    """One thing the reader did on the way."""

    at = serializers.DateTimeField()
    sentence = serializers.CharField()
    url = serializers.CharField()


class EntryOutput(serializers.Serializer[Any]):
    """A verified fix the reader had a part in."""

    verified_at = serializers.DateTimeField()
    sentence = serializers.CharField()
    chain = serializers.IntegerField(source="claim.cluster_id")
    title = serializers.CharField(source="claim.cluster.title")
    release = serializers.CharField(source="claim.release.version")
    acts = ActOutput(many=True)


class PortfolioViewSet(viewsets.GenericViewSet[FixClaim]):
    """What the reader helped to end. It answers for nobody else, whoever asks."""

    queryset = FixClaim.objects.none()
    serializer_class = EntryOutput
    keyset_order = ("-deployed_at", "-id")
    filterset_fields: tuple[str, ...] = ()

    @extend_schema(responses=EntryOutput(many=True))
    def list(self, request: Request) -> Response:
        """The reader's own entries, newest first."""
        person = person_of(request)
        page = self.paginate_queryset(own_claims(person)) or []
        return self.get_paginated_response(EntryOutput(entries(person, page), many=True).data)


def register(router: BaseRouter) -> None:
    """Adds these view sets to /api/v1/."""
    router.register("ownership", OwnershipViewSet, basename="ownership")
    router.register("chains", ChainViewSet, basename="chain")
    router.register("influence", InfluenceViewSet, basename="influence")
    router.register("portfolio", PortfolioViewSet, basename="portfolio")
