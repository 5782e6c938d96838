"""Quality must not fall: floors on our own stories, and on labelled data where it is present."""

import csv

import numpy as np
import pytest

from analysis.clusters import Document, cluster, group_vectors
from analysis.keys import exact_keys
from analysis.lexical import TermStatistics
from analysis.representation import corpus_mean, represent
from analysis.scores import agreement, recall_at
from analysis.similar import SimilarDocument, prepare, rank_prepared
from analysis.text import embedding_text, join_title
from analysis.vectors import default_embedder
from tests.analysis.stories import LABELS, TEXTS


def split(text):
    return tuple(text.split("\n", 1))


def test_causes_in_our_own_stories_are_found():
    documents = [Document(at, *split(text)) for at, text in enumerate(TEXTS)]
    rows = default_embedder().embed([embedding_text(one.title, one.text) for one in documents])
    found = agreement(LABELS, cluster(documents, rows).labels.tolist())
    assert found.f1 >= 0.90
    assert found.precision >= 0.97


def test_a_story_finds_another_of_its_cause():
    rows = default_embedder().embed([embedding_text(*split(text)) for text in TEXTS])
    statistics = TermStatistics.of(join_title(*split(text)) for text in TEXTS)
    prepared = [
        prepare(SimilarDocument(at, *split(text), rows[at]), statistics)
        for at, text in enumerate(TEXTS)
    ]
    mean = corpus_mean(rows)
    rankings = [[m.id for m in rank_prepared(one, prepared, mean=mean)] for one in prepared]
    relevant = [
        frozenset(at for at, other in enumerate(LABELS) if other == label) for label in LABELS
    ]
    assert recall_at(1, rankings, relevant) >= 0.93
    assert recall_at(5, rankings, relevant) >= 0.95


@pytest.fixture(scope="module")
def questions(shared_data):
    with (shared_data / "intents" / "banking77_test.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row["text"] for row in rows], [row["category"] for row in rows]


def test_intents_of_short_questions_are_found(questions):
    texts, labels = questions
    rows = represent(texts, default_embedder().embed(texts), [()] * len(texts))
    found = agreement(labels, group_vectors(rows).causes.tolist())
    assert found.f1 >= 0.52
    assert found.ari >= 0.42


@pytest.fixture(scope="module")
def tickets(shared_data):
    with (shared_data / "tickets" / "it_tickets.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))[:1500]
    return [
        Document(at, row["short_description"], row["description"], names=(row["caller"],))
        for at, row in enumerate(rows)
    ]


def test_failing_jobs_in_real_tickets_are_separate_causes(tickets):
    rows = default_embedder().embed(
        [embedding_text(one.title, one.text, one.names) for one in tickets]
    )
    labels = cluster(tickets, rows).labels
    jobs = {
        one.id: keys[0].value
        for one in tickets
        if (keys := exact_keys(one.title, one.text)) and keys[0].kind == "job"
    }
    assert len(jobs) > 100
    by_label = {}
    by_job = {}
    for identity, job in jobs.items():
        by_label.setdefault(labels[identity], set()).add(job)
        by_job.setdefault(job, set()).add(labels[identity])
    assert max(len(found) for found in by_label.values()) == 1
    assert max(len(found) for found in by_job.values()) == 1


def test_two_per_cent_new_tickets_hardly_move_the_others(tickets):
    rows = default_embedder().embed(
        [embedding_text(one.title, one.text, one.names) for one in tickets]
    )
    before = cluster(tickets[:1470], rows[:1470]).labels.tolist()
    after = cluster(tickets, rows).labels.tolist()[:1470]
    assert agreement(before, after).ari >= 0.95


def test_results_are_finite():
    rows = represent(list(TEXTS), default_embedder().embed(TEXTS), [()] * len(TEXTS))
    assert np.isfinite(rows).all()
