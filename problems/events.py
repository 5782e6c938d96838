"""Facts about clusters, clustering runs, problems and known errors."""

from core.events import define

CLUSTER_RUN_REQUESTED = define(
    "problems.cluster_run_requested", "asked for a run over {scope}", "scope", "window_days"
)
CLUSTER_RUN_FINISHED = define(
    "problems.cluster_run_finished",
    "grouped {tickets} tickets into {clusters} clusters",
    "tickets",
    "clusters",
    "new",
)
CLUSTER_RUN_FAILED = define("problems.cluster_run_failed", "stopped: {reason}", "reason")
CLUSTER_RUN_CANCELLED = define("problems.cluster_run_cancelled", "cancelled the run")

TICKET_JOINED_CLUSTER = define(
    "problems.ticket_joined_cluster",
    "looks like “{title}”: {reason}",
    "cluster_id",
    "title",
    "reason",
    "confidence",
)
TICKET_LEFT_CLUSTER = define(
    "problems.ticket_left_cluster", "is not “{title}”", "cluster_id", "title"
)
MEMBER_ADDED = define(
    "problems.cluster_member_added", "added {reference}", "ticket_id", "reference"
)
MEMBER_REMOVED = define(
    "problems.cluster_member_removed", "removed {reference}", "ticket_id", "reference"
)
MEMBER_MOVED_AWAY = define(
    "problems.cluster_member_moved_away",
    "moved {reference} to “{title}”",
    "ticket_id",
    "reference",
    "cluster_id",
    "title",
)
MEMBER_PARTED = define(
    "problems.cluster_member_parted",
    "took out {reference}: another matter than a ticket here",
    "ticket_id",
    "reference",
)
CLUSTER_CONFIRMED = define(
    "problems.cluster_confirmed", "confirmed the cause of {tickets} tickets", "tickets"
)
CLUSTERS_MERGED = define(
    "problems.clusters_merged",
    "merged “{title}” with its {tickets} tickets into it",
    "cluster_id",
    "title",
    "tickets",
)
CLUSTERS_UNMERGED = define(
    "problems.clusters_unmerged",
    "undid the merge with “{title}”: {tickets} tickets went back",
    "cluster_id",
    "title",
    "tickets",
)
CLUSTER_SPLIT = define(
    "problems.cluster_split",
    "split {tickets} tickets off into “{title}”",
    "cluster_id",
    "title",
    "tickets",
)
CLUSTER_SPLIT_OFF = define(
    "problems.cluster_split_off",
    "made it of {tickets} tickets of “{title}”",
    "cluster_id",
    "title",
    "tickets",
)
MOVE_APPROVED = define(
    "problems.move_approved", "approved where run {run} put {reference}", "run", "reference"
)
MOVE_PUT_BACK = define(
    "problems.move_put_back",
    "put {reference} back, which run {run} had moved",
    "run",
    "reference",
)
WORD_WITHDRAWN = define(
    "problems.cluster_word_withdrawn",
    "took back “{label}” of {reference}",
    "label",
    "reference",
    "ticket_id",
)
CLUSTER_RENAMED = define(
    "problems.cluster_renamed", "renamed it from “{before}”", "before", "title"
)
CLUSTER_LOCKED = define("problems.cluster_locked", "locked it against changes by runs")
CLUSTER_UNLOCKED = define("problems.cluster_unlocked", "unlocked it")
CLUSTER_DISMISSED = define("problems.cluster_dismissed", "dismissed it: {reason}", "reason")
CLUSTER_RESTORED = define("problems.cluster_restored", "restored it as a candidate cause")
CLUSTER_PROBLEM_OPENED = define(
    "problems.cluster_problem_opened", "opened {reference} from it", "problem_id", "reference"
)
CLUSTER_LET_GO = define(
    "problems.cluster_let_go", "{reference} was closed without a fix", "problem_id", "reference"
)
CLUSTER_FIX_LINKED = define("problems.cluster_fix_linked", "linked a fix")
CLUSTER_FIX_UNLINKED = define("problems.cluster_fix_unlinked", "has no fix linked any more")
CLUSTER_SHIPPED = define("problems.cluster_shipped", "the fix was shipped")
CLUSTER_WATCHED = define("problems.cluster_watched", "is being watched for recurrences")
CLUSTER_SETTLED = define("problems.cluster_settled", "the verdict is: {label}", "verdict", "label")

PROBLEM_OPENED = define(
    "problems.problem_opened", "opened the problem with {tickets} tickets", "tickets", "cluster_id"
)
PROBLEM_EDITED = define("problems.problem_edited", "changed {fields}", "fields")
PROBLEM_ASSESSED = define("problems.problem_assessed", "began to assess it")
PROBLEM_ANALYSED = define("problems.problem_analysed", "started the root cause analysis")
KNOWN_ERROR_RECORDED = define(
    "problems.known_error_recorded",
    "recorded the known error {reference}",
    "known_error_id",
    "reference",
)
KNOWN_ERROR_RETURNED = define(
    "problems.known_error_returned", "went back to the known error: no fix is in progress"
)
KNOWN_ERROR_EDITED = define(
    "problems.known_error_edited", "changed {fields} of {reference}", "fields", "reference"
)
WORKAROUND_VERIFIED = define("problems.workaround_verified", "verified the workaround")
WORKAROUND_SENT = define(
    "problems.workaround_sent", "sent the workaround to {reference}", "ticket_id", "reference"
)
PROBLEM_FIX_STARTED = define("problems.problem_fix_started", "the fix is in progress")
PROBLEM_RESOLVED = define("problems.problem_resolved", "resolved it. {note}", "note")
PROBLEM_CLOSED = define(
    "problems.problem_closed", "closed it as {label}. {note}", "outcome", "label", "note"
)
PROBLEM_REOPENED = define("problems.problem_reopened", "reopened it. {note}", "note")
PROBLEM_TICKET_LINKED = define(
    "problems.problem_ticket_linked", "linked {reference}", "ticket_id", "reference"
)
PROBLEM_TICKETS_LINKED = define(
    "problems.problem_tickets_linked",
    "linked {tickets} tickets of its cluster",
    "tickets",
    "ticket_ids",
)
PROBLEM_TICKET_UNLINKED = define(
    "problems.problem_ticket_unlinked", "unlinked {reference}", "ticket_id", "reference"
)
TICKET_GIVEN_PROBLEM = define(
    "problems.ticket_given_problem", "is caused by {reference}", "problem_id", "reference"
)
TICKET_FREED_OF_PROBLEM = define(
    "problems.ticket_freed_of_problem", "is not caused by {reference}", "problem_id", "reference"
)
# What is needed to take it back; the links themselves are told as linked and unlinked.
PROBLEM_TICKET_HANDED_ON = define(
    "problems.problem_ticket_handed_on",
    "goes on with {target}, into which {source} was merged",
    "source",
    "target",
    "merge_id",
    "joined",
    "person_id",
    "linked_at",
)
CLUSTER_DESCRIBED = define(
    "problems.cluster_described", "worked out what its tickets have in common"
)
MEMBER_JOINED_BY_MERGE = define(
    "problems.member_joined_by_merge",
    "took in {target}, into which {source} was merged",
    "source",
    "target",
    "merge_id",
)

PROBLEM_TASK_ADDED = define("problems.task_added", "added the task “{title}”", "title", "task_id")
PROBLEM_TASK_CHANGED = define(
    "problems.task_changed", "changed the task “{title}”", "title", "task_id", "changes"
)
PROBLEM_TASK_DONE = define("problems.task_done", "did the task “{title}”", "title", "task_id")
PROBLEM_TASK_UNDONE = define(
    "problems.task_undone", "took up the task “{title}” again", "title", "task_id"
)
PROBLEM_TASK_REMOVED = define(
    "problems.task_removed", "removed the task “{title}”", "title", "task_id"
)

WHY_ADDED = define("problems.why_added", "answered a why: {text}", "text")
WHY_CHANGED = define("problems.why_changed", "changed a why: {text}", "text")
WHY_REMOVED = define("problems.why_removed", "removed a why: {text}", "text")
CAUSE_ADDED = define("problems.cause_added", "named a possible cause: {text}", "text")
CAUSE_CHANGED = define("problems.cause_changed", "changed a possible cause: {text}", "text")
CAUSE_REMOVED = define("problems.cause_removed", "removed a possible cause: {text}", "text")
ENTRY_ADDED = define("problems.entry_added", "wrote on the timeline: {text}", "text")
ENTRY_CHANGED = define("problems.entry_changed", "changed the timeline: {text}", "text")
ENTRY_REMOVED = define("problems.entry_removed", "removed from the timeline: {text}", "text")

PROBLEM_ARTICLE_LINKED = define(
    "problems.problem_article_linked", "linked {reference}", "article_id", "reference"
)
PROBLEM_ARTICLE_UNLINKED = define(
    "problems.problem_article_unlinked", "unlinked {reference}", "article_id", "reference"
)
KNOWN_ERROR_ARTICLE_WRITTEN = define(
    "problems.known_error_article_written",
    "wrote {reference} from the known error",
    "article_id",
    "reference",
)
KNOWN_ERROR_ARTICLE_UPDATED = define(
    "problems.known_error_article_updated",
    "brought {reference} in step with the known error",
    "article_id",
    "reference",
)
FIX_SENT = define("problems.fix_sent", "told {reference} of the fix", "ticket_id", "reference")

PROBLEM_REVIEW_WRITTEN = define("problems.review_written", "wrote on the problem review")
PROBLEM_REVIEW_PUBLISHED = define("problems.review_published", "published the problem review")
PROBLEM_FOLLOW_UP_ADDED = define(
    "problems.follow_up_added", "added a follow-up: {title}", "title", "follow_up_id"
)
PROBLEM_FOLLOW_UP_CHANGED = define(
    "problems.follow_up_changed", "changed {fields} of a follow-up", "fields", "follow_up_id"
)
PROBLEM_FOLLOW_UP_MOVED = define(
    "problems.follow_up_moved", "follow-up: {label}. {note}", "label", "note", "state"
)
PROBLEM_FOLLOW_UP_OVERDUE = define(
    "problems.follow_up_overdue",
    "the follow-up “{title}” is overdue since {due_on}",
    "title",
    "due_on",
    "follow_up_id",
)
