"""Forms of calendars."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone

from catalogue.actions import CalendarHours
from catalogue.holidays import OwnDay, countries, read_ical
from catalogue.hours import read_days, read_hours, write_days, write_hours
from catalogue.models import CalendarVersion
from core.errors import DomainError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


def _countries() -> list[tuple[str, str]]:
    return [("", "No public holidays"), *((code, code) for code in countries())]


class CalendarForm(forms.Form):
    """Hours of the week, public holidays, own dates and those of an iCal file."""

    zone = forms.ChoiceField(label="Time zone", choices=_zones)
    monday = forms.CharField(required=False, help_text="08:00-12:00, 13:00-18:00; empty is closed")
    tuesday = forms.CharField(required=False)
    wednesday = forms.CharField(required=False)
    thursday = forms.CharField(required=False)
    friday = forms.CharField(required=False)
    saturday = forms.CharField(required=False)
    sunday = forms.CharField(required=False)
    country = forms.ChoiceField(
        label="Public holidays of", choices=_countries, required=False, help_text="Country code"
    )
    subdivision = forms.CharField(
        label="Part of the country",
        required=False,
        max_length=20,
        help_text="Code of a state or canton, such as BE for Berlin; empty for the whole country",
    )
    own_days = forms.CharField(
        label="Own dates",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line: 2026-12-24 Christmas Eve 08:00-12:00. Without hours it is closed.",
    )
    ical = forms.FileField(
        label="Dates of an iCal file",
        required=False,
        help_text="All-day events become holidays and replace those of the file before",
    )
    forget_ical = forms.BooleanField(label="Take the dates of the file before away", required=False)
    field_order = ("name",)

    def __init__(self, *args: Any, version: CalendarVersion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        self.imported = [one for one in version.days if one["source"] == "ical"] if version else []
        if not self.imported:
            del self.fields["forget_ical"]

    @property
    def days_of_week(self) -> list[forms.BoundField]:
        """The seven days, for the grid."""
        return [self[name] for name in WEEKDAYS]

    def clean_own_days(self) -> list[OwnDay]:
        """Dates of one's own."""
        try:
            return read_days(self.cleaned_data["own_days"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_ical(self) -> list[OwnDay] | None:
        """Days of the file; None without one."""
        upload = self.cleaned_data["ical"]
        if upload is None:
            return None
        try:
            return read_ical(upload.read(1_000_001), timezone.localdate())
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        """The hours of each day, each error at its day."""
        data = super().clean() or {}
        for name in WEEKDAYS:
            try:
                data[name] = read_hours(data.get(name, ""))
            except ValueError as error:
                self.add_error(name, str(error))
        return data

    @property
    def hours(self) -> CalendarHours:
        """What the form says; only of a valid one."""
        data = self.cleaned_data
        return CalendarHours(
            zone=data["zone"],
            week=[data[name] for name in WEEKDAYS],
            country=data["country"],
            subdivision=data["subdivision"].strip().upper(),
            own=data["own_days"],
            imported=self._imported(),
        )

    def _imported(self) -> list[OwnDay]:
        if self.cleaned_data.get("ical") is not None:
            return list(self.cleaned_data["ical"])
        if self.cleaned_data.get("forget_ical"):
            return []
        written = write_days(self.imported)
        return read_days(written)


class NewCalendarForm(CalendarForm):
    """The same with a name."""

    name = forms.CharField(label="Name", max_length=80)


def initial_of(version: CalendarVersion) -> dict[str, Any]:
    """The form's words for a version."""
    week = {name: write_hours(day) for name, day in zip(WEEKDAYS, version.week, strict=True)}
    own = [one for one in version.days if one["source"] == "own"]
    return {
        **week,
        "zone": version.zone,
        "country": version.country,
        "subdivision": version.subdivision,
        "own_days": write_days(own),
    }


OFFICE_WEEK = dict.fromkeys(WEEKDAYS[:5], "08:00-18:00")
