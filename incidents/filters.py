"""What a list of tickets can be narrowed to: one filter for the queue page and the API."""

from datetime import date, datetime, time, timedelta
from typing import cast

import django_filters as filters
from django import forms
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, Service
from core.choices import visible_choices
from incidents.answered import ANSWERED, answered
from incidents.models import Channel, Kind, Ticket, TicketAnswers
from incidents.models.ticket import Priority, TicketQuerySet
from incidents.workflow import (
    CLOSED,
    OPEN,
    RESOLVED,
    UNRESOLVED_CATEGORIES,
    WAITING_DEVELOPMENT,
    WAITING_REQUESTER,
    WAITING_THIRD_PARTY,
)

STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "unresolved": ("Unresolved", UNRESOLVED_CATEGORIES),
    "open": ("Open", (OPEN,)),
    "waiting": ("Waiting", (WAITING_REQUESTER, WAITING_THIRD_PARTY)),
    "development": ("With development", (WAITING_DEVELOPMENT,)),
    "resolved": ("Resolved", (RESOLVED,)),
    "closed": ("Closed", (CLOSED,)),
    "any": ("Any state", ()),
}
ME, NOBODY = "me", "nobody"
_DATE = forms.DateInput(attrs={"type": "date"})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


class TicketFilter(filters.FilterSet):
    """Every parameter is optional; an unknown choice is an error at its field."""

    q = filters.CharFilter(label="Words or number", method="find", max_length=200)
    answered = filters.CharFilter(label="Answer", method="with_answer", max_length=250)
    state = filters.ChoiceFilter(
        label="State", choices=[(k, v[0]) for k, v in STATES.items()], method="in_state"
    )
    kind = filters.ChoiceFilter(label="Kind", choices=Kind.choices)
    priority = filters.TypedChoiceFilter(label="Priority", choices=Priority.choices, coerce=int)
    assignee = filters.CharFilter(label="Assignee", method="of_assignee", max_length=20)
    team = filters.ModelChoiceFilter(label="Team", queryset=visible_choices(Team))
    service = filters.ModelChoiceFilter(label="Service", queryset=visible_choices(Service))
    component = filters.ModelChoiceFilter(label="Component", queryset=visible_choices(Component))
    organisation = filters.ModelChoiceFilter(
        label="Organisation", queryset=visible_choices(Organisation)
    )
    requester = filters.ModelChoiceFilter(
        label="Requester", queryset=visible_choices(Person), widget=forms.NumberInput
    )
    channel = filters.ChoiceFilter(label="Channel", choices=Channel.choices)
    first_contact = filters.BooleanFilter(
        label="First contact resolution", field_name="first_contact_resolution"
    )
    overdue = filters.BooleanFilter(label="Past its target", method="is_overdue")
    created_after = filters.DateFilter(
        label="Created from", field_name="created_at", method="from_day", widget=_DATE
    )
    created_before = filters.DateFilter(
        label="Created until", field_name="created_at", method="until_day", widget=_DATE
    )
    resolved_after = filters.DateFilter(
        label="Resolved from", field_name="resolved_at", method="from_day", widget=_DATE
    )
    resolved_before = filters.DateFilter(
        label="Resolved until", field_name="resolved_at", method="until_day", widget=_DATE
    )

    class Meta:
        model = Ticket
        fields: list[str] = []

    @property
    def person(self) -> Person:
        """Who asks; every list is behind sign-in."""
        return cast("Person", self.request and self.request.user)

    def find(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        """Words anywhere on the ticket the person may read, or a reference."""
        text = "".join(c for c in value if c.isprintable()).strip()
        return tickets.search(text, self.person) if text else tickets

    def with_answer(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        """Tickets that answered a field of a form so: `key:value`, `key>value` or `key<value`."""
        found = ANSWERED.fullmatch(value.strip())
        if found is None or not self.person.is_staff_member:
            return tickets.none()
        answers = TicketAnswers.objects.filter(answered(found[1], found[2], found[3].strip()))
        return tickets.filter(pk__in=answers.values("ticket_id"))

    def in_state(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        """One of the groups of states."""
        categories = STATES[value][1]
        return tickets.filter(state_category__in=categories) if categories else tickets

    def of_assignee(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        """`me`, `nobody`, or a person's number; anything else finds nothing."""
        if value == ME:
            return tickets.filter(assignee=self.person)
        if value == NOBODY:
            return tickets.filter(assignee__isnull=True)
        return tickets.filter(assignee_id=int(value)) if value.isdecimal() else tickets.none()

    def from_day(self, tickets: TicketQuerySet, name: str, value: date) -> TicketQuerySet:
        """On or after a day; compared as an instant, so that the index serves."""
        return tickets.filter(**{f"{name}__gte": _midnight(value)})

    def until_day(self, tickets: TicketQuerySet, name: str, value: date) -> TicketQuerySet:
        """On or before a day."""
        return tickets.filter(**{f"{name}__lt": _midnight(value) + timedelta(days=1)})

    def is_overdue(self, tickets: TicketQuerySet, name: str, value: bool) -> TicketQuerySet:  # noqa: FBT001 (django-filter's signature)
        """Open and past the resolution target."""
        return tickets.breaching(timezone.now()) if value else tickets
