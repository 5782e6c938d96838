"""What operations on many tickets have to be told."""

from typing import Any

from django import forms
from django.db.models import Model

from accounts.models import Organisation, Person, Team
from accounts.roles import DEVELOPMENT_ROLES, STAFF_ROLES, SUPPORT_ROLES
from catalogue.models import Component, Service
from incidents.forms.params import Params, ParamsForm
from incidents.forms.steps import name_components, set_rows
from incidents.models import Channel
from incidents.models.ticket import Level, Priority
from incidents.tagwords import TagsField
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES

KEEP = ("", "Keep as it is")
CLEARABLE = [
    ("severity", "Severity"),
    ("service", "Service and component"),
    ("component", "Component"),
    ("organisation", "Organisation"),
    ("category", "Category"),
    ("version_seen", "Version seen"),
]
_WORDS = forms.Textarea(attrs={"rows": 4})


def _choice(choices: list[tuple[Any, str]], **more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=[KEEP, *choices], required=False, empty_value=None, **more
    )


def _row(model: Any) -> Any:
    return forms.ModelChoiceField(
        queryset=model.objects.none(), required=False, empty_label=KEEP[1]
    )


def _plain(value: object) -> object:
    return value.pk if isinstance(value, Model) else value


class NoParams(ParamsForm):
    """An operation that needs no words."""


class EditManyForm(ParamsForm):
    """Fields to set; what is left empty stays as it is on each ticket."""

    priority = _choice(Priority.choices, coerce=int)
    impact = _choice(Level.choices, coerce=int)
    urgency = _choice(Level.choices, coerce=int)
    severity = _choice(Level.choices, coerce=int)
    service = _row(Service)
    component = _row(Component)
    organisation = _row(Organisation)
    channel = _choice(Channel.choices)
    category = forms.CharField(max_length=80, required=False)
    version_seen = forms.CharField(label="Version seen", max_length=60, required=False)
    clear = forms.MultipleChoiceField(
        label="Empty these",
        choices=CLEARABLE,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "service", Service.objects.visible_to(self.reader))
        components = Component.objects.visible_to(self.reader).select_related("service")
        set_rows(self, "component", components.order_by("service__name", "name"))
        name_components(self)
        set_rows(self, "organisation", Organisation.objects.visible_to(self.reader))

    def clean(self) -> Params:
        given = dict(self.cleaned_data)
        if not any(given.values()) and not self.errors:
            raise forms.ValidationError("Choose at least one field to change.")
        for name in given.get("clear", []):
            if given.get(name):
                self.add_error(name, "Either set this field or empty it.")
        return given

    def params(self) -> Params:
        """Only what is to be changed."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if value}


class AssignManyForm(ParamsForm):
    """A person, a team, or both."""

    assignee = forms.ModelChoiceField(
        label="Person", queryset=Person.objects.none(), required=False, empty_label="Nobody yet"
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="The person's own"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workers = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES)
        set_rows(self, "assignee", workers.order_by("name"))
        set_rows(self, "team", Team.objects.visible_to(self.reader))

    def clean(self) -> Params:
        given = dict(self.cleaned_data)
        if not any(given.values()) and not self.errors:
            self.add_error("assignee", "Name a person or a team.")
        return given

    def params(self) -> Params:
        return {name: _plain(value) for name, value in self.cleaned_data.items() if value}


class TagManyForm(ParamsForm):
    """Tags to add and to take away."""

    add = TagsField(label="Add", required=False)
    remove = TagsField(label="Take away", required=False)

    def clean(self) -> Params:
        given = dict(self.cleaned_data)
        if not any(given.values()) and not self.errors:
            self.add_error("add", "Write a tag to add or to take away.")
        both = set(given.get("add", [])) & set(given.get("remove", []))
        if both:
            self.add_error("remove", f"“{min(both)}” is to be added as well.")
        return given

    def params(self) -> Params:
        return {name: tags for name, tags in self.cleaned_data.items() if tags}


class FollowManyForm(ParamsForm):
    """Colleagues who are to follow."""

    people = forms.ModelMultipleChoiceField(
        label="Colleagues",
        queryset=Person.objects.none(),
        help_text="Whoever may not see a ticket does not follow it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "people", Person.objects.with_role(*STAFF_ROLES).order_by("name"))

    def params(self) -> Params:
        return {"people": [person.pk for person in self.cleaned_data["people"]]}


class WaitManyForm(ParamsForm):
    """What the tickets wait for."""

    reason = forms.ChoiceField(label="Waiting for", choices=PENDING_REASONS)
    note = forms.CharField(
        label="Internal note", required=False, widget=_WORDS, help_text="Only staff read this."
    )


class ResolveManyForm(ParamsForm):
    """How they ended."""

    code = forms.ChoiceField(label="Resolution code", choices=RESOLUTION_CODES)
    text = forms.CharField(
        label="Resolution",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Every requester reads this, and the next agent searches for it.",
    )


class ReasonManyForm(ParamsForm):
    """A step that needs a reason."""

    note = forms.CharField(label="Why", widget=_WORDS)


class NoteManyForm(ParamsForm):
    """A step that may carry a note."""

    note = forms.CharField(label="Internal note", required=False, widget=_WORDS)


class ReplyManyForm(ParamsForm):
    """Words for every requester."""

    body = forms.CharField(
        label="Public reply", widget=_WORDS, help_text="Every requester reads this."
    )


class WriteNoteManyForm(ParamsForm):
    """Words for staff."""

    body = forms.CharField(label="Internal note", widget=_WORDS, help_text="Only staff read this.")
