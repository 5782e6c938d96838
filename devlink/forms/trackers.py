"""Shapes of what admins type about trackers."""

from typing import Any

from django import forms

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Component
from devlink.models import Tracker
from devlink.models.trackers import offered_kinds


def _parts() -> forms.CharField:
    return forms.CharField(
        label="Parts of the product",
        required=False,
        max_length=20_000,
        help_text="One a line: the tracker's label, an equals sign, the key of a component here, "
        "as in area/checkout = checkout.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _token(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="Token",
        required=False,
        max_length=2000,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class EditTrackerForm(forms.Form):
    """How a tracker is reached; the token is never shown again."""

    name = forms.CharField(max_length=80)
    base_url = forms.CharField(
        label="Address",
        required=False,
        max_length=300,
        help_text="Such as https://gitlab.example.com; empty for the vendor's own cloud.",
    )
    project = forms.CharField(
        required=False,
        max_length=200,
        help_text="owner/name, group/path or a project key; empty for a pipeline.",
    )
    user = forms.CharField(
        required=False,
        max_length=200,
        help_text="Where one signs in with an account and a token, such as in Jira.",
    )
    token = _token("Empty: the token that is kept stays.")
    team = forms.ModelChoiceField(
        Team.objects.none(),
        help_text="Whose work it is, where nothing else tells.",
    )
    components = _parts()

    def __init__(self, person: Person, record: Tracker | None, *args: Any, **kwargs: Any) -> None:
        if record is not None:
            names = ("name", "base_url", "project", "user", "team")
            initial = {name: getattr(record, name) for name in names}
            kwargs.setdefault("initial", initial | {"components": _as_lines(record)})
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["team"].queryset = (  # type: ignore[attr-defined]  # a choice field
            Team.objects.visible_to(person).filter(side=Side.DEVELOPMENT)
        )

    def clean_components(self) -> dict[str, int]:
        """Component numbers by label."""
        lines = [one.strip() for one in self.cleaned_data["components"].splitlines()]
        known = dict(Component.objects.visible_to(self.person).values_list("key", "pk"))
        found: dict[str, int] = {}
        for line in filter(None, lines):
            label, equals, key = (part.strip() for part in line.rpartition("="))
            if not (label and equals):
                raise forms.ValidationError(f"“{line[:60]}” is not a label = a component's key.")
            if key not in known:
                raise forms.ValidationError(f"There is no component {key[:60]}.")
            found[label[:200]] = known[key]
        return found


def _as_lines(record: Tracker) -> str:
    keys = Component.objects.in_bulk(list(record.components.values()))
    return "\n".join(
        f"{label} = {keys[pk].key}" for label, pk in record.components.items() if pk in keys
    )


class TrackerForm(EditTrackerForm):
    """A new tracker."""

    kind = forms.ChoiceField(choices=offered_kinds)
    token = _token("With which the tracker lets us in; kept sealed and never shown again.")
    field_order = ("kind", "name", "base_url", "project", "user", "token", "team", "components")

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(person, None, *args, **kwargs)


class TrackerChoiceForm(forms.Form):
    """Which tracker."""

    tracker = forms.ModelChoiceField(Tracker.objects.none())

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tracker"].queryset = (  # type: ignore[attr-defined]  # a choice field
            Tracker.objects.offered_to(person)
        )
