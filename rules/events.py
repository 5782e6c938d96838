"""What happens to rules and macros, and what they did to tickets."""

from core.events import define

# On the ticket. Whatever the rule or macro did names this fact as its cause.
RULE_APPLIED = define(
    "rules.rule_applied",
    "applied the rule “{name}”: {what}",
    "name",
    "rule_id",
    "version",
    "what",
)
MACRO_APPLIED = define(
    "rules.macro_applied",
    "ran version {version} of the macro “{macro}”: {what}",
    "macro",
    "macro_id",
    "version",
    "what",
)
MACRO_UNDONE = define(
    "rules.macro_undone",
    "took back version {version} of the macro “{macro}”",
    "macro",
    "macro_id",
    "version",
)
PEOPLE_TOLD = define("rules.people_told", "told {names}", "names", "people", "teams", "text")
# On the rule.
RULE_SAVED = define("rules.rule_saved", "saved version {version}", "version", "restored")
RULE_SWITCHED_ON = define("rules.rule_switched_on", "switched it on")
RULE_SWITCHED_OFF = define("rules.rule_switched_off", "switched it off")
RULE_MOVED = define("rules.rule_moved", "moved it {direction}", "direction")
RULE_PAUSED = define("rules.rule_paused", "paused it: {reason}", "reason", "ticket_id")
RULE_RETIRED = define("rules.rule_retired", "retired it")
MACRO_SAVED = define("rules.macro_saved", "saved version {version}", "version", "restored")
MACRO_RETIRED = define("rules.macro_retired", "retired the macro")
DRY_RUN_REQUESTED = define(
    "rules.dry_run_requested", "asked for a dry run of version {version}", "version"
)
