"""Every change of a ticket: one verb-named function each, one subject a file."""

from incidents.actions.answering import answer_ticket
from incidents.actions.assigning import assign_ticket
from incidents.actions.custom_fields import change_answers, keep_answers
from incidents.actions.developing import (
    begin_development,
    confirm_fix,
    hand_ticket_to_development,
    offer_fix,
    report_still_broken,
    return_ticket_to_desk,
)
from incidents.actions.editing import TicketFields, edit_ticket
from incidents.actions.introducing import introduce_requester
from incidents.actions.opening import open_ticket
from incidents.actions.portal_sessions import note_contact, note_intent, open_suggestion
from incidents.actions.replying import reply_to_ticket
from incidents.actions.resolving import (
    cancel_ticket,
    close_ticket,
    rate_ticket,
    reopen_ticket,
    resolve_ticket,
)
from incidents.actions.sharing import link_article, record_touch, share_ticket, unshare_tickets
from incidents.actions.working import (
    approve_request,
    put_ticket_on_hold,
    reject_request,
    set_required_tasks,
    start_ticket,
    submit_request,
)

__all__ = [
    "TicketFields",
    "answer_ticket",
    "approve_request",
    "assign_ticket",
    "begin_development",
    "cancel_ticket",
    "change_answers",
    "close_ticket",
    "confirm_fix",
    "edit_ticket",
    "hand_ticket_to_development",
    "introduce_requester",
    "keep_answers",
    "link_article",
    "note_contact",
    "note_intent",
    "offer_fix",
    "open_suggestion",
    "open_ticket",
    "put_ticket_on_hold",
    "rate_ticket",
    "record_touch",
    "reject_request",
    "reopen_ticket",
    "reply_to_ticket",
    "report_still_broken",
    "resolve_ticket",
    "return_ticket_to_desk",
    "set_required_tasks",
    "share_ticket",
    "start_ticket",
    "submit_request",
    "unshare_tickets",
]
