"""What belongs to a problem, over HTTP: endpoints below its address and of each part."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest import KeysetPagination, person_of, step_endpoint
from incidents.models import Ticket
from problems import actions
from problems import part_serializers as shape
from problems.costs import costs_of
from problems.effect import effect_of
from problems.facts import articles_of
from problems.filters import ActionFilter
from problems.models import Cause, ProblemAction, ProblemReview, TimelineEntry, Why
from problems.telling import audience_of, first_words, tell_open_tickets
from problems.timeline import timeline_of


class PartEndpoints(viewsets.GenericViewSet[Any]):
    """Endpoints of tasks, analysis, costs, telling, articles and the review of a problem."""

    def _given(self, takes: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
        context = self.get_serializer_context()
        form = takes(data=request.data, context=context, partial=partial)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def _added(self, request: Request, takes: Any, act: Any, shown: Any) -> Response:
        problem, me = self.get_object(), person_of(request)
        made = act(problem, actor=me, **self._given(takes, request))
        return Response(shown(made).data, status=201)

    @extend_schema(methods=["GET"], responses=shape.ProblemTaskSerializer(many=True))
    @extend_schema(
        methods=["POST"],
        request=shape.ProblemTaskInput,
        responses={201: shape.ProblemTaskSerializer},
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def tasks(self, request: Request, pk: str) -> Response:
        """Tasks in order; POST adds one."""
        if request.method == "POST":
            return self._added(
                request, shape.ProblemTaskInput, actions.add_problem_task,
                shape.ProblemTaskSerializer,
            )  # fmt: skip
        rows = self.get_object().tasks.select_related("assignee", "done_by")
        return Response(shape.ProblemTaskSerializer(rows, many=True).data)

    @extend_schema(
        methods=["PATCH"], request=shape.ProblemTaskChange, responses=shape.ProblemTaskSerializer
    )
    @extend_schema(methods=["DELETE"], responses={204: None})
    @action(
        detail=True,
        methods=["patch", "delete"],
        url_path=r"tasks/(?P<task_pk>\d{1,18})",
        filterset_class=None,
    )
    def task(self, request: Request, pk: str, task_pk: str) -> Response:
        """PATCH changes, ticks off or moves a task; DELETE removes it."""
        me = person_of(request)
        rows = self.get_object().tasks.select_related("problem", "assignee", "done_by")
        task = get_object_or_404(rows, pk=task_pk)
        if request.method == "DELETE":
            actions.remove_problem_task(task, actor=me)
            return Response(status=204)
        words = self._given(shape.ProblemTaskChange, request)
        done, move = words.pop("done", None), words.pop("move", None)
        if words:
            same = {name: getattr(task, name) for name in ("title", "kind", "assignee", "due_at")}
            task = actions.change_problem_task(task, actor=me, **{**same, **words})
        if move is not None:
            task = actions.move_problem_task(task, actor=me, up=move == "up")
        if done is not None:
            step = actions.do_problem_task if done else actions.undo_problem_task
            task = step(task, actor=me)
        return Response(shape.ProblemTaskSerializer(rows.get(pk=task.pk)).data)

    @extend_schema(responses=shape.AnalysisSerializer)
    @action(detail=True, filterset_class=None)
    def analysis(self, request: Request, pk: str) -> Response:
        """The root cause, the whys, the fishbone as rows, and the whole timeline."""
        problem = self.get_object()
        body = {
            "root_cause": problem.root_cause,
            "falsifier": problem.falsifier,
            "whys": problem.whys.all(),
            "causes": problem.causes.all(),
            "timeline": timeline_of(request._request, problem),
        }
        return Response(shape.AnalysisSerializer(body).data)

    @extend_schema(request=shape.WhyInput, responses={201: shape.WhySerializer})
    @action(detail=True, methods=["post"], url_path="whys", filterset_class=None)
    def add_why(self, request: Request, pk: str) -> Response:
        """Answers the next why."""
        return self._added(request, shape.WhyInput, actions.add_why, shape.WhySerializer)

    @extend_schema(request=shape.NewCauseInput, responses={201: shape.CauseSerializer})
    @action(detail=True, methods=["post"], url_path="causes", filterset_class=None)
    def add_cause(self, request: Request, pk: str) -> Response:
        """Puts a possible cause on the fishbone."""
        return self._added(request, shape.NewCauseInput, actions.add_cause, shape.CauseSerializer)

    @extend_schema(request=shape.EntryInput, responses={201: shape.EntrySerializer})
    @action(detail=True, methods=["post"], url_path="timeline-entries", filterset_class=None)
    def add_entry(self, request: Request, pk: str) -> Response:
        """Writes a line of the timeline."""
        return self._added(
            request, shape.EntryInput, actions.add_timeline_entry, shape.EntrySerializer
        )

    @extend_schema(responses=shape.CostLineSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def costs(self, request: Request, pk: str) -> Response:
        """What it has cost since it was first seen, confirmed, asked for and declined."""
        lines = costs_of(request._request, self.get_object())
        return Response(shape.CostLineSerializer(lines, many=True).data)

    @extend_schema(responses=shape.EffectSerializer)
    @action(detail=True, filterset_class=None)
    def effect(self, request: Request, pk: str) -> Response:
        """Median resolve times with and without the workaround."""
        return Response(shape.EffectSerializer(effect_of(self.get_object())).data)

    @extend_schema(request=shape.TellInput, responses=shape.AudienceSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def preview(self, request: Request, pk: str) -> Response:
        """Who would read a text now; nothing is sent."""
        problem = self.get_object()
        words = self._given(shape.TellInput, request)
        body = words.get("body") or first_words(problem, words["kind"])
        found = audience_of(
            problem, person=person_of(request), kind=words["kind"], body=actions.check_words(body)
        )
        shown = {
            "body": body,
            "tickets": list(found.tickets.values_list("pk", flat=True)),
            "apart": [one.pk for one in found.apart],
            "people": found.people,
            "told": found.told,
            "hidden": found.hidden,
        }
        return Response(shape.AudienceSerializer(shown).data)

    @extend_schema(request=shape.TellInput, responses={202: shape.JobSerializer})
    @action(detail=True, methods=["post"], filterset_class=None)
    def communicate(self, request: Request, pk: str) -> Response:
        """Tells every open linked ticket as one job; the same text reaches a ticket once."""
        problem = self.get_object()
        words = self._given(shape.TellInput, request)
        body = words.get("body") or first_words(problem, words["kind"])
        job = tell_open_tickets(problem, actor=person_of(request), kind=words["kind"], body=body)
        return Response(shape.JobSerializer(job).data, status=202)

    @extend_schema(methods=["GET"], responses=shape.ProblemReviewSerializer)
    @extend_schema(
        methods=["PATCH"], request=shape.ReviewTextsInput, responses=shape.ProblemReviewSerializer
    )
    @action(detail=True, methods=["get", "patch"], filterset_class=None)
    def review(self, request: Request, pk: str) -> Response:
        """The review; PATCH writes on it."""
        problem = self.get_object()
        if request.method == "PATCH":
            words = self._given(shape.ReviewTextsInput, request)
            actions.write_problem_review(problem, actor=person_of(request), **words)
        rows = ProblemReview.objects.visible_to(person_of(request))
        return Response(
            shape.ProblemReviewSerializer(get_object_or_404(rows, problem=problem)).data
        )

    @extend_schema(methods=["GET"], responses=shape.ProblemActionSerializer(many=True))
    @extend_schema(
        methods=["POST"],
        request=shape.FollowUpInput,
        responses={201: shape.ProblemActionSerializer},
    )
    @action(
        detail=True,
        methods=["get", "post"],
        url_path="follow-ups",
        pagination_class=None,
        filterset_class=None,
    )
    def follow_ups(self, request: Request, pk: str) -> Response:
        """What is to be done, without what was deleted; POST adds something."""
        if request.method == "POST":
            return self._added(
                request, shape.FollowUpInput, actions.add_problem_action,
                shape.ProblemActionSerializer,
            )  # fmt: skip
        rows = self.get_object().follow_ups.exclude(state="deleted")
        return Response(shape.ProblemActionSerializer(rows, many=True).data)

    @extend_schema(responses=shape.LinkedTicketSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def tickets(self, request: Request, pk: str) -> Response:
        """Linked tickets the person may read, newest first, a page at a time."""
        links = self.get_object().ticket_links.values("ticket_id")
        rows = Ticket.objects.visible_to(person_of(request)).filter(pk__in=links)
        pages = KeysetPagination()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(shape.LinkedTicketSerializer(page, many=True).data)

    @extend_schema(responses=shape.LinkedArticleSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def articles(self, request: Request, pk: str) -> Response:
        """Its articles the person may read, the one of its known error among them."""
        rows = articles_of(self.get_object(), person_of(request))
        return Response(shape.LinkedArticleSerializer(rows, many=True).data)

    publish_review = step_endpoint("publish_review", actions.publish_problem_review)
    link_article = step_endpoint(
        "link_article", actions.link_article, takes=shape.LinkedArticleInput
    )
    unlink_article = step_endpoint(
        "unlink_article", actions.unlink_article, takes=shape.LinkedArticleInput
    )
    write_article = step_endpoint("write_article", actions.write_known_error_article)
    update_article = step_endpoint("update_article", actions.update_known_error_article)


class _PartViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """One part of an analysis: PATCH changes it, DELETE removes it."""

    model: Any
    takes: Any
    names: tuple[str, ...]
    # The actions behind PATCH and DELETE.
    changing: ClassVar[Callable[..., Any]]
    removing: ClassVar[Callable[..., Any]]
    filterset_fields = ("problem",)

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(person_of(self.request))
        return rows.select_related("problem")

    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes it; what is left out stays as it is."""
        part = self.get_object()
        form = self.takes(data=request.data, partial=True, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        same = {name: getattr(part, name) for name in self.names}
        type(self).changing(part, actor=person_of(request), **{**same, **form.validated_data})
        return Response(self.get_serializer(self.get_object()).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Removes it."""
        type(self).removing(self.get_object(), actor=person_of(request))
        return Response(status=204)


@extend_schema(request=shape.WhyInput, methods=["PATCH"])
class WhyViewSet(_PartViewSet):
    """Answers of the five whys."""

    queryset = Why.objects.none()
    model, takes, names = Why, shape.WhyInput, ("answer", "evidence")
    serializer_class = shape.WhySerializer
    keyset_order = ("problem_id", "position", "id")
    changing, removing = actions.change_why, actions.remove_why


@extend_schema(request=shape.CauseInput, methods=["PATCH"])
class CauseViewSet(_PartViewSet):
    """Possible causes on fishbones."""

    queryset = Cause.objects.none()
    model, takes = Cause, shape.CauseInput
    names = ("text", "branch", "standing", "falsifier", "evidence")
    serializer_class = shape.CauseSerializer
    changing, removing = actions.change_cause, actions.remove_cause


@extend_schema(request=shape.EntryInput, methods=["PATCH"])
class EntryViewSet(_PartViewSet):
    """Lines of timelines written by hand."""

    queryset = TimelineEntry.objects.none()
    model, takes, names = TimelineEntry, shape.EntryInput, ("at", "text", "evidence")
    serializer_class = shape.EntrySerializer
    changing, removing = actions.change_timeline_entry, actions.remove_timeline_entry


class ActionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """What is to be done after reviews of problems."""

    queryset = ProblemAction.objects.none()
    serializer_class = shape.ProblemActionSerializer
    filterset_class = ActionFilter

    def get_queryset(self) -> QuerySet[ProblemAction]:
        return ProblemAction.objects.visible_to(person_of(self.request)).select_related("problem")

    @extend_schema(request=shape.FollowUpInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes what is to be done."""
        row = self.get_object()
        context = self.get_serializer_context()
        form = shape.FollowUpInput(data=request.data, partial=True, context=context)
        form.is_valid(raise_exception=True)
        actions.edit_problem_action(row, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    complete = step_endpoint("complete", actions.complete_problem_action, takes=shape.SettleInput)
    drop = step_endpoint("drop", actions.drop_problem_action, takes=shape.DropInput)
    delete = step_endpoint("delete", actions.delete_problem_action)
    take_up = step_endpoint("take_up", actions.take_up_problem_action)
