"""What stands beside a ticket's conversation, over HTTP for programs."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from core.models import Event
from core.rest import KeysetPagination, VisibleField, person_of
from incidents import actions
from incidents.history import history_of, told_entries
from incidents.models import Checklist, Ticket, TicketTask, TimeEntry, Watcher
from incidents.serializers import NamedField


class TaskSerializer(serializers.ModelSerializer[TicketTask]):
    """A task of a ticket."""

    assignee = NamedField(read_only=True)
    done_by = NamedField(read_only=True)

    class Meta:
        model = TicketTask
        fields = ("id", "title", "assignee", "due_at", "position", "done_at", "done_by")


class TaskInput(serializers.Serializer[Any]):
    """Something to be done; with `checklist` alone its tasks are added."""

    title = serializers.CharField(max_length=200, required=False)
    assignee = VisibleField(Person, required=False, allow_null=True)
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    checklist = VisibleField(Checklist, required=False)


class TaskChange(serializers.Serializer[Any]):
    """What changes on a task; `done` ticks it off or takes it up again."""

    title = serializers.CharField(max_length=200, required=False)
    assignee = VisibleField(Person, required=False, allow_null=True)
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    done = serializers.BooleanField(required=False)
    move = serializers.ChoiceField(choices=["up", "down"], required=False)


class TimeSerializer(serializers.ModelSerializer[TimeEntry]):
    """Time somebody noted."""

    person = NamedField(read_only=True)

    class Meta:
        model = TimeEntry
        fields = ("id", "person", "minutes", "spent_on", "what", "created_at")


class TimeInput(serializers.Serializer[Any]):
    """Minutes of a day; today unless it is named."""

    minutes = serializers.IntegerField(min_value=1, max_value=1440)
    spent_on = serializers.DateField(required=False)
    what = serializers.CharField(max_length=200, required=False, allow_blank=True)


class WatcherSerializer(serializers.ModelSerializer[Watcher]):
    """Somebody who follows."""

    person = NamedField(read_only=True)

    class Meta:
        model = Watcher
        fields = ("person", "created_at")


class WatcherInput(serializers.Serializer[Any]):
    """Who shall follow; without `person` oneself."""

    person = VisibleField(Person, required=False)


class TagInput(serializers.Serializer[Any]):
    """A tag by its name."""

    name = serializers.CharField(max_length=80)


class HistorySerializer(serializers.Serializer[Any]):
    """One fact of a ticket's history."""

    id = serializers.IntegerField(source="event.pk")
    at = serializers.DateTimeField(source="event.at")
    name = serializers.CharField(source="event.name")
    actor = NamedField(source="event.actor", allow_null=True)
    sentence = serializers.CharField(source="event.sentence")
    rule = serializers.SerializerMethodField()
    group = serializers.CharField()
    changes = serializers.SerializerMethodField()
    text = serializers.CharField(source="excerpt")

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_rule(self, entry: Any) -> dict[str, str] | None:
        """The rule or macro behind it; the desk's own words, which staff alone read."""
        reader = person_of(self.context["request"])
        found: dict[str, str] | None = entry.event.rule if reader.is_staff_member else None
        return found

    def get_changes(self, entry: Any) -> dict[str, list[str]]:
        """Fields with their values before and after."""
        return {change.field: [change.before, change.after] for change in entry.changes}


class BesideEndpoints(viewsets.GenericViewSet[Any]):
    """Endpoints of tasks, time, watchers, tags and history below a ticket's address."""

    def _given(self, shape: Any, request: Request) -> dict[str, Any]:
        form = shape(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    @extend_schema(methods=["GET"], responses=TaskSerializer(many=True))
    @extend_schema(methods=["POST"], request=TaskInput, responses={201: TaskSerializer(many=True)})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def tasks(self, request: Request, pk: str) -> Response:
        """Tasks in order; POST adds one, or those of a checklist."""
        ticket, me = self.get_object(), person_of(request)
        if request.method == "POST":
            words = self._given(TaskInput, request)
            checklist = words.pop("checklist", None)
            if checklist is None:
                words.setdefault("title", "")
                added = [actions.add_task(ticket, actor=me, **words)]
            else:
                added = actions.apply_checklist(ticket, actor=me, checklist=checklist)
            return Response(TaskSerializer(added, many=True).data, status=201)
        return Response(TaskSerializer(self._tasks(ticket, me), many=True).data)

    def _tasks(self, ticket: Ticket, me: Person) -> Any:
        found = TicketTask.objects.visible_to(me).filter(ticket=ticket)
        return found.select_related("assignee", "done_by", "ticket")

    @extend_schema(methods=["PATCH"], request=TaskChange, responses=TaskSerializer)
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
        task = get_object_or_404(self._tasks(self.get_object(), me), pk=task_pk)
        if request.method == "DELETE":
            actions.remove_task(task, actor=me)
            return Response(status=204)
        words = self._given(TaskChange, request)
        done, move = words.pop("done", None), words.pop("move", None)
        if words:
            kept = {"title": task.title, "assignee": task.assignee, "due_at": task.due_at}
            task = actions.change_task(task, actor=me, **{**kept, **words})
        if done is not None:
            task = (actions.do_task if done else actions.undo_task)(task, actor=me)
        if move is not None:
            task = actions.move_task(task, actor=me, up=move == "up")
        return Response(TaskSerializer(task).data)

    @extend_schema(methods=["GET"], responses=TimeSerializer(many=True))
    @extend_schema(methods=["POST"], request=TimeInput, responses={201: TimeSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def time(self, request: Request, pk: str) -> Response:
        """Time people noted; POST notes one's own."""
        ticket, me = self.get_object(), person_of(request)
        if request.method == "POST":
            entry = actions.note_time(ticket, actor=me, **self._given(TimeInput, request))
            return Response(TimeSerializer(entry).data, status=201)
        rows = TimeEntry.objects.visible_to(me).filter(ticket=ticket).select_related("person")
        return Response(TimeSerializer(rows, many=True).data)

    @extend_schema(methods=["DELETE"], responses={204: None})
    @action(
        detail=True,
        methods=["delete"],
        url_path=r"time/(?P<entry_pk>\d{1,18})",
        filterset_class=None,
    )
    def time_entry(self, request: Request, pk: str, entry_pk: str) -> Response:
        """Takes an entry of one's own away."""
        me = person_of(request)
        rows = TimeEntry.objects.visible_to(me).filter(ticket=self.get_object())
        entry = get_object_or_404(rows.select_related("ticket"), pk=entry_pk)
        actions.remove_time(entry, actor=me)
        return Response(status=204)

    @extend_schema(methods=["GET"], responses=WatcherSerializer(many=True))
    @extend_schema(methods=["POST"], request=WatcherInput, responses={201: WatcherSerializer})
    @extend_schema(methods=["DELETE"], request=WatcherInput, responses={204: None})
    @action(
        detail=True, methods=["get", "post", "delete"], pagination_class=None, filterset_class=None
    )
    def watchers(self, request: Request, pk: str) -> Response:
        """Who follows; POST and DELETE mean oneself unless `person` is named."""
        ticket, me = self.get_object(), person_of(request)
        if request.method == "GET":
            rows = Watcher.objects.visible_to(me).filter(ticket=ticket).select_related("person")
            return Response(WatcherSerializer(rows, many=True).data)
        person = self._given(WatcherInput, request).get("person", me)
        if request.method == "DELETE":
            if person == me:
                actions.unfollow_ticket(ticket, actor=me)
            else:
                actions.remove_watcher(ticket, actor=me, person=person)
            return Response(status=204)
        if person == me:
            watcher = actions.follow_ticket(ticket, actor=me)
        else:
            watcher = actions.add_watcher(ticket, actor=me, person=person)
        return Response(WatcherSerializer(watcher).data, status=201)

    @extend_schema(methods=["GET"], responses={200: {"type": "array", "items": {"type": "string"}}})
    @extend_schema(methods=["POST", "DELETE"], request=TagInput)
    @action(
        detail=True, methods=["get", "post", "delete"], pagination_class=None, filterset_class=None
    )
    def tags(self, request: Request, pk: str) -> Response:
        """Names of the tags; POST adds one, DELETE takes one away."""
        ticket, me = self.get_object(), person_of(request)
        if request.method == "POST":
            actions.tag_ticket(ticket, actor=me, **self._given(TagInput, request))
        elif request.method == "DELETE":
            actions.untag_ticket(ticket, actor=me, **self._given(TagInput, request))
        if not me.is_staff_member:
            return Response([])
        return Response(list(ticket.ticket_tags.values_list("tag__name", flat=True)))

    @extend_schema(responses=HistorySerializer(many=True))
    @action(detail=True, filterset_class=None)
    def history(self, request: Request, pk: str) -> Response:
        """Every fact the person may read, newest first; `kind` and `person` narrow it."""
        ticket, me = self.get_object(), person_of(request)
        kind = request.query_params.get("kind", "")
        actor = request.query_params.get("person", "")[:12]
        found = history_of(me, ticket, kind=kind, actor=actor)
        pages = KeysetPagination()
        rows: list[Event] = pages.paginate_queryset(found, request, self) or []
        entries = told_entries(me, rows)
        return pages.get_paginated_response(
            HistorySerializer(entries, many=True, context=self.get_serializer_context()).data
        )
