"""Development work over HTTP for programs: the same rows and actions as the pages."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from core.rest import person_of, step_endpoint
from devlink import actions, tracking
from devlink import serializers as shapes
from devlink.models import (
    Ask,
    EvidencePack,
    FixClaim,
    LoopObligation,
    Question,
    ReadinessItem,
    Release,
    Sprint,
    Tracker,
    TrackerDelivery,
    WorkItem,
)


class DevelopmentViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Reads what the person may see; subclasses name model and relations."""

    model: ClassVar[Any]
    related: ClassVar[tuple[str, ...]] = ()
    prefetched: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self) -> QuerySet[Any]:
        shown: QuerySet[Any] = self.model.objects.visible_to(person_of(self.request))
        return shown.select_related(*self.related).prefetch_related(*self.prefetched)

    def made(
        self,
        request: Request,
        shape: type[serializers.Serializer[Any]],
        make: Callable[..., models.Model],
    ) -> Response:
        """Reads the words, calls the action and answers with the new record."""
        form = shape(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        record = make(actor=person_of(request), **form.validated_data)
        fresh = self.get_queryset().get(pk=record.pk)
        return Response(self.get_serializer(fresh).data, status=201)


class WorkItemViewSet(DevelopmentViewSet):
    """Work items and requirements."""

    model = WorkItem
    queryset = WorkItem.objects.none()
    serializer_class = shapes.WorkItemSerializer
    filterset_fields = ("state", "kind", "team", "sprint", "component", "problem", "tracker")

    @extend_schema(request=shapes.WorkItemInput, responses={201: shapes.WorkItemSerializer})
    def create(self, request: Request) -> Response:
        """Adds a work item."""
        return self.made(request, shapes.WorkItemInput, actions.create_work_item)

    @extend_schema(methods=["GET"], responses=shapes.CommentSerializer(many=True))
    @extend_schema(
        methods=["POST"], request=shapes.BodyInput, responses={201: shapes.CommentSerializer}
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_fields=None)
    def comments(self, request: Request, pk: str) -> Response:
        """What both sides said; POST adds to it."""
        item = self.get_object()
        if request.method == "POST":
            form = shapes.BodyInput(data=request.data)
            form.is_valid(raise_exception=True)
            made = actions.comment_on_work_item(
                item, actor=person_of(request), **form.validated_data
            )
            return Response(shapes.CommentSerializer(made).data, status=201)
        return Response(shapes.CommentSerializer(item.comments.all(), many=True).data)

    commit = step_endpoint("commit", actions.commit_work_item)
    start = step_endpoint("start", actions.start_work_item)
    finish = step_endpoint("finish", actions.finish_work_item)
    put_back = step_endpoint("put_back", actions.put_back_work_item)
    reopen = step_endpoint("reopen", actions.reopen_work_item)
    cancel = step_endpoint("cancel", actions.cancel_work_item, takes=shapes.ReasonInput)
    plan = step_endpoint("plan", actions.plan_work_item, takes=shapes.PlanInput)
    unplan = step_endpoint("unplan", actions.unplan_work_item)
    send_to_tracker = step_endpoint(
        "send_to_tracker", actions.send_to_tracker, takes=shapes.TrackerChoice
    )


class SprintViewSet(DevelopmentViewSet):
    """Sprints."""

    model = Sprint
    queryset = Sprint.objects.none()
    serializer_class = shapes.SprintSerializer
    filterset_fields = ("state", "team")

    @extend_schema(request=shapes.SprintInput, responses={201: shapes.SprintSerializer})
    def create(self, request: Request) -> Response:
        """Plans a sprint."""
        return self.made(request, shapes.SprintInput, actions.create_sprint)

    start = step_endpoint("start", actions.start_sprint, takes=shapes.StartSprintInput)
    close = step_endpoint("close", actions.close_sprint)


class EvidencePackViewSet(DevelopmentViewSet):
    """Evidence packs; a new one supersedes the one before and never changes it."""

    model = EvidencePack
    queryset = EvidencePack.objects.none()
    serializer_class = shapes.EvidencePackSerializer
    filterset_fields = ("problem", "work_item", "version")

    @extend_schema(request=shapes.PackInput, responses={201: shapes.EvidencePackSerializer})
    def create(self, request: Request) -> Response:
        """Freezes what is known about a problem now."""
        return self.made(request, shapes.PackInput, _about_problem(actions.build_evidence_pack))


class AskViewSet(DevelopmentViewSet):
    """What support asks for, and development's answers."""

    model = Ask
    queryset = Ask.objects.none()
    related = ("sprint",)
    prefetched = ("decisions", "questions")
    serializer_class = shapes.AskSerializer
    filterset_fields = ("state", "sprint", "problem", "work_item", "team")

    @extend_schema(request=shapes.AskInput, responses={201: shapes.AskSerializer})
    def create(self, request: Request) -> Response:
        """Asks for a fix in a sprint, with evidence and points."""
        return self.made(request, shapes.AskInput, _about_problem(actions.ask_for_fix))

    accept = step_endpoint("accept", actions.accept_ask, takes=shapes.AcceptInput)
    defer = step_endpoint("defer", actions.defer_ask, takes=shapes.DeferInput)
    decline = step_endpoint("decline", actions.decline_ask, takes=shapes.DeclineInput)
    question = step_endpoint("question", actions.ask_question, takes=shapes.BodyInput)
    ask_again = step_endpoint("ask_again", actions.ask_again, takes=shapes.RepeatInput)


class QuestionViewSet(DevelopmentViewSet):
    """Questions to support about asks."""

    model = Question
    queryset = Question.objects.none()
    serializer_class = shapes.QuestionSerializer
    filterset_fields = ("ask",)

    answer = step_endpoint("answer", actions.answer_question, takes=shapes.AnswerInput)


class ReleaseViewSet(DevelopmentViewSet):
    """Releases with what is in them and whether support is ready."""

    model = Release
    queryset = Release.objects.none()
    prefetched = ("work_items", "readiness", "sign_offs")
    serializer_class = shapes.ReleaseSerializer
    filterset_fields = ("state", "service", "version")

    @extend_schema(request=shapes.ReleaseInput, responses={201: shapes.ReleaseSerializer})
    def create(self, request: Request) -> Response:
        """Plans a release."""
        return self.made(request, shapes.ReleaseInput, actions.create_release)

    add = step_endpoint("add", actions.add_to_release, takes=shapes.ReleaseItemInput)
    remove = step_endpoint("remove", actions.remove_from_release, takes=shapes.ReleaseItemInput)
    sign = step_endpoint("sign", actions.sign_readiness, takes=shapes.SignInput)
    tell_support = step_endpoint("tell_support", actions.tell_support, takes=shapes.NoteInput)
    build = step_endpoint("build", partial(actions.advance_release, step="build"))
    test = step_endpoint("test", partial(actions.advance_release, step="test"))
    check_readiness = step_endpoint(
        "check_readiness", partial(actions.advance_release, step="check_readiness")
    )
    approve = step_endpoint("approve", partial(actions.advance_release, step="approve"))
    close = step_endpoint("close", partial(actions.advance_release, step="close"))
    withdraw = step_endpoint("withdraw", partial(actions.advance_release, step="withdraw"))
    deploy = step_endpoint("deploy", actions.deploy_release)
    finish_deployment = step_endpoint("finish_deployment", actions.finish_deployment)
    fail_deployment = step_endpoint(
        "fail_deployment", actions.fail_deployment, takes=shapes.ReasonInput
    )


class ReadinessViewSet(DevelopmentViewSet):
    """Readiness criteria of releases."""

    model = ReadinessItem
    queryset = ReadinessItem.objects.none()
    related = ("release",)
    serializer_class = shapes.ReadinessSerializer
    filterset_fields = ("release", "status", "blocking")

    meet = step_endpoint("meet", actions.meet_criterion, takes=shapes.EvidenceInput)
    waive = step_endpoint("waive", actions.waive_criterion, takes=shapes.ReasonInput)
    reopen = step_endpoint("reopen", actions.reopen_criterion, takes=shapes.ReasonInput)


class FixClaimViewSet(DevelopmentViewSet):
    """Whether shipped fixes worked."""

    model = FixClaim
    queryset = FixClaim.objects.none()
    prefetched = ("looks",)
    serializer_class = shapes.FixClaimSerializer
    filterset_fields = ("state", "cluster", "work_item", "release", "problem")

    def get_queryset(self) -> QuerySet[FixClaim]:
        shown = FixClaim.objects.visible_to(person_of(self.request)).with_doubts()
        return shown.prefetch_related(*self.prefetched)


class LoopObligationViewSet(DevelopmentViewSet):
    """Who is owed a word about development work, and what became of it; requesters see their own.

    A requester answers with the ticket's `confirm_fix` or `report_still_broken`.
    """

    model = LoopObligation
    queryset = LoopObligation.objects.none()
    serializer_class = shapes.LoopObligationSerializer
    filterset_fields = ("kind", "outcome", "work_item", "ticket", "release", "recipient")


class TrackerViewSet(DevelopmentViewSet):
    """Trackers, for admins. Token and webhook secret are never read back."""

    model = Tracker
    queryset = Tracker.objects.none()
    serializer_class = shapes.TrackerSerializer
    filterset_fields = ("state", "kind", "team")

    @extend_schema(request=shapes.TrackerInput, responses={201: shapes.MadeTracker})
    def create(self, request: Request) -> Response:
        """Adds a tracker; the answer holds the secret of its webhooks, once."""
        form = shapes.TrackerInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        made, secret = actions.add_tracker(actor=person_of(request), **form.validated_data)
        answer = self.get_serializer(self.get_queryset().get(pk=made.pk)).data
        return Response({"tracker": answer, "webhook_secret": secret}, status=201)

    @extend_schema(request=shapes.TrackerEdit, responses=shapes.TrackerSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes what is given."""
        record = self.get_object()
        form = shapes.TrackerEdit(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        actions.edit_tracker(record, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=shapes.WebhookSecret)
    @action(detail=True, methods=["post"], url_path="change-secret")
    def change_secret(self, request: Request, pk: str) -> Response:
        """Makes a new webhook secret; the answer holds it, once."""
        secret = actions.change_tracker_secret(self.get_object(), actor=person_of(request))
        return Response({"webhook_secret": secret})

    @extend_schema(request=None, responses=shapes.Findings)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Says what is missing for the tracker to work."""
        return Response({"missing": list(tracking.check(self.get_object()))})

    disable = step_endpoint("disable", actions.disable_tracker, takes=shapes.ReasonInput)
    enable = step_endpoint("enable", actions.enable_tracker)

    @extend_schema(responses=shapes.TrackerDeliverySerializer(many=True))
    @action(detail=True, methods=["get"], filterset_fields=None)
    def deliveries(self, request: Request, pk: str) -> Response:
        """What it told lately, newest first."""
        told = TrackerDelivery.objects.visible_to(person_of(request))
        page = self.paginate_queryset(told.filter(tracker=self.get_object()))
        return self.get_paginated_response(shapes.TrackerDeliverySerializer(page, many=True).data)


def _about_problem(act: Callable[..., models.Model]) -> Callable[..., models.Model]:
    """An action on a problem, called with the problem by name."""

    def call(*, problem: models.Model, **words: Any) -> models.Model:
        return act(problem, **words)

    return call


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("work-items", WorkItemViewSet, basename="work-item")
    router.register("sprints", SprintViewSet, basename="sprint")
    router.register("evidence-packs", EvidencePackViewSet, basename="evidence-pack")
    router.register("asks", AskViewSet, basename="ask")
    router.register("questions", QuestionViewSet, basename="question")
    router.register("releases", ReleaseViewSet, basename="release")
    router.register("readiness", ReadinessViewSet, basename="readiness")
    router.register("trackers", TrackerViewSet, basename="tracker")
    router.register("loop-obligations", LoopObligationViewSet, basename="loop-obligation")
    router.register("fix-claims", FixClaimViewSet, basename="fix-claim")
