"""Form controls drawn without a template for each option: a page may hold a hundred of them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


class PlainSelect(forms.Select):
    """The same select as Django's, written in one go."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """The select with its options and groups; everything is escaped."""
        chosen = {str(one) for one in self.format_value(value)}
        inside = "".join(self._drawn(one, chosen) for one in self.choices)
        given = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(given), mark_safe(inside))  # noqa: S308 (escaped below)

    def _drawn(self, choice: Any, chosen: set[str]) -> str:
        value, label = choice
        if isinstance(label, list | tuple):
            group = "".join(self._drawn(one, chosen) for one in label)
            return format_html('<optgroup label="{}">{}</optgroup>', value, mark_safe(group))  # noqa: S308 (escaped below)
        text = "" if value is None else str(value)
        marked = mark_safe(" selected") if text in chosen else ""
        return format_html_join("", '<option value="{}"{}>{}</option>', [(text, marked, label)])
