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
from incidents.models.ticket import Level
from incidents.similar import Match
from incidents.targets import tickets_meant
from majors.models import MajorIncident
from majors.workflow import AUDIENCES, COMPONENT_STATUSES, ROLES, STATUS, statuses_from
from problems.models import Problem


def _text(label: str, *, rows: int = 3, needed: bool = False, help_text: str = "") -> Any:
    return forms.CharField(
        label=label,
        required=needed,
        help_text=help_text,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ProposeForm(forms.Form):
    """Why it should be a major incident."""

    why = _text("What stands still, and for whom?", needed=True)


class ReasonForm(forms.Form):
    """Why not."""

    reason = _text("Reason", needed=True)


class AcceptForm(forms.Form):
    """What is told, and what it means."""

    headline = forms.CharField(
        label="Headline",
        max_length=160,
        help_text="In plain words, as it stands on the public status page. No names of customers.",
    )
    business_impact = _text("Business impact", needed=True)
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
    internal = _text(AUDIENCES[0][1], help_text="Told to everybody with a role or a ticket of it.")
    requesters = _text(AUDIENCES[1][1], help_text="Told to requesters and affected users.")
    public = _text(AUDIENCES[2][1], help_text="Anybody can read it without signing in.")
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

    text = _text("What happened", rows=2, needed=True)


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


class ReviewForm(forms.Form):
    """The post-incident review: without blame."""

    summary = _text("What happened", rows=4)
    causes = _text("What contributed to it", rows=4)
    went_well = _text("What went well")
    went_wrong = _text("What did not go well")
    lessons = _text("What was learnt")
    problem = forms.ModelChoiceField(
        label="Problem that removes the cause", queryset=Problem.objects.none(), required=False
    )

    def __init__(self, data: Any = None, *, person: Person, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        rows = Problem.objects.visible_to(person).open().defer("search_vector")
        self.fields["problem"].queryset = rows  # type: ignore[attr-defined]  # a model choice field


class FollowUpForm(forms.Form):
    """Something to be done."""

    title = forms.CharField(label="What is to be done", max_length=200)
    assignee = forms.ModelChoiceField(
        label="By whom", queryset=Person.objects.none(), required=False
    )
    priority = forms.TypedChoiceField(
        label="Priority", coerce=int, choices=Level.choices, initial=Level.MEDIUM
    )
    due_on = forms.DateField(
        label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    link = forms.URLField(
        label="Link", required=False, max_length=300, assume_scheme="https",
        help_text="Such as the issue in the tracker.",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        people = Person.objects.with_role(*STAFF_ROLES).order_by("name")
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]  # a model choice field


class OptionalNoteForm(forms.Form):
    """How it was done."""

    note = _text("How", rows=2)


class WhyForm(forms.Form):
    """Why it will not be done."""

    note = _text("Why", rows=2, needed=True)


class TemplateForm(forms.Form):
    """The text that updates of one status begin with for one audience."""

    body = _text("Text", rows=5, help_text="The variables beside it are filled in.")
