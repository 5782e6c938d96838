"""States of one approval of a request, and of one task of its plan."""

from core.workflow import State, Workflow, step

UNDECIDED = "undecided"
DECIDED = "decided"
UNDONE = "undone"
OVER = "over"

APPROVAL = Workflow(
    "approval",
    [
        State("waiting", "Waiting for the step before", UNDECIDED),
        State("asked", "Asked", UNDECIDED),
        State("granted", "Approved", DECIDED),
        State("refused", "Rejected", DECIDED),
        State("dropped", "No longer needed", DECIDED),
    ],
    [
        step("ask", "waiting", "asked", "Ask"),
        step("grant", "asked", "granted", "Approve"),
        step("refuse", "asked", "refused", "Reject"),
        step("drop", ["waiting", "asked"], "dropped", "Drop"),
    ],
)

PLAN_TASK = Workflow(
    "plan_task",
    [
        State("waiting", "Waiting for another task", UNDONE),
        State("ready", "Ready", UNDONE),
        State("done", "Done", OVER),
        State("skipped", "Skipped", OVER),
        State("dropped", "No longer needed", OVER),
    ],
    [
        step("begin", "waiting", "ready", "Ready"),
        step("complete", "ready", "done", "Done"),
        step("skip", ["waiting", "ready"], "skipped", "Skip"),
        step("reopen", ["done", "skipped"], "ready", "Not done after all"),
        step("drop", ["waiting", "ready"], "dropped", "Drop"),
    ],
)
