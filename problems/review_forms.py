"""What is typed about a review and what follows from it, of problems and of major incidents."""

from typing import Any, cast

from django import forms

from accounts.models import Person
from accounts.roles import STAFF_ROLES
from incidents.models.ticket import Level


def text_field(label: str, *, rows: int = 3, needed: bool = False, help_text: str = "") -> Any:
    """A field for some paragraphs."""
    return forms.CharField(
        label=label,
        required=needed,
        help_text=help_text,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ReviewTextsForm(forms.Form):
    """A review without blame."""

    summary = text_field("What happened", rows=4)
    causes = text_field("What contributed to it", rows=4)
    went_well = text_field("What went well")
    went_wrong = text_field("What did not go well")
    lessons = text_field("What was learnt")


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
        cast("forms.ModelChoiceField[Person]", self.fields["assignee"]).queryset = people


class OptionalNoteForm(forms.Form):
    """How it was done."""

    note = text_field("How", rows=2)


class ReasonWhyForm(forms.Form):
    """Why it will not be done."""

    note = text_field("Why", rows=2, needed=True)
