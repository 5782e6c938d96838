"""Every change to development work, one subject a file."""

from devlink.actions.asks import (
    accept_ask,
    answer_question,
    ask_again,
    ask_for_fix,
    ask_question,
    decline_ask,
    defer_ask,
    points_left,
)
from devlink.actions.assisting import note_assistant_call
from devlink.actions.attaching import (
    attach_evidence,
    detach_evidence,
    stop_showing_evidence,
)
from devlink.actions.change_records import end_change_of, open_change_of
from devlink.actions.fixes import (
    claim_fixes,
    judge_fix,
)
from devlink.actions.handover import (
    because_of,
    begin_on_tickets,
    hand_over_tickets,
    offer_fixes,
    stop_showing,
    take_back_tickets,
    write_release_notes,
)
from devlink.actions.involvement import (
    answer_pulse,
    note_involvement,
    note_release_view,
)
from devlink.actions.packs import (
    build_evidence_pack,
)
from devlink.actions.readiness import (
    meet_criterion,
    reopen_criterion,
    sign_readiness,
    waive_criterion,
)
from devlink.actions.releases import (
    add_to_release,
    advance_release,
    create_release,
    deploy_release,
    edit_release,
    fail_deployment,
    finish_deployment,
    note_support_told,
    remove_from_release,
    tell_support,
)
from devlink.actions.sprints import (
    close_sprint,
    create_sprint,
    edit_sprint,
    start_sprint,
)
from devlink.actions.work import (
    cancel_work_item,
    comment_on_work_item,
    commit_work_item,
    create_work_item,
    edit_work_item,
    finish_work_item,
    plan_work_item,
    reopen_work_item,
    start_work_item,
    unplan_work_item,
)

__all__ = [
    "accept_ask",
    "add_to_release",
    "advance_release",
    "answer_pulse",
    "answer_question",
    "ask_again",
    "ask_for_fix",
    "ask_question",
    "attach_evidence",
    "because_of",
    "begin_on_tickets",
    "build_evidence_pack",
    "cancel_work_item",
    "claim_fixes",
    "close_sprint",
    "comment_on_work_item",
    "commit_work_item",
    "create_release",
    "create_sprint",
    "create_work_item",
    "decline_ask",
    "defer_ask",
    "deploy_release",
    "detach_evidence",
    "edit_release",
    "edit_sprint",
    "edit_work_item",
    "end_change_of",
    "fail_deployment",
    "finish_deployment",
    "finish_work_item",
    "hand_over_tickets",
    "judge_fix",
    "meet_criterion",
    "note_assistant_call",
    "note_involvement",
    "note_release_view",
    "note_support_told",
    "offer_fixes",
    "open_change_of",
    "plan_work_item",
    "points_left",
    "remove_from_release",
    "reopen_criterion",
    "reopen_work_item",
    "sign_readiness",
    "start_sprint",
    "start_work_item",
    "stop_showing",
    "stop_showing_evidence",
    "take_back_tickets",
    "tell_support",
    "unplan_work_item",
    "waive_criterion",
    "write_release_notes",
]
