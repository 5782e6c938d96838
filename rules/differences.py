"""What changed from one version of a rule or macro to the next, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, TypeVar

from rules.activators import words_for
from rules.effects import EFFECTS
from rules.models import MacroVersion, RuleVersion

Version = TypeVar("Version", MacroVersion, RuleVersion)


@dataclass(frozen=True)
class Difference:
    """One thing that was said otherwise; empty where it was not said at all."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Compared(Generic[Version]):
    """A version and what it changed; the first one changed nothing."""

    version: Version
    changes: list[Difference]


def compared(versions: Sequence[Version]) -> list[Compared[Version]]:
    """Each version with what it changed of the one before it; newest first, as given."""
    said = [_said(one) for one in versions]
    changes: list[list[Difference]] = [_between(before, after) for after, before in pairwise(said)]
    changes.append([])
    return [Compared(one, found) for one, found in zip(versions, changes, strict=False)]


def _between(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(what, before.get(what, ""), after.get(what, ""))
        for what in dict.fromkeys([*after, *before])
        if before.get(what, "") != after.get(what, "")
    ]


def _said(version: MacroVersion | RuleVersion) -> dict[str, str]:
    """Everything a version says, by what it is about."""
    if isinstance(version, MacroVersion):
        said = {"Name": version.name, "Who has it": version.readers}
    else:
        said = {
            "When": words_for(version.activator, version.minutes),
            "If": _conditions(version),
            "Stop after it": "yes" if version.stop_after else "no",
            "Most an hour": f"{version.most_per_hour:,}",
        }
    return said | _actions(version.actions, version.action_words)


def _conditions(version: RuleVersion) -> str:
    """Every condition in one line."""
    word = " or " if version.match == RuleVersion.Match.ANY else " and "
    sets = [
        ", ".join(f"{label}: {value}" for label, value in words)
        for words in version.condition_words
    ]
    return word.join(filter(None, sets)) or "every ticket"


def _actions(actions: Mapping[str, Any], words: Sequence[str]) -> dict[str, str]:
    """The words of each action by its label; both are in the order of the actions."""
    names = [name for name in EFFECTS if name in actions]
    return {EFFECTS[name].label: text for name, text in zip(names, words, strict=False)}
