"""Tables of the rules app, one subject a file."""

from rules.models.macro import Macro, MacroVersion
from rules.models.rule import Rule, RuleVersion
from rules.models.trace import DryRun, DryRunHit, RuleCheck, RuleRun

__all__ = [
    "DryRun",
    "DryRunHit",
    "Macro",
    "MacroVersion",
    "Rule",
    "RuleCheck",
    "RuleRun",
    "RuleVersion",
]
