"""Forms of the steps of a ticket."""

from typing import Any

from django import forms

from accounts.models import Person, Team
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES
from catalogue.models import Component, Service
from core.widgets import PlainSelect
from incidents.models import Channel, Ticket
from incidents.models.ticket import Level, Priority
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES

_NOTE = forms.Textarea(attrs={"rows": 4})


class ConfirmForm(forms.Form):
    """A step that needs no words."""


class AssignForm(forms.Form):
    """Who works on it."""

    assignee = forms.ModelChoiceField(
        label="Person", queryset=Person.objects.none(), required=False, empty_label="Nobody yet"
    )
    team = forms.ModelChoiceField(
        label="Team",
        queryset=Team.objects.none(),
        required=False,
        empty_label="The person's own",
    )

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workers = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES)
        set_rows(self, "assignee", workers.order_by("name"))
        set_rows(self, "team", Team.objects.visible_to(reader))


class WaitForm(forms.Form):
    """What the ticket waits for."""

    reason = forms.ChoiceField(label="Waiting for", choices=PENDING_REASONS)
    note = forms.CharField(
        label="Internal note", required=False, widget=_NOTE, help_text="Only staff read this."
    )


class NoteForm(forms.Form):
    """A step that needs a reason."""

    note = forms.CharField(label="Why", widget=_NOTE)


class OptionalNoteForm(forms.Form):
    """A step that may carry a note."""

    note = forms.CharField(label="Note", required=False, widget=_NOTE)


class OfferFixForm(forms.Form):
    """Which release holds the fix."""

    release = forms.CharField(label="Release", max_length=80)
    note = forms.CharField(label="Message to the requester", required=False, widget=_NOTE)


class ResolveForm(forms.Form):
    """How it ended."""

    code = forms.ChoiceField(label="Resolution code", choices=RESOLUTION_CODES)
    text = forms.CharField(
        label="Resolution",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="The requester reads this, and the next agent searches for it.",
    )


class EditForm(forms.Form):
    """A ticket's fields. Each travels with the value it was read with, so that only what was
    really changed is sent on and others' changes to other fields stay.
    """

    title = forms.CharField(max_length=250, show_hidden_initial=True)
    description = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6}), show_hidden_initial=True
    )
    service = forms.ModelChoiceField(
        queryset=Service.objects.none(), required=False, show_hidden_initial=True
    )
    component = forms.ModelChoiceField(
        queryset=Component.objects.none(), required=False, show_hidden_initial=True
    )
    category = forms.CharField(max_length=80, required=False, show_hidden_initial=True)
    impact = forms.TypedChoiceField(choices=Level.choices, coerce=int, show_hidden_initial=True)
    urgency = forms.TypedChoiceField(choices=Level.choices, coerce=int, show_hidden_initial=True)
    priority = forms.TypedChoiceField(
        choices=Priority.choices,
        coerce=int,
        show_hidden_initial=True,
        help_text="Follows impact and urgency unless you change it here.",
    )
    severity = forms.TypedChoiceField(
        choices=[("", "Not said"), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
        show_hidden_initial=True,
    )
    channel = forms.ChoiceField(choices=Channel.choices, show_hidden_initial=True)
    version_seen = forms.CharField(
        label="Version seen", max_length=60, required=False, show_hidden_initial=True
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "service", Service.objects.visible_to(reader))
        components = Component.objects.visible_to(reader).select_related("service")
        set_rows(self, "component", components.order_by("service__name", "name"))
        name_components(self)

    @staticmethod
    def values_of(ticket: Ticket) -> dict[str, Any]:
        """The present values, as the form begins with."""
        names = [name for name in EditForm.base_fields if name not in ("service", "component")]
        values = {name: getattr(ticket, name) for name in names}
        return {**values, "service": ticket.service_id, "component": ticket.component_id}


class QuickForm(forms.Form):
    """One field changed from the box beside the conversation; `field` says which."""

    NAMES = ("priority", "service", "component", "team", "assignee")

    field = forms.ChoiceField(choices=[(name, name) for name in NAMES])
    version = forms.IntegerField(min_value=1)
    priority = forms.TypedChoiceField(
        choices=Priority.choices, coerce=int, empty_value=None, required=False, widget=PlainSelect
    )
    service = forms.ModelChoiceField(
        queryset=Service.objects.none(),
        required=False,
        empty_label="Not known yet",
        widget=PlainSelect,
    )
    component = forms.ModelChoiceField(
        queryset=Component.objects.none(),
        required=False,
        empty_label="Not known yet",
        widget=PlainSelect,
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="No team", widget=PlainSelect
    )
    assignee = forms.ModelChoiceField(
        queryset=Person.objects.none(),
        required=False,
        empty_label="Nobody yet",
        widget=PlainSelect,
    )

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "service", Service.objects.visible_to(reader))
        components = Component.objects.visible_to(reader).select_related("service")
        set_rows(self, "component", components.order_by("service__name", "name"))
        set_rows(self, "team", Team.objects.visible_to(reader))
        workers = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES)
        set_rows(self, "assignee", workers.order_by("name"))
        name_components(self)

    def clean(self) -> dict[str, Any]:
        """A priority cannot be taken away."""
        words = super().clean() or {}
        wanted = words.get("field") == "priority" and words.get("priority") is None
        if wanted and "priority" not in self.errors:
            self.add_error("priority", "Choose one of the list.")
        return words

    @staticmethod
    def values_of(ticket: Ticket) -> dict[str, Any]:
        """The present values, as the controls begin with."""
        return {
            "priority": ticket.priority,
            "service": ticket.service_id,
            "component": ticket.component_id,
            "team": ticket.team_id,
            "assignee": ticket.assignee_id,
        }


def set_rows(form: forms.Form, name: str, rows: Any) -> None:
    """Says which rows a field offers."""
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} chooses no row")
    field.queryset = rows


def name_components(form: forms.Form) -> None:
    """Components are chosen with their service in front: “Payments › Checkout”."""
    field = form.fields["component"]
    field.label_from_instance = lambda one: f"{one.service.name} › {one.name}"  # type: ignore[attr-defined]  # a ModelChoiceField
