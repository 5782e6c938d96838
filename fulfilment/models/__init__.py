"""Tables of the fulfilment app, one subject a file."""

from fulfilment.models.approvals import Approval, Approver, Vote
from fulfilment.models.items import ApprovalRule, PlanRule, RequestItem
from fulfilment.models.plans import PlanTask
from fulfilment.models.requests import ItemRequest

__all__ = [
    "Approval",
    "ApprovalRule",
    "Approver",
    "ItemRequest",
    "PlanRule",
    "PlanTask",
    "RequestItem",
    "Vote",
]
