"""What was known of one record when it was attached, without anything personal."""

from datetime import datetime

from analysis.redaction import redact
from changes.models import Change
from devlink.evidence.excerpts import redacted_words
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Problem, ProblemTicket

Json = dict[str, object]


def snapshot(source: Ticket | Problem | Change | Article, *, as_of: datetime) -> Json:
    """Reference, title, state and the facts that matter for this kind of record."""
    found: Json = {
        "reference": source.reference,
        "title": redact(source.title),
        "as_of": as_of.isoformat(timespec="seconds"),
    }
    if isinstance(source, Ticket):
        title, text = redacted_words(source)
        found |= {
            "title": title,
            "state": source.state_label,
            "text": text,
            "version_seen": source.version_seen,
            "created_at": source.created_at.isoformat(timespec="seconds"),
        }
    elif isinstance(source, Problem):
        found |= {
            "state": source.state_label,
            "tickets": ProblemTicket.objects.filter(problem=source).count(),
            "workaround": source.workaround,
            "root_cause": source.root_cause,
        }
    elif isinstance(source, Change):
        found |= {"state": source.state_label, "outcome": source.outcome}
    else:
        found |= {"state": source.confidence}
    return found
