"""Writing rules: each save is a version; order, switch, pause."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from rules.activators import KEYS, MOMENTS
from rules.conditions import check_conditions, words_of
from rules.effects import check_actions, say_actions
from rules.events import (
    RULE_MOVED,
    RULE_PAUSED,
    RULE_RETIRED,
    RULE_SAVED,
    RULE_SWITCHED_OFF,
    RULE_SWITCHED_ON,
)
from rules.models import Rule, RuleVersion
from rules.permissions import require_rules

MOST_RULES = 500
MOST_MINUTES = 366 * 24 * 60
MOST_PER_HOUR = 10_000
# Two people who arrange rules at once do so one after the other.
_ORDER_LOCK = 7_165_019


class RuleWords(TypedDict):
    """What a version says."""

    activator: str
    minutes: NotRequired[int]
    conditions: NotRequired[list[str]]
    match: NotRequired[str]
    actions: dict[str, dict[str, Any]]
    stop_after: NotRequired[bool]
    most_per_hour: NotRequired[int]


@transaction.atomic
def save_rule(
    rule: Rule | None,
    *,
    actor: Person,
    name: str,
    at: datetime | None = None,
    **said: Unpack[RuleWords],
) -> Rule:
    """Writes a new rule (None), last in order and switched off, or the next version of one."""
    require_rules(actor)
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:
        raise DomainError("Give it a name of at most 120 characters.", field="name")
    fields = _checked(said)
    at = at or timezone.now()
    _one_at_a_time()
    if rule is None:
        rule = _new_rule(name, actor, at)
    else:
        rule = _locked(rule)
        rule.name = name
    _add_version(rule, actor, at, fields)
    return rule


@transaction.atomic
def restore_version(rule: Rule, *, actor: Person, number: int) -> Rule:
    """Makes an old version the newest again, as a version of its own."""
    require_rules(actor)
    rule = _locked(rule)
    old = rule.versions.filter(number=number).first()
    if old is None:
        raise DomainError(f"There is no version {number}.", field="number")
    fields = _checked(
        {
            "activator": old.activator,
            "minutes": old.minutes,
            "conditions": old.conditions,
            "match": old.match,
            "actions": old.actions,
            "stop_after": old.stop_after,
            "most_per_hour": old.most_per_hour,
        }
    )
    _add_version(rule, actor, timezone.now(), fields, restored_from=number)
    return rule


@transaction.atomic
def switch_rule(rule: Rule, *, actor: Person, on: bool) -> Rule:
    """Switches a rule on or off; on, it acts on what happens from now on."""
    require_rules(actor)
    rule = _locked(rule)
    if rule.is_on == on:
        return rule
    rule.is_on = on
    rule.on_since = timezone.now() if on else rule.on_since
    rule.save(update_fields=["is_on", "on_since"])
    record(RULE_SWITCHED_ON if on else RULE_SWITCHED_OFF, rule, actor=actor)
    return rule


@transaction.atomic
def move_rule(rule: Rule, *, actor: Person, up: bool) -> Rule:
    """Changes places with the rule before (or after) it."""
    require_rules(actor)
    _one_at_a_time()
    rule = _locked(rule)
    others = Rule.objects.select_for_update().kept().exclude(pk=rule.pk)
    if up:
        other = others.filter(position__lt=rule.position).order_by("-position").first()
    else:
        other = others.filter(position__gt=rule.position).order_by("position").first()
    if other is None:
        return rule
    rule.position, other.position = other.position, rule.position
    rule.save(update_fields=["position"])
    other.save(update_fields=["position"])
    record(RULE_MOVED, rule, actor=actor, direction="up" if up else "down")
    return rule


@transaction.atomic
def resume_rule(rule: Rule, *, actor: Person) -> Rule:
    """Ends the pause of a rule the guard stopped."""
    require_rules(actor)
    rule = _locked(rule)
    if rule.paused_at is None:
        raise TransitionNotAllowed("This rule is not paused.")
    rule.paused_at, rule.pause_reason, rule.on_since = None, "", timezone.now()
    rule.save(update_fields=["paused_at", "pause_reason", "on_since"])
    record(RULE_SWITCHED_ON, rule, actor=actor)
    return rule


@transaction.atomic
def retire_rule(rule: Rule, *, actor: Person) -> Rule:
    """Takes a rule out of the list for good; what it did keeps its trace."""
    require_rules(actor)
    rule = _locked(rule)
    rule.is_on, rule.retired_at = False, timezone.now()
    rule.save(update_fields=["is_on", "retired_at"])
    record(RULE_RETIRED, rule, actor=actor)
    return rule


def pause_rule(rule: Rule, *, reason: str, ticket_id: int) -> None:
    """The guard stops a rule, visibly; its owner hears why. Part of the caller's transaction."""
    now = timezone.now()
    stopped = Rule.objects.filter(pk=rule.pk, paused_at__isnull=True)
    if stopped.update(paused_at=now, pause_reason=reason):
        record(RULE_PAUSED, rule, actor=None, reason=reason, ticket_id=ticket_id)


def _checked(said: RuleWords) -> dict[str, Any]:
    """The fields of a version; DomainError with the field's name."""
    if said["activator"] not in KEYS:
        raise DomainError("Choose what sets it off.", field="activator")
    conditions = check_conditions(said.get("conditions", []))
    match = said.get("match", RuleVersion.Match.ALL)
    if match not in RuleVersion.Match.values:
        raise DomainError("Choose all or any.", field="match")
    actions = check_actions(said["actions"], by_agent=False)
    return {
        "activator": said["activator"],
        "minutes": _minutes(said),
        "conditions": conditions,
        "condition_words": words_of(conditions),
        "match": match,
        "actions": actions,
        "action_words": say_actions(actions),
        "stop_after": said.get("stop_after", False),
        "most_per_hour": _pace(said),
    }


def _minutes(said: RuleWords) -> int:
    if said["activator"] not in MOMENTS:
        return 0
    minutes = said.get("minutes") or 0
    if not 0 < minutes <= MOST_MINUTES:
        raise DomainError("Say after how long: from one minute to a year.", field="minutes")
    return minutes


def _pace(said: RuleWords) -> int:
    pace = said.get("most_per_hour") or RuleVersion._meta.get_field("most_per_hour").default
    if not 0 < pace <= MOST_PER_HOUR:
        raise DomainError(f"From 1 to {MOST_PER_HOUR:,} times an hour.", field="most_per_hour")
    return int(pace)


def _new_rule(name: str, actor: Person, at: datetime) -> Rule:
    kept = Rule.objects.kept()
    if kept.count() >= MOST_RULES:
        raise DomainError(f"At most {MOST_RULES} rules; retire one that is not needed.")
    last = Rule.objects.aggregate(last=Max("position"))["last"] or 0
    return Rule.objects.create(name=name, owner=actor, position=last + 1, created_at=at)


def _add_version(
    rule: Rule,
    actor: Person,
    at: datetime,
    fields: dict[str, Any],
    restored_from: int | None = None,
) -> None:
    last = rule.versions.aggregate(last=Max("number"))["last"] or 0
    rule.current = RuleVersion.objects.create(
        rule=rule,
        number=last + 1,
        saved_by=actor,
        saved_at=at,
        restored_from=restored_from,
        **fields,
    )
    # A moment that passed under the words before is no moment of the new ones.
    rule.on_since = at if rule.is_on else rule.on_since
    rule.save(update_fields=["name", "current", "on_since"])
    record(RULE_SAVED, rule, actor=actor, at=at, version=last + 1, restored=restored_from)


def _locked(rule: Rule) -> Rule:
    fresh = Rule.objects.select_for_update().get(pk=rule.pk)
    if fresh.retired_at is not None:
        raise TransitionNotAllowed("This rule was retired.")
    return fresh


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ORDER_LOCK])
