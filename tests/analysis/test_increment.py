"""A night's new tickets beside the clusters of the last run."""

import numpy as np
import pytest

from analysis.clusters import Document, cluster, join, join_index
from analysis.graph import nearest, smooth
from analysis.increment import extend
from analysis.joining import JoinIndex, join_many
from analysis.keys import exact_keys
from analysis.vectors import default_embedder, unit_rows

OLD = [f"vpn drops every hour from home office {word}" for word in ("today", "again", "now")] + [
    f"printer on the second floor jams {word}" for word in ("today", "again", "now")
]
NEW = ["vpn from home office drops hourly", "payroll export writes wrong totals"]
NEW += ["wrong totals written by the payroll export"]


def documents(texts, first=0):
    return [Document(first + at, text) for at, text in enumerate(texts)]


@pytest.fixture(scope="module")
def known():
    return join_index(cluster(documents(OLD), default_embedder().embed(OLD)))


def test_what_fits_joins_and_the_rest_is_grouped(known):
    found = extend(documents(NEW, 100), default_embedder().embed(NEW), known)
    vpn = join(default_embedder().embed([OLD[0]])[0], (), known).cluster
    assert {one: place.cluster for one, place in found.joined.items()} == {100: vpn}
    assert [sorted(m.id for m in c.members) for c in found.rest.clusters] == [[101, 102]]


def test_a_cluster_a_person_forbade_is_not_joined(known):
    rows = default_embedder().embed(NEW)
    home = extend(documents(NEW, 100), rows, known).joined[100].cluster
    found = extend(documents(NEW, 100), rows, known, forbidden={100: frozenset({home})})
    assert 100 not in found.joined
    assert 100 in found.rest.ids


def test_many_at_once_go_where_each_would_go_alone(known):
    texts = OLD + NEW
    rows = default_embedder().embed(texts)
    keys = [exact_keys(text, "") for text in texts]
    together = join_many(rows, keys, known, forbidden=[frozenset()] * len(texts))
    alone = [join(row, mine, known) for row, mine in zip(rows, keys, strict=True)]
    assert [one and one.cluster for one in together] == [one and one.cluster for one in alone]


def test_an_empty_night_and_an_empty_desk():
    nobody = JoinIndex((), np.zeros((0, 256), np.float32), np.zeros(256, np.float32))
    assert extend([], np.zeros((0, 256), np.float32), nobody).joined == {}
    found = extend(documents(OLD), default_embedder().embed(OLD), nobody)
    assert found.joined == {}
    assert len(found.rest.clusters) == 2


def test_documents_and_vectors_must_match(known):
    with pytest.raises(ValueError, match="2 documents but 1 vectors"):
        extend(documents(NEW[:2]), default_embedder().embed(NEW[:1]), known)


def test_drawing_together_leaves_the_given_vectors_alone():
    rows = unit_rows(np.random.default_rng(2).standard_normal((40, 16)))
    before = rows.copy()
    near = nearest(rows, 5)
    for pull in (0.0, 1.5):
        drawn = smooth(rows, near, pull=pull, company=3, rounds=2)
        drawn *= 2
        assert np.array_equal(rows, before)


def test_large_sets_find_nearly_all_neighbours_and_the_same_every_time(monkeypatch):
    monkeypatch.setattr("analysis.graph.EXACT_UP_TO", 100_000)
    random = np.random.default_rng(3)
    centres = random.standard_normal((300, 66))
    rows = unit_rows(np.repeat(centres, 20, axis=0) + 0.4 * random.standard_normal((6000, 66)))
    exact = nearest(rows, 10)
    monkeypatch.setattr("analysis.graph.EXACT_UP_TO", 10)
    found, again = nearest(rows, 10), nearest(rows, 10)
    assert np.array_equal(found.rows, again.rows)
    same = [len(set(a) & set(b)) for a, b in zip(exact.rows, found.rows, strict=True)]
    assert np.mean(same) / 10 >= 0.93
