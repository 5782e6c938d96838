"""Form controls drawn without a template for each: a page may hold a hundred of them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


class PlainInput(forms.TextInput):
    """The same one-line input as Django's, written in one go; `type` may be another."""

    def __init__(self, attrs: Mapping[str, Any] | None = None, *, kind: str = "text") -> None:
        super().__init__(dict(attrs or {}))
        self.input_type = kind

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """The input; everything is escaped."""
        shown = self.format_value(value)
        given: dict[str, Any] = {"type": self.input_type, "name": name}
        if shown not in (None, ""):
            given["value"] = shown
        every = self.build_attrs(self.attrs, given | {**(attrs or {})})
        return format_html("<input{}>", flatatt(every))


class PlainTextarea(forms.Textarea):
    """The same text area as Django's, written in one go."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """The text area; everything is escaped."""
        given = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        # A first line break is the browser's to drop, not the writer's.
        shown = self.format_value(value) or ""
        return format_html("<textarea{}>\n{}</textarea>", flatatt(given), shown)


class PlainGroup(forms.Widget):
    """Radio buttons or check boxes, one label each, as Django's groups are marked up."""

    def __init__(self, choices: list[tuple[str, str]], *, several: bool) -> None:
        super().__init__()
        self.choices = choices
        self.several = several

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All that is ticked, or the one that is chosen."""
        if self.several:
            return data.getlist(name) if hasattr(data, "getlist") else data.get(name)
        return data.get(name)

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """A group is labelled by its legend."""
        return ""

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """The group; everything is escaped."""
        chosen = {str(one) for one in value} if isinstance(value, list) else {str(value)}
        kind = "checkbox" if self.several else "radio"
        base = (attrs or {}).get("id", f"id_{name}")
        rows = (
            (f"{base}_{place}", kind, name, text, f"{base}_{place}",
             mark_safe(" checked") if text in chosen else "", label)
            for place, (text, label) in enumerate(self.choices)
        )  # fmt: skip
        inside = format_html_join(
            "",
            '<div><label for="{}"><input type="{}" name="{}" value="{}" id="{}"{}> '
            "{}</label></div>",
            rows,
        )
        return format_html('<div id="{}">{}</div>', base, inside)


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
