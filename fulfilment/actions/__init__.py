"""Every change of the request catalogue and of what was asked of it."""

from fulfilment.actions.arranging import (
    ApprovalFields,
    ItemFields,
    PlanFields,
    move_rule,
    remove_rule,
    save_approval_rule,
    save_item,
    save_plan_rule,
)
from fulfilment.actions.asking import request_item
from fulfilment.actions.deciding import cast_vote, delegate_approval
from fulfilment.actions.planning import complete_task, reopen_task, skip_task, take_task
from fulfilment.actions.tending import drop_request, remind_approvers, time_out_approval

__all__ = [
    "ApprovalFields",
    "ItemFields",
    "PlanFields",
    "cast_vote",
    "complete_task",
    "delegate_approval",
    "drop_request",
    "move_rule",
    "remind_approvers",
    "remove_rule",
    "reopen_task",
    "request_item",
    "save_approval_rule",
    "save_item",
    "save_plan_rule",
    "skip_task",
    "take_task",
    "time_out_approval",
]
