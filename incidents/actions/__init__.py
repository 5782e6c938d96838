"""Every change of a ticket: one verb-named function each, one subject a file."""

from incidents.actions.answering import AnsweredMeanwhile, answer_ticket
from incidents.actions.assigning import assign_ticket
from incidents.actions.canning import can_reply, change_canned_reply, drop_canned_reply
from incidents.actions.copying import add_copies, end_copy, is_outside
from incidents.actions.developing import (
    begin_development,
    confirm_fix,
    hand_ticket_to_development,
    offer_fix,
    report_still_broken,
    return_ticket_to_desk,
)
from incidents.actions.drafting import (
    DraftWords,
    add_draft_files,
    discard_draft,
    forget_discarded_drafts,
    move_drafts,
    remove_draft_file,
    restore_draft,
    save_draft,
    spend_draft,
)
from incidents.actions.editing import TicketFields, edit_ticket
from incidents.actions.introducing import introduce_requester
from incidents.actions.opening import open_ticket
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
    start_ticket,
    submit_request,
)

__all__ = [
    "AnsweredMeanwhile",
    "DraftWords",
    "TicketFields",
    "add_copies",
    "add_draft_files",
    "answer_ticket",
    "approve_request",
    "assign_ticket",
    "begin_development",
    "can_reply",
    "cancel_ticket",
    "change_canned_reply",
    "close_ticket",
    "confirm_fix",
    "discard_draft",
    "drop_canned_reply",
    "edit_ticket",
    "end_copy",
    "forget_discarded_drafts",
    "hand_ticket_to_development",
    "introduce_requester",
    "is_outside",
    "link_article",
    "move_drafts",
    "offer_fix",
    "open_ticket",
    "put_ticket_on_hold",
    "rate_ticket",
    "record_touch",
    "reject_request",
    "remove_draft_file",
    "reopen_ticket",
    "reply_to_ticket",
    "report_still_broken",
    "resolve_ticket",
    "restore_draft",
    "return_ticket_to_desk",
    "save_draft",
    "share_ticket",
    "spend_draft",
    "start_ticket",
    "submit_request",
    "unshare_tickets",
]
