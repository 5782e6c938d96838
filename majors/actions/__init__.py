"""Every change of a major incident: one verb-named function each, one subject a file."""

from majors.actions.deciding import accept_major, cancel_major, propose_major, reject_major
from majors.actions.leading import add_note, add_reports, give_role, set_component_status
from majors.actions.reviewing import (
    ReviewFields,
    add_follow_up,
    complete_follow_up,
    delete_follow_up,
    drop_follow_up,
    edit_follow_up,
    publish_review,
    remind_of_follow_up,
    remind_of_review,
    take_up_follow_up,
    write_review,
)
from majors.actions.updating import post_update, remind_of_update, write_template

__all__ = [
    "ReviewFields",
    "accept_major",
    "add_follow_up",
    "add_note",
    "add_reports",
    "cancel_major",
    "complete_follow_up",
    "delete_follow_up",
    "drop_follow_up",
    "edit_follow_up",
    "give_role",
    "post_update",
    "propose_major",
    "publish_review",
    "reject_major",
    "remind_of_follow_up",
    "remind_of_review",
    "remind_of_update",
    "set_component_status",
    "take_up_follow_up",
    "write_review",
    "write_template",
]
