"""What the search finds besides tickets: each kind's own `visible_to`, the same question."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchRank
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accounts.models import Organisation, Person
from changes.models import Change
from core.marking import Piece
from core.references import parse_reference
from devlink.models import Release, WorkItem
from incidents.searching import Question, Reason
from incidents.searching.marking import Marker, mark, snippet
from knowledge.models import Article
from problems.models import KnownError, Problem


@dataclass(frozen=True)
class Hit:
    """One record found, with its title in pieces and the reasons why."""

    kind: str
    url: str
    reference: str
    title: Sequence[Piece]
    state: str = ""
    state_label: str = ""
    note: str = ""
    reasons: Sequence[Reason] = field(default_factory=list)
    at: datetime | None = None


@dataclass(frozen=True)
class Reading:
    """One search of one person: what was asked, and how many of a kind are wanted."""

    person: Person
    question: Question
    most: int

    @property
    def reference(self) -> tuple[str, int] | None:
        """The record asked for when the question is one reference and nothing else."""
        terms = self.question.asked.terms
        return parse_reference(terms[0].text) if len(terms) == 1 else None

    def numbered(self, rows: QuerySet[Any], prefix: str) -> QuerySet[Any] | None:
        """The row of the reference that was asked for; None when no reference was."""
        if self.reference is None:
            return None
        return rows.filter(pk=self.reference[1]) if self.reference[0] == prefix else rows.none()

    def ranked(self, rows: QuerySet[Any], prefix: str) -> QuerySet[Any]:
        """Rows with a search vector that fit, best first."""
        numbered = self.numbered(rows, prefix)
        if numbered is not None:
            return numbered
        weight = SearchRank(F("search_vector"), self.question.best)
        return rows.filter(search_vector=self.question.match).order_by(weight.desc(), "-pk")

    def holding(self, rows: QuerySet[Any], *columns: str) -> QuerySet[Any]:
        """Rows of a short table with the words in one of the columns, newest first."""
        fits = Q()
        for wanted in self.question.wanted:
            fits &= _any(columns, (one.text for one in wanted.spelt))
        away = _any(columns, (term.text for term in self.question.asked.excluded))
        if away:
            fits &= ~away
        return rows.filter(fits).order_by("-pk")

    @property
    def markers(self) -> list[Marker]:
        """Finds the words of the question in a text."""
        return [Marker(one) for one in self.question.wanted]


def _any(columns: Iterable[str], words: Iterable[str]) -> Q:
    found = Q()
    for word in words:
        for column in columns:
            found |= Q(**{f"{column}__icontains": word})
    return found


def _reasons(reading: Reading, title: str, text: str) -> list[Reason]:
    """Where the words stand: in the title, in the text below it, or both."""
    reasons = []
    if any(one.hit for one in mark(title, reading.markers)):
        reasons.append(Reason("title", "title"))
    around = snippet(text, reading.markers)
    if around:
        reasons.append(Reason("description", "text", around))
    return reasons


def problems(reading: Reading) -> list[Hit]:
    """Problems, best first."""
    rows = Problem.objects.visible_to(reading.person).defer("search_vector")
    return [
        Hit(
            "problems", row.get_absolute_url(), row.reference, mark(row.title, reading.markers),
            row.state, row.state_label, reasons=_reasons(reading, row.title, row.description),
            at=row.created_at,
        )
        for row in reading.ranked(rows, "PRB")[: reading.most]
    ]  # fmt: skip


def known_errors(reading: Reading) -> list[Hit]:
    """Known errors by symptom, error code, cause or workaround, best first."""
    rows = KnownError.objects.visible_to(reading.person).select_related("problem")
    rows = rows.defer("search_vector", "problem__search_vector")
    return [
        Hit(
            "known-errors", row.get_absolute_url(), row.reference,
            mark(row.problem.title, reading.markers), row.problem.state, row.problem.state_label,
            note=row.error_code,
            reasons=_reasons(
                reading, row.problem.title, f"{row.symptom} {row.root_cause} {row.workaround}"
            ),
            at=row.created_at,
        )
        for row in reading.ranked(rows, "KE")[: reading.most]
    ]  # fmt: skip


def articles(reading: Reading) -> list[Hit]:
    """Articles, best first."""
    rows = Article.objects.visible_to(reading.person).defer("search_vector")
    return [
        Hit(
            "knowledge", row.get_absolute_url(), row.reference, mark(row.title, reading.markers),
            row.confidence, row.get_confidence_display(),
            reasons=_reasons(reading, row.title, f"{row.issue} {row.cause} {row.resolution}"),
        )
        for row in reading.ranked(rows, "KB")[: reading.most]
    ]  # fmt: skip


def changes(reading: Reading) -> list[Hit]:
    """Changes with the words in their title, newest first."""
    visible = Change.objects.visible_to(reading.person)
    rows = reading.numbered(visible, "CHG")
    if rows is None:
        rows = reading.holding(visible, "title")
    return [
        Hit(
            "changes", row.get_absolute_url(), row.reference, mark(row.title, reading.markers),
            row.state, row.state_label,
        )
        for row in rows[: reading.most]
    ]  # fmt: skip


def work_items(reading: Reading) -> list[Hit]:
    """Work items by key or title, newest first."""
    visible = WorkItem.objects.visible_to(reading.person)
    return [
        Hit(
            "work", row.get_absolute_url(), row.key, mark(row.title, reading.markers),
            row.state, row.get_state_display(),
        )
        for row in reading.holding(visible, "key", "title")[: reading.most]
    ]  # fmt: skip


def releases(reading: Reading) -> list[Hit]:
    """Releases by version or name, newest first."""
    visible = Release.objects.visible_to(reading.person)
    return [
        Hit(
            "releases", row.get_absolute_url(), row.version, mark(row.name, reading.markers),
            row.state, row.get_state_display(),
        )
        for row in reading.holding(visible, "version", "name")[: reading.most]
    ]  # fmt: skip


def people(reading: Reading) -> list[Hit]:
    """People by name or e-mail address; a hit leads to their tickets."""
    visible = Person.objects.visible_to(reading.person).select_related("organisation")
    url = reverse("incidents:tickets")
    return [
        Hit(
            "people", f"{url}?{urlencode({'requester': row.pk, 'state': 'any'})}", "",
            mark(row.name, reading.markers),
            note=row.organisation.name if row.organisation else "",
        )
        for row in reading.holding(visible, "name", "email")[: reading.most]
    ]  # fmt: skip


def organisations(reading: Reading) -> list[Hit]:
    """Organisations by name; a hit leads to their tickets."""
    visible = Organisation.objects.visible_to(reading.person)
    url = reverse("incidents:tickets")
    return [
        Hit(
            "organisations", f"{url}?{urlencode({'organisation': row.pk, 'state': 'any'})}", "",
            mark(row.name, reading.markers),
        )
        for row in reading.holding(visible, "name")[: reading.most]
    ]  # fmt: skip


Reader = Callable[[Reading], list[Hit]]
# Name in addresses, label, for requesters too, reader.
OTHERS: tuple[tuple[str, str, bool, Reader], ...] = (
    ("problems", "Problems", False, problems),
    ("known-errors", "Known errors", False, known_errors),
    ("knowledge", "Knowledge", True, articles),
    ("changes", "Changes", False, changes),
    ("work", "Work items", False, work_items),
    ("releases", "Releases", False, releases),
    ("people", "People", False, people),
    ("organisations", "Organisations", False, organisations),
)
