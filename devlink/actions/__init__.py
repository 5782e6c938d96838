"""Every change to development work, one subject a file."""

from devlink.actions.asks import (
    accept_ask,
    ask_again,
    ask_for_fix,
    decline_ask,
    defer_ask,
)
from devlink.actions.assisting import note_assistant_call
from devlink.actions.attaching import (
    attach_evidence,
    detach_evidence,
    stop_showing_evidence,
)
from devlink.actions.change_records import end_change_of, open_change_of
from devlink.actions.deliveries import (
    forget_old_deliveries,
    note_delivery_fault,
    receive_delivery,
    receive_deployment,
    settle_deliveries,
)
from devlink.actions.elsewhere import (
    note_deployment,
    recall_release,
)
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
    note_view,
    record_involvement,
)
from devlink.actions.joining import ask_to_join
from devlink.actions.mirrored_items import (
    marker_of,
    mirror_item,
)
from devlink.actions.mirroring import (
    mirror_deployment,
    mirror_release,
    mirror_sprint,
    release_named,
)
from devlink.actions.noting import note_act
from devlink.actions.outbound import (
    begin_call,
    create_in_tracker,
    note_call_fault,
    note_made_there,
    note_pack_posted,
    queue_pack,
    send_to_tracker,
    settle_call,
)
from devlink.actions.packs import (
    build_evidence_pack,
    build_packs_for_planning,
    refresh_evidence_pack,
)
from devlink.actions.questions import (
    answer_question,
    ask_about_item,
    ask_question,
    note_answer_on_tickets,
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
from devlink.actions.trackers import (
    add_tracker,
    change_tracker_secret,
    disable_tracker,
    edit_tracker,
    enable_tracker,
    note_synced,
    note_trouble,
)
from devlink.actions.work import (
    cancel_work_item,
    comment_on_work_item,
    commit_work_item,
    create_work_item,
    edit_work_item,
    finish_work_item,
    plan_work_item,
    put_back_work_item,
    reopen_work_item,
    start_work_item,
    unplan_work_item,
)

__all__ = [
    "accept_ask",
    "add_to_release",
    "add_tracker",
    "advance_release",
    "answer_pulse",
    "answer_question",
    "ask_about_item",
    "ask_again",
    "ask_for_fix",
    "ask_question",
    "ask_to_join",
    "attach_evidence",
    "because_of",
    "begin_call",
    "begin_on_tickets",
    "build_evidence_pack",
    "build_packs_for_planning",
    "cancel_work_item",
    "change_tracker_secret",
    "claim_fixes",
    "close_sprint",
    "comment_on_work_item",
    "commit_work_item",
    "create_in_tracker",
    "create_release",
    "create_sprint",
    "create_work_item",
    "decline_ask",
    "defer_ask",
    "deploy_release",
    "detach_evidence",
    "disable_tracker",
    "edit_release",
    "edit_sprint",
    "edit_tracker",
    "edit_work_item",
    "enable_tracker",
    "end_change_of",
    "fail_deployment",
    "finish_deployment",
    "finish_work_item",
    "forget_old_deliveries",
    "hand_over_tickets",
    "judge_fix",
    "marker_of",
    "meet_criterion",
    "mirror_deployment",
    "mirror_item",
    "mirror_release",
    "mirror_sprint",
    "note_act",
    "note_answer_on_tickets",
    "note_assistant_call",
    "note_call_fault",
    "note_delivery_fault",
    "note_deployment",
    "note_involvement",
    "note_made_there",
    "note_pack_posted",
    "note_support_told",
    "note_synced",
    "note_trouble",
    "note_view",
    "offer_fixes",
    "open_change_of",
    "plan_work_item",
    "put_back_work_item",
    "queue_pack",
    "recall_release",
    "receive_delivery",
    "receive_deployment",
    "record_involvement",
    "refresh_evidence_pack",
    "release_named",
    "remove_from_release",
    "reopen_criterion",
    "reopen_work_item",
    "send_to_tracker",
    "settle_call",
    "settle_deliveries",
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
