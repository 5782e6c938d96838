"""The life of a dry run."""

from core.workflow import State, Workflow, step

DRY_RUN = Workflow(
    "dry_run",
    [
        State("queued", "Queued", "unfinished"),
        State("running", "Running", "unfinished"),
        State("done", "Done", "finished"),
        State("failed", "Failed", "finished"),
        State("cancelled", "Cancelled", "finished"),
    ],
    [
        step("start", ["queued", "running"], "running", "Start"),
        step("finish", "running", "done", "Finish"),
        step("fail", ["queued", "running"], "failed", "Fail"),
        step("cancel", ["queued", "running"], "cancelled", "Cancel"),
    ],
)
