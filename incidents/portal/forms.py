"""What requesters fill in."""

from typing import Any

from django import forms

from accounts.models import Person
from catalogue.models import Component
from incidents.copies import CopiesField
from incidents.forms.steps import name_components
from incidents.forms.writing import FilesField
from incidents.models.ticket import Level


class CopyForm(forms.Form):
    """Who is put in copy."""

    copy_to = CopiesField(label="Who", required=True)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person.organisation is not None and person.organisation.copies_outside:
            self.fields["copy_to"].help_text = "Colleagues, or anybody by e-mail address."


class EndCopyForm(forms.Form):
    """Who is taken out of copy."""

    person = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ReportForm(forms.Form):
    """A report or a request: two questions are needed, the rest helps."""

    title = forms.CharField(
        label="What is it about?",
        max_length=250,
        help_text="One line, such as “Card is declined at checkout”.",
    )
    description = forms.CharField(
        label="What happens, and what did you expect?",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    component = forms.ModelChoiceField(
        label="Where",
        queryset=Component.objects.none(),
        required=False,
        empty_label="I do not know",
    )
    urgency = forms.TypedChoiceField(
        label="How much does it stop you?",
        coerce=int,
        initial=Level.MEDIUM,
        choices=[
            (Level.HIGH, "I cannot work"),
            (Level.MEDIUM, "I can work around it"),
            (Level.LOW, "It can wait"),
        ],
    )

    attachments = FilesField(
        label="Pictures or files", help_text="At most 10, such as a screenshot."
    )
    copy_to = CopiesField()

    def __init__(self, *args: object, person: Person, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through to Django
        where = Component.objects.visible_to(person).select_related("service")
        self.fields["component"].queryset = where.order_by("service__name", "name")  # type: ignore[attr-defined]  # it is a ModelChoiceField
        name_components(self)
        if person.is_support:
            # The desk puts people in copy on the ticket, where it confirms those outside.
            del self.fields["copy_to"]


class ReplyForm(forms.Form):
    """An answer to the desk."""

    body = forms.CharField(
        label="Your message", max_length=200_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    attachments = FilesField(help_text="At most 10 files, such as a screenshot.")
    copy_to = CopiesField()

    def __init__(self, *args: Any, copies: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not copies:
            del self.fields["copy_to"]


class StillBrokenForm(forms.Form):
    """That the fix does not help; a sentence helps us and may be left out."""

    note = forms.CharField(
        label="What still happens? (if you like)",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReopenForm(forms.Form):
    """Why it is not over."""

    note = forms.CharField(
        label="What still happens?", max_length=100_000, widget=forms.Textarea(attrs={"rows": 4})
    )


class WithdrawForm(forms.Form):
    """Why it is no longer needed."""

    note = forms.CharField(
        label="A word to the desk",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
