"""States and steps of major incidents, of their status, and of what follows from a review."""

from core.workflow import State, Workflow, step

# Whether an incident is treated as a major one. There is no pending state: somebody decides.
CANDIDATE = Workflow(
    "major_incident_candidate",
    [
        State("proposed", "Proposed", "open"),
        State("accepted", "Accepted", "open"),
        State("rejected", "Rejected", "closed"),
        State("cancelled", "Cancelled", "closed"),
    ],
    [
        step("accept", "proposed", "accepted", "Accept"),
        step("reject", "proposed", "rejected", "Reject"),
        step("cancel", ["proposed", "accepted"], "cancelled", "Cancel"),
    ],
)

# What an accepted one is at; each status update says it. It may fall back: a service that was
# thought restored breaks again.
STATUS = Workflow(
    "major_incident_status",
    [
        State("investigating", "Investigating", "open"),
        State("identified", "Identified", "open"),
        State("monitoring", "Monitoring", "open"),
        State("resolved", "Resolved", "resolved"),
        State("postmortem", "Postmortem", "closed"),
    ],
    [
        step("identify", "investigating", "identified", "Cause identified"),
        step("monitor", ["investigating", "identified"], "monitoring", "Fix in place, monitoring"),
        step("resolve", ["investigating", "identified", "monitoring"], "resolved", "Restored"),
        step(
            "investigate_again",
            ["identified", "monitoring", "resolved"],
            "investigating",
            "Investigating again",
        ),
        step("publish_review", "resolved", "postmortem", "Publish the review"),
    ],
)

# Steps a status update may take; the review is published by an action of its own.
UPDATE_STEPS = ("identify", "monitor", "resolve", "investigate_again")

ROLES = [
    ("manager", "Major incident manager"),
    ("technical_lead", "Technical lead"),
    ("communications_lead", "Communications lead"),
    ("scribe", "Scribe"),
]

COMPONENT_STATUSES = [
    ("operational", "Operational"),
    ("degraded", "Degraded performance"),
    ("partial_outage", "Partial outage"),
    ("major_outage", "Major outage"),
    ("maintenance", "Maintenance"),
]

INTERNAL = "internal"
AUDIENCES = [
    (INTERNAL, "Everybody who works here"),
    ("requesters", "Affected requesters"),
    ("public", "The public status page"),
]


def statuses_from(current: str) -> list[tuple[str, str]]:
    """(status, label) an update may give after `current`: the same one, or where a step leads."""
    found = [(current, STATUS.label(current))]
    for name in UPDATE_STEPS:
        one = STATUS.steps[name]
        if current in one.sources:
            found.append((one.target, STATUS.label(one.target)))
    return found
