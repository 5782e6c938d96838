"""The form of a service level policy: targets by priority, and what follows a warning."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms

from accounts.models import Organisation, Team
from catalogue.actions import PolicyTerms, TargetTerms
from catalogue.models import PolicyTarget, PolicyVersion, Service
from incidents.clocks.rules import DEFAULT_PAUSES, WAITING, Target
from incidents.models.ticket import CATEGORY_CHOICES, Priority
from incidents.workflow import OPEN, PENDING_REASONS

KINDS = ("first_response", "next_response", "resolution")
_KIND_LABELS = dict(PolicyTarget.Kind.choices)
_DURATION = re.compile(r"(?:(\d+)\s*h)?\s*(?:(\d+)\s*(?:min|m)?)?")
_WAITS = [(name, label) for name, label in CATEGORY_CHOICES if name in WAITING]
_COUNTS_AS = [("", "As its state says"), (OPEN, "Working time: the clock runs"), *_WAITS]


def read_minutes(text: str) -> int | None:
    """`45 min`, `4 h`, `1 h 30 min` or minutes; None for nothing. ValueError when it is neither."""
    text = text.strip().lower()
    if not text:
        return None
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError("Write 45 min, 4 h or 1 h 30 min.")
    minutes = int(match[1] or 0) * 60 + int(match[2] or 0)
    if not 0 < minutes <= 366 * 24 * 60:
        raise ValueError("From one minute to 366 days of 24 hours.")
    return minutes


def write_minutes(minutes: int) -> str:
    """The same as people write it."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest else "")))


class MinutesField(forms.CharField):
    """A duration; None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        none = forms.TextInput(attrs={"placeholder": "none"})
        super().__init__(required=False, max_length=30, widget=none, **kwargs)

    def clean(self, value: Any) -> Any:
        """Minutes."""
        try:
            return read_minutes(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class PolicyForm(forms.Form):
    """Targets of each priority in hours of a calendar; when clocks wait; what follows."""

    warn_percent = forms.IntegerField(
        label="Warn when this much of the time is used, in percent", min_value=1, max_value=99
    )
    warn_notify = forms.BooleanField(
        label="Tell the assignee and the team's leads of the warning", required=False
    )
    warn_raise = forms.BooleanField(label="Raise the priority by one", required=False)
    warn_team = forms.ModelChoiceField(
        label="Hand it to", queryset=Team.objects.none(), required=False
    )
    breach_notify = forms.BooleanField(
        label="Tell the assignee and the team's leads that it is over", required=False
    )
    breach_raise = forms.BooleanField(label="Raise the priority by one", required=False)
    breach_team = forms.ModelChoiceField(
        label="Hand it to", queryset=Team.objects.none(), required=False
    )

    def __init__(self, *args: Any, teams: Any, calendars: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = list(teams)
        for name in ("warn_team", "breach_team"):
            self.fields[name].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField
        for priority in Priority:
            self._add_priority(priority, calendars)
        for target in Target:
            self.fields[f"pauses_{target}"] = forms.MultipleChoiceField(
                label=_KIND_LABELS[target.value],
                choices=_WAITS,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        for reason, label in PENDING_REASONS:
            self.fields[f"reason_{reason}"] = forms.ChoiceField(
                label=label, choices=_COUNTS_AS, required=False
            )

    def _add_priority(self, priority: Priority, calendars: Any) -> None:
        self.fields[f"calendar_{priority}"] = forms.ModelChoiceField(
            label=f"Hours for {priority.label}", queryset=calendars, required=False
        )
        for kind in KINDS:
            label = f"{_KIND_LABELS[kind]}, {priority.label}"
            self.fields[f"{kind}_{priority}"] = MinutesField(label=label)
        for team in self.teams:
            label = f"{team.name}, {priority.label}"
            self.fields[f"owned_{team.pk}_{priority}"] = MinutesField(label=label)

    @property
    def priority_rows(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """Each priority with its calendar and targets under their heads, for the grid."""
        heads = [("Hours", "calendar"), *((str(_KIND_LABELS[kind]), kind) for kind in KINDS)]
        return [(p.label, [(head, self[f"{name}_{p}"]) for head, name in heads]) for p in Priority]

    @property
    def team_rows(self) -> list[tuple[Team, list[tuple[str, forms.BoundField]]]]:
        """Each team with its time for each priority."""
        return [
            (team, [(f"P{priority}", self[f"owned_{team.pk}_{priority}"]) for priority in Priority])
            for team in self.teams
        ]

    @property
    def pause_fields(self) -> list[forms.BoundField]:
        """In which categories each target's clock waits."""
        return [self[f"pauses_{target}"] for target in Target]

    @property
    def reason_fields(self) -> list[forms.BoundField]:
        """What each reason for waiting counts as."""
        return [self[f"reason_{reason}"] for reason, _ in PENDING_REASONS]

    def clean(self) -> dict[str, Any]:
        """A priority with a target has hours."""
        data = super().clean() or {}
        for priority in Priority:
            named = [name for name in self._minutes_of(priority) if data.get(name)]
            if named and not data.get(f"calendar_{priority}"):
                self.add_error(f"calendar_{priority}", "Choose the hours its targets count in.")
        return data

    def _minutes_of(self, priority: Priority) -> Iterator[str]:
        yield from (f"{kind}_{priority}" for kind in KINDS)
        yield from (f"owned_{team.pk}_{priority}" for team in self.teams)

    @property
    def terms(self) -> PolicyTerms:
        """What the form says; only of a valid one."""
        data = self.cleaned_data
        return PolicyTerms(
            targets=list(self._targets()),
            pauses={target.value: data[f"pauses_{target}"] for target in Target},
            reasons={
                reason: data[f"reason_{reason}"]
                for reason, _ in PENDING_REASONS
                if data[f"reason_{reason}"]
            },
            **{name: data[name] for name in _PLAIN},
        )

    def _targets(self) -> Iterator[TargetTerms]:
        data = self.cleaned_data
        for priority in Priority:
            calendar = data[f"calendar_{priority}"]
            for kind in KINDS:
                if data[f"{kind}_{priority}"]:
                    yield TargetTerms(priority, kind, data[f"{kind}_{priority}"], calendar)
            for team in self.teams:
                minutes = data[f"owned_{team.pk}_{priority}"]
                if minutes:
                    yield TargetTerms(priority, "ownership", minutes, calendar, team)


_PLAIN = (
    "warn_percent", "warn_notify", "warn_raise", "warn_team", "breach_notify", "breach_raise",
    "breach_team",
)  # fmt: skip


class NewPolicyForm(PolicyForm):
    """The same with a name and whom it is for."""

    name = forms.CharField(label="Name", max_length=80)
    organisation = forms.ModelChoiceField(
        label="For tickets of", queryset=Organisation.objects.none(), required=False,
        empty_label="Every organisation",
    )  # fmt: skip
    service = forms.ModelChoiceField(
        label="For tickets about", queryset=Service.objects.none(), required=False,
        empty_label="Every service",
    )  # fmt: skip

    def __init__(self, *args: Any, organisations: Any, services: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["service"].queryset = services  # type: ignore[attr-defined]  # the same


def initial_of(version: PolicyVersion) -> dict[str, Any]:
    """The form's words for a version."""
    found: dict[str, Any] = {name: getattr(version, name) for name in _PLAIN}
    found |= {f"reason_{reason}": category for reason, category in version.reasons.items()}
    for target in Target:
        usual = DEFAULT_PAUSES[target]
        found[f"pauses_{target}"] = sorted(version.pauses.get(target.value, usual))
    for one in version.targets.all():
        found[f"calendar_{one.priority}"] = one.calendar_id
        place = f"owned_{one.team_id}" if one.team_id else one.kind
        found[f"{place}_{one.priority}"] = write_minutes(one.minutes)
    return found


def first_words() -> dict[str, Any]:
    """The form of a new policy: the usual rules and no target yet."""
    found: dict[str, Any] = {"warn_percent": 75, "warn_notify": True, "breach_notify": True}
    found |= {f"pauses_{target}": sorted(DEFAULT_PAUSES[target]) for target in Target}
    return found
