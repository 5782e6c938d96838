"""People in copy of a ticket: as its readers may know them, and as requesters name them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse_lazy

from accounts.models import Person
from incidents.models import Ticket
from incidents.people import parts_of

SOMEBODY_OUTSIDE = "Somebody outside your organisation"


@dataclass(frozen=True)
class Copied:
    """Somebody in copy; `name` is what this reader may know them by."""

    person_id: int
    name: str
    created_at: datetime


def copied_people(reader: Person, ticket: Ticket) -> list[Copied]:
    """Who is in copy, in the order they were put there; two statements at most.

    Staff read names, requesters the names of their own organisation. Of others they read the
    address they typed themselves, and of those the desk put there only that there is somebody.
    """
    rows = list(ticket.copies.select_related("person"))
    if reader.is_staff_member:
        named = {row.person_id for row in rows}
    else:
        people = Person.objects.visible_to(reader)
        seen = people.filter(pk__in=[row.person_id for row in rows]) if rows else people.none()
        named = set(seen.values_list("pk", flat=True))
    return [
        Copied(
            row.person_id,
            row.person.name
            if row.person_id in named
            else row.person.email
            if row.added_by_id == reader.pk
            else SOMEBODY_OUTSIDE,
            row.created_at,
        )
        for row in rows
    ]


class CopiesField(forms.CharField):
    """People to put in copy, with commas between; colleagues are offered while one types."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "In copy")
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 2_000)
        kwargs.setdefault("help_text", "They read this ticket and our answers.")
        attrs = {
            "autocomplete": "off",
            "placeholder": "Colleague: name or e-mail",
            "data-colleagues": reverse_lazy("incidents:portal_colleagues"),
        }
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[str]:
        """The names and addresses; the action knows whom they mean."""
        return parts_of(str(super().clean(value) or ""))
