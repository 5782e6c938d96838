"""A form field's control with the classes and the words the design gives it."""

from collections.abc import Mapping

from django.forms import BoundField
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_CLASSES: Mapping[str, str] = {
    "checkbox": "form-check-input",
    # Groups hand their class to the box around the choices as well: styled by place instead.
    "checkboxselectmultiple": "",
    "radioselect": "",
    "plaingroup": "",
    "plainselect": "form-select",
    "hidden": "",
    "select": "form-select",
    "selectmultiple": "form-select",
    "nullbooleanselect": "form-select",
}
DASHES = ">---------<"


def kind_of(bound: BoundField) -> str:
    """What the control is: `text`, `select`, `checkbox`, `radioselect` and so on."""
    return type(bound.field.widget).__name__.lower().removesuffix("input")


def control_of(bound: BoundField, *, hide_label: bool = False) -> SafeString:
    """The control; without a visible label it says itself what it is for."""
    widget = bound.field.widget
    style = _CLASSES.get(kind_of(bound), "form-control")
    classes = (style, widget.attrs.get("class", ""), "is-invalid" if bound.errors else "")
    attributes: dict[str, str | bool] = {"class": " ".join(filter(None, classes))}
    if hide_label and style == "form-control":
        attributes["placeholder"] = widget.attrs.get("placeholder") or str(bound.label)
    control = bound.as_widget(attrs=attributes)
    if style == "form-select":
        words = _no_choice(bound, hide_label=hide_label)
        control = mark_safe(control.replace(DASHES, f">{escape(words)}<"))  # noqa: S308 (rendered widget)
    return SafeString(control)


def _no_choice(bound: BoundField, *, hide_label: bool) -> str:
    """What stands for no choice yet; a row of dashes would say nothing."""
    if hide_label:
        return f"{bound.label}: any"
    return "Choose…" if bound.field.required else "–"
