"""Every change of a ticket: one verb-named function each, one subject a file."""

from incidents.actions._clocks import begin_clocks
from incidents.actions.alerting import tell_of_target
from incidents.actions.answering import AnsweredMeanwhile, answer_ticket
from incidents.actions.assigning import assign_or_stand_in, assign_ticket, give_ticket_back
from incidents.actions.canning import can_reply, change_canned_reply, drop_canned_reply
from incidents.actions.cascading import followers_of, resolve_like
from incidents.actions.checklists import (
    add_task,
    apply_checklist,
    change_task,
    delete_checklist,
    do_task,
    move_task,
    remove_task,
    save_checklist,
    undo_task,
)
from incidents.actions.copying import add_copies, end_copy, is_outside
from incidents.actions.custom_fields import change_answers, keep_answers
from incidents.actions.developing import (
    begin_development,
    confirm_fix,
    hand_ticket_to_development,
    offer_fix,
    report_still_broken,
    return_ticket_to_desk,
)
from incidents.actions.distributing import assign_by_policy, return_to_pool
from incidents.actions.drafting import (
    DraftWords,
    add_draft_files,
    discard_draft,
    forget_discarded_drafts,
    move_drafts,
    remove_draft_file,
    restore_draft,
    save_draft,
    share_draft,
    spend_draft,
    stop_sharing_draft,
    take_up_draft,
)
from incidents.actions.editing import TicketFields, edit_ticket
from incidents.actions.effort import note_time, remove_time
from incidents.actions.indexing import (
    begin_filling,
    choose_languages,
    fill_batch,
    look_after_index,
    offered_languages,
)
from incidents.actions.introducing import introduce_requester
from incidents.actions.judging import judge_likeness, withdraw_likeness
from incidents.actions.merging import (
    merge_ticket,
    standing_merge,
    stayed_messages,
    undo_merge,
    why_not_undone,
)
from incidents.actions.opening import open_ticket
from incidents.actions.policies import PolicyFields, set_team_policy
from incidents.actions.portal_sessions import (
    note_contact,
    note_intent,
    open_suggestion,
    open_workaround,
)
from incidents.actions.rating import (
    ask_for_rating,
    earlier_resolution_words,
    rate_ticket,
    set_csat_reasons,
)
from incidents.actions.recomputing import begin_clock_run, reckon_batch
from incidents.actions.relating import link_ticket, link_tickets, unlink_ticket
from incidents.actions.replying import reply_to_ticket
from incidents.actions.resolving import (
    cancel_ticket,
    close_ticket,
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
from incidents.actions.tagging import (
    delete_tag,
    merge_tags,
    rename_tag,
    tag_ticket,
    untag_ticket,
)
from incidents.actions.tasklists import TaskFacts, TaskList
from incidents.actions.watching import (
    add_watcher,
    follow_ticket,
    follow_when_mentioned,
    remove_watcher,
    unfollow_ticket,
)
from incidents.actions.working import (
    approve_request,
    put_ticket_on_hold,
    reject_request,
    set_required_tasks,
    start_ticket,
    submit_request,
)

__all__ = [
    "AnsweredMeanwhile",
    "DraftWords",
    "PolicyFields",
    "TaskFacts",
    "TaskList",
    "TicketFields",
    "add_copies",
    "add_draft_files",
    "add_stop_words",
    "add_synonyms",
    "add_task",
    "add_watcher",
    "answer_ticket",
    "apply_checklist",
    "approve_request",
    "ask_for_rating",
    "assign_by_policy",
    "assign_or_stand_in",
    "assign_ticket",
    "begin_clock_run",
    "begin_clocks",
    "begin_development",
    "begin_filling",
    "can_reply",
    "cancel_ticket",
    "change_answers",
    "change_canned_reply",
    "change_synonyms",
    "change_task",
    "choose_languages",
    "close_ticket",
    "confirm_fix",
    "delete_checklist",
    "delete_tag",
    "discard_draft",
    "do_task",
    "drop_canned_reply",
    "earlier_resolution_words",
    "edit_ticket",
    "end_copy",
    "fill_batch",
    "follow_ticket",
    "follow_when_mentioned",
    "followers_of",
    "forget_discarded_drafts",
    "give_ticket_back",
    "hand_ticket_to_development",
    "introduce_requester",
    "is_outside",
    "judge_likeness",
    "keep_answers",
    "link_article",
    "link_ticket",
    "link_tickets",
    "look_after_index",
    "merge_tags",
    "merge_ticket",
    "move_drafts",
    "move_task",
    "note_contact",
    "note_intent",
    "note_time",
    "offer_fix",
    "offered_languages",
    "open_suggestion",
    "open_ticket",
    "open_workaround",
    "put_ticket_on_hold",
    "rate_ticket",
    "reckon_batch",
    "record_touch",
    "reject_request",
    "remove_draft_file",
    "remove_stop_word",
    "remove_synonyms",
    "remove_task",
    "remove_time",
    "remove_watcher",
    "rename_tag",
    "reopen_ticket",
    "reply_to_ticket",
    "report_still_broken",
    "resolve_like",
    "resolve_ticket",
    "restore_draft",
    "return_ticket_to_desk",
    "return_to_pool",
    "save_checklist",
    "save_draft",
    "set_csat_reasons",
    "set_required_tasks",
    "set_team_policy",
    "share_draft",
    "share_ticket",
    "spend_draft",
    "split_ticket",
    "standing_merge",
    "start_ticket",
    "stayed_messages",
    "stop_sharing_draft",
    "submit_request",
    "tag_ticket",
    "take_up_draft",
    "tell_of_target",
    "undo_merge",
    "undo_task",
    "unfollow_ticket",
    "unlink_ticket",
    "unshare_tickets",
    "untag_ticket",
    "why_not_undone",
    "withdraw_likeness",
]
