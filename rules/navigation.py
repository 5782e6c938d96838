"""Pages of this app on the Admin page."""

from accounts.roles import SUPPORT_ROLES
from core.extensions import AdminEntry, administer
from rules.permissions import RULE_ROLES

administer(
    AdminEntry(
        "Rules",
        "Rules",
        "What happens to tickets by itself: when, if, then, and what it did.",
        "rules:rules",
        "workflow",
        order=10,
        roles=frozenset(RULE_ROLES),
    )
)
administer(
    AdminEntry(
        "Rules",
        "Macros",
        "Several steps an agent takes with one key.",
        "rules:macros",
        "zap",
        order=20,
        roles=frozenset(SUPPORT_ROLES),
    )
)
administer(
    AdminEntry(
        "Rules",
        "What rules did",
        "Every rule that acted on a ticket, was refused, or was held back.",
        "rules:runs",
        "history",
        order=30,
        roles=frozenset(RULE_ROLES),
    )
)
