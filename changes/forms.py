"""What people fill in about changes."""

from django import forms

from accounts.models import Person
from accounts.roles import STAFF_ROLES
from catalogue.models import Component
from changes.models import Change
from changes.workflow import OUTCOMES
from core.errors import DomainError
from incidents.models import Ticket
from incidents.models.ticket import Level
from incidents.targets import tickets_meant
from problems.models import Problem


def _when(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


def _plan(label: str, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=50_000,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ChangeForm(forms.Form):
    """A draft."""

    title = forms.CharField(label="Title", max_length=200)
    type = forms.ChoiceField(
        label="Type",
        choices=Change.Type.choices,
        initial=Change.Type.NORMAL,
        help_text="Standard: pre-authorised, low risk. Emergency: as soon as possible.",
    )
    components = forms.ModelMultipleChoiceField(
        label="Components", queryset=Component.objects.none(), required=False
    )
    description = _plan("What changes, and why")
    risk = forms.TypedChoiceField(
        label="Risk", coerce=int, choices=Level.choices, initial=Level.MEDIUM
    )
    impact = forms.TypedChoiceField(
        label="Impact", coerce=int, choices=Level.choices, initial=Level.MEDIUM
    )
    planned_start = _when("Planned start")
    planned_end = _when("Planned end")
    implementer = forms.ModelChoiceField(
        label="Implementer", queryset=Person.objects.none(), required=False
    )
    problem = forms.ModelChoiceField(
        label="Removes the problem", queryset=Problem.objects.none(), required=False
    )
    implementation_plan = _plan("Implementation plan", "A normal change needs one.")
    backout_plan = _plan("Backout plan", "How it would be undone. A normal change needs one.")
    test_plan = _plan("Test plan")

    def __init__(self, *args: object, person: Person, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through to Django
        choices = {
            "components": Component.objects.visible_to(person).order_by("name"),
            "implementer": Person.objects.with_role(*STAFF_ROLES).order_by("name"),
            "problem": Problem.objects.visible_to(person).open().defer("search_vector"),
        }
        for name, rows in choices.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]  # a model choice field


class NewChangeForm(ChangeForm):
    """A new draft, with the tickets it is made for."""

    tickets = forms.CharField(
        label="Made for the tickets",
        required=False,
        max_length=2_000,
        help_text="Such as INC-41, REQ-7. Their pages lead here, and this leads to them.",
    )

    def __init__(self, *args: object, person: Person, **kwargs: object) -> None:
        super().__init__(*args, person=person, **kwargs)
        self.person = person

    def clean_tickets(self) -> list[Ticket]:
        """The tickets named."""
        return _named(self.person, self.cleaned_data["tickets"])


class TicketsForm(forms.Form):
    """Tickets by number."""

    tickets = forms.CharField(
        label="Tickets by number",
        max_length=2_000,
        widget=forms.TextInput(attrs={"placeholder": "INC-41, REQ-7"}),
    )

    def __init__(self, *args: object, person: Person, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through to Django
        self.person = person

    def clean_tickets(self) -> list[Ticket]:
        """The tickets named."""
        return _named(self.person, self.cleaned_data["tickets"])


def _named(person: Person, text: str) -> list[Ticket]:
    try:
        return tickets_meant(person, text)
    except DomainError as error:
        raise forms.ValidationError(error.message) from error


class NoteForm(forms.Form):
    """Why."""

    note = forms.CharField(label="Why", max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))


class CloseForm(forms.Form):
    """The post-implementation review."""

    outcome = forms.ChoiceField(label="Outcome", choices=OUTCOMES)
    review = forms.CharField(
        label="Post-implementation review",
        required=False,
        max_length=50_000,
        help_text="Needed unless the change was successful: what went wrong, what was learnt.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
