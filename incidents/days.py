"""Days as lists and rules write them: a date, or a distance from today."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

_DISTANCE = re.compile(r"([+-]?)(\d{1,4})([dw])")
_DAYS = {"d": 1, "w": 7}
WORDS = "Write a day as 2026-01-31, or as a distance from today: -7d, 14d, -2w, today."


def distance(text: str) -> int | None:
    """Days from today that `-7d`, `14d`, `-2w` or `today` stand for; None for anything else."""
    if text == "today":
        return 0
    found = _DISTANCE.fullmatch(text)
    if found is None:
        return None
    days = int(found[2]) * _DAYS[found[3]]
    return -days if found[1] == "-" else days


def midnight(day: date) -> datetime:
    """The day's first instant."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


class DayField(forms.DateField):
    """A date, also as a distance from today, which is another day tomorrow."""

    widget = forms.TextInput
    default_error_messages = {"invalid": WORDS}

    def to_python(self, value: Any) -> date | None:
        days = distance(str(value or "").strip().lower())
        if days is None:
            return super().to_python(value)
        return timezone.localdate() + timedelta(days=days)
