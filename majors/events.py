"""What happens to major incidents."""

from core.events import define

MAJOR_PROPOSED = define(
    "majors.proposed", "proposed it as a major incident: {why}", "why", "ticket_id"
)
MAJOR_ACCEPTED = define(
    "majors.accepted", "accepted it as a major incident: {impact}", "impact", "ticket_id"
)
MAJOR_REJECTED = define(
    "majors.rejected", "did not take it as a major incident: {reason}", "reason"
)
MAJOR_CANCELLED = define("majors.cancelled", "ended the major incident: {reason}", "reason")
ROLE_GIVEN = define(
    "majors.role_given", "made {person} {role}", "person", "role", "role_name", "person_id"
)
UPDATE_POSTED = define(
    "majors.update_posted",
    "posted “{status}” for {audiences}",
    "status",
    "audiences",
    "update_id",
)
UPDATE_OVERDUE = define("majors.update_overdue", "the next update is overdue", "due_at")
COMPONENT_STATUS_SET = define(
    "majors.component_status_set", "set {component} to {status}", "component", "status"
)
MAJOR_NOTED = define("majors.noted", "noted: {text}", "text")
MAJOR_RESTORED = define("majors.restored", "declared the service restored")
REVIEW_WRITTEN = define("majors.review_written", "wrote on the post-incident review")
REVIEW_PUBLISHED = define("majors.review_published", "published the post-incident review")
REVIEW_OVERDUE = define("majors.review_overdue", "the post-incident review is overdue")
FOLLOW_UP_ADDED = define(
    "majors.follow_up_added", "added a follow-up: {title}", "title", "follow_up_id"
)
FOLLOW_UP_CHANGED = define("majors.follow_up_changed", "changed {fields}", "fields", "follow_up_id")
FOLLOW_UP_MOVED = define("majors.follow_up_moved", "{label}: {note}", "label", "note", "state")
FOLLOW_UP_OVERDUE = define(
    "majors.follow_up_overdue",
    "is overdue since {due_on}: {title}",
    "title",
    "due_on",
    "follow_up_id",
)
