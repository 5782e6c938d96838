"""The request catalogue, approvals and plans over HTTP: the same rows and actions as the pages."""

from functools import partial
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.serializers import BaseSerializer

from catalogue.permissions import may_arrange
from core.rest import GivenAnswers, person_of, step_endpoint
from fulfilment import actions
from fulfilment.models import Approval, ApprovalRule, PlanRule, PlanTask, RequestItem, Vote
from fulfilment.serializers import (
    ApprovalRuleSerializer,
    ApprovalSerializer,
    CommentInput,
    DelegateInput,
    ItemSerializer,
    MoveInput,
    PlanRuleSerializer,
    PlanTaskSerializer,
    RequestInput,
    SkipInput,
)


class RequestItemViewSet(
    mixins.CreateModelMixin, mixins.UpdateModelMixin, viewsets.ReadOnlyModelViewSet[RequestItem]
):
    """What may be asked for; POST to `request` asks for it."""

    queryset = RequestItem.objects.none()
    serializer_class = ItemSerializer
    keyset_order = ("id",)
    http_method_names = ("get", "post", "patch", "head", "options")

    def get_queryset(self) -> QuerySet[RequestItem]:
        items = RequestItem.objects.visible_to(person_of(self.request))
        return items.select_related("form__current").prefetch_related("organisations")

    def perform_create(self, serializer: BaseSerializer[RequestItem]) -> None:
        words = serializer.validated_data
        serializer.instance = actions.save_item(None, actor=person_of(self.request), **words)

    def perform_update(self, serializer: BaseSerializer[RequestItem]) -> None:
        words = serializer.validated_data
        actions.save_item(serializer.instance, actor=person_of(self.request), **words)

    @extend_schema(
        request={"application/json": RequestInput, "multipart/form-data": RequestInput},
        responses={201: dict[str, int]},
    )
    @action(detail=True, methods=["post"], url_path="request")
    def ask(self, request: Request, pk: str) -> Response:
        """Asks for it; the answer names the ticket to follow.

        Files of the form are sent as multipart/form-data: `answers` as JSON text, each file as a
        part named `answers.<key>`, one file a field.
        """
        item = self.get_object()
        form = RequestInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = form.validated_data
        answers = said.get("answers", GivenAnswers({}, {}))
        made = actions.request_item(
            item,
            actor=person_of(request),
            requester=said.get("requester", person_of(request)),
            given=answers.values,
            uploads=answers.uploads,
            note=said.get("note", ""),
            copy_to=said.get("copy_to", ()),
            channel="api",
        )
        return Response({"ticket": made.ticket_id}, status=201)


class _RuleViewSet(viewsets.ModelViewSet[Any]):
    """Steps or tasks of items, for those who arrange the catalogue."""

    keyset_order = ("id",)
    http_method_names = ("get", "post", "patch", "delete", "head", "options")
    model: Any
    save: Any

    def get_queryset(self) -> QuerySet[Any]:
        person = person_of(self.request)
        if not may_arrange(person):
            none: QuerySet[Any] = self.model._default_manager.none()
            return none
        visible = RequestItem.objects.visible_to(person)
        rows: QuerySet[Any] = self.model._default_manager.filter(item__in=visible)
        return rows

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        words = dict(serializer.validated_data)
        item = words.pop("item")
        saved = type(self).save(item, None, actor=person_of(self.request), **words)
        serializer.instance = saved

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        words = {k: v for k, v in serializer.validated_data.items() if k != "item"}
        rule: Any = serializer.instance
        type(self).save(rule.item, rule, actor=person_of(self.request), **words)

    def perform_destroy(self, instance: Any) -> None:
        actions.remove_rule(instance, actor=person_of(self.request))

    move = step_endpoint("move", actions.move_rule, takes=MoveInput, title="One place on.")


class ApprovalRuleViewSet(_RuleViewSet):
    """Approval steps of items."""

    queryset = ApprovalRule.objects.none()
    serializer_class = ApprovalRuleSerializer
    model = ApprovalRule
    save = staticmethod(actions.save_approval_rule)


class PlanRuleViewSet(_RuleViewSet):
    """Tasks of items' plans."""

    queryset = PlanRule.objects.none()
    serializer_class = PlanRuleSerializer
    model = PlanRule
    save = staticmethod(actions.save_plan_rule)


class ApprovalViewSet(viewsets.ReadOnlyModelViewSet[Approval]):
    """Approvals one is asked for or may see; `?waiting=me` narrows to what waits for oneself."""

    queryset = Approval.objects.none()
    serializer_class = ApprovalSerializer

    def get_queryset(self) -> QuerySet[Approval]:
        person = person_of(self.request)
        rows = Approval.objects.visible_to(person).with_relations()
        if self.request.query_params.get("waiting") == "me":
            rows = rows.waiting_for(person)
        return rows.prefetch_related(
            "approvers__person", "approvers__delegated_to", "votes__person"
        )

    approve = step_endpoint(
        "approve", partial(actions.cast_vote, verdict=Vote.Verdict.APPROVED), takes=CommentInput
    )
    reject = step_endpoint(
        "reject", partial(actions.cast_vote, verdict=Vote.Verdict.REJECTED), takes=CommentInput
    )
    delegate = step_endpoint("delegate", actions.delegate_approval, takes=DelegateInput)


class PlanTaskViewSet(viewsets.ReadOnlyModelViewSet[PlanTask]):
    """Tasks of requests' plans."""

    queryset = PlanTask.objects.none()
    serializer_class = PlanTaskSerializer

    def get_queryset(self) -> QuerySet[PlanTask]:
        return PlanTask.objects.visible_to(person_of(self.request)).select_related("request")

    complete = step_endpoint("complete", actions.complete_task)
    take = step_endpoint("take", actions.take_task)
    reopen = step_endpoint("reopen", actions.reopen_task)
    skip = step_endpoint("skip", actions.skip_task, takes=SkipInput)


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("request-items", RequestItemViewSet, basename="request-item")
    router.register("approval-rules", ApprovalRuleViewSet, basename="approval-rule")
    router.register("plan-rules", PlanRuleViewSet, basename="plan-rule")
    router.register("approvals", ApprovalViewSet, basename="approval")
    router.register("plan-tasks", PlanTaskViewSet, basename="plan-task")
