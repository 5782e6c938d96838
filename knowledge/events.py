"""What happens to articles. Payload fields named in a sentence are said on the timeline."""

from core.events import define

ARTICLE_WRITTEN = define("knowledge.article_written", "wrote the article")
# `fields` names what changed; `words_changed` is true when a reader reads something else now.
ARTICLE_REVISED = define(
    "knowledge.article_revised",
    "changed {fields_label}",
    "fields_label",
    "fields",
    "words_changed",
    "number",
    "note",
)
ARTICLE_SUBMITTED = define("knowledge.article_submitted", "submitted the article for validation")
ARTICLE_VALIDATED = define("knowledge.article_validated", "validated the article")
ARTICLE_FLAGGED = define("knowledge.article_flagged", "flagged the article: {reason}", "reason")
ARTICLE_ARCHIVED = define("knowledge.article_archived", "archived the article", "reason")
ARTICLE_RESTORED = define("knowledge.article_restored", "restored the article from the archive")
FEEDBACK_GIVEN = define(
    "knowledge.feedback_given", "said: {verdict}", "verdict", "helpful", "comment"
)
