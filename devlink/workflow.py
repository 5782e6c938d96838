"""States and steps of work items, sprints, releases, asks, fix claims and trackers."""

from core.workflow import State, Workflow, step

WORK_ITEM = Workflow(
    "work_item",
    [
        State("discovery", "Discovery", "discovery"),
        State("to_do", "To do", "open"),
        State("in_progress", "In progress", "open"),
        State("done", "Done", "done"),
        State("cancelled", "Cancelled", "done"),
    ],
    [
        step("commit", "discovery", "to_do", "Commit"),
        step("start", ["discovery", "to_do"], "in_progress", "Start"),
        step("put_back", "in_progress", "to_do", "Put back"),
        step("finish", ["to_do", "in_progress"], "done", "Finish"),
        step("reopen", ["done", "cancelled"], "to_do", "Reopen"),
        step("cancel", ["discovery", "to_do", "in_progress"], "cancelled", "Cancel"),
    ],
)

SPRINT = Workflow(
    "sprint",
    [
        State("planning", "Planning", "planning"),
        State("active", "Active", "active"),
        State("closed", "Closed", "closed"),
    ],
    [
        step("start", "planning", "active", "Start the sprint"),
        step("close", "active", "closed", "Close the sprint"),
    ],
)

_BEFORE_DEPLOYMENT = ["planning", "building", "testing", "readiness", "approved"]

RELEASE = Workflow(
    "release",
    [
        State("planning", "Planning", "open"),
        State("building", "Building", "open"),
        State("testing", "Testing", "open"),
        State("readiness", "Readiness", "open"),
        State("approved", "Approved", "open"),
        State("deploying", "Deploying", "open"),
        State("hypercare", "Hypercare", "released"),
        State("closed", "Closed", "released"),
        State("withdrawn", "Withdrawn", "withdrawn"),
    ],
    [
        step("build", "planning", "building", "Build"),
        step("test", ["planning", "building"], "testing", "Test"),
        step(
            "check_readiness", ["planning", "building", "testing"], "readiness", "Check readiness"
        ),
        step("approve", "readiness", "approved", "Approve"),
        step("deploy", "approved", "deploying", "Deploy"),
        step("finish_deployment", "deploying", "hypercare", "Deployed"),
        step("close", "hypercare", "closed", "End hypercare"),
        step("withdraw", [*_BEFORE_DEPLOYMENT, "deploying"], "withdrawn", "Withdraw"),
        # Facts of another system: they hold whatever readiness says, and are never a button.
        step(
            "deploy_elsewhere",
            [*_BEFORE_DEPLOYMENT, "withdrawn"],
            "deploying",
            "Deployment began elsewhere",
        ),
        step(
            "go_live_elsewhere",
            [*_BEFORE_DEPLOYMENT, "deploying", "withdrawn"],
            "hypercare",
            "Deployed elsewhere",
        ),
        step("recall", _BEFORE_DEPLOYMENT, "closed", "Deployed before it was known here"),
    ],
)

ASK = Workflow(
    "ask",
    [
        State("open", "Open", "open"),
        State("needs_info", "Needs info", "open"),
        State("accepted", "Accepted", "answered"),
        State("deferred", "Deferred", "answered"),
        State("declined", "Declined", "answered"),
        State("expired", "Expired", "unanswered"),
    ],
    [
        step("accept", ["open", "needs_info", "deferred", "declined"], "accepted", "Accept"),
        step("defer", ["open", "needs_info"], "deferred", "Defer"),
        step("decline", ["open", "needs_info", "deferred"], "declined", "Decline"),
        step("need_info", "open", "needs_info", "Needs info"),
        step("give_info", "needs_info", "open", "Answer"),
        step("expire", ["open", "needs_info"], "expired", "Expire"),
        step("ask_again", ["deferred", "declined", "expired"], "open", "Ask again"),
    ],
)

DECLINE_REASONS = [
    ("cost", "Cost"),
    ("risk", "Risk"),
    ("strategy", "Strategy"),
    ("duplicate", "Duplicate"),
    ("cannot_reproduce", "Cannot reproduce"),
    ("workaround_enough", "The workaround is enough"),
    ("obsolete", "Obsolete"),
]

FIX_CLAIM = Workflow(
    "fix_claim",
    [
        State("watching", "Watching", "watching"),
        State("partial", "Partial", "watching"),
        State("verified", "Verified", "settled"),
        State("not_effective", "Not effective", "settled"),
        State("regressed", "Regressed", "settled"),
    ],
    [
        step("find_partial", "watching", "partial", "Partial"),
        step("verify", ["watching", "partial"], "verified", "Verified"),
        step("find_not_effective", ["watching", "partial"], "not_effective", "Not effective"),
        step("regress", ["verified", "partial", "watching"], "regressed", "Regressed"),
    ],
)

TRACKER = Workflow(
    "tracker",
    [
        State("active", "Active", "active"),
        State("disabled", "Disabled", "disabled"),
    ],
    [
        step("disable", "active", "disabled", "Disable"),
        step("enable", "disabled", "active", "Enable"),
    ],
)
