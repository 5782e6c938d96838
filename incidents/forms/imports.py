"""Forms of the import of tickets."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from incidents.imports.fields import FIELDS
from incidents.imports.mapping import BadMapping, MappingRules, read_flags
from incidents.imports.times import DAY_FIRST, MONTH_FIRST
from incidents.imports.values import plain_words

_CREATE = forms.BooleanField(
    label="Create people, teams, organisations, services and components not known here",
    required=False,
    initial=True,
)
# Shown first and always; the others are folded away until somebody needs them.
COMMON = [
    "number",
    "created_at",
    "title",
    "description",
    "requester",
    "requester_email",
    "team",
    "assignee",
    "state",
    "priority",
    "channel",
    "category",
    "resolved_at",
    "closed_at",
]


class UploadForm(forms.Form):
    """A file and the desk it comes from."""

    file = forms.FileField(
        label="File",
        help_text="CSV or JSON lines, plain or .gz. Columns with known names map themselves.",
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson,.json,.gz"}
        ),
    )
    source = forms.CharField(
        label="Name of the desk",
        max_length=60,
        help_text="A ticket is known again by this name and its number: importing twice is safe.",
    )
    create_missing = _CREATE


class MappingForm(forms.Form):
    """Which column is which field; fields named as in `incidents.imports.fields`."""

    dates = forms.ChoiceField(
        label="Dates such as 03/08/2016",
        required=False,
        choices=[
            ("", "Found out from the file"),
            (DAY_FIRST, "Day first: 3 August"),
            (MONTH_FIRST, "Month first: 8 March"),
        ],
    )
    timezone = forms.CharField(
        label="Zone of times without one", max_length=60, help_text="Such as Europe/Berlin."
    )
    states = forms.CharField(
        label="Their words for states",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Warten = pending:supplier"}),
        help_text="One a line: their word = ours (new, in_progress, pending:requester, "
        "pending:supplier, resolved, closed …). Usual words are known.",
    )
    default_state = forms.ChoiceField(
        label="State where the file says none",
        required=False,
        choices=[("", "By its times, else New"), ("closed", "Closed"), ("resolved", "Resolved")],
    )
    create_missing = _CREATE

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *((name, name) for name in columns)]
        for field in FIELDS:
            self.fields[f"column_{field.name}"] = forms.ChoiceField(
                label=field.label, required=False, choices=choices
            )

    @property
    def common(self) -> list[forms.BoundField]:
        """The columns most files have."""
        return [self[f"column_{name}"] for name in COMMON]

    @property
    def rare(self) -> list[forms.BoundField]:
        """The other columns."""
        return [self[f"column_{one.name}"] for one in FIELDS if one.name not in COMMON]

    @property
    def rare_are_used(self) -> bool:
        """True when one of the other columns is mapped or wrong."""
        return any(field.value() or field.errors for field in self.rare)

    def rules(self, before: MappingRules) -> MappingRules:
        """The mapping as filled in; raises BadMapping at a field of this form."""
        given = self.cleaned_data
        columns = {one.name: given[f"column_{one.name}"] for one in FIELDS}
        defaults = {name: text for name, text in before.defaults.items() if name != "state"}
        if given["default_state"]:
            defaults["state"] = given["default_state"]
        try:
            lines = [line for line in given["states"].splitlines() if line.strip()]
            words = {plain_words(k): v for k, v in read_flags(lines, "A state").items()}
            return MappingRules(
                columns={name: column for name, column in columns.items() if column},
                values={**before.values, "state": words},
                defaults=defaults,
                blank=before.blank,
                dates=given["dates"],
                timezone=given["timezone"],
                encoding=before.encoding,
                delimiter=before.delimiter,
                final=True,
            )
        except BadMapping as error:
            raise self.at_my_field(error) from error

    def at_my_field(self, error: BadMapping) -> BadMapping:
        """The same error under the name this form has for the field."""
        names = {"state": "states", "mapping": "states"}
        name = names.get(error.field or "", error.field or "")
        mine = f"column_{name}"
        return BadMapping(error.message, field=mine if mine in self.fields else name)


def initial_of(rules: MappingRules, *, create_missing: bool) -> Mapping[str, Any]:
    """What a mapping form shows for stored rules."""
    states = rules.values.get("state", {})
    return {
        **{f"column_{name}": column for name, column in rules.columns.items()},
        "dates": rules.dates,
        "timezone": rules.timezone,
        "states": "\n".join(f"{theirs} = {ours}" for theirs, ours in states.items()),
        "default_state": rules.defaults.get("state", ""),
        "create_missing": create_missing,
    }
