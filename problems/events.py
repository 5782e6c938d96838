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
KNOWN_ERROR_EDITED = define(
    "problems.known_error_edited", "changed {fields} of {reference}", "fields", "reference"
)
WORKAROUND_VERIFIED = define("problems.workaround_verified", "verified the workaround")
WORKAROUND_SENT = define(
    "problems.workaround_sent", "sent the workaround to {reference}", "ticket_id", "reference"
)
REQUESTERS_TOLD = define(
    "problems.requesters_told",
    "wrote to the requesters of its {tickets} open tickets",
    "tickets",
    "job_id",
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
MEMBER_JOINED_BY_MERGE = define(
    "problems.member_joined_by_merge",
    "took in {target}, into which {source} was merged",
    "source",
    "target",
    "merge_id",
)
