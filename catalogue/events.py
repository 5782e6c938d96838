"""Facts about when people work, what is promised, and what is asked."""

from core.events import define

CALENDAR_CHANGED = define(
    "catalogue.calendar_changed", "saved version {number} of the hours", "number", "version_id"
)
POLICY_CHANGED = define(
    "catalogue.policy_changed", "saved version {number} of the targets", "number", "version_id"
)
FORM_CREATED = define("catalogue.form_created", "created the form")
FORM_PUBLISHED = define("catalogue.form_published", "published version {number}", "number")
