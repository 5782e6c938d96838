"""Forms for words and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from core.widgets import PlainSelect
from incidents.models import Message
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
    attachments = FilesField()
