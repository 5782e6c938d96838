"""What happens to tickets. Payload fields named in a sentence are said on the timeline."""

from core.events import define

TICKET_OPENED = define(
    "incidents.ticket_opened", "opened the ticket ({channel})", "channel", public=True
)
# Public replies are read in the conversation itself; a note's existence is not for requesters.
TICKET_REPLIED = define(
    "incidents.ticket_replied", "wrote: {kind_label}", "message_id", "message_kind", "kind_label"
)
# Whoever keeps who follows a ticket lets the person named follow it.
PERSON_MENTIONED = define(
    "incidents.person_mentioned", "mentioned {name}", "name", "person_id", "message_id"
)
# `with_words`: they hear of it by the message they were put in copy of.
COPY_ADDED = define("incidents.copy_added", "put {name} in copy", "name", "person_id", "with_words")
COPY_ENDED = define("incidents.copy_ended", "took {name} out of copy", "name", "person_id")
# `why` goes on with the sentence where no person decided: " by round robin: 2 open, …".
TICKET_ASSIGNED = define(
    "incidents.ticket_assigned",
    "assigned the ticket to {to}{why}",
    "to",
    "why",
    "assignee_id",
    "team_id",
    "previous_assignee_id",
    "previous_team_id",
)
ASSIGNMENT_WAITS = define("incidents.assignment_waits", "waits in the queue: {why}", "why")
TICKET_RETURNED_TO_POOL = define(
    "incidents.ticket_returned_to_pool",
    "returned the ticket to {to}: {owner} has not touched it for {minutes} working minutes",
    "to",
    "owner",
    "minutes",
    "team_id",
    "previous_assignee_id",
)
TICKET_STARTED = define("incidents.ticket_started", "started work", public=True)
TICKET_ON_HOLD = define(
    "incidents.ticket_on_hold",
    "put the ticket on hold: {reason_label}",
    "reason",
    "reason_label",
    public=True,
)
TICKET_RESUMED = define(
    "incidents.ticket_resumed", "answered, and the ticket is in work again", public=True
)
TICKET_HANDED_TO_DEVELOPMENT = define(
    "incidents.ticket_handed_to_development",
    "handed the ticket to development",
    "note",
    public=True,
)
DEVELOPMENT_BEGUN = define("incidents.development_begun", "began development on it", public=True)
TICKET_RETURNED = define(
    "incidents.ticket_returned", "returned the ticket to the desk", "note", public=True
)
FIX_OFFERED = define(
    "incidents.fix_offered", "offered a fix in {release}", "release", "note", public=True
)
FIX_CONFIRMED = define("incidents.fix_confirmed", "confirmed the fix", public=True)
STILL_BROKEN = define(
    "incidents.still_broken", "reported that it is still broken", "note", public=True
)
TICKET_RESOLVED = define(
    "incidents.ticket_resolved",
    "resolved the ticket: {code_label}",
    "code",
    "code_label",
    "text",
    "first_contact",
    "resolution",
    public=True,
)
TICKET_REOPENED = define(
    "incidents.ticket_reopened",
    "reopened the ticket",
    "note",
    "code_before",
    "text_before",
    public=True,
)
TICKET_CLOSED = define("incidents.ticket_closed", "closed the ticket", public=True)
TICKET_CANCELLED = define("incidents.ticket_cancelled", "cancelled the ticket", "note", public=True)
REQUEST_SUBMITTED = define(
    "incidents.request_submitted", "submitted the request for approval", public=True
)
REQUEST_APPROVED = define("incidents.request_approved", "approved the request", public=True)
REQUEST_REJECTED = define("incidents.request_rejected", "rejected the request", "note", public=True)
# `changes` maps a field to its value before and after; `version` is the version it led to.
TICKET_EDITED = define(
    "incidents.ticket_edited", "changed {fields_label}", "fields_label", "changes", "version"
)
ANSWERS_GIVEN = define("incidents.answers_given", "filled in {form}", "form")
# `changes` maps a field's key to its answer before and after; `edit` is the edit it led to.
ANSWERS_CHANGED = define(
    "incidents.answers_changed",
    "changed {fields_label}",
    "fields_label",
    "form_id",
    "changes",
    "edit",
)
TICKET_RATED = define(
    "incidents.ticket_rated",
    "rated the help {score} of 5",
    "score",
    "reason",
    "comment",
    "resolution",
    public=True,
)
FOLLOW_UP_OPENED = define(
    "incidents.follow_up_opened",
    "opened {reference}: an answer after the end of this ticket",
    "reference",
    "ticket_id",
    public=True,
)
FOLLOWS_UP = define(
    "incidents.follows_up", "follows up {reference}", "reference", "ticket_id", public=True
)
TASK_ADDED = define("incidents.task_added", "added the task “{title}”", "title", "task_id")
TASK_CHANGED = define(
    "incidents.task_changed", "changed the task “{title}”", "title", "task_id", "changes"
)
TASK_DONE = define("incidents.task_done", "did the task “{title}”", "title", "task_id")
TASK_UNDONE = define(
    "incidents.task_undone", "took up the task “{title}” again", "title", "task_id"
)
TASK_REMOVED = define("incidents.task_removed", "removed the task “{title}”", "title", "task_id")
CHECKLIST_APPLIED = define(
    "incidents.checklist_applied", "added the checklist “{name}”", "name", "tasks"
)
TIME_NOTED = define("incidents.time_noted", "noted {minutes} min{what}", "minutes", "what", "day")
TIME_REMOVED = define("incidents.time_removed", "took {minutes} noted min away", "minutes", "day")
# `says` is "follows the ticket" of oneself and "lets Ann follow the ticket" of somebody else.
TICKET_FOLLOWED = define("incidents.ticket_followed", "{says}", "says", "person_id")
TICKET_UNFOLLOWED = define("incidents.ticket_unfollowed", "{says}", "says", "person_id")
DRAFT_TAKEN_UP = define(
    "incidents.draft_taken_up", "goes on with the draft of {writer}", "writer", "person_id"
)
TICKET_TAGGED = define("incidents.ticket_tagged", "tagged it {tag}", "tag")
TICKET_UNTAGGED = define("incidents.ticket_untagged", "took the tag {tag} away", "tag")
TAG_RENAMED = define(
    "incidents.tag_renamed", "renamed the tag {before} to {after}", "before", "after"
)
TAGS_MERGED = define(
    "incidents.tags_merged",
    "merged the tag {before} into {after} ({tickets} tickets)",
    "before",
    "after",
    "tickets",
)
TAG_DELETED = define(
    "incidents.tag_deleted", "deleted the tag {tag} ({tickets} tickets)", "tag", "tickets"
)
TICKET_SHARED = define(
    "incidents.ticket_shared", "shared the ticket with {team}", "team", "team_id", "because"
)
TICKET_UNSHARED = define(
    "incidents.ticket_unshared",
    "ended the sharing with {team}",
    "team",
    "team_id",
    "because",
)
TEAM_POLICY_SET = define("incidents.team_policy_set", "changed how {team} works", "team", "changes")
CHECKLIST_SAVED = define("incidents.checklist_saved", "saved the checklist “{name}”", "name")
CHECKLIST_DELETED = define("incidents.checklist_deleted", "deleted the checklist “{name}”", "name")
CSAT_REASONS_SET = define(
    "incidents.csat_reasons_set", "changed the reasons offered with a rating", "labels"
)
ARTICLE_LINKED = define("incidents.article_linked", "linked {reference}", "reference", "article_id")
TICKET_EMBEDDED = define("incidents.ticket_embedded", "read the ticket for look-alikes", "model")
# Once a ticket, target and policy version each; `notify` says whether people are told.
TICKET_TARGET_WARNED = define(
    "incidents.ticket_target_warned",
    "warned: {percent} % of the time for the {target_label} is used",
    "percent",
    "target",
    "target_label",
    "due_at",
    "clock_id",
    "policy_version_id",
    "notify",
)
TICKET_TARGET_BREACHED = define(
    "incidents.ticket_target_breached",
    "noted that the {target_label} is over its target",
    "target",
    "target_label",
    "due_at",
    "clock_id",
    "policy_version_id",
    "notify",
)
# One a batch, about the run; `ticket_ids` are those the batch made, for whoever reads them on.
TICKETS_IMPORTED = define(
    "incidents.tickets_imported",
    "imported {created} tickets from {source}",
    "source",
    "created",
    "unchanged",
    "rejected",
    "ticket_ids",
)
IMPORT_REQUESTED = define("incidents.import_requested", "started the import of {file}", "file")
IMPORT_CANCELLED = define("incidents.import_cancelled", "stopped the import of {file}", "file")
REQUESTER_INTRODUCED = define("incidents.requester_introduced", "took down a new requester")
REPLY_CANNED = define("incidents.reply_canned", "kept the canned reply “{title}”", "title")
REPLY_DROPPED = define("incidents.reply_dropped", "deleted the canned reply “{title}”", "title")
# About the target, with both ids, for whoever keeps something of the source.
TICKETS_MERGED = define(
    "incidents.tickets_merged",
    "merged {source} into this ticket",
    "source",
    "source_id",
    "target_id",
    "merge_id",
)
MERGED_AWAY = define(
    "incidents.merged_away",
    "merged this ticket into {target}",
    "target",
    "target_id",
    public=True,
)
# About the target again; `stayed_ids` are messages that came for the source meanwhile.
MERGE_UNDONE = define(
    "incidents.merge_undone",
    "undid the merge of {source}",
    "source",
    "source_id",
    "target_id",
    "merge_id",
    "stayed_ids",
)
MERGED_BACK = define(
    "incidents.merged_back",
    "took this ticket out of {target} again",
    "target",
    "target_id",
    public=True,
)
MESSAGES_SPLIT_OFF = define(
    "incidents.messages_split_off",
    "moved {count_label} to the new ticket {into}",
    "count_label",
    "into",
    "into_id",
    "message_ids",
)
SPLIT_FROM = define(
    "incidents.split_from",
    "split this ticket off {origin}, with {count_label}",
    "origin",
    "origin_id",
    "count_label",
    "message_ids",
)
TICKETS_LINKED = define(
    "incidents.tickets_linked",
    "linked: {label} {reference}",
    "label",
    "reference",
    "relation_kind",
    "ticket_id",
    "relation_id",
)
TICKETS_UNLINKED = define(
    "incidents.tickets_unlinked",
    "took the link away: {label} {reference}",
    "label",
    "reference",
    "relation_kind",
    "ticket_id",
)
LIKENESS_JUDGED = define(
    "incidents.likeness_judged",
    "said of {reference}: {label}",
    "reference",
    "label",
    "likeness",
    "ticket_id",
)
LIKENESS_WITHDRAWN = define(
    "incidents.likeness_withdrawn",
    "took back what was said of {reference}: {label}",
    "reference",
    "label",
    "likeness",
    "ticket_id",
)
TICKET_JOB_REQUESTED = define(
    "incidents.ticket_job_requested", "started “{summary}” on {count} tickets", "summary", "count"
)
TICKET_JOB_CANCELLED = define("incidents.ticket_job_cancelled", "stopped “{summary}”", "summary")
VIEW_SAVED = define("incidents.view_saved", "saved the view “{name}”", "name")
VIEW_DELETED = define("incidents.view_deleted", "deleted the view “{name}”", "name")
SYNONYMS_CHANGED = define(
    "incidents.synonyms_changed", "made {words} mean the same in searches", "words", "before"
)
SYNONYMS_REMOVED = define(
    "incidents.synonyms_removed", "took the synonyms {words} away from searches", "words"
)
STOP_WORD_ADDED = define("incidents.stop_word_added", "left “{word}” out of searches", "word")
STOP_WORD_REMOVED = define(
    "incidents.stop_word_removed", "took “{word}” into searches again", "word"
)
SEARCH_LANGUAGES_CHANGED = define(
    "incidents.search_languages_changed",
    "made searches know the words of {languages}",
    "languages",
    "before",
)
SEARCH_INDEX_AGED = define(
    "incidents.search_index_aged",
    "began to write the words of {tickets} tickets anew: searches know more than before",
    "tickets",
)
