"""What is measured of similarity and clustering: one function a measure, one setting for all."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import (
    Clustering,
    Document,
    JoinIndex,
    cluster,
    group_vectors,
    join,
    join_index,
)
from analysis.keys import exact_keys
from analysis.lexical import TermStatistics
from analysis.representation import corpus_mean, represent, word_matrix
from analysis.scores import adjusted_rand, agreement, auc, recall_at
from analysis.similar import Prepared, Rule, SimilarDocument, prepare, rank_prepared
from analysis.text import embedding_text, join_title
from analysis.vectors import FloatMatrix, default_embedder, unit_rows
from benchmarks.analysis_data import (
    Report,
    Ticket,
    load_banking,
    load_clinc,
    load_demo_truth,
    load_reports,
    load_tickets,
)
from benchmarks.analysis_figures import Figure

CANDIDATES = 50
WINDOW = timedelta(days=21)
RECURRENCES = 3


def vectors_of(documents: Sequence[Document]) -> FloatMatrix:
    """Return the default vectors of documents, as they are stored."""
    texts = [embedding_text(one.title, one.text, one.names) for one in documents]
    return default_embedder().embed(texts)


def _best(scores: NDArray[np.floating], wanted: int) -> set[int]:
    if len(scores) <= wanted:
        return set(range(len(scores)))
    return {int(at) for at in np.argpartition(-scores, wanted)[:wanted]}


def _true_duplicates(reports: Sequence[Report], pairs: Sequence[tuple[str, str]]) -> list[set[int]]:
    """Return for each report the earlier ones of its group of duplicates."""
    at = {report.id: row for row, report in enumerate(reports)}
    head = list(range(len(reports)))

    def root(row: int) -> int:
        while head[row] != row:
            row = head[row]
        return row

    for one, other in pairs:
        if one in at and other in at:
            head[root(at[one])] = root(at[other])
    earlier: dict[int, list[int]] = defaultdict(list)
    found: list[set[int]] = []
    for row in range(len(reports)):
        found.append(set(earlier[root(row)]))
        earlier[root(row)].append(row)
    return found


def _prepared_reports(reports: Sequence[Report]) -> tuple[list[Prepared], FloatMatrix]:
    documents = [Document(at, one.title, one.text) for at, one in enumerate(reports)]
    vectors = vectors_of(documents)
    statistics = TermStatistics.of(join_title(one.title, one.text) for one in reports)
    prepared = [
        prepare(
            SimilarDocument(at, one.title, one.text, vectors[at], created_at=one.at), statistics
        )
        for at, one in enumerate(reports)
    ]
    return prepared, vectors


def _as_of(one: Prepared, report: Report, at: datetime) -> Prepared:
    """The earlier report as it stood when another came: what was decided later is not known."""
    still_open = report.resolved_at is None or report.resolved_at > at
    return replace(one, document=replace(one.document, still_open=still_open))


def measure_duplicates() -> Iterator[Figure]:
    """Known duplicates among defect reports: only earlier ones are searched."""
    reports, pairs = load_reports()
    truth = _true_duplicates(reports, pairs)
    prepared, vectors = _prepared_reports(reports)
    mean = corpus_mean(vectors)
    near = unit_rows(vectors - mean)
    words = word_matrix([embedding_text(one.title, one.text) for one in reports], 300)
    rankings: list[list[int]] = []
    wanted: list[frozenset[int]] = []
    old: list[float] = []
    new: list[float] = []
    began = time.process_time()
    for row in range(1, len(reports)):
        meaning = near[:row] @ near[row]
        lexical = (words[:row] @ words[row].T).toarray().ravel()
        chosen = sorted(_best(meaning, CANDIDATES) | _best(lexical, CANDIDATES))
        answers = rank_prepared(
            prepared[row],
            (_as_of(prepared[at], reports[at], reports[row].at) for at in chosen),
            mean=mean,
            rule=Rule(similar_from=0.0),
        )
        top = answers[0].score if answers else 0.0
        if truth[row]:
            rankings.append([match.id for match in answers])
            wanted.append(frozenset(truth[row]))
            old.append(top)
        elif not reports[row].closed_as_duplicate:
            new.append(top)
    each = 1000 * (time.process_time() - began) / (len(reports) - 1)
    yield Figure("known duplicate first (R@1)", recall_at(1, rankings, wanted), 0.68)
    yield Figure("known duplicate in ten (R@10)", recall_at(10, rankings, wanted), 0.92)
    yield Figure("duplicate told from new (AUC)", auc(old, new), 0.82)
    yield Figure("searches for known duplicates", len(rankings), digits=0)
    yield Figure("CPU ms a search", each, digits=1)


def _cluster_texts(texts: Sequence[str]) -> tuple[list[int], list[int], float]:
    began = time.process_time()
    vectors = default_embedder().embed(texts)
    rows = represent(texts, vectors, [()] * len(texts))
    groups = group_vectors(rows)
    used = time.process_time() - began
    return groups.causes.tolist(), groups.themes.tolist(), used


def measure_intents() -> Iterator[Figure]:
    """Short support questions grouped without being told how many intents there are."""
    f1: list[float] = []
    rand: list[float] = []
    for name, (texts, labels) in (("Banking77", load_banking()), ("CLINC150", load_clinc())):
        causes, _, used = _cluster_texts(texts)
        found = agreement(labels, causes)
        f1.append(found.f1)
        rand.append(found.ari)
        yield Figure(f"{name} B³ F1", found.f1)
        yield Figure(f"{name} ARI", found.ari)
        yield Figure(f"{name} CPU s with embedding", used, digits=1)
    yield Figure("mean B³ F1", sum(f1) / 2, 0.52)
    yield Figure("mean ARI", sum(rand) / 2, 0.45)


def measure_demo() -> Iterator[Figure]:
    """The causes written behind the demo data."""
    texts, labels = load_demo_truth()
    documents = [
        Document(at, *(text.split("\n", 1) if "\n" in text else (text, "")))
        for at, text in enumerate(texts)
    ]
    result = cluster(documents, vectors_of(documents))
    found = agreement(labels, result.labels.tolist())
    yield Figure("demo truth B³ F1", found.f1, 0.80)
    yield Figure("demo truth B³ precision", found.precision)
    yield Figure("demo truth B³ recall", found.recall)
    yield Figure("demo truth ARI", found.ari)


@dataclass(slots=True)
class _Desk:
    """A desk that receives tickets day by day: joins at once, groups anew every night."""

    tickets: Sequence[Ticket]
    vectors: FloatMatrix
    home: dict[int, int]
    index: JoinIndex | None = None

    def receive(self, row: int) -> None:
        """Place one ticket as it arrives."""
        if self.index is None:
            return
        document = self.tickets[row].document
        keys = exact_keys(document.title, document.text)
        found = join(self.vectors[row], keys, self.index)
        if found is not None:
            self.home[row] = found.cluster

    def regroup(self, rows: Sequence[int]) -> Clustering:
        """Run the nightly grouping over a window of rows."""
        result = cluster([self.tickets[row].document for row in rows], self.vectors[rows])
        at = {self.tickets[row].document.id: row for row in rows}
        self.home.clear()
        for found in result.clusters:
            for member in found.members:
                self.home[at[member.id]] = found.label
        self.index = join_index(result)
        return result


def _strangers(desk: _Desk, rows: Sequence[int], jobs: Sequence[str]) -> set[int]:
    """Return the job tickets among `rows` whose cluster holds mostly something else."""
    inside: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row in desk.home:
            inside[desk.home[row]][jobs[row] or f"no job {row}"] += 1
    return {
        row
        for row in rows
        if jobs[row]
        and row in desk.home
        and inside[desk.home[row]][jobs[row]] * 2 <= inside[desk.home[row]].total()
    }


def _found_jobs(desk: _Desk, rows: Sequence[int], jobs: Sequence[str]) -> set[str]:
    """Return the jobs that have a cluster of two or more tickets in which no other job is."""
    inside: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row in desk.home and jobs[row]:
            inside[desk.home[row]][jobs[row]] += 1
    return {
        next(iter(counts)) for counts in inside.values() if len(counts) == 1 and counts.total() >= 2
    }


def measure_jobs() -> Iterator[Figure]:
    """Failing jobs among real tickets, fed day by day with a nightly run over three weeks."""
    tickets = load_tickets()
    jobs = [ticket.job for ticket in tickets]
    desk = _Desk(tickets, vectors_of([ticket.document for ticket in tickets]), {})
    days: dict[int, list[int]] = defaultdict(list)
    for row, ticket in enumerate(tickets):
        days[ticket.at.toordinal()].append(row)
    seen: Counter[str] = Counter()
    found_at: dict[str, int] = {}
    first_day: dict[str, int] = {}
    found_day: dict[str, int] = {}
    wrong: set[int] = set()
    seconds: list[float] = []
    for day in sorted(days):
        for row in days[day]:
            desk.receive(row)
            seen.update([jobs[row]] if jobs[row] else [])
            first_day.setdefault(jobs[row], day)
        last = tickets[days[day][-1]].at
        window = [row for row in range(days[day][-1] + 1) if tickets[row].at >= last - WINDOW]
        wrong |= _strangers(desk, window, jobs)
        began = time.process_time()
        desk.regroup(window)
        seconds.append(time.process_time() - began)
        wrong |= _strangers(desk, window, jobs)
        for job in _found_jobs(desk, window, jobs):
            found_at.setdefault(job, seen[job])
            found_day.setdefault(job, day)
    repeating = {job for job, count in Counter(filter(None, jobs)).items() if count >= RECURRENCES}
    # The first failure is no recurrence: three recurrences are four failures.
    in_time = sum(found_at.get(job, 10**9) <= RECURRENCES + 1 for job in repeating)
    total = sum(1 for job in jobs if job)
    days_until = [found_day[job] - first_day[job] for job in repeating if job in found_day]
    yield Figure("jobs found within 3 recurrences", in_time / len(repeating), 0.95)
    yield Figure("job tickets ever wrongly joined", len(wrong) / total, 0.02, at_least=False)
    yield Figure("repeating jobs", len(repeating), digits=0)
    yield Figure("share of them found", len(days_until) / len(repeating))
    yield Figure("days from first failure to found, median", float(np.median(days_until)), digits=1)
    yield Figure("the same, 90th percentile", float(np.quantile(days_until, 0.9)), digits=1)
    yield Figure("CPU s a nightly run (median)", float(np.median(seconds)), digits=1)


def measure_stability() -> Iterator[Figure]:
    """The same tickets grouped again with two per cent new ones among them."""
    tickets = load_tickets()
    documents = [ticket.document for ticket in tickets]
    vectors = vectors_of(documents)
    keep = round(len(documents) * 0.98)
    before = cluster(documents[:keep], vectors[:keep]).labels.tolist()
    after = cluster(documents, vectors).labels.tolist()[:keep]
    yield Figure("agreement after 2 % new tickets (ARI)", adjusted_rand(before, after), 0.98)
