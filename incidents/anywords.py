"""Any number of short texts as the value of a filter: the control, the field and the filter."""

from collections.abc import Mapping
from typing import Any

import django_filters as filters
from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LONGEST = 80


class WordInputs(forms.Widget):
    """One line for each text that is given, and an empty one for another."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Every text that was written."""
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """The lines; everything is escaped."""
        texts = [value] if isinstance(value, str) else list(value or ())
        given = self.build_attrs(self.attrs, {"type": "text", "name": name, **(attrs or {})})
        first = given.get("id", "")
        lines = [str(text) for text in texts if str(text)]
        rows = []
        for place, text in enumerate([*lines, ""]):
            own: dict[str, Any] = {**given, "value": text} if text else dict(given)
            if place:
                own |= {"id": f"{first}_{place}", "aria-label": f"Or, {place + 1}"}
            rows.append((flatatt(own),))
        return format_html(
            '<span class="word-inputs">{}</span>', format_html_join("", "<input{}>", rows)
        )


class AnyWordsField(forms.MultipleChoiceField):
    """Any number of short texts, without a list to choose from."""

    widget = WordInputs

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("choices", None)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[str]:
        return [text for text in super().to_python(value) if text.strip()]

    def validate(self, value: Any) -> None:
        if any(len(word) > LONGEST for word in value):
            raise forms.ValidationError(f"At most {LONGEST} characters.")


class WordsFilter(filters.MultipleChoiceFilter):
    """One of several texts, compared as a whole."""

    field_class = AnyWordsField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, distinct=False, **kwargs)
