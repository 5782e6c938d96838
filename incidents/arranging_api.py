"""How the desk is arranged, over HTTP for programs: team policies, checklists, tags, reasons."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team
from catalogue.models import Service
from core.rest import VisibleField, person_of
from incidents import actions
from incidents.models import Checklist, CsatReason, Tag, TeamPolicy


class TeamPolicySerializer(serializers.ModelSerializer[TeamPolicy]):
    """A team's policy."""

    class Meta:
        model = TeamPolicy
        fields = (
            "team", "assignment", "capacity", "ownership_minutes", "follow_up", "reopen_days",
            "close_after_days", "asks_rating",
        )  # fmt: skip


class TeamPolicyInput(serializers.Serializer[Any]):
    """What changes; what is left out stays."""

    assignment = serializers.ChoiceField(choices=TeamPolicy.Method.choices, required=False)
    capacity = serializers.IntegerField(required=False, allow_null=True)
    ownership_minutes = serializers.IntegerField(required=False, allow_null=True)
    follow_up = serializers.ChoiceField(choices=TeamPolicy.FollowUp.choices, required=False)
    reopen_days = serializers.IntegerField(required=False)
    close_after_days = serializers.IntegerField(required=False, allow_null=True)
    asks_rating = serializers.BooleanField(required=False)


class TeamPolicyViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """Teams with how they work, by the team's number; PATCH changes it."""

    queryset = Team.objects.none()
    serializer_class = TeamPolicySerializer
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[Team]:
        return Team.objects.visible_to(person_of(self.request))

    @extend_schema(responses=TeamPolicySerializer(many=True))
    def list(self, request: Request) -> Response:
        """Every team's policy."""
        teams = self.paginate_queryset(self.get_queryset()) or []
        kept = TeamPolicy.objects.visible_to(person_of(request)).in_bulk([one.pk for one in teams])
        policies = [kept.get(one.pk) or TeamPolicy(team=one) for one in teams]
        return self.get_paginated_response(TeamPolicySerializer(policies, many=True).data)

    @extend_schema(responses=TeamPolicySerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One team's policy."""
        policy = TeamPolicy.objects.of_team(self.get_object().pk)
        return Response(TeamPolicySerializer(policy).data)

    @extend_schema(request=TeamPolicyInput, responses=TeamPolicySerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes how the team works."""
        team = self.get_object()
        form = TeamPolicyInput(data=request.data)
        form.is_valid(raise_exception=True)
        policy = actions.set_team_policy(team, actor=person_of(request), **form.validated_data)
        return Response(TeamPolicySerializer(policy).data)


class ChecklistSerializer(serializers.ModelSerializer[Checklist]):
    """A checklist with its tasks."""

    titles = serializers.SerializerMethodField()

    class Meta:
        model = Checklist
        fields = ("id", "name", "service", "team", "titles")

    def get_titles(self, checklist: Checklist) -> list[str]:
        """The tasks in order."""
        return [item.title for item in checklist.items.all()]


class ChecklistInput(serializers.Serializer[Any]):
    """A whole checklist."""

    name = serializers.CharField(max_length=120)
    service = VisibleField(Service, required=False, allow_null=True)
    team = VisibleField(Team, required=False, allow_null=True)
    titles = serializers.ListField(child=serializers.CharField(max_length=200), max_length=100)


class ChecklistViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Checklists: POST makes one, PUT replaces one, DELETE takes one away."""

    queryset = Checklist.objects.none()
    serializer_class = ChecklistSerializer

    def get_queryset(self) -> QuerySet[Checklist]:
        return Checklist.objects.visible_to(person_of(self.request)).prefetch_related("items")

    def _saved(self, checklist: Checklist | None, request: Request, status: int) -> Response:
        form = ChecklistInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        saved = actions.save_checklist(checklist, actor=person_of(request), **form.validated_data)
        return Response(ChecklistSerializer(saved).data, status=status)

    @extend_schema(request=ChecklistInput, responses={201: ChecklistSerializer})
    def create(self, request: Request) -> Response:
        """Makes a checklist."""
        return self._saved(None, request, 201)

    @extend_schema(request=ChecklistInput, responses=ChecklistSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replaces a checklist."""
        return self._saved(self.get_object(), request, 200)

    def destroy(self, request: Request, pk: str) -> Response:
        """Takes a checklist away."""
        actions.delete_checklist(self.get_object(), actor=person_of(request))
        return Response(status=204)


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A tag."""

    class Meta:
        model = Tag
        fields = ("id", "name", "created_at")


class TagName(serializers.Serializer[Any]):
    """A new name."""

    name = serializers.CharField(max_length=80)


class TagTarget(serializers.Serializer[Any]):
    """The tag that stays."""

    into = VisibleField(Tag)


class TagViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Tags: PATCH renames, `merge` puts another in its place, DELETE takes it from every ticket."""

    queryset = Tag.objects.none()
    serializer_class = TagSerializer
    keyset_order = ("name", "id")

    def get_queryset(self) -> QuerySet[Tag]:
        return Tag.objects.visible_to(person_of(self.request))

    def _given(self, shape: Any, request: Request) -> dict[str, Any]:
        form = shape(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    @extend_schema(request=TagName, responses=TagSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Renames the tag."""
        tag = self.get_object()
        renamed = actions.rename_tag(tag, actor=person_of(request), **self._given(TagName, request))
        return Response(TagSerializer(renamed).data)

    @extend_schema(request=TagTarget, responses=TagSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Merges the tag into another; the answer is the one that stays."""
        tag = self.get_object()
        stays = actions.merge_tags(tag, actor=person_of(request), **self._given(TagTarget, request))
        return Response(TagSerializer(stays).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Deletes the tag."""
        actions.delete_tag(self.get_object(), actor=person_of(request))
        return Response(status=204)


class ReasonSerializer(serializers.ModelSerializer[CsatReason]):
    """A reason that can be given with a rating."""

    class Meta:
        model = CsatReason
        fields = ("id", "label")


class ReasonsInput(serializers.Serializer[Any]):
    """All reasons in the order offered."""

    labels = serializers.ListField(child=serializers.CharField(max_length=80), max_length=20)


class CsatReasonViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """The reasons offered with a rating; POST replaces the list."""

    queryset = CsatReason.objects.none()
    serializer_class = ReasonSerializer
    keyset_order = ("position", "id")

    def get_queryset(self) -> QuerySet[CsatReason]:
        return CsatReason.objects.visible_to(person_of(self.request)).offered()

    @extend_schema(request=ReasonsInput, responses=ReasonSerializer(many=True))
    def create(self, request: Request) -> Response:
        """Replaces the list."""
        form = ReasonsInput(data=request.data)
        form.is_valid(raise_exception=True)
        offered = actions.set_csat_reasons(actor=person_of(request), **form.validated_data)
        return Response(ReasonSerializer(offered, many=True).data)
