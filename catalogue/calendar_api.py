"""Business calendars over HTTP: the same rows and checks as the pages."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.actions import CalendarHours, make_calendar, save_calendar
from catalogue.holidays import OwnDay, read_ical
from catalogue.models import BusinessCalendar, CalendarVersion
from core.rest import person_of


class SpanField(serializers.ListField):
    """[from, to] in minutes of the day."""

    child = serializers.IntegerField(min_value=0, max_value=1440)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=2, max_length=2, **kwargs)


class DayInput(serializers.Serializer[Any]):
    """A date that differs; without hours it is a holiday."""

    date = serializers.DateField()
    name = serializers.CharField(max_length=120, default="Own date")
    hours = serializers.ListField(child=SpanField(), default=list)


class HoursInput(serializers.Serializer[Any]):
    """What a version says: seven days of hours, Monday first."""

    zone = serializers.CharField(max_length=60)
    week = serializers.ListField(
        child=serializers.ListField(child=SpanField()), min_length=7, max_length=7
    )
    country = serializers.CharField(max_length=3, allow_blank=True, default="")
    subdivision = serializers.CharField(max_length=20, allow_blank=True, default="")
    own = DayInput(many=True, default=list)
    imported = DayInput(many=True, default=list)
    ical = serializers.CharField(
        allow_blank=True, default="", help_text="The text of an iCal file: its whole days."
    )

    @property
    def hours(self) -> CalendarHours:
        """The same as the actions take it."""
        data = self.validated_data
        return CalendarHours(
            zone=data["zone"],
            week=[[(start, end) for start, end in day] for day in data["week"]],
            country=data["country"],
            subdivision=data["subdivision"],
            own=[_day(one) for one in data["own"]],
            imported=[*map(_day, data["imported"]), *_whole_days(data["ical"])],
        )


def _whole_days(ical: str) -> list[OwnDay]:
    return read_ical(ical.encode(), timezone.localdate()) if ical else []


def _day(given: dict[str, Any]) -> OwnDay:
    hours = tuple((start, end) for start, end in given["hours"])
    return OwnDay(given["date"], given["name"], hours)


class NewCalendarInput(HoursInput):
    """The first version and a name."""

    name = serializers.CharField(max_length=80)


class CalendarVersionSerializer(serializers.ModelSerializer[CalendarVersion]):
    """One version."""

    class Meta:
        model = CalendarVersion
        fields = ("number", "created_at", "zone", "week", "country", "subdivision", "days")


class CalendarSerializer(serializers.ModelSerializer[BusinessCalendar]):
    """A calendar and its version in force."""

    version = CalendarVersionSerializer(source="newest", read_only=True)

    class Meta:
        model = BusinessCalendar
        fields = ("id", "name", "version")


class CalendarViewSet(viewsets.ReadOnlyModelViewSet[BusinessCalendar]):
    """Calendars; POST to the list makes one, POST to `versions` changes its hours."""

    queryset = BusinessCalendar.objects.none()
    serializer_class = CalendarSerializer
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[BusinessCalendar]:
        return BusinessCalendar.objects.visible_to(person_of(self.request))

    @extend_schema(request=NewCalendarInput, responses={201: CalendarSerializer})
    def create(self, request: Request) -> Response:
        """Makes a calendar."""
        form = NewCalendarInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = make_calendar(
            actor=person_of(request), name=form.validated_data["name"], hours=form.hours
        )
        return Response(CalendarSerializer(made).data, status=201)

    @extend_schema(request=HoursInput, responses={201: CalendarVersionSerializer})
    @action(detail=True, methods=["post"])
    def versions(self, request: Request, pk: str) -> Response:
        """Makes a new version of the hours."""
        calendar = self.get_object()
        form = HoursInput(data=request.data)
        form.is_valid(raise_exception=True)
        saved = save_calendar(calendar, actor=person_of(request), hours=form.hours)
        return Response(CalendarVersionSerializer(saved).data, status=201)
