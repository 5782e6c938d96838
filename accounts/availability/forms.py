"""Forms of working hours and absences."""

import re
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django import forms

from accounts.models import Absence, Person, WorkWeek
from accounts.roles import STAFF_ROLES
from accounts.working_time import Shift

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_STRETCH = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_HELP = "Such as 09:00–12:30, 13:00–17:30. Empty when not at work."


def _moment(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget)


class StretchesField(forms.CharField):
    """Stretches of one day as people write them; yields pairs of times."""

    def clean(self, value: Any) -> list[tuple[time, time]]:
        text = str(super().clean(value) or "").strip()
        found = [one.strip() for one in re.split(r"[,;]", text) if one.strip()]
        return [_stretch(one) for one in found]


def _stretch(text: str) -> tuple[time, time]:
    match = _STRETCH.fullmatch(text)
    if match is None:
        raise forms.ValidationError(f"“{text}” is not a stretch of time such as 09:00–17:00.")
    try:
        begin = time(int(match[1]), int(match[2]))
        end = time(int(match[3]), int(match[4]))
    except ValueError as error:
        raise forms.ValidationError(f"“{text}” holds a time that does not exist.") from error
    if begin >= end:
        raise forms.ValidationError(f"“{text}” ends before it begins.")
    return begin, end


class WorkWeekForm(forms.Form):
    """When somebody works, weekday by weekday."""

    time_zone = forms.ChoiceField(
        label="Time zone", choices=lambda: [(name, name) for name in sorted(available_timezones())]
    )
    capacity = forms.IntegerField(
        label="Most tickets in work",
        required=False,
        min_value=1,
        max_value=1000,
        help_text="How many are given by themselves. Empty leaves it to the team.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, day in enumerate(DAYS):
            self.fields[f"day_{number}"] = StretchesField(
                label=day,
                required=False,
                max_length=120,
                widget=forms.TextInput(attrs={"placeholder": "not at work"}),
                help_text=_HELP if number == 0 else "",
            )

    def words(self) -> dict[str, Any]:
        """What was said, under the action's names."""
        return {
            "time_zone": self.cleaned_data["time_zone"],
            "capacity": self.cleaned_data["capacity"],
            "hours": [
                Shift(number, begin, end)
                for number in range(len(DAYS))
                for begin, end in self.cleaned_data[f"day_{number}"]
            ],
        }

    @staticmethod
    def values_of(week: WorkWeek | None, zone: str) -> dict[str, Any]:
        """The present hours, as the form begins with."""
        if week is None:
            return {"time_zone": zone}
        days: dict[str, list[str]] = {}
        for one in week.hours.all():
            text = f"{one.starts_at:%H:%M}–{one.ends_at:%H:%M}"
            days.setdefault(f"day_{one.weekday}", []).append(text)
        return {
            "time_zone": week.time_zone,
            "capacity": week.capacity,
            **{name: ", ".join(stretches) for name, stretches in days.items()},
        }


class AbsenceForm(forms.Form):
    """A time away."""

    starts_at = _moment("From")
    ends_at = _moment("Until")
    substitute = forms.ModelChoiceField(
        label="Who stands in",
        queryset=Person.objects.none(),
        required=False,
        empty_label="Nobody",
        help_text="They see the open tickets on My desk and hear of what happens to them.",
    )
    reason = forms.ChoiceField(label="Reason", choices=Absence.Reason)
    note = forms.CharField(label="Note", required=False, max_length=200)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = Person.objects.with_role(*STAFF_ROLES).exclude(pk=person.pk).order_by("name")
        self.fields["substitute"].queryset = staff  # type: ignore[attr-defined]  # it is a ModelChoiceField
