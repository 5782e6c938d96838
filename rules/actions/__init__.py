"""Every change of rules and macros, and everything they do: one verb-named function each."""

from rules.actions.dry_runs import (
    cancel_dry_run,
    do_dry_run,
    fail_dry_run,
    request_dry_run,
    start_dry_run,
)
from rules.actions.macros import (
    MacroWords,
    restore_macro,
    retire_macro,
    run_macro,
    save_macro,
    undo_macro,
)
from rules.actions.rules import (
    RuleWords,
    move_rule,
    restore_version,
    resume_rule,
    retire_rule,
    save_rule,
    switch_rule,
)
from rules.actions.running import run_event_rules, run_time_rule

__all__ = [
    "MacroWords",
    "RuleWords",
    "cancel_dry_run",
    "do_dry_run",
    "fail_dry_run",
    "move_rule",
    "request_dry_run",
    "restore_macro",
    "restore_version",
    "resume_rule",
    "retire_macro",
    "retire_rule",
    "run_event_rules",
    "run_macro",
    "run_time_rule",
    "save_macro",
    "save_rule",
    "start_dry_run",
    "switch_rule",
    "undo_macro",
]
