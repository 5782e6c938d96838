"""Forms that open tickets."""

from typing import Any

from django import forms

from accounts.models import Person, Team
from catalogue.models import Component, Service
from core.widgets import PlainSelect
from incidents.forms.steps import name_components, set_rows
from incidents.models import Channel, Kind, TicketDraft
from incidents.models.ticket import Level, Priority
from incidents.people import named

MOST_DESCRIPTION = 100_000


class RequesterField(forms.CharField):
    """A person by “Name <address>”, address or full name; the reader must be able to see them."""

    nobody = "Nobody by that name or address. Choose from the list, or fill in “Somebody new”."

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 420)
        super().__init__(**kwargs)
        self.reader: Person | None = None

    def clean(self, value: Any) -> Person | None:
        text = str(super().clean(value) or "")
        if not text or self.reader is None:
            return None
        found = list(named(self.reader, text)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError("Several people are called that: use the e-mail address.")
        raise forms.ValidationError(self.nobody)


class NewTicketForm(forms.Form):
    """What the desk takes down."""

    requester = RequesterField(
        label="Requester",
        required=False,
        widget=forms.TextInput(
            attrs={"list": "people", "autocomplete": "off", "placeholder": "Name or e-mail"}
        ),
    )
    new_name = forms.CharField(label="Name", max_length=150, required=False)
    new_email = forms.EmailField(label="E-mail", max_length=254, required=False)
    title = forms.CharField(max_length=250, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        required=False, max_length=MOST_DESCRIPTION, widget=forms.Textarea(attrs={"rows": 5})
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
    impact = forms.TypedChoiceField(
        choices=Level.choices, coerce=int, initial=Level.MEDIUM, widget=PlainSelect
    )
    urgency = forms.TypedChoiceField(
        choices=Level.choices, coerce=int, initial=Level.MEDIUM, widget=PlainSelect
    )
    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.INCIDENT, widget=PlainSelect)
    channel = forms.ChoiceField(choices=Channel.choices, initial=Channel.PHONE, widget=PlainSelect)
    priority = forms.TypedChoiceField(
        choices=[("", "From impact and urgency"), *Priority.choices],
        coerce=int,
        empty_value=None,
        required=False,
        widget=PlainSelect,
    )
    severity = forms.TypedChoiceField(
        choices=[("", "Not said"), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
        widget=PlainSelect,
    )
    category = forms.CharField(max_length=80, required=False)
    version_seen = forms.CharField(label="Version seen", max_length=60, required=False)
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(),
        required=False,
        empty_label="The component's team",
        widget=PlainSelect,
    )
    mine = forms.BooleanField(label="Assign it to me", required=False)

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requester"].reader = reader  # type: ignore[attr-defined]  # a RequesterField
        set_rows(self, "service", Service.objects.visible_to(reader))
        components = Component.objects.visible_to(reader).select_related("service")
        set_rows(self, "component", components.order_by("service__name", "name"))
        set_rows(self, "team", Team.objects.visible_to(reader))
        name_components(self)

    def clean(self) -> dict[str, Any]:
        """Somebody must be asking: a known person or a new one."""
        words = super().clean() or {}
        somebody = words.get("requester") or words.get("new_email")
        if not somebody and not {"requester", "new_email"} & self.errors.keys():
            self.add_error("requester", "Who is asking?")
        return words


class DraftForm(forms.Form):
    """As much of an unfinished form as suggestions need; nothing in it is required or refused."""

    title = forms.CharField(required=False)
    description = forms.CharField(required=False)
    service = forms.CharField(required=False)
    component = forms.CharField(required=False)

    def draft(self) -> TicketDraft:
        """What has been typed so far; what makes no sense yet is left out."""
        self.full_clean()
        words = getattr(self, "cleaned_data", {})
        return TicketDraft(
            title=words.get("title", "")[:250],
            description=words.get("description", "")[:MOST_DESCRIPTION],
            service=_by_number(Service, words.get("service", "")),
            component=_by_number(Component, words.get("component", "")),
        )


def _by_number(model: Any, text: str) -> Any:
    if not text.isdecimal() or len(text) > 12:
        return None
    return model.objects.filter(pk=int(text)).first()
