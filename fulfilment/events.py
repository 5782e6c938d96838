"""What happens to requests of the catalogue. Facts about a request are facts about its ticket."""

from core.events import define

ITEM_SAVED = define("fulfilment.item_saved", "saved the request item")
ITEM_REQUESTED = define("fulfilment.item_requested", "asked for: {item}", "item")
APPROVAL_ASKED = define(
    "fulfilment.approval_asked", "asked for approval: {label}", "label", "approval_id", public=True
)
# A vote's words are for those who vote and the desk; the requester reads why a request ended.
VOTE_CAST = define(
    "fulfilment.vote_cast",
    "{verdict}: {label}",
    "verdict",
    "label",
    "comment",
    "approval_id",
    public=True,
)
APPROVAL_DELEGATED = define(
    "fulfilment.approval_delegated",
    "handed the decision to {to}",
    "to",
    "to_id",
    "label",
    "approval_id",
)
APPROVAL_SETTLED = define(
    "fulfilment.approval_settled", "{label}: {outcome}", "label", "outcome", "approval_id",
    public=True,
)  # fmt: skip
APPROVAL_REMINDED = define(
    "fulfilment.approval_reminded", "reminded of the decision: {label}", "label", "approval_id"
)
APPROVAL_OVERDUE = define(
    "fulfilment.approval_overdue", "{label} is overdue: {rule}", "label", "rule", "approval_id"
)
PLAN_BEGUN = define("fulfilment.plan_begun", "began the plan of {count} tasks", "count")
TASK_READY = define("fulfilment.task_ready", "task ready: {title}", "title", "task_id")
TASK_DONE = define("fulfilment.task_done", "did the task: {title}", "title", "task_id")
TASK_SKIPPED = define(
    "fulfilment.task_skipped", "skipped the task: {title}", "title", "reason", "task_id"
)
TASK_REOPENED = define(
    "fulfilment.task_reopened", "opened the task again: {title}", "title", "task_id"
)
TASK_TAKEN = define("fulfilment.task_taken", "took the task: {title}", "title", "task_id")
