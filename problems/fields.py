"""Parts of forms of this app."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from core.references import parse_reference


class ReferenceField(forms.CharField):
    """A record by its reference ("INC-42") or number, found only among what the person may see."""

    def __init__(self, *, prefixes: tuple[str, ...], **kwargs: Any) -> None:
        self.prefixes = prefixes
        self.rows: QuerySet[Any] | None = None
        super().__init__(max_length=20, **kwargs)
        self.widget.attrs.setdefault("placeholder", f"{prefixes[0]}-42")

    def clean(self, value: Any) -> Model | None:
        """The record; None when the field is empty and need not be filled."""
        text = cast("str", super().clean(value))
        if not text:
            return None
        found = parse_reference(text)
        number = found[1] if found and found[0] in self.prefixes else None
        if number is None and text.isdecimal():
            number = int(text[:12])
        record = None
        if number is not None and self.rows is not None:
            record = self.rows.filter(pk=number).first()
        if record is None:
            raise ValidationError(f"There is no {text.upper()}, or you may not see it.")
        return cast("Model", record)
