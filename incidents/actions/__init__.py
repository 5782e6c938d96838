"""Every change of a ticket: one verb-named function each, one subject a file."""

from incidents.actions._clocks import begin_clocks
from incidents.actions.alerting import tell_of_target
from incidents.actions.answering import answer_ticket
from incidents.actions.assigning import assign_ticket, give_ticket_back
from incidents.actions.cascading import followers_of, resolve_like
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
from incidents.actions.merging import (
    merge_ticket,
    standing_merge,
    stayed_messages,
    undo_merge,
    why_not_undone,
)
from incidents.actions.opening import open_ticket
from incidents.actions.recomputing import begin_clock_run, reckon_batch
from incidents.actions.relating import link_ticket, link_tickets, unlink_ticket
from incidents.actions.replying import reply_to_ticket
from incidents.actions.resolving import (
    cancel_ticket,
    close_ticket,
    rate_ticket,
    reopen_ticket,
    resolve_ticket,
)
from incidents.actions.searching import (
    add_stop_words,
    add_synonyms,
    change_synonyms,
    remove_stop_word,
    remove_synonyms,
)
from incidents.actions.sharing import link_article, record_touch, share_ticket, unshare_tickets
from incidents.actions.splitting import split_ticket
from incidents.actions.working import (
    approve_request,
    put_ticket_on_hold,
    reject_request,
    start_ticket,
    submit_request,
)

__all__ = [
    "TicketFields",
    "add_stop_words",
    "add_synonyms",
    "answer_ticket",
    "approve_request",
    "assign_ticket",
    "begin_clock_run",
    "begin_clocks",
    "begin_development",
    "cancel_ticket",
    "change_synonyms",
    "close_ticket",
    "confirm_fix",
    "edit_ticket",
    "followers_of",
    "give_ticket_back",
    "hand_ticket_to_development",
    "introduce_requester",
    "link_article",
    "link_ticket",
    "link_tickets",
    "merge_ticket",
    "offer_fix",
    "open_ticket",
    "put_ticket_on_hold",
    "rate_ticket",
    "reckon_batch",
    "record_touch",
    "reject_request",
    "remove_stop_word",
    "remove_synonyms",
    "reopen_ticket",
    "reply_to_ticket",
    "report_still_broken",
    "resolve_like",
    "resolve_ticket",
    "return_ticket_to_desk",
    "share_ticket",
    "split_ticket",
    "standing_merge",
    "start_ticket",
    "stayed_messages",
    "submit_request",
    "tell_of_target",
    "undo_merge",
    "unlink_ticket",
    "unshare_tickets",
    "why_not_undone",
]
