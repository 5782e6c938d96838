"""Builders of rules and macros that go through the actions."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Person
from rules.actions import save_macro, save_rule, switch_rule
from rules.models import Macro, Rule

NOTE = {"note": {"body": "Seen."}}
TAGS = {"tags": {"add": ["vip"]}}


def make_rule(
    by: Person,
    name: str = "A rule",
    *,
    activator: str = "opened",
    actions: Mapping[str, Any] = NOTE,
    on: bool = True,
    **said: Any,
) -> Rule:
    """A rule by somebody who may write rules, switched on unless told otherwise."""
    rule = save_rule(None, actor=by, name=name, activator=activator, actions=dict(actions), **said)
    return switch_rule(rule, actor=by, on=True) if on else rule


def make_macro(by: Person, name: str = "A macro", **said: Any) -> Macro:
    """A macro of one's own unless `scope` says otherwise."""
    said.setdefault("scope", "personal")
    said.setdefault("actions", NOTE)
    return save_macro(None, actor=by, name=name, **said)
