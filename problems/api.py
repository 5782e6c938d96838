"""Clusters, runs and problems over HTTP for programs: the same rows, filters and actions."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from core.rest import KeysetPagination, person_of, step_endpoint
from incidents.models import Ticket
from problems import actions, permissions
from problems.costs import costs_of
from problems.filters import (
    ORDER_FIELDS,
    ClusterFilter,
    KnownErrorFilter,
    MoveFilter,
    ProblemFilter,
    RunFilter,
)
from problems.known_api import KnownErrorEndpoints
from problems.models import Cluster, ClusterMove, ClusterRun, KnownError, Problem
from problems.part_api import (
    ActionViewSet,
    CauseViewSet,
    EntryViewSet,
    PartEndpoints,
    WhyViewSet,
)
from problems.part_serializers import CostLineSerializer
from problems.places import most_concerned
from problems.quality import RECORD_KEYS, measures, records
from problems.serializers import (
    AnalyseInput,
    CloseInput,
    ClusterSerializer,
    EditKnownErrorInput,
    EditProblemInput,
    KnownErrorInput,
    ListedKnownErrorSerializer,
    MeasuredRecordSerializer,
    MeasureSerializer,
    MemberSerializer,
    MergeInput,
    MergeSerializer,
    MoveSerializer,
    NoteInput,
    OpenFromClusterInput,
    OpenProblemInput,
    PlacesSerializer,
    ProblemChoice,
    ProblemSerializer,
    ReasonInput,
    RunInput,
    RunSerializer,
    SplitClusterInput,
    TicketInput,
    TitleInput,
    UndoMergeInput,
    WordSerializer,
)


class ClusterViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Clusters, largest first; decisions are endpoints."""

    queryset = Cluster.objects.none()
    serializer_class = ClusterSerializer
    filterset_class = ClusterFilter
    keyset_order: tuple[str, ...] = ("-is_burst", "-ticket_count", "-id")

    def get_queryset(self) -> QuerySet[Cluster]:
        clusters = Cluster.objects.visible_to(person_of(self.request))
        return clusters.defer("centroid", "keys").select_related("service", "component")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Lists are narrowed; one cluster is found whatever its state."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(responses=MemberSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def members(self, request: Request, pk: str) -> Response:
        """Members the person may read, most certain first, a page at a time."""
        visible = Ticket.objects.visible_to(person_of(request))
        rows = self.get_object().members.filter(ticket__in=visible).select_related("ticket")
        self.keyset_order = ("-confidence", "-id")
        pages = KeysetPagination()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(MemberSerializer(page, many=True).data)

    @extend_schema(responses=WordSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def words(self, request: Request, pk: str) -> Response:
        """What people said about tickets and this cluster; every run obeys it."""
        visible = Ticket.objects.visible_to(person_of(request))
        rows = self.get_object().constraints.filter(ticket__in=visible).order_by("-pk")
        return Response(WordSerializer(rows, many=True).data)

    @extend_schema(responses=MergeSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def merges(self, request: Request, pk: str) -> Response:
        """Merges into this cluster that stand; each can be undone."""
        rows = self.get_object().merges.filter(undone_at=None).select_related("source")
        return Response(MergeSerializer(rows, many=True).data)

    @extend_schema(responses=CostLineSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def costs(self, request: Request, pk: str) -> Response:
        """What it has cost since it was first seen, confirmed, asked for and declined."""
        lines = costs_of(request._request, self.get_object())
        return Response(CostLineSerializer(lines, many=True).data)

    @extend_schema(responses=PlacesSerializer)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def places(self, request: Request, pk: str) -> Response:
        """Organisations and components of the members the person may read."""
        members = self.get_object().members.values("ticket_id")
        tickets = Ticket.objects.visible_to(person_of(request)).filter(pk__in=members)
        kinds = ("organisation", "component")
        found = {f"{kind}s": most_concerned(tickets, kind) for kind in kinds}
        return Response(PlacesSerializer(found).data)

    @extend_schema(request=SplitClusterInput, responses={201: ClusterSerializer})
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Makes a new cluster of some members; answers with it."""
        cluster = self.get_object()
        form = SplitClusterInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        new = actions.split_cluster(cluster, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(new).data, status=201)

    @extend_schema(responses=MeasureSerializer(many=True))
    @action(detail=False, filterset_class=None, pagination_class=None)
    def quality(self, request: Request) -> Response:
        """How good the clusters are, for those who run the desk."""
        permissions.require(person_of(request), "see_quality")
        return Response(MeasureSerializer(measures(timezone.now()), many=True).data)

    @extend_schema(
        operation_id="clusters_quality_records", responses=MeasuredRecordSerializer(many=True)
    )
    @action(detail=False, filterset_class=None, url_path=r"quality/(?P<key>[a-z-]+)")
    def quality_records(self, request: Request, key: str) -> Response:
        """The records behind a measure that the person may read, newest first, a page at a time."""
        person = person_of(request)
        if key not in RECORD_KEYS or not person.is_staff_member:
            raise Http404
        permissions.require(person, "see_quality")
        self.keyset_order = ("-id",)
        pages = KeysetPagination()
        page = pages.paginate_queryset(records(key, person, timezone.now()), request, view=self)
        return pages.get_paginated_response(MeasuredRecordSerializer(page, many=True).data)

    @extend_schema(request=OpenFromClusterInput, responses={201: ProblemSerializer})
    @action(detail=True, methods=["post"], url_path="open-problem")
    def open_problem(self, request: Request, pk: str) -> Response:
        """Opens a problem with all the cluster's tickets."""
        cluster = self.get_object()
        form = OpenFromClusterInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        problem = actions.open_problem_from_cluster(
            cluster, actor=person_of(request), **form.validated_data
        )
        shown = ProblemSerializer(problem, context=self.get_serializer_context())
        return Response(shown.data, status=201)

    confirm = step_endpoint("confirm", actions.confirm_cluster)
    rename = step_endpoint("rename", actions.rename_cluster, takes=TitleInput)
    lock = step_endpoint("lock", actions.lock_cluster)
    unlock = step_endpoint("unlock", actions.unlock_cluster)
    dismiss = step_endpoint("dismiss", actions.dismiss_cluster, takes=ReasonInput)
    restore = step_endpoint("restore", actions.restore_cluster)
    merge = step_endpoint("merge", actions.merge_clusters, takes=MergeInput)
    undo_merge = step_endpoint("undo_merge", actions.undo_cluster_merge, takes=UndoMergeInput)
    withdraw_word = step_endpoint("withdraw_word", actions.withdraw_word, takes=TicketInput)
    add_member = step_endpoint("add_member", actions.add_to_cluster, takes=TicketInput)
    remove_member = step_endpoint("remove_member", actions.remove_from_cluster, takes=TicketInput)
    add_to_problem = step_endpoint(
        "add_to_problem", actions.add_cluster_to_problem, takes=ProblemChoice
    )


class ClusterMoveViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """What runs moved, newest first; without a decision those nobody has looked at."""

    queryset = ClusterMove.objects.none()
    serializer_class = MoveSerializer
    filterset_class = MoveFilter

    def get_queryset(self) -> QuerySet[ClusterMove]:
        return ClusterMove.objects.visible_to(person_of(self.request)).select_related("ticket")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Lists are narrowed; one move is found whatever was decided."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    approve = step_endpoint("approve", actions.approve_move)
    put_back = step_endpoint("put_back", actions.put_back_move)


class ClusterRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Clustering runs, newest first; POST asks for one."""

    queryset = ClusterRun.objects.none()
    serializer_class = RunSerializer
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[ClusterRun]:
        return ClusterRun.objects.visible_to(person_of(self.request)).defer("mean")

    @extend_schema(request=RunInput, responses={201: RunSerializer})
    def create(self, request: Request) -> Response:
        """Asks for a run; 409 while one over the same tickets is unfinished."""
        form = RunInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        run = actions.request_cluster_run(actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(run).data, status=201)

    cancel = step_endpoint("cancel", actions.cancel_cluster_run)


class ProblemViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, PartEndpoints, KnownErrorEndpoints
):
    """Problems: POST opens one, PATCH edits it, steps are endpoints."""

    queryset = Problem.objects.none()
    serializer_class = ProblemSerializer
    filterset_class = ProblemFilter

    def get_queryset(self) -> QuerySet[Problem]:
        problems = Problem.objects.visible_to(person_of(self.request)).defer("search_vector")
        related = ("component", "owner", "team", "cluster", "known_error__article")
        unread = ("cluster__centroid", "cluster__keys")
        return problems.select_related(*related).defer(*unread, "search_vector").with_inflow()

    @property
    def keyset_order(self) -> tuple[str, ...]:
        """The order of problems that was asked for; newest first."""
        asked = self.request.query_params.get("order", "") if self.action == "list" else ""
        return ORDER_FIELDS.get(asked, ("-id",))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Lists are narrowed; one problem is found whatever its state."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(request=OpenProblemInput, responses={201: ProblemSerializer})
    def create(self, request: Request) -> Response:
        """Opens a problem."""
        form = OpenProblemInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        problem = actions.open_problem(actor=person_of(request), **form.validated_data)
        fresh = self.get_queryset().get(pk=problem.pk)
        return Response(self.get_serializer(fresh).data, status=201)

    @extend_schema(request=EditProblemInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes fields; 409 with both values when one was changed since `version`."""
        problem = self.get_object()
        form = EditProblemInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        actions.edit_problem(problem, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    assess = step_endpoint("assess", actions.assess_problem)
    analyse = step_endpoint("analyse", actions.analyse_problem, takes=AnalyseInput)
    record_known_error = step_endpoint(
        "record_known_error", actions.record_known_error, takes=KnownErrorInput
    )
    note_known_error = step_endpoint(
        "note_known_error", actions.record_known_error, takes=KnownErrorInput
    )
    return_to_known_error = step_endpoint("return_to_known_error", actions.return_to_known_error)
    start_fix = step_endpoint("start_fix", actions.start_problem_fix)
    resolve = step_endpoint("resolve", actions.resolve_problem, takes=NoteInput)
    close = step_endpoint("close", actions.close_problem, takes=CloseInput)
    reopen = step_endpoint("reopen", actions.reopen_problem, takes=NoteInput)

    link_ticket = step_endpoint("link_ticket", actions.link_ticket_to_problem, takes=TicketInput)
    unlink_ticket = step_endpoint(
        "unlink_ticket", actions.unlink_ticket_from_problem, takes=TicketInput
    )
    link_cluster_tickets = step_endpoint("link_cluster_tickets", actions.link_cluster_tickets)

    @extend_schema(request=EditKnownErrorInput, responses=ProblemSerializer)
    @action(detail=True, methods=["patch"], url_path="known-error", filterset_class=None)
    def known_error(self, request: Request, pk: str) -> Response:
        """Changes what the known error says."""
        known = get_object_or_404(
            KnownError.objects.select_related("problem"), problem=self.get_object()
        )
        form = EditKnownErrorInput(
            data=request.data, partial=True, context=self.get_serializer_context()
        )
        form.is_valid(raise_exception=True)
        actions.edit_known_error(known, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=ProblemSerializer)
    @action(detail=True, methods=["post"], url_path="verify-workaround", filterset_class=None)
    def verify_workaround(self, request: Request, pk: str) -> Response:
        """Says that the workaround was tried and helped."""
        known = get_object_or_404(
            KnownError.objects.select_related("problem"), problem=self.get_object()
        )
        actions.verify_workaround(known, actor=person_of(request))
        return Response(self.get_serializer(self.get_object()).data)


class KnownErrorViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Known errors, newest first, whatever the state of their problems."""

    queryset = KnownError.objects.none()
    serializer_class = ListedKnownErrorSerializer
    filterset_class = KnownErrorFilter

    def get_queryset(self) -> QuerySet[KnownError]:
        known = KnownError.objects.visible_to(person_of(self.request))
        return known.select_related("problem", "article").defer(
            "search_vector", "problem__search_vector", "article__search_vector"
        )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Lists are narrowed; one is found by its number."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("clusters", ClusterViewSet, basename="cluster")
    router.register("cluster-moves", ClusterMoveViewSet, basename="cluster-move")
    router.register("cluster-runs", ClusterRunViewSet, basename="cluster-run")
    router.register("problems", ProblemViewSet, basename="problem")
    router.register("known-errors", KnownErrorViewSet, basename="known-error")
    router.register("whys", WhyViewSet, basename="why")
    router.register("causes", CauseViewSet, basename="cause")
    router.register("timeline-entries", EntryViewSet, basename="timeline-entry")
    router.register("problem-actions", ActionViewSet, basename="problem-action")
