"""Every change of a change: one verb-named function each."""

from changes.actions.causes import clear_cause, confirm_cause, suspect_cause
from changes.actions.deciding import (
    assess_change,
    authorise_change,
    cancel_change,
    expedite_change,
    reject_change,
    request_authorisation,
    schedule_standard_change,
    submit_change,
)
from changes.actions.doing import close_change, implement_change, review_change
from changes.actions.drafting import ChangeFields, create_change, edit_change
from changes.actions.linking import link_change, unlink_change
from changes.actions.tickets import link_tickets_to_change, unlink_ticket_from_change

__all__ = [
    "ChangeFields",
    "assess_change",
    "authorise_change",
    "cancel_change",
    "clear_cause",
    "close_change",
    "confirm_cause",
    "create_change",
    "edit_change",
    "expedite_change",
    "implement_change",
    "link_change",
    "link_tickets_to_change",
    "reject_change",
    "request_authorisation",
    "review_change",
    "schedule_standard_change",
    "submit_change",
    "suspect_cause",
    "unlink_change",
    "unlink_ticket_from_change",
]
