"""Development work over HTTP for programs: the same rows and actions as the pages."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from core.rest import person_of, step_endpoint
from devlink import actions, influence_api, tracking
from devlink import serializers as shapes
from devlink.ask_measures import report
from devlink.declined import still_hurting
from devlink.evidence.reading import readable_content, readable_tickets
from devlink.evidence.wording import in_markdown
from devlink.filters import InvolvementFilter, WorkItemFilter
from devlink.models import (
    Ask,
    EvidencePack,
    FixClaim,
    InvolvementEvent,
    LoopObligation,
    Question,
    ReadinessItem,
    Release,
    Sprint,
    Tracker,
    TrackerDelivery,
    WorkItem,
)
from devlink.points import own_purses


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
    filterset_class = WorkItemFilter

    @extend_schema(request=shapes.WorkItemInput, responses={201: shapes.WorkItemSerializer})
    def create(self, request: Request) -> Response:
        """Adds a work item."""
        return self.made(request, shapes.WorkItemInput, actions.create_work_item)

    @extend_schema(methods=["GET"], responses=shapes.CommentSerializer(many=True))
    @extend_schema(
        methods=["POST"], request=shapes.BodyInput, responses={201: shapes.CommentSerializer}
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
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

    @extend_schema(request=shapes.BodyInput, responses={201: shapes.QuestionSerializer})
    @action(detail=True, methods=["post"], filterset_class=None)
    def question(self, request: Request, pk: str) -> Response:
        """Asks support about the item."""
        item = self.get_object()
        form = shapes.BodyInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = actions.ask_about_item(item, actor=person_of(request), **form.validated_data)
        return Response(shapes.QuestionSerializer(made).data, status=201)

    commit = step_endpoint("commit", actions.commit_work_item)
    start = step_endpoint("start", actions.start_work_item)
    finish = step_endpoint("finish", actions.finish_work_item)
    put_back = step_endpoint("put_back", actions.put_back_work_item)
    reopen = step_endpoint("reopen", actions.reopen_work_item)
    cancel = step_endpoint("cancel", actions.cancel_work_item, takes=shapes.ReasonInput)
    link = step_endpoint("link", actions.link_work_item, takes=shapes.LinkInput)
    unlink = step_endpoint("unlink", actions.unlink_work_item)
    plan = step_endpoint("plan", actions.plan_work_item, takes=shapes.PlanInput)
    unplan = step_endpoint("unplan", actions.unplan_work_item)
    send_to_tracker = step_endpoint(
        "send_to_tracker", actions.send_to_tracker, takes=shapes.TrackerChoice
    )
    record_involvement = step_endpoint(
        "record_involvement", actions.record_involvement, takes=shapes.InvolvementInput
    )
    join_next = step_endpoint("join_next", actions.ask_to_join)


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

    @extend_schema(responses=shapes.PurseSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_fields=None)
    def points(self, request: Request, pk: str) -> Response:
        """What the person's support teams may still stake in it."""
        held = own_purses(person_of(request), [self.get_object()])
        return Response(shapes.PurseSerializer(held, many=True).data)

    start = step_endpoint("start", actions.start_sprint, takes=shapes.StartSprintInput)
    close = step_endpoint("close", actions.close_sprint)
    record_involvement = step_endpoint(
        "record_involvement", actions.record_involvement, takes=shapes.InvolvementInput
    )
    join_next = step_endpoint("join_next", actions.ask_to_join)


class EvidencePackViewSet(DevelopmentViewSet):
    """Evidence packs; a new one supersedes the one before and never changes it."""

    model = EvidencePack
    queryset = EvidencePack.objects.none()
    serializer_class = shapes.EvidencePackSerializer
    filterset_fields = ("problem", "work_item", "version")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Knows which of the quoted tickets the person may see, for all packs at once."""
        packs = args[0] if args and kwargs.get("many") else args[:1]
        if packs:
            found = readable_tickets(person_of(self.request), packs)
            kwargs["context"] = {**self.get_serializer_context(), "readable": found}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(responses={(200, "text/markdown"): str})
    @action(detail=True, methods=["get"], filterset_fields=None)
    def markdown(self, request: Request, pk: str) -> HttpResponse:
        """The pack in words, to be put into a tracker."""
        pack = self.get_object()
        content = readable_content(pack, readable_tickets(person_of(request), [pack]))
        text = in_markdown(pack, content, site=settings.SITE_URL.rstrip("/"))
        return HttpResponse(text, content_type="text/markdown; charset=utf-8")

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

    @extend_schema(responses=shapes.DeclinedSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filterset_fields=None)
    def declined(self, request: Request) -> Response:
        """Declined causes and what they cost since, the costliest first; at most a hundred."""
        rows = still_hurting(person_of(request), now=timezone.now())
        return Response(shapes.DeclinedSerializer(rows, many=True).data)

    @extend_schema(parameters=[shapes.DaysInput], responses=shapes.AskReportSerializer)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_fields=None)
    def measures(self, request: Request) -> Response:
        """What becomes of asks over a period, in all and team by team."""
        form = shapes.DaysInput(data=request.query_params)
        form.is_valid(raise_exception=True)
        days = int(form.validated_data["days"])
        found = report(person_of(request), days=days, now=timezone.now())
        return Response(shapes.AskReportSerializer(found).data)

    accept = step_endpoint("accept", actions.accept_ask, takes=shapes.AcceptInput)
    defer = step_endpoint("defer", actions.defer_ask, takes=shapes.DeferInput)
    decline = step_endpoint("decline", actions.decline_ask, takes=shapes.DeclineInput)
    question = step_endpoint("question", actions.ask_question, takes=shapes.BodyInput)
    ask_again = step_endpoint("ask_again", actions.ask_again, takes=shapes.RepeatInput)


class QuestionViewSet(DevelopmentViewSet):
    """Questions to support about asks and work items."""

    model = Question
    queryset = Question.objects.none()
    serializer_class = shapes.QuestionSerializer
    filterset_fields = {
        "ask": ["exact"],
        "work_item": ["exact"],
        "answered_at": ["isnull"],
    }

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
    record_involvement = step_endpoint(
        "record_involvement", actions.record_involvement, takes=shapes.InvolvementInput
    )
    join_next = step_endpoint("join_next", actions.ask_to_join)


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


class InvolvementViewSet(DevelopmentViewSet):
    """The ledger: what each side took part in, the newest first."""

    model = InvolvementEvent
    queryset = InvolvementEvent.objects.none()
    serializer_class = shapes.InvolvementSerializer
    filterset_class = InvolvementFilter
    keyset_order = ("-at", "-id")

    def get_queryset(self) -> QuerySet[Any]:
        return InvolvementEvent.objects.visible_to(person_of(self.request)).with_subjects()


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
    router.register("involvement", InvolvementViewSet, basename="involvement")
    router.register("loop-obligations", LoopObligationViewSet, basename="loop-obligation")
    router.register("fix-claims", FixClaimViewSet, basename="fix-claim")
    influence_api.register(router)
