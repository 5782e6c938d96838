"""Every filter of the list of tickets as a form, and how the list is shown."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django_filters.widgets import BooleanWidget

from accounts.models import Person
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES
from incidents.filters import TicketFilter
from incidents.listing.columns import CHOOSABLE
from incidents.listing.reading import BOARDS, GROUPS, SORTS
from incidents.models import SavedView

SECTIONS: Sequence[tuple[str, Sequence[str]]] = (
    ("What", (
        "q", "state", "state_not", "pending_reason", "kind", "priority", "priority_not", "tag",
        "tag_not", "answer",
    )),
    ("How bad", (
        "impact", "urgency", "severity", "overdue", "breaching_within", "horizon", "answered",
    )),
    ("Who works on it", (
        "assignee", "assignee_not", "team", "team_not", "reassigned", "follower",
    )),
    ("Who asked", ("organisation", "organisation_not", "requester", "affected", "channel")),
    ("What it is about", (
        "service", "service_not", "component", "component_not", "category", "category_not",
        "version_seen",
    )),
    ("How it ended", ("resolution_code", "csat", "first_contact", "reopened")),
    ("Other tickets", ("parent", "merged_into")),
    ("When", (
        "created_after", "created_before", "updated_after", "updated_before", "due_after",
        "due_before", "resolved_after", "resolved_before", "closed_after", "closed_before",
    )),
)  # fmt: skip
_BY_NUMBER = ("requester", "affected")
_BY_WORDS = ("category", "category_not", "version_seen", "tag", "tag_not", "answer", "follower")
_PEOPLE = ("assignee", "assignee_not")


class _WordsInput(forms.TextInput):
    """One text; several are kept by the address and shown one after another."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name) if isinstance(data, QueryDict) else data.get(name)

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, list | tuple):
            return str(value[0]) if value else None
        return str(value) if value else None


def narrowing_form(chosen: TicketFilter, person: Person) -> list[tuple[str, list[BoundField]]]:
    """The filter's fields by section, with controls a person can use."""
    form = chosen.form
    for name in (*_BY_NUMBER, *_BY_WORDS):
        form.fields[name].widget = _WordsInput()
    for name in _BY_NUMBER:
        form.fields[name].help_text = "An e-mail address, me, or a number."
    workers = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES).order_by("name")
    people = [("me", "Me"), ("nobody", "Nobody"), *workers.values_list("pk", "name")]
    for name in _PEOPLE:
        form.fields[name].widget = forms.SelectMultiple(choices=people)
    for field in form.fields.values():
        _fit(field.widget)
    return [(title, [form[name] for name in names]) for title, names in SECTIONS]


def _fit(widget: Any) -> None:
    """Lists as high as their choices, up to six; yes or no or any."""
    if isinstance(widget, BooleanWidget):
        widget.choices = [("", "Any"), ("true", "Yes"), ("false", "No")]
    elif isinstance(widget, forms.SelectMultiple):
        widget.attrs["size"] = min(len(list(widget.choices)), 6)


class ShowForm(forms.Form):
    """Columns, order, groups and layout."""

    columns = forms.MultipleChoiceField(
        choices=CHOOSABLE, required=False, widget=forms.CheckboxSelectMultiple
    )
    sort = forms.ChoiceField(
        label="Order",
        required=False,
        choices=[
            *((name, label) for name, (label, _) in SORTS.items()),
            *((name, label) for name, label in CHOOSABLE if name != "target"),
            *((f"-{name}", f"{label}, last first") for name, label in CHOOSABLE),
        ],
    )
    group = forms.ChoiceField(
        label="Group by",
        required=False,
        choices=[("", "No groups"), *((name, words[0]) for name, words in GROUPS.items())],
        help_text=f"A board has one column for each {', '.join(BOARDS[:-1])} or {BOARDS[-1]}.",
    )
    layout = forms.ChoiceField(
        required=False, choices=SavedView.Layout.choices, widget=forms.RadioSelect
    )
