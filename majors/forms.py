"""Shape of what is typed about major incidents."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Person
from accounts.roles import STAFF_ROLES
from catalogue.models import Component
from core.errors import DomainError
from incidents.models import Ticket
from incidents.similar import Match
from incidents.targets import tickets_meant
from majors.models import MajorIncident
from majors.workflow import AUDIENCES, COMPONENT_STATUSES, ROLES, STATUS, statuses_from
from problems.models import Problem
from problems.review_forms import ReviewTextsForm, text_field


class ProposeForm(forms.Form):
    """Why it should be a major incident."""

    why = text_field("What stands still, and for whom?", needed=True)


class ReasonForm(forms.Form):
    """Why not."""

    reason = text_field("Reason", needed=True)


class AcceptForm(forms.Form):
    """What is told, and what it means."""

    headline = forms.CharField(
        label="Headline",
        max_length=160,
        help_text="In plain words, as it stands on the public status page. No names of customers.",
    )
    business_impact = text_field("Business impact", needed=True)
    components = forms.ModelMultipleChoiceField(
        label="Affected components",
        queryset=Component.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    status = forms.ChoiceField(
        label="How they stand", choices=COMPONENT_STATUSES[1:], initial="major_outage"
    )

    def __init__(self, data: Any = None, *, person: Person, major: MajorIncident) -> None:
        ticket = major.ticket
        initial = {"headline": ticket.title[:160], "components": [ticket.component_id]}
        super().__init__(data, initial=initial)
        visible = Component.objects.visible_to(person)
        near = visible.filter(service=ticket.service) if ticket.service_id else visible
        self.fields["components"].queryset = near.order_by("name")  # type: ignore[attr-defined]  # a model choice field


class UpdateForm(forms.Form):
    """One text for each audience; an empty one is not told."""

    status = forms.ChoiceField(label="Status")
    internal = text_field(
        AUDIENCES[0][1], help_text="Told to everybody with a role or a ticket of it."
    )
    requesters = text_field(AUDIENCES[1][1], help_text="Told to requesters and affected users.")
    public = text_field(AUDIENCES[2][1], help_text="Anybody can read it without signing in.")
    next_update_due_at = forms.DateTimeField(
        label="Next update",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Not needed once it is resolved.",
    )

    def __init__(self, data: Any = None, *, major: MajorIncident, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["status"].choices = statuses_from(major.status or STATUS.initial)  # type: ignore[attr-defined]  # a choice field

    def texts(self) -> dict[str, str]:
        """Text by audience."""
        return {name: self.cleaned_data[name] for name, _ in AUDIENCES}


def next_promise(now: datetime) -> datetime:
    """Half an hour from now, at a full five minutes."""
    soon = timezone.localtime(now) + timedelta(minutes=30)
    return soon.replace(minute=soon.minute - soon.minute % 5, second=0, microsecond=0)


class RoleForm(forms.Form):
    """Who does what."""

    role = forms.ChoiceField(label="Role", choices=ROLES)
    person = forms.ModelChoiceField(label="Person", queryset=Person.objects.none())

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        people = Person.objects.with_role(*STAFF_ROLES).order_by("name")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]  # a model choice field


class NoteForm(forms.Form):
    """A line of the timeline."""

    text = text_field("What happened", rows=2, needed=True)


class ReportsForm(forms.Form):
    """Tickets that report it: chosen from likely ones, or named."""

    likely = forms.MultipleChoiceField(
        label="Open tickets like it", required=False, widget=forms.CheckboxSelectMultiple
    )
    numbers = forms.CharField(
        label="Others by number",
        required=False,
        max_length=2_000,
        help_text="Such as INC-41, INC-57.",
    )

    def __init__(self, data: Any = None, *, person: Person, matches: Sequence[Match]) -> None:
        super().__init__(data)
        self.person = person
        self.fields["likely"].choices = [  # type: ignore[attr-defined]  # a choice field
            (str(one.ticket.pk), f"{one.ticket.reference} {one.ticket.title} ({one.reason})")
            for one in matches
        ]

    def clean_numbers(self) -> list[Ticket]:
        """The tickets named; a sentence for the first that is not there for this person."""
        try:
            return tickets_meant(self.person, self.cleaned_data["numbers"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        """All tickets under one name."""
        said = super().clean() or {}
        chosen = Ticket.objects.visible_to(self.person).filter(pk__in=said.get("likely", ()))
        tickets = [*chosen, *said.get("numbers", ())]
        if not tickets and not self.errors:
            raise forms.ValidationError("Choose or name at least one ticket.")
        return {"tickets": tickets}


class ComponentForm(forms.Form):
    """How a component stands."""

    component = forms.ModelChoiceField(label="Component", queryset=Component.objects.none())
    status = forms.ChoiceField(label="Status", choices=COMPONENT_STATUSES)

    def __init__(self, data: Any = None, *, person: Person, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        rows = Component.objects.visible_to(person).select_related("service")
        self.fields["component"].queryset = rows.order_by("service__name", "name")  # type: ignore[attr-defined]  # a model choice field


class ReviewForm(ReviewTextsForm):
    """The post-incident review: without blame."""

    problem = forms.ModelChoiceField(
        label="Problem that removes the cause", queryset=Problem.objects.none(), required=False
    )

    def __init__(self, data: Any = None, *, person: Person, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        rows = Problem.objects.visible_to(person).open().defer("search_vector")
        self.fields["problem"].queryset = rows  # type: ignore[attr-defined]  # a model choice field


class TemplateForm(forms.Form):
    """The text that updates of one status begin with for one audience."""

    body = text_field("Text", rows=5, help_text="The variables beside it are filled in.")
