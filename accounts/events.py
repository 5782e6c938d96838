"""Facts about people and how they sign in."""

from core.events import define

PASSWORD_CHANGED = define("accounts.password_changed", "Password changed; other devices signed out")
API_KEY_MADE = define("accounts.api_key_made", "API key “{name}” made", "name")
API_KEY_REVOKED = define("accounts.api_key_revoked", "API key “{name}” revoked", "name")
ABSENCE_NOTED = define(
    "accounts.absence_noted",
    "Away until {until}; {substitute} stands in",
    "absence_id",
    "substitute",
    "until",
)
ABSENCE_ENDED = define("accounts.absence_ended", "Back again")
WORK_WEEK_SET = define("accounts.work_week_set", "Working hours set")
PERSON_ARRANGED = define("accounts.person_arranged", "{says}", "says", "changes")
ORGANISATION_ARRANGED = define("accounts.organisation_arranged", "{says}", "says", "changes")
