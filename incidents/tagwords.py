"""Several tags in one line, as people write them."""

from collections.abc import Iterable
from typing import Any

from django import forms

from incidents.models.tags import MOST_LETTERS, normalised

MOST = 10


class TagsField(forms.Field):
    """Tags apart by commas, or a list of them; kept in their one spelling, each once."""

    widget = forms.TextInput

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", "Several apart by commas.")
        super().__init__(**more)

    def to_python(self, value: Any) -> list[str]:
        parts: Iterable[Any] = value.split(",") if isinstance(value, str) else value or ()
        if not isinstance(parts, list | tuple):
            raise forms.ValidationError("Write tags apart by commas.")
        return list(dict.fromkeys(name for one in parts if (name := normalised(str(one)))))

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if any(len(name) > MOST_LETTERS for name in value):
            raise forms.ValidationError(f"At most {MOST_LETTERS} characters each.")
        if len(value) > MOST:
            raise forms.ValidationError(f"At most {MOST} tags.")

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
