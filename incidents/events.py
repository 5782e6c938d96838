"""What happens to tickets. Payload fields named in a sentence are said on the timeline."""

from core.events import define

TICKET_OPENED = define(
    "incidents.ticket_opened", "opened the ticket ({channel})", "channel", public=True
)
# Public replies are read in the conversation itself; a note's existence is not for requesters.
TICKET_REPLIED = define(
    "incidents.ticket_replied", "wrote: {kind_label}", "message_id", "message_kind", "kind_label"
)
TICKET_ASSIGNED = define(
    "incidents.ticket_assigned",
    "assigned the ticket to {to}",
    "to",
    "assignee_id",
    "team_id",
    "previous_assignee_id",
    "previous_team_id",
)
TICKET_STARTED = define("incidents.ticket_started", "started work", public=True)
TICKET_ON_HOLD = define(
    "incidents.ticket_on_hold",
    "put the ticket on hold: {reason_label}",
    "reason",
    "reason_label",
    public=True,
)
TICKET_RESUMED = define(
    "incidents.ticket_resumed", "answered, and the ticket is in work again", public=True
)
TICKET_HANDED_TO_DEVELOPMENT = define(
    "incidents.ticket_handed_to_development",
    "handed the ticket to development",
    "note",
    public=True,
)
DEVELOPMENT_BEGUN = define("incidents.development_begun", "began development on it", public=True)
TICKET_RETURNED = define(
    "incidents.ticket_returned", "returned the ticket to the desk", "note", public=True
)
FIX_OFFERED = define(
    "incidents.fix_offered", "offered a fix in {release}", "release", "note", public=True
)
FIX_CONFIRMED = define("incidents.fix_confirmed", "confirmed the fix", public=True)
STILL_BROKEN = define(
    "incidents.still_broken", "reported that it is still broken", "note", public=True
)
TICKET_RESOLVED = define(
    "incidents.ticket_resolved",
    "resolved the ticket: {code_label}",
    "code",
    "code_label",
    "text",
    "first_contact",
    public=True,
)
TICKET_REOPENED = define(
    "incidents.ticket_reopened",
    "reopened the ticket",
    "note",
    "code_before",
    "text_before",
    public=True,
)
TICKET_CLOSED = define("incidents.ticket_closed", "closed the ticket", public=True)
TICKET_CANCELLED = define("incidents.ticket_cancelled", "cancelled the ticket", "note", public=True)
REQUEST_SUBMITTED = define(
    "incidents.request_submitted", "submitted the request for approval", public=True
)
REQUEST_APPROVED = define("incidents.request_approved", "approved the request", public=True)
REQUEST_REJECTED = define("incidents.request_rejected", "rejected the request", "note", public=True)
# `changes` maps a field to its value before and after; `version` is the version it led to.
TICKET_EDITED = define(
    "incidents.ticket_edited", "changed {fields_label}", "fields_label", "changes", "version"
)
ANSWERS_GIVEN = define("incidents.answers_given", "filled in {form}", "form")
# `changes` maps a field's key to its answer before and after; `edit` is the edit it led to.
ANSWERS_CHANGED = define(
    "incidents.answers_changed",
    "changed {fields_label}",
    "fields_label",
    "form_id",
    "changes",
    "edit",
)
TICKET_RATED = define(
    "incidents.ticket_rated", "rated the help {score} of 5", "score", "comment", public=True
)
ARTICLE_LINKED = define("incidents.article_linked", "linked {reference}", "reference", "article_id")
TICKET_EMBEDDED = define("incidents.ticket_embedded", "read the ticket for look-alikes", "model")
# One a batch, about the run; `ticket_ids` are those the batch made, for whoever reads them on.
TICKETS_IMPORTED = define(
    "incidents.tickets_imported",
    "imported {created} tickets from {source}",
    "source",
    "created",
    "unchanged",
    "rejected",
    "ticket_ids",
)
IMPORT_REQUESTED = define("incidents.import_requested", "started the import of {file}", "file")
IMPORT_CANCELLED = define("incidents.import_cancelled", "stopped the import of {file}", "file")
REQUESTER_INTRODUCED = define("incidents.requester_introduced", "took down a new requester")
