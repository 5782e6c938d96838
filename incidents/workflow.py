"""States and steps of incidents and service requests. Clocks and lists read the category."""

from core.workflow import State, Workflow, step

OPEN = "open"
WAITING_REQUESTER = "waiting_requester"
WAITING_THIRD_PARTY = "waiting_third_party"
WAITING_DEVELOPMENT = "waiting_development"
RESOLVED = "resolved"
CLOSED = "closed"
# A pointer to the ticket that handles it now: neither open nor solved, no clock runs.
MERGED = "merged"

UNRESOLVED_CATEGORIES = (OPEN, WAITING_REQUESTER, WAITING_THIRD_PARTY, WAITING_DEVELOPMENT)

_WORKED = ["new", "assigned", "in_progress"]
_WITH_DEVELOPMENT = ["awaiting_development", "in_development"]
_ALIVE = [*_WORKED, "pending", *_WITH_DEVELOPMENT, "fix_available"]

INCIDENT = Workflow(
    "incident",
    [
        State("new", "New", OPEN),
        State("assigned", "Assigned", OPEN),
        State("in_progress", "In progress", OPEN),
        State("pending", "Pending", WAITING_REQUESTER),
        State("awaiting_development", "Awaiting development", WAITING_DEVELOPMENT),
        State("in_development", "In development", WAITING_DEVELOPMENT),
        State("fix_available", "Fix available", WAITING_REQUESTER),
        State("resolved", "Resolved", RESOLVED),
        State("closed", "Closed", CLOSED),
        State("cancelled", "Cancelled", CLOSED),
        State("merged", "Merged", MERGED),
    ],
    [
        step("assign", ["new", "assigned"], "assigned", "Assign"),
        step("start", [*_WORKED, "pending", "fix_available"], "in_progress", "Start work"),
        step("wait", _WORKED, "pending", "Wait"),
        step(
            "hand_to_development",
            [*_WORKED, "pending"],
            "awaiting_development",
            "Hand to development",
        ),
        step(
            "begin_development", "awaiting_development", "in_development", "Development has begun"
        ),
        step("return_to_desk", _WITH_DEVELOPMENT, "in_progress", "Return to the desk"),
        step("offer_fix", [*_WITH_DEVELOPMENT, "pending"], "fix_available", "Fix available"),
        step("report_still_broken", "fix_available", "in_progress", "Still broken"),
        step("resolve", _ALIVE, "resolved", "Resolve"),
        step("reopen", ["resolved", "closed"], "in_progress", "Reopen"),
        step("close", "resolved", "closed", "Close"),
        step("cancel", _ALIVE, "cancelled", "Cancel"),
        step("merge", [*_ALIVE, "resolved", "closed", "cancelled"], "merged", "Merge"),
    ],
)

_OPEN_REQUEST = ["draft", "awaiting_approval", "approved", "fulfilling"]
_ENDED_REQUEST = ["rejected", "fulfilled", "closed", "cancelled"]

SERVICE_REQUEST = Workflow(
    "service_request",
    [
        State("draft", "Draft", OPEN),
        State("awaiting_approval", "Awaiting approval", WAITING_THIRD_PARTY),
        State("approved", "Approved", OPEN),
        State("rejected", "Rejected", CLOSED),
        State("fulfilling", "Fulfilling", OPEN),
        State("fulfilled", "Fulfilled", RESOLVED),
        State("closed", "Closed", CLOSED),
        State("cancelled", "Cancelled", CLOSED),
        State("merged", "Merged", MERGED),
    ],
    [
        step("submit", "draft", "awaiting_approval", "Submit"),
        step("approve", "awaiting_approval", "approved", "Approve"),
        step("reject", "awaiting_approval", "rejected", "Reject"),
        step("start", ["approved", "draft"], "fulfilling", "Start work"),
        step("resolve", ["approved", "fulfilling"], "fulfilled", "Fulfil"),
        step("reopen", ["fulfilled", "closed"], "fulfilling", "Reopen"),
        step("close", "fulfilled", "closed", "Close"),
        step("cancel", _OPEN_REQUEST, "cancelled", "Cancel"),
        step("merge", [*_OPEN_REQUEST, *_ENDED_REQUEST], "merged", "Merge"),
    ],
)

WORKFLOWS = {"incident": INCIDENT, "service_request": SERVICE_REQUEST}

# Every state of either kind once, for the column's choices and its check constraint.
STATE_CHOICES = list(dict([*INCIDENT.choices, *SERVICE_REQUEST.choices]).items())

PENDING_REASONS = [
    ("requester", "Waiting for the requester"),
    ("supplier", "Waiting for a supplier"),
    ("change", "Waiting for a change"),
    ("scheduled", "Scheduled for later"),
]

RESOLUTION_CODES = [
    ("fixed", "Fixed"),
    ("workaround_applied", "Workaround applied"),
    ("known_error", "Known error"),
    ("user_guided", "User guided"),
    ("request_fulfilled", "Request fulfilled"),
    ("not_reproducible", "Not reproducible"),
    ("duplicate", "Duplicate"),
    ("third_party", "Third party"),
    ("no_response", "No response"),
    ("withdrawn", "Withdrawn"),
]
UNSOLVED_CODES = frozenset({"not_reproducible", "duplicate", "no_response", "withdrawn"})


def category_of(kind: str, state: str, pending_reason: str = "") -> str:
    """The category behind a ticket's state; a wait for others than the requester is third party."""
    category = WORKFLOWS[kind].category(state)
    if state == "pending" and pending_reason != "requester":
        return WAITING_THIRD_PARTY
    return category
