"""What happens to changes."""

from core.events import define

CHANGE_CREATED = define("changes.change_created", "drafted a {change_type} change", "change_type")
CHANGE_EDITED = define("changes.change_edited", "changed {fields}", "fields")
CHANGE_SUBMITTED = define("changes.change_submitted", "submitted the change")
CHANGE_ASSESSED = define("changes.change_assessed", "began to assess it")
AUTHORISATION_REQUESTED = define("changes.authorisation_requested", "asked for authorisation")
CHANGE_AUTHORISED = define("changes.change_authorised", "authorised the change")
CHANGE_SCHEDULED = define(
    "changes.change_scheduled", "scheduled it without authorisation: {why}", "why"
)
CHANGE_REJECTED = define("changes.change_rejected", "rejected it: {note}", "note")
CHANGE_IMPLEMENTED = define("changes.change_implemented", "began to implement it")
CHANGE_REVIEWED = define("changes.change_reviewed", "finished it and began the review")
CHANGE_CLOSED = define(
    "changes.change_closed", "closed it as {outcome_label}", "outcome", "outcome_label"
)
CHANGE_CANCELLED = define("changes.change_cancelled", "cancelled it: {note}", "note")
INCIDENT_SUSPECTED = define(
    "changes.incident_suspected", "may have caused {reference}", "ticket_id", "reference"
)
INCIDENT_CONFIRMED = define(
    "changes.incident_confirmed",
    "is confirmed to have caused {reference}",
    "ticket_id",
    "reference",
)
INCIDENT_CLEARED = define(
    "changes.incident_cleared", "did not cause {reference}", "ticket_id", "reference"
)
CHANGE_TICKET_LINKED = define(
    "changes.ticket_linked", "is made for {reference} too", "ticket_id", "reference"
)
CHANGE_TICKET_UNLINKED = define(
    "changes.ticket_unlinked", "is not made for {reference}", "ticket_id", "reference"
)
TICKET_GIVEN_CHANGE = define(
    "changes.ticket_given_change", "{reference} is made for it", "change_id", "reference"
)
TICKET_FREED_OF_CHANGE = define(
    "changes.ticket_freed_of_change", "{reference} is not made for it", "change_id", "reference"
)
CHANGE_LINKED = define(
    "changes.change_linked", "is to remove {reference}", "problem_id", "reference"
)
CHANGE_UNLINKED = define(
    "changes.change_unlinked", "is not about {reference} any more", "problem_id", "reference"
)
