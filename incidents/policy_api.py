"""Service level policies over HTTP: the same rows, checks and preview as the pages."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Organisation, Team
from catalogue.actions import (
    PolicyTerms,
    TargetTerms,
    draft_version,
    make_policy,
    save_policy,
)
from catalogue.models import (
    BusinessCalendar,
    PolicyTarget,
    PolicyVersion,
    Service,
    ServiceLevelPolicy,
)
from catalogue.permissions import require_clocks
from core.rest import VisibleField, person_of
from incidents.clocks.rules import WAITING, Target
from incidents.models.ticket import Priority
from incidents.policy_preview import preview_version
from incidents.workflow import OPEN, PENDING_REASONS


class TargetInput(serializers.Serializer[Any]):
    """One target: minutes of working time of a calendar."""

    priority = serializers.ChoiceField(choices=Priority.choices)
    kind = serializers.ChoiceField(choices=PolicyTarget.Kind.choices)
    minutes = serializers.IntegerField(min_value=1)
    calendar = VisibleField(BusinessCalendar)
    team = VisibleField(Team, required=False, allow_null=True, default=None)


class TermsInput(serializers.Serializer[Any]):
    """What a version says; without targets the policy is retired."""

    targets = TargetInput(many=True)
    warn_percent = serializers.IntegerField(min_value=1, max_value=99, default=75)
    pauses = serializers.DictField(
        child=serializers.ListField(child=serializers.ChoiceField(choices=WAITING)), default=dict
    )
    reasons = serializers.DictField(
        child=serializers.ChoiceField(choices=(OPEN, *WAITING)), default=dict
    )
    warn_notify = serializers.BooleanField(default=True)
    warn_raise = serializers.BooleanField(default=False)
    warn_team = VisibleField(Team, required=False, allow_null=True, default=None)
    breach_notify = serializers.BooleanField(default=True)
    breach_raise = serializers.BooleanField(default=False)
    breach_team = VisibleField(Team, required=False, allow_null=True, default=None)

    def validate_pauses(self, given: dict[str, list[str]]) -> dict[str, list[str]]:
        """By the names of targets."""
        return _known(given, set(Target))

    def validate_reasons(self, given: dict[str, str]) -> dict[str, str]:
        """By the names of reasons for waiting."""
        return _known(given, {name for name, _ in PENDING_REASONS})

    @property
    def terms(self) -> PolicyTerms:
        """The same as the actions take it."""
        names = [str(name) for name in TermsInput().fields]
        data = {name: self.validated_data[name] for name in names}
        targets = [TargetTerms(**one) for one in data.pop("targets")]
        return PolicyTerms(targets=targets, **data)


def _known(given: dict[str, Any], names: set[Any]) -> dict[str, Any]:
    for name in given:
        if name not in names:
            raise serializers.ValidationError(f"“{name}” is not one of the list.")
    return given


class NewPolicyInput(TermsInput):
    """The first version with its name and whom it is for."""

    name = serializers.CharField(max_length=80)
    organisation = VisibleField(Organisation, required=False, allow_null=True, default=None)
    service = VisibleField(Service, required=False, allow_null=True, default=None)


class TargetSerializer(serializers.ModelSerializer[PolicyTarget]):
    """One target."""

    class Meta:
        model = PolicyTarget
        fields = ("priority", "kind", "minutes", "calendar", "team")


class VersionSerializer(serializers.ModelSerializer[PolicyVersion]):
    """One version with its targets."""

    targets = TargetSerializer(many=True, read_only=True)

    class Meta:
        model = PolicyVersion
        fields = (
            "number", "created_at", "targets", "warn_percent", "pauses", "reasons", "warn_notify",
            "warn_raise", "warn_team", "breach_notify", "breach_raise", "breach_team",
        )  # fmt: skip


class PolicySerializer(serializers.ModelSerializer[ServiceLevelPolicy]):
    """A policy and its version in force."""

    version = VersionSerializer(source="newest", read_only=True)

    class Meta:
        model = ServiceLevelPolicy
        fields = ("id", "name", "service", "organisation", "version")


class PolicyPreviewSerializer(serializers.Serializer[Any]):
    """What a version would change for open tickets."""

    total = serializers.IntegerField()
    read = serializers.IntegerField()
    changed = serializers.IntegerField()
    nearer = serializers.IntegerField()
    later = serializers.IntegerField()
    without = serializers.IntegerField()
    over = serializers.IntegerField()


class PolicyViewSet(viewsets.ReadOnlyModelViewSet[ServiceLevelPolicy]):
    """Policies; POST to the list makes one, to `versions` changes it, to `preview` only looks."""

    queryset = ServiceLevelPolicy.objects.none()
    serializer_class = PolicySerializer
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[ServiceLevelPolicy]:
        return ServiceLevelPolicy.objects.visible_to(person_of(self.request))

    @extend_schema(request=NewPolicyInput, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Makes a policy."""
        form = NewPolicyInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        made = make_policy(
            actor=person_of(request),
            terms=form.terms,
            **{name: form.validated_data[name] for name in ("name", "organisation", "service")},
        )
        return Response(PolicySerializer(made).data, status=201)

    @extend_schema(request=TermsInput, responses={201: VersionSerializer})
    @action(detail=True, methods=["post"])
    def versions(self, request: Request, pk: str) -> Response:
        """Makes a new version."""
        policy = self.get_object()
        form = self._terms(request)
        saved = save_policy(policy, actor=person_of(request), terms=form.terms)
        return Response(VersionSerializer(saved).data, status=201)

    @extend_schema(request=TermsInput, responses=PolicyPreviewSerializer)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """Says what a new version would change for open tickets; nothing is saved."""
        policy = self.get_object()
        require_clocks(person_of(request))
        version, targets = draft_version(policy, self._terms(request).terms)
        found = preview_version(person_of(request), version, targets, timezone.now())
        return Response(PolicyPreviewSerializer(found).data)

    def _terms(self, request: Request) -> TermsInput:
        form = TermsInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return form
