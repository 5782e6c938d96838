"""Forms of those who build forms."""

from typing import Any

from django import forms

from catalogue.fields.conditions import COMPARISON_LABELS, Comparison, Condition, Group, Test
from catalogue.fields.definition import (
    TYPE_LABELS,
    WITH_OPTIONS,
    FieldType,
    FormDefinition,
    FormField,
)
from catalogue.fields.editing import key_for
from catalogue.fields.files import read_ending
from catalogue.fields.patterns import PATTERNS
from catalogue.models import IntakeForm, Service

ROWS = 3


class NewFormForm(forms.Form):
    """What a form is called, and the service whose custom fields it holds."""

    name = forms.CharField(max_length=120, help_text="Such as “New laptop” or “Payments”.")
    service = forms.ModelChoiceField(
        label="Custom fields of",
        queryset=Service.objects.none(),
        required=False,
        empty_label="No service: a form for requests",
        help_text="With a service, its tickets are asked these fields.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = IntakeForm.objects.exclude(service=None).values("service_id")
        free = Service.objects.exclude(pk__in=taken)
        self.fields["service"].queryset = free  # type: ignore[attr-defined]  # a ModelChoiceField


class SectionForm(forms.Form):
    """The heading of a section."""

    title = forms.CharField(max_length=120, required=False)
    text = forms.CharField(
        label="Introduction",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FieldForm(forms.Form):
    """One field of a form, with up to three conditions of each kind."""

    label = forms.CharField(label="Question", max_length=200)
    type = forms.ChoiceField(
        label="Answered by", choices=[(one.value, TYPE_LABELS[one]) for one in FieldType]
    )
    help = forms.CharField(label="Help", max_length=500, required=False)
    required = forms.BooleanField(label="An answer is needed", required=False)
    staff_only = forms.BooleanField(label="Only the desk is asked", required=False)
    options = forms.CharField(
        label="Choices, one a line",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="For one or several of a list. For a file: endings that are taken, such as pdf; "
        "empty takes any.",
    )
    default = forms.CharField(label="Filled in already with", max_length=500, required=False)
    least = forms.FloatField(
        label="At least",
        required=False,
        help_text="A number; for text its length, for several of a list how many.",
    )
    most = forms.FloatField(label="At most", required=False)
    pattern = forms.ChoiceField(
        label="Must look like",
        required=False,
        choices=[("", "Any text"), *((key, one.label) for key, one in PATTERNS.items())],
    )

    def __init__(
        self, definition: FormDefinition, field: FormField | None, *args: Any, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", _initial(field) if field else {})
        super().__init__(*args, **kwargs)
        self.definition = definition
        self.field = field
        before = _before(definition, field)
        self.kinds = [
            ("shown", "Show it only when", field.shown_when if field else None),
            ("needed", "An answer is needed only when", field.required_when if field else None),
        ]
        for kind, label, _ in self.kinds:
            self._add_conditions(kind, label, before)

    def _add_conditions(self, kind: str, label: str, before: list[FormField]) -> None:
        self.fields[f"{kind}_match"] = forms.ChoiceField(
            label=label,
            required=False,
            choices=[("all", "all of these hold"), ("any", "any of these holds")],
        )
        for row in range(1, ROWS + 1):
            self.fields[f"{kind}_field_{row}"] = forms.ChoiceField(
                label=f"Question {row}",
                required=False,
                choices=[("", "–"), *((one.key, one.label) for one in before)],
            )
            self.fields[f"{kind}_comparison_{row}"] = forms.ChoiceField(
                label=f"Comparison {row}",
                required=False,
                choices=[(one.value, COMPARISON_LABELS[one]) for one in Comparison],
            )
            self.fields[f"{kind}_value_{row}"] = forms.CharField(
                label=f"Value {row}", required=False, max_length=200
            )

    def plain_fields(self) -> list[forms.BoundField]:
        """The fields before the conditions."""
        return [self[name] for name in FieldForm.base_fields]

    def condition_rows(self) -> list[dict[str, Any]]:
        """The two kinds of conditions as the page draws them."""
        return [
            {
                "match": self[f"{kind}_match"],
                "rows": [
                    [self[f"{kind}_{part}_{row}"] for part in ("field", "comparison", "value")]
                    for row in range(1, ROWS + 1)
                ],
                "used": condition is not None or self.is_bound,
                "too_deep": not _fits(condition),
            }
            for kind, _, condition in self.kinds
        ]

    def read(self) -> FormField:
        """The field as it was filled in."""
        said = self.cleaned_data
        options = [one.strip() for one in said["options"].splitlines() if one.strip()]
        return FormField(
            key=self.field.key if self.field else key_for(said["label"], self.definition),
            label=said["label"].strip(),
            type=FieldType(said["type"]),
            help=said["help"],
            required=said["required"],
            default=said["default"],
            options=_options(said["type"], options),
            least=said["least"],
            most=said["most"],
            pattern=said["pattern"] if said["type"] == "text" else "",
            staff_only=said["staff_only"],
            shown_when=self._condition("shown"),
            required_when=self._condition("needed"),
        )

    def _condition(self, kind: str) -> Condition | None:
        kept = next(condition for name, _, condition in self.kinds if name == kind)
        if not _fits(kept):
            return kept
        said = self.cleaned_data
        tests = [
            Test(
                said[f"{kind}_field_{row}"],
                Comparison(said[f"{kind}_comparison_{row}"] or Comparison.IS),
                said[f"{kind}_value_{row}"].strip(),
            )
            for row in range(1, ROWS + 1)
            if said[f"{kind}_field_{row}"]
        ]
        if len(tests) < 2:
            return tests[0] if tests else None
        return Group(said[f"{kind}_match"] != "any", tuple(tests))


def _options(kind: str, said: list[str]) -> tuple[str, ...]:
    """What is chosen from, or a file's endings; nothing for the other types."""
    if kind == FieldType.FILE:
        return tuple(dict.fromkeys(map(read_ending, said)))
    return tuple(said) if kind in WITH_OPTIONS else ()


def _before(definition: FormDefinition, field: FormField | None) -> list[FormField]:
    """The fields a condition may look at: those asked earlier."""
    found: list[FormField] = []
    for one in definition.fields:
        if field is not None and one.key == field.key:
            break
        found.append(one)
    return found


def _fits(condition: Condition | None) -> bool:
    """Whether the page's rows can say it; deeper ones, made over the API, are left alone."""
    if not isinstance(condition, Group):
        return True
    return len(condition.parts) <= ROWS and all(isinstance(one, Test) for one in condition.parts)


def _initial(field: FormField) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(field, name)
        for name in ("label", "help", "required", "staff_only", "default", "least", "most")
    }
    values |= {"type": field.type.value, "pattern": field.pattern}
    values["options"] = "\n".join(field.options)
    values |= _condition_values("shown", field.shown_when)
    return values | _condition_values("needed", field.required_when)


def _condition_values(kind: str, condition: Condition | None) -> dict[str, Any]:
    if condition is None or not _fits(condition):
        return {}
    parts = condition.parts if isinstance(condition, Group) else (condition,)
    every = not isinstance(condition, Group) or condition.every
    values: dict[str, Any] = {f"{kind}_match": "all" if every else "any"}
    for row, one in enumerate(parts, start=1):
        if isinstance(one, Test):
            values[f"{kind}_field_{row}"] = one.field
            values[f"{kind}_comparison_{row}"] = one.comparison.value
            values[f"{kind}_value_{row}"] = one.value
    return values
