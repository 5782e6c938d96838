"""Facts about when people work and what is promised."""

from core.events import define

CALENDAR_CHANGED = define(
    "catalogue.calendar_changed", "saved version {number} of the hours", "number", "version_id"
)
POLICY_CHANGED = define(
    "catalogue.policy_changed", "saved version {number} of the targets", "number", "version_id"
)
