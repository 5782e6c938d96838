"""Facts about work items, sprints, evidence packs, asks, releases, fix claims and trackers."""

from core.events import define

WORK_ITEM_CREATED = define(
    "devlink.work_item_created", "created {key}", "key", "problem_id", "cluster_id"
)
WORK_ITEM_IMPORTED = define("devlink.work_item_imported", "imported it from {file}", "file")
WORK_ITEM_EDITED = define("devlink.work_item_edited", "changed {fields}", "fields")
WORK_ITEM_COMMENTED = define(
    "devlink.work_item_commented", "commented for {side_label}", "comment_id", "side", "side_label"
)
EVIDENCE_ATTACHED = define(
    "devlink.evidence_attached", "attached {reference}", "reference", "evidence_id"
)
EVIDENCE_DETACHED = define("devlink.evidence_detached", "took off {reference}", "reference")
WORK_ITEM_LINKED = define(
    "devlink.work_item_linked",
    "linked it with {reference}",
    "reference",
    "problem_id",
    "cluster_id",
)
WORK_ITEM_UNLINKED = define(
    "devlink.work_item_unlinked",
    "unlinked it from {reference}",
    "reference",
    "problem_id",
    "cluster_id",
)
WORK_ITEM_COMMITTED = define("devlink.work_item_committed", "committed to it")
WORK_ITEM_PLANNED = define(
    "devlink.work_item_planned", "planned it for {sprint}", "sprint_id", "sprint"
)
WORK_ITEM_UNPLANNED = define(
    "devlink.work_item_unplanned", "took it out of {sprint}", "sprint_id", "sprint"
)
WORK_ITEM_STARTED = define("devlink.work_item_started", "started work")
WORK_ITEM_PUT_BACK = define("devlink.work_item_put_back", "put it back")
WORK_ITEM_FINISHED = define("devlink.work_item_finished", "finished it")
WORK_ITEM_REOPENED = define("devlink.work_item_reopened", "reopened it")
WORK_ITEM_CANCELLED = define("devlink.work_item_cancelled", "cancelled it: {reason}", "reason")

# A requester who was told of the fix says that it does not help; which one is on the obligation.
FIX_DOUBTED = define("devlink.fix_doubted", "heard that it is still broken in {release}", "release")

WORK_ITEM_SENT = define("devlink.work_item_sent", "sends it to {tracker}", "tracker", "tracker_id")
WORK_ITEM_MADE_THERE = define(
    "devlink.work_item_made_there",
    "made it in {tracker} as {external_id}",
    "tracker",
    "external_id",
)
WORK_ITEM_PACK_POSTED = define(
    "devlink.work_item_pack_posted",
    "posted the evidence, version {version}, in {tracker}",
    "tracker",
    "version",
)
WORK_ITEM_NOT_SENT = define(
    "devlink.work_item_not_sent", "could not do it in {tracker}: {reason}", "tracker", "reason"
)

SPRINT_CREATED = define("devlink.sprint_created", "planned the sprint")
SPRINT_EDITED = define("devlink.sprint_edited", "changed {fields}", "fields")
SPRINT_STARTED = define(
    "devlink.sprint_started",
    "started the sprint with {items} items; {expired} asks stayed unanswered",
    "items",
    "expired",
)
SPRINT_CLOSED = define(
    "devlink.sprint_closed", "closed the sprint: {done} of {items} items done", "done", "items"
)

PACK_BUILT = define(
    "devlink.pack_built",
    "froze the evidence, version {version}",
    "version",
    "sha256",
    "problem_id",
    "work_item_id",
)

# The subject of each is the ask.
ASK_MADE = define(
    "devlink.ask_made",
    "asked for {key} in {sprint} with {points} points",
    "key",
    "sprint",
    "points",
    "sprint_id",
    "work_item_id",
)
ASK_ACCEPTED = define("devlink.ask_accepted", "accepted: {comment}", "comment", "key", "sprint")
ASK_DEFERRED = define(
    "devlink.ask_deferred", "deferred until {until}: {comment}", "until", "comment", "key"
)
ASK_DECLINED = define(
    "devlink.ask_declined",
    "declined ({reason_label}): {comment}",
    "reason_code",
    "reason_label",
    "comment",
    "key",
)
ASK_EXPIRED = define(
    "devlink.ask_expired", "went unanswered into the start of {sprint}", "sprint", "key"
)
ASK_REPEATED = define("devlink.ask_repeated", "asked again", "key", "sprint", "work_item_id")
QUESTION_ASKED = define(
    "devlink.question_asked", "asked support: {body}", "body", "question_id", "key"
)
QUESTION_ANSWERED = define(
    "devlink.question_answered", "answered: {answer}", "answer", "question_id", "key"
)

# The subject is the work item: nothing needs to have been asked for.
ITEM_QUESTION_ASKED = define(
    "devlink.item_question_asked", "asked support: {body}", "body", "question_id", "key"
)
ITEM_QUESTION_ANSWERED = define(
    "devlink.item_question_answered", "answered: {answer}", "answer", "question_id", "key"
)

RELEASE_CREATED = define("devlink.release_created", "planned the release {version}", "version")
RELEASE_EDITED = define("devlink.release_edited", "changed {fields}", "fields")
RELEASE_ITEM_ADDED = define("devlink.release_item_added", "added {key}", "key", "work_item_id")
RELEASE_ITEM_REMOVED = define(
    "devlink.release_item_removed", "took out {key}", "key", "work_item_id"
)
RELEASE_ADVANCED = define(
    "devlink.release_advanced", "moved the release to {label}", "state", "label", "step"
)
SUPPORT_TOLD = define("devlink.support_told", "told support: {note}", "note")
CRITERION_MET = define(
    "devlink.criterion_met", "met “{label}”: {evidence}", "label", "evidence", "key"
)
CRITERION_WAIVED = define(
    "devlink.criterion_waived", "waived “{label}”: {reason}", "label", "reason", "key"
)
CRITERION_REOPENED = define(
    "devlink.criterion_reopened", "opened “{label}” again: {reason}", "label", "reason", "key"
)
READINESS_SIGNED = define(
    "devlink.readiness_signed",
    "signed for {team}: {verdict_label}. {conditions}",
    "team",
    "verdict",
    "verdict_label",
    "conditions",
)
DEPLOYMENT_STARTED = define("devlink.deployment_started", "started the deployment", "version")
DEPLOYMENT_FAILED = define("devlink.deployment_failed", "the deployment failed: {reason}", "reason")
RELEASE_DEPLOYED = define(
    "devlink.release_deployed", "deployed {version}", "version", "deployed_at"
)
RELEASE_GREW = define(
    "devlink.release_grew", "was deployed with {key} in it", "key", "work_item_id"
)
RELEASE_RECALLED = define(
    "devlink.release_recalled", "was deployed on {day}, before it was known here", "day"
)
DEPLOYED_ELSEWHERE = define(
    "devlink.deployed_elsewhere",
    "was deployed to {environment}: {status_label}",
    "environment",
    "status",
    "status_label",
    "deployment_id",
)

# The subject is the claim.
FIX_CLAIMED = define(
    "devlink.fix_claimed", "claims to fix “{cluster}” with {key}", "cluster", "key", "release"
)
FIX_JUDGED = define(
    "devlink.fix_judged", "week {week}: {sentence}", "week", "verdict", "sentence", "changed"
)

INVOLVEMENT_RECORDED = define(
    "devlink.involvement_recorded",
    "wrote down for support in {stage_label}: {kind_label}. {note}",
    "kind",
    "kind_label",
    "stage_label",
    "note",
)
# The subject is what support was absent from.
JOIN_ASKED = define(
    "devlink.join_asked", "asks for {asker} to take part in the next one", "asker", "join_id"
)

# The subject is the person whose assistant it is.
ASSISTANT_CALLED = define(
    "devlink.assistant_called",
    "an assistant used {tool}: {outcome}. {said}",
    "tool",
    "arguments",
    "outcome",
    "said",
    "milliseconds",
)
# The subject is the tracker.
TRACKER_ADDED = define("devlink.tracker_added", "added the tracker")
TRACKER_EDITED = define("devlink.tracker_edited", "changed {fields}", "fields")
TRACKER_DISABLED = define("devlink.tracker_disabled", "disabled it: {reason}", "reason")
TRACKER_ENABLED = define("devlink.tracker_enabled", "enabled it")
TRACKER_SECRET_CHANGED = define("devlink.tracker_secret_changed", "changed the webhook secret")
