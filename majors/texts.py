"""Filling in prepared texts, with the variables and the syntax of canned replies."""

from collections import ChainMap
from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from accounts.models import Person
from incidents.values import Values
from incidents.variables import OF_MAJOR, VARIABLES, fill
from majors.models import MajorIncident, UpdateTemplate
from majors.workflow import INTERNAL


def variables_for(audience: str) -> Mapping[str, str]:
    """Name and meaning of each variable a text for this audience may hold.

    Nothing of the ticket leaves the house: its words are what one requester wrote.
    """
    return {**OF_MAJOR, **VARIABLES} if audience == INTERNAL else OF_MAJOR


def prepared(
    major: MajorIncident, status: str, next_update_at: datetime, *, writer: Person
) -> dict[str, str]:
    """The text an update of this status begins with, by audience; none without a template."""
    values = ChainMap(_said(major, next_update_at), Values(major.ticket, writer))  # type: ignore[arg-type]  # only read
    templates = UpdateTemplate.objects.filter(status=status).exclude(body="")
    return {
        one.audience: fill(one.body, values, known=variables_for(one.audience)) for one in templates
    }


def _said(major: MajorIncident, next_update_at: datetime) -> dict[str, str]:
    affected = major.affected.exclude(status="operational").select_related("component")
    names = [row.component.name for row in affected] or [
        row.component.name for row in major.affected.select_related("component")
    ]
    return {
        "major.headline": major.headline,
        "major.components": ", ".join(names) or "the service",
        "major.next_update": f"{timezone.localtime(next_update_at):%H:%M}",
    }
