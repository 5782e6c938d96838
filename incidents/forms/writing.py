"""Forms for words and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import Person, Team
from core.widgets import PlainSelect
from incidents.forms.steps import set_rows
from incidents.models import CannedReply, Message
from incidents.variables import unknown_variables
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES


class _FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; yields a list."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", _FilesInput())
        kwargs.setdefault("required", False)
        kwargs.setdefault("label", "Files")
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        uploads: Sequence[Any] = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in uploads if one]


def _then_choices() -> list[tuple[str, Any]]:
    return [
        ("", "Keep the state"),
        ("start", "and start work"),
        ("and wait", [(f"wait:{name}", label) for name, label in PENDING_REASONS]),
        ("and resolve as", [(f"resolve:{name}", label) for name, label in RESOLUTION_CODES]),
    ]


class AnswerForm(forms.Form):
    """The writing box of a ticket."""

    kind = forms.ChoiceField(
        label="Who reads it",
        choices=[
            (Message.Kind.PUBLIC, "Public reply"),
            (Message.Kind.NOTE, "Internal note"),
            (Message.Kind.QUESTION, "Ask the developers"),
        ],
        widget=forms.RadioSelect,
        initial=Message.Kind.PUBLIC,
    )
    body = forms.CharField(
        label="Your words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "aria-label": "Your words"}),
    )
    then = forms.ChoiceField(
        label="After sending",
        choices=_then_choices,
        required=False,
        widget=PlainSelect(attrs={"class": "form-select", "aria-label": "After sending"}),
    )
    copy_to = forms.CharField(
        label="Copy to",
        required=False,
        max_length=2_000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Name or e-mail, …"}),
    )
    outside = forms.BooleanField(label="People outside may read this ticket", required=False)
    attachments = FilesField()
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    go_next = forms.BooleanField(label="then open the next ticket", required=False)
    draft_version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class CannedReplyForm(forms.Form):
    """A text to use again."""

    title = forms.CharField(label="Name", max_length=120)
    body = forms.CharField(
        label="Text",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Markdown. Variables stand in double braces, such as {{requester.first_name}}.",
    )
    scope = forms.ChoiceField(label="For", choices=CannedReply.Scope.choices)
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="No team"
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, writer: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(writer)
        if not writer.is_overseer:
            teams = teams.filter(pk__in=writer.team_ids)
        set_rows(self, "team", teams)

    def clean_body(self) -> str:
        """Only the variables of the list: another name would be sent as it stands."""
        body = str(self.cleaned_data["body"])
        unknown = unknown_variables(body)
        if unknown:
            listed = ", ".join("{{" + name + "}}" for name in dict.fromkeys(unknown))
            raise forms.ValidationError(f"There is no variable {listed}.")
        return body
