"""The shape of rules, macros and runs for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Team
from core.rest import VisibleField
from incidents.models import Ticket
from rules.activators import KEYS, words_for
from rules.models import DryRun, DryRunHit, Macro, MacroVersion, Rule, RuleRun, RuleVersion


class DifferenceSerializer(serializers.Serializer[Any]):
    """One thing a version says otherwise than the one before it."""

    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class _WithChanges(serializers.Serializer[Any]):
    """A version with what it changed, which the context holds by the version's number."""

    changes = serializers.SerializerMethodField()

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_changes(self, version: RuleVersion | MacroVersion) -> Any:
        """What the version says otherwise than the one before it."""
        return DifferenceSerializer(self.context["changes"][version.number], many=True).data


class RuleVersionSerializer(serializers.ModelSerializer[RuleVersion]):
    """One version."""

    when = serializers.SerializerMethodField()
    saved_by = serializers.CharField(source="saved_by.name", read_only=True)

    class Meta:
        model = RuleVersion
        fields: tuple[str, ...] = (
            "number", "activator", "minutes", "when", "conditions", "condition_words", "match",
            "actions", "action_words", "stop_after", "most_per_hour", "restored_from", "saved_by",
            "saved_at",
        )  # fmt: skip

    def get_when(self, version: RuleVersion) -> str:
        """What sets it off, in words."""
        return words_for(version.activator, version.minutes)


class RuleVersionLineSerializer(_WithChanges, RuleVersionSerializer):
    """One version of a list of them."""

    class Meta(RuleVersionSerializer.Meta):
        fields = (*RuleVersionSerializer.Meta.fields, "changes")


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """A rule with its newest version."""

    version = RuleVersionSerializer(source="current", read_only=True)
    owner = serializers.CharField(source="owner.name", read_only=True)
    standing = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Rule
        fields = (
            "id", "name", "url", "owner", "position", "standing", "is_on", "on_since",
            "paused_at", "pause_reason", "created_at", "version",
        )  # fmt: skip


class RuleInput(serializers.Serializer[Any]):
    """What a version says. `actions` maps an action to its words, as docs/rules.md lists them."""

    name = serializers.CharField(max_length=120)
    activator = serializers.ChoiceField(choices=sorted(KEYS))
    minutes = serializers.IntegerField(min_value=0, required=False, default=0)
    conditions = serializers.ListField(
        child=serializers.CharField(max_length=1000), required=False, default=list, max_length=5
    )
    match = serializers.ChoiceField(choices=RuleVersion.Match.choices, default="all")
    actions = serializers.DictField()
    stop_after = serializers.BooleanField(required=False, default=False)
    most_per_hour = serializers.IntegerField(
        min_value=1, max_value=10_000, required=False, default=200
    )


class RulePreviewInput(serializers.Serializer[Any]):
    """Conditions to try."""

    conditions = serializers.ListField(
        child=serializers.CharField(max_length=1000), default=list, max_length=5
    )
    match = serializers.ChoiceField(choices=RuleVersion.Match.choices, default="all")


class RulePreviewSerializer(serializers.Serializer[Any]):
    """How many tickets fit, the numbers of the first ten, and where all of them are listed."""

    count = serializers.IntegerField()
    more = serializers.BooleanField()
    tickets = serializers.ListField(child=serializers.IntegerField())
    url = serializers.CharField()


class SwitchInput(serializers.Serializer[Any]):
    """On or off."""

    on = serializers.BooleanField()


class MoveInput(serializers.Serializer[Any]):
    """Earlier or later."""

    up = serializers.BooleanField()


class RestoreInput(serializers.Serializer[Any]):
    """The version to restore."""

    number = serializers.IntegerField(min_value=1)


class AnswerSerializer(serializers.Serializer[Any]):
    """One thing a rule asks for, and whether it is so on the ticket now."""

    holds = serializers.BooleanField(allow_null=True)
    asked = serializers.CharField()
    found = serializers.CharField()


class MacroSerializer(serializers.ModelSerializer[Macro]):
    """A macro with what its newest version does."""

    owner = serializers.CharField(source="owner.name", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    version = serializers.IntegerField(source="current.number", read_only=True)
    actions = serializers.JSONField(source="current.actions", read_only=True)
    action_words = serializers.ListField(
        child=serializers.CharField(), source="current.action_words", read_only=True
    )
    updated_at = serializers.DateTimeField(source="current.saved_at", read_only=True)

    class Meta:
        model = Macro
        fields = (
            "id", "name", "url", "scope", "team", "owner", "version", "actions", "action_words",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class MacroVersionLineSerializer(_WithChanges, serializers.ModelSerializer[MacroVersion]):
    """One version of a macro."""

    saved_by = serializers.CharField(source="saved_by.name", read_only=True)

    class Meta:
        model = MacroVersion
        fields = (
            "number", "name", "scope", "team", "actions", "action_words", "restored_from",
            "saved_by", "saved_at", "changes",
        )  # fmt: skip


class MacroInput(serializers.Serializer[Any]):
    """What a macro is. `actions` as for rules; `assign.to_me` means whoever runs it."""

    name = serializers.CharField(max_length=120)
    scope = serializers.ChoiceField(choices=Macro.Scope.choices, default=Macro.Scope.PERSONAL)
    team = VisibleField(Team, required=False, allow_null=True, default=None)
    actions = serializers.DictField()


class MacroRunInput(serializers.Serializer[Any]):
    """The ticket to run it on."""

    ticket = VisibleField(Ticket)


class RuleRunSerializer(serializers.ModelSerializer[RuleRun]):
    """What came of one rule on one ticket."""

    rule_name = serializers.CharField(source="rule.name", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    caused_by = serializers.SerializerMethodField()

    class Meta:
        model = RuleRun
        fields = (
            "id", "rule", "rule_name", "version", "ticket", "event", "caused_by", "origin", "depth",
            "occurrence", "outcome", "done", "reason", "at",
        )  # fmt: skip

    def get_caused_by(self, run: RuleRun) -> str:
        """The fact that set it off, in words; empty for a moment in time."""
        return run.event.sentence if run.event else ""


class DryRunHitSerializer(serializers.ModelSerializer[DryRunHit]):
    """A ticket the rule would have acted on."""

    class Meta:
        model = DryRunHit
        fields = ("ticket", "event", "at")


class DryRunSerializer(serializers.ModelSerializer[DryRun]):
    """A dry run: how far it is, and how many tickets it found."""

    rule = serializers.IntegerField(source="version.rule_id", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)

    class Meta:
        model = DryRun
        fields = (
            "id", "rule", "version", "since", "until", "state", "done", "total", "hits_count",
            "error", "created_at", "finished_at",
        )  # fmt: skip
