"""Working hours and absences over HTTP for programs."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.availability.actions import end_absence, note_absence, set_work_week
from accounts.models import Absence, Person, WorkWeek
from accounts.working_time import Shift
from core.rest import VisibleField, person_of


class AbsenceSerializer(serializers.ModelSerializer[Absence]):
    """A time away."""

    class Meta:
        model = Absence
        fields = ("id", "person", "starts_at", "ends_at", "substitute", "reason")


class AbsenceInput(serializers.Serializer[Any]):
    """What notes an absence; without `person` one's own."""

    person = VisibleField(Person, required=False)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    substitute = VisibleField(Person, required=False, allow_null=True)
    reason = serializers.ChoiceField(choices=Absence.Reason.choices, required=False)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class AbsenceViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Absences that are not over: POST notes one, `end` says that the person is back."""

    queryset = Absence.objects.none()
    serializer_class = AbsenceSerializer

    def get_queryset(self) -> QuerySet[Absence]:
        return Absence.objects.visible_to(person_of(self.request)).not_over(timezone.now())

    @extend_schema(request=AbsenceInput, responses={201: AbsenceSerializer})
    def create(self, request: Request) -> Response:
        """Notes an absence."""
        form = AbsenceInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        words = dict(form.validated_data)
        me = person_of(request)
        absence = note_absence(words.pop("person", me), actor=me, **words)
        return Response(AbsenceSerializer(absence).data, status=201)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """The person is back."""
        end_absence(self.get_object(), actor=person_of(request), at=timezone.now())
        return Response(status=204)


class ShiftField(serializers.Serializer[Any]):
    """A stretch of work on a weekday; Monday is 0."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    starts_at = serializers.TimeField()
    ends_at = serializers.TimeField()


class WorkWeekSerializer(serializers.ModelSerializer[WorkWeek]):
    """A person's weekly hours."""

    hours = ShiftField(many=True)

    class Meta:
        model = WorkWeek
        fields = ("person", "time_zone", "capacity", "hours")


class WorkWeekInput(serializers.Serializer[Any]):
    """What replaces weekly hours; without `person` one's own."""

    person = VisibleField(Person, required=False)
    time_zone = serializers.CharField(max_length=64)
    capacity = serializers.IntegerField(required=False, allow_null=True)
    hours = ShiftField(many=True)


class WorkWeekViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Weekly hours by person: POST replaces them."""

    queryset = WorkWeek.objects.none()
    serializer_class = WorkWeekSerializer
    keyset_order = ("person_id",)

    def get_queryset(self) -> QuerySet[WorkWeek]:
        return WorkWeek.objects.visible_to(person_of(self.request)).prefetch_related("hours")

    @extend_schema(request=WorkWeekInput, responses={200: WorkWeekSerializer})
    def create(self, request: Request) -> Response:
        """Replaces the hours."""
        form = WorkWeekInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        words = dict(form.validated_data)
        me = person_of(request)
        hours = [Shift(one["weekday"], one["starts_at"], one["ends_at"]) for one in words["hours"]]
        week = set_work_week(
            words.get("person", me),
            actor=me,
            time_zone=words["time_zone"],
            capacity=words.get("capacity"),
            hours=hours,
        )
        return Response(WorkWeekSerializer(week).data)
