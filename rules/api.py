"""Rules, macros and what rules did, for programs: the same rows and actions as the pages."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from core.rest import BadInput, KeysetPagination, person_of, step_endpoint
from incidents.models import Ticket
from rules import actions
from rules.differences import compared
from rules.filters import RuleRunFilter
from rules.models import DryRun, Macro, Rule, RuleRun
from rules.permissions import require_rules
from rules.previewing import preview
from rules.serializers import (
    AnswerSerializer,
    DryRunHitSerializer,
    DryRunSerializer,
    MacroInput,
    MacroRunInput,
    MacroSerializer,
    MacroVersionLineSerializer,
    MoveInput,
    RestoreInput,
    RuleInput,
    RulePreviewInput,
    RulePreviewSerializer,
    RuleRunSerializer,
    RuleSerializer,
    RuleVersionLineSerializer,
    SwitchInput,
)
from rules.tracing import explain


def _versions(shape: type[serializers.Serializer[Any]], rows: list[Any]) -> Response:
    changes = {one.version.number: one.changes for one in compared(rows)}
    return Response(shape(rows, many=True, context={"changes": changes}).data)


class RuleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Rules in the order they run in; POST writes one, PATCH its next version."""

    queryset = Rule.objects.none()
    serializer_class = RuleSerializer
    keyset_order: tuple[str, ...] = ("position", "id")

    def get_queryset(self) -> QuerySet[Rule]:
        rules = Rule.objects.visible_to(person_of(self.request)).kept()
        return rules.select_related("owner", "current__saved_by")

    def _shown(self, rule: Rule, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=rule.pk)).data, status)

    @extend_schema(request=RuleInput, responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        """Writes a rule; it begins switched off."""
        return self._shown(self._save(None, request), status=201)

    @extend_schema(request=RuleInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Writes the next version: every word is given, what is left out is the default."""
        return self._shown(self._save(self.get_object(), request))

    def _save(self, rule: Rule | None, request: Request) -> Rule:
        form = RuleInput(data=request.data)
        form.is_valid(raise_exception=True)
        return actions.save_rule(rule, actor=person_of(request), **form.validated_data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Retires the rule; what it did keeps its trace."""
        actions.retire_rule(self.get_object(), actor=person_of(request))
        return Response(status=204)

    @extend_schema(request=RulePreviewInput, responses=RulePreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """How many tickets fit conditions now, and the newest ten."""
        require_rules(person_of(request))
        form = RulePreviewInput(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        found = preview(person_of(request), said["conditions"], said["match"])
        if found.problem:
            raise BadInput(found.problem, field="conditions")
        shown = {**vars(found), "tickets": [row.pk for row in found.rows]}
        return Response(RulePreviewSerializer(shown).data)

    @extend_schema(responses=RuleVersionLineSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """Every version with what it changed, newest first."""
        rows = self.get_object().versions.select_related("saved_by")
        return _versions(RuleVersionLineSerializer, list(rows))

    @extend_schema(
        responses=AnswerSerializer(many=True), parameters=[OpenApiParameter("ticket", int)]
    )
    @action(detail=True, pagination_class=None)
    def why(self, request: Request, pk: str) -> Response:
        """Why the rule did or did not act on `ticket`."""
        rule = self.get_object()
        said = request.query_params.get("ticket", "")
        if not said.isdecimal():
            raise BadInput("Give the number of a ticket.", field="ticket")
        tickets = Ticket.objects.visible_to(person_of(request)).select_related("team")
        ticket = get_object_or_404(tickets, pk=int(said[:12]))
        rule.version.rule = rule
        return Response(AnswerSerializer(explain(rule, ticket), many=True).data)

    @extend_schema(request=None, responses={201: DryRunSerializer})
    @action(detail=True, methods=["post"], url_path="dry-run")
    def dry_run(self, request: Request, pk: str) -> Response:
        """Asks for a dry run of the newest version over the last 30 days."""
        rule = self.get_object()
        run = actions.request_dry_run(rule.version, actor=person_of(request))
        return Response(DryRunSerializer(run).data, status=201)

    switch = step_endpoint("switch", actions.switch_rule, takes=SwitchInput)
    move = step_endpoint("move", actions.move_rule, takes=MoveInput)
    resume = step_endpoint("resume", actions.resume_rule)
    restore = step_endpoint("restore", actions.restore_version, takes=RestoreInput)


class MacroViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """The macros one has."""

    queryset = Macro.objects.none()
    serializer_class = MacroSerializer

    def get_queryset(self) -> QuerySet[Macro]:
        rows = Macro.objects.visible_to(person_of(self.request)).kept()
        return rows.select_related("owner", "current")

    @extend_schema(request=MacroInput, responses={201: MacroSerializer})
    def create(self, request: Request) -> Response:
        """Writes a macro."""
        return Response(self.get_serializer(self._save(None, request)).data, status=201)

    @extend_schema(request=MacroInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Writes its next version; every word is given."""
        return Response(self.get_serializer(self._save(self.get_object(), request)).data)

    def _save(self, macro: Macro | None, request: Request) -> Macro:
        form = MacroInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return actions.save_macro(macro, actor=person_of(request), **form.validated_data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Takes it out of the menus."""
        actions.retire_macro(self.get_object(), actor=person_of(request))
        return Response(status=204)

    @extend_schema(responses=MacroVersionLineSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """Every version with what it changed, newest first."""
        rows = self.get_object().versions.select_related("saved_by", "team")
        return _versions(MacroVersionLineSerializer, list(rows))

    restore = step_endpoint("restore", actions.restore_macro, takes=RestoreInput)

    @extend_schema(request=MacroRunInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str) -> Response:
        """Runs it on a ticket: all of it, or nothing and the sentence that says why."""
        macro = self.get_object()
        form = MacroRunInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        actions.run_macro(macro, actor=person_of(request), ticket=form.validated_data["ticket"])
        return Response(status=204)


class RuleRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """What rules did on tickets one may see, newest first."""

    queryset = RuleRun.objects.none()
    serializer_class = RuleRunSerializer
    filterset_class = RuleRunFilter

    def get_queryset(self) -> QuerySet[RuleRun]:
        runs = RuleRun.objects.visible_to(person_of(self.request))
        return runs.select_related("rule", "version", "event")


class DryRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """One's own dry runs."""

    queryset = DryRun.objects.none()
    serializer_class = DryRunSerializer

    def get_queryset(self) -> QuerySet[DryRun]:
        return DryRun.objects.visible_to(person_of(self.request)).select_related("version")

    @extend_schema(responses=DryRunHitSerializer(many=True))
    @action(detail=True)
    def hits(self, request: Request, pk: str) -> Response:
        """The tickets the rule would have acted on, newest first."""
        visible = Ticket.objects.visible_to(person_of(request))
        self.keyset_order = ("-at", "-id")
        pages = KeysetPagination()
        rows = self.get_object().hits.filter(ticket__in=visible)
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(DryRunHitSerializer(page, many=True).data)

    cancel = step_endpoint("cancel", actions.cancel_dry_run)


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("rules", RuleViewSet, basename="rule")
    router.register("macros", MacroViewSet, basename="macro")
    router.register("rule-runs", RuleRunViewSet, basename="rule-run")
    router.register("dry-runs", DryRunViewSet, basename="dry-run")
