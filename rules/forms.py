"""What people fill in about rules and macros."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict

from accounts.models import Person, Team
from core.errors import DomainError
from core.pages import show_errors
from incidents.selecting import query_of, selection_form
from rules.activators import CHOICES, MOMENTS, span_of
from rules.effects import EFFECTS, Effect, EffectForm
from rules.models import Macro, RuleVersion
from rules.permissions import scopes_for

UNITS = [(1, "minutes"), (60, "hours"), (1440, "days")]
CONDITION = "if"
# Conditions most rules ask for; the others are folded away.
USUAL = (
    "q", "state", "kind", "priority", "tag", "tag_not", "assignee", "team", "service", "component",
    "channel",
)  # fmt: skip


class RuleForm(forms.Form):
    """When a rule runs, and how."""

    name = forms.CharField(label="Name", max_length=120)
    activator = forms.ChoiceField(label="What sets it off", choices=CHOICES)
    amount = forms.IntegerField(
        label="How long", required=False, min_value=1, max_value=100_000, initial=1
    )
    unit = forms.TypedChoiceField(
        label="Unit", choices=UNITS, coerce=int, required=False, initial=60
    )
    more = forms.CharField(
        label="Further conditions",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "state=unresolved&priority=1"}),
        help_text="One a line: the address of a list of tickets, or the part after its “?”.",
    )
    match = forms.ChoiceField(
        label="Which of the conditions must hold", choices=RuleVersion.Match.choices, initial="all"
    )
    stop_after = forms.BooleanField(
        label="Stop after it: no later rule runs for the same fact", required=False
    )
    most_per_hour = forms.IntegerField(
        label="At most this often an hour",
        min_value=1,
        max_value=10_000,
        initial=200,
        help_text="One time more and the rule is paused, and its owner told.",
    )

    @property
    def minutes(self) -> int:
        """How long, in minutes; 0 for what no time is counted from."""
        if self.cleaned_data["activator"] not in MOMENTS:
            return 0
        return (self.cleaned_data["amount"] or 0) * int(self.cleaned_data["unit"] or 60)

    @property
    def further(self) -> list[str]:
        """The further conditions, one a line."""
        return [line for line in self.cleaned_data["more"].splitlines() if line.strip()]


class MacroForm(forms.Form):
    """What a macro is called, and who has it."""

    name = forms.CharField(label="Name", max_length=120)
    scope = forms.ChoiceField(label="Who has it")
    team = forms.ModelChoiceField(
        label="Team", queryset=Team.objects.none(), required=False, empty_label="–"
    )

    def __init__(self, *args: Any, writer: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = scopes_for(writer)
        cast("forms.ChoiceField", self.fields["scope"]).choices = scopes
        if len(scopes) < len(Macro.Scope):
            del self.fields["team"]
            return
        teams = Team.objects.visible_to(writer)
        teams = teams if writer.is_overseer else teams.filter(pk__in=writer.team_ids)
        cast("forms.ModelChoiceField[Team]", self.fields["team"]).queryset = teams


class ActionForms:
    """A form for each action, on one page: what is left empty is not done."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        told: Mapping[str, Any] | None = None,
        by_agent: bool,
    ) -> None:
        self.forms: dict[str, EffectForm] = {
            name: effect.form_class(data, prefix=name, initial=dict((told or {}).get(name, {})))
            for name, effect in EFFECTS.items()
        }
        if not by_agent:
            del self.forms["assign"].fields["to_me"]

    def __iter__(self) -> Iterator[tuple[Effect, EffectForm]]:
        return iter((EFFECTS[name], form) for name, form in self.forms.items())

    def is_valid(self) -> bool:
        """True when every form is; all of them are looked at, so that all errors show."""
        return not [form for form in self.forms.values() if not form.is_valid()]

    def told(self) -> dict[str, dict[str, Any]]:
        """What each action is told; those without a word are left out."""
        found = {name: form.words() for name, form in self.forms.items()}
        return {name: words for name, words in found.items() if words}


class RulePage:
    """The whole form of a rule: when, if, then."""

    def __init__(
        self,
        reader: Person,
        data: QueryDict | None = None,
        *,
        name: str = "",
        version: RuleVersion | None = None,
    ) -> None:
        conditions = list(version.conditions) if version else []
        self.form = RuleForm(data, initial=_initial(name, version, conditions[1:]))
        self.condition = selection_form(
            reader, data, query=conditions[0] if conditions else "", prefix=CONDITION
        )
        self.actions = ActionForms(data, told=version.actions if version else None, by_agent=False)

    def is_valid(self) -> bool:
        """True when every part is."""
        parts = (self.form, self.condition, self.actions)
        return not [part for part in parts if not part.is_valid()]

    @property
    def usual_conditions(self) -> list[forms.BoundField]:
        """The conditions most rules ask for."""
        return [self.condition[name] for name in USUAL if name in self.condition.fields]

    @property
    def other_conditions(self) -> list[forms.BoundField]:
        """All other filters of the list of tickets."""
        return [field for field in self.condition if field.name not in USUAL]

    @property
    def others_open(self) -> bool:
        """True when one of the other conditions is filled in or wrong."""
        empty = (None, "", "unknown")
        return any(field.errors or field.value() not in empty for field in self.other_conditions)

    @property
    def has_first(self) -> bool:
        """True when the fields of the first condition say something."""
        return bool(query_of(self.condition))

    def conditions(self) -> list[str]:
        """Every condition, the one of the fields first."""
        first = query_of(self.condition)
        return [*([first] if first else []), *self.form.further]

    def words(self) -> dict[str, Any]:
        """What `save_rule` is told."""
        said = self.form.cleaned_data
        return {
            "name": said["name"],
            "activator": said["activator"],
            "minutes": self.form.minutes,
            "conditions": self.conditions(),
            "match": said["match"],
            "actions": self.actions.told(),
            "stop_after": said["stop_after"],
            "most_per_hour": said["most_per_hour"],
        }

    def refuse(self, error: DomainError) -> None:
        """Puts a refused rule's sentence at its field."""
        field = error.field or ""
        if field.startswith("conditions"):
            self._refuse_condition(field, error.message)
        elif field == "minutes":
            self.form.add_error("amount", error.message)
        elif not refuse_action(self.actions, field, error.message):
            show_errors(self.form, error)

    def _refuse_condition(self, field: str, sentence: str) -> None:
        number = field.rpartition(".")[2]
        name = sentence.partition(":")[0]
        if self.has_first and number == "0":
            at = name if name in self.condition.fields else None
            self.condition.add_error(at, sentence)
        else:
            self.form.add_error("more", sentence)


def refuse_action(actions: ActionForms, field: str, sentence: str) -> bool:
    """Puts a sentence at the word of an action ("set.priority"); False when it is no such field."""
    name, _, word = field.partition(".")
    form = actions.forms.get(name)
    if form is None:
        return False
    form.add_error(word if word in form.fields else None, sentence)
    return True


def _initial(name: str, version: RuleVersion | None, further: list[str]) -> dict[str, Any]:
    if version is None:
        return {"name": name}
    amount, unit = span_of(version.minutes) if version.minutes else (1, 60)
    return {
        "name": name,
        "activator": version.activator,
        "amount": amount,
        "unit": unit,
        "more": "\n".join(further),
        "match": version.match,
        "stop_after": version.stop_after,
        "most_per_hour": version.most_per_hour,
    }
