"""States and steps of changes: standard ones are pre-authorised, emergencies expedited."""

from core.workflow import State, Workflow, step

CHANGE = Workflow(
    "change",
    [
        State("draft", "Draft", "open"),
        State("submitted", "Submitted", "open"),
        State("assess", "Assess", "open"),
        State("awaiting_authorisation", "Awaiting authorisation", "open"),
        State("scheduled", "Scheduled", "open"),
        State("implementing", "Implementing", "open"),
        State("review", "Review", "open"),
        State("closed", "Closed", "closed"),
        State("rejected", "Rejected", "closed"),
        State("cancelled", "Cancelled", "closed"),
    ],
    [
        step("submit", "draft", "submitted", "Submit"),
        step("assess", "submitted", "assess", "Assess"),
        step(
            "request_authorisation",
            ["submitted", "assess"],
            "awaiting_authorisation",
            "Request authorisation",
        ),
        step("authorise", "awaiting_authorisation", "scheduled", "Authorise"),
        step("schedule_standard", ["draft", "submitted"], "scheduled", "Schedule (standard)"),
        step("expedite", ["draft", "submitted", "assess"], "scheduled", "Expedite (emergency)"),
        step("reject", ["submitted", "assess", "awaiting_authorisation"], "rejected", "Reject"),
        step("implement", "scheduled", "implementing", "Implement"),
        step("review", "implementing", "review", "Review"),
        step("close", "review", "closed", "Close"),
        step(
            "cancel",
            ["draft", "submitted", "assess", "awaiting_authorisation", "scheduled"],
            "cancelled",
            "Cancel",
        ),
    ],
)

OUTCOMES = [
    ("successful", "Successful"),
    ("successful_with_issues", "Successful with issues"),
    ("failed", "Failed"),
    ("backed_out", "Backed out"),
]
