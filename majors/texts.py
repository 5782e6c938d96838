"""Filling in prepared texts: a fixed list of variables, never a template engine."""

import re
from datetime import datetime

from django.utils import timezone

from majors.models import MajorIncident, UpdateTemplate

VARIABLES = ("headline", "components", "next_update")
_VARIABLE = re.compile(r"\{(\w+)\}")


def unknown_variables(body: str) -> list[str]:
    """Names in braces that are no variable, in the order they stand."""
    return [name for name in _VARIABLE.findall(body) if name not in VARIABLES]


def fill(body: str, values: dict[str, str]) -> str:
    """The text with its variables replaced; a name in braces without a value stays as it is."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), body)


def prepared(major: MajorIncident, status: str, next_update_at: datetime) -> dict[str, str]:
    """The text an update of this status begins with, by audience; none without a template."""
    affected = major.affected.exclude(status="operational").select_related("component")
    names = [row.component.name for row in affected] or [
        row.component.name for row in major.affected.select_related("component")
    ]
    values = {
        "headline": major.headline,
        "components": ", ".join(names) or "the service",
        "next_update": f"{timezone.localtime(next_update_at):%H:%M}",
    }
    templates = UpdateTemplate.objects.filter(status=status).exclude(body="")
    return {one.audience: fill(one.body, values) for one in templates}
