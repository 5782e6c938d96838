"""States and steps of problems, clusters, clustering runs and what follows from reviews."""

from core.workflow import State, Workflow, step

PROBLEM = Workflow(
    "problem",
    [
        State("new", "New", "open"),
        State("assess", "Assess", "open"),
        State("root_cause_analysis", "Root cause analysis", "open"),
        State("known_error", "Known error", "open"),
        State("fix_in_progress", "Fix in progress", "open"),
        State("resolved", "Resolved", "resolved"),
        State("closed", "Closed", "closed"),
    ],
    [
        step("assess", "new", "assess", "Assess"),
        step(
            "analyse",
            ["new", "assess", "known_error", "fix_in_progress"],
            "root_cause_analysis",
            "Start root cause analysis",
        ),
        step(
            "record_known_error",
            ["assess", "root_cause_analysis"],
            "known_error",
            "Record known error",
        ),
        # What helps meanwhile can be written down while development works on the fix.
        step("note_known_error", "fix_in_progress", "fix_in_progress", "Record known error"),
        step("return_to_known_error", "fix_in_progress", "known_error", "Back to known error"),
        step(
            "start_fix",
            ["assess", "root_cause_analysis", "known_error"],
            "fix_in_progress",
            "Start the fix",
        ),
        step(
            "resolve",
            ["root_cause_analysis", "known_error", "fix_in_progress"],
            "resolved",
            "Resolve",
        ),
        step("reopen", ["resolved", "closed"], "assess", "Reopen"),
        step(
            "close",
            [
                "new",
                "assess",
                "root_cause_analysis",
                "known_error",
                "fix_in_progress",
                "resolved",
            ],
            "closed",
            "Close",
        ),
    ],
)

OUTCOMES = [
    ("fixed", "Fixed"),
    ("risk_accepted", "Risk accepted"),
    ("duplicate", "Duplicate"),
    ("cannot_reproduce", "Cannot reproduce"),
    ("cancelled", "Cancelled"),
]

_WATCHED = ["watching", "partial"]

CLUSTER = Workflow(
    "cluster",
    [
        State("candidate", "Candidate cause", "candidate"),
        State("confirmed", "Confirmed", "open"),
        State("problem_open", "Problem open", "open"),
        State("fix_linked", "Fix linked", "open"),
        State("shipped", "Shipped", "watched"),
        State("watching", "Watching", "watched"),
        State("verified", "Verified", "fixed"),
        State("partial", "Partial", "watched"),
        State("not_effective", "Not effective", "open"),
        State("regressed", "Regressed", "open"),
        State("dismissed", "Dismissed", "closed"),
    ],
    [
        step("confirm", "candidate", "confirmed", "Confirm"),
        step("open_problem", ["candidate", "confirmed"], "problem_open", "Open a problem"),
        step(
            "link_fix",
            ["confirmed", "problem_open", "not_effective", "regressed", "partial"],
            "fix_linked",
            "Link a fix",
        ),
        step("unlink_fix", "fix_linked", "problem_open", "Unlink the fix"),
        step(
            "let_go",
            ["problem_open", "fix_linked"],
            "confirmed",
            "Problem closed without a fix",
        ),
        step("ship", ["confirmed", "problem_open", "fix_linked"], "shipped", "Ship"),
        step("watch", "shipped", "watching", "Watch"),
        step("verify", _WATCHED, "verified", "Verified"),
        step("find_partial", "watching", "partial", "Partial"),
        step("find_not_effective", _WATCHED, "not_effective", "Not effective"),
        step("regress", ["verified", "partial", "watching"], "regressed", "Regressed"),
        step("dismiss", ["candidate", "confirmed"], "dismissed", "Dismiss"),
        step("restore", "dismissed", "candidate", "Restore"),
    ],
)

RUN = Workflow(
    "cluster_run",
    [
        State("queued", "Queued", "unfinished"),
        State("running", "Running", "unfinished"),
        State("done", "Done", "finished"),
        State("failed", "Failed", "finished"),
        State("cancelled", "Cancelled", "finished"),
    ],
    [
        step("start", "queued", "running", "Start"),
        step("requeue", "running", "queued", "Start again"),
        step("finish", "running", "done", "Finish"),
        step("fail", ["queued", "running"], "failed", "Fail"),
        step("cancel", ["queued", "running"], "cancelled", "Cancel"),
    ],
)

FOLLOW_UP = Workflow(
    "follow_up",
    [
        State("outstanding", "Outstanding", "open"),
        State("completed", "Completed", "closed"),
        State("not_doing", "Not doing", "closed"),
        State("deleted", "Deleted", "closed"),
    ],
    [
        step("complete", "outstanding", "completed", "Complete"),
        step("drop", "outstanding", "not_doing", "Not doing"),
        step("delete", "outstanding", "deleted", "Delete"),
        step(
            "take_up_again", ["completed", "not_doing", "deleted"], "outstanding", "Take up again"
        ),
    ],
)

# The bones of a fishbone.
BRANCHES = [
    ("software", "Software"),
    ("configuration", "Configuration"),
    ("infrastructure", "Infrastructure"),
    ("supplier", "Supplier"),
    ("process", "Process"),
    ("people", "People"),
    ("monitoring", "Monitoring"),
]
STANDINGS = [
    ("suspected", "Suspected"),
    ("contributing", "Contributing"),
    ("ruled_out", "Ruled out"),
]
# What requesters can be told about a problem.
TOLD = [("workaround", "Workaround"), ("fix", "Fix")]
# Orders of the list of problems.
ORDERS = [
    ("newest", "Newest first"),
    ("priority", "By priority"),
    ("oldest", "Known longest"),
    ("changed", "Changed last"),
    ("tickets", "Most tickets"),
    ("inflow", "Most tickets a week"),
]
