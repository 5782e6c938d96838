import numpy as np
import pytest

from analysis.clusters import (
    Document,
    Settings,
    cluster,
    group_vectors,
    join,
    join_index,
)
from analysis.constraints import Constraints
from analysis.keys import exact_keys
from analysis.text import embedding_text
from analysis.vectors import default_embedder, unit_rows
from tests.analysis.stories import LABELS, TEXTS

JOBS = ("nightly_1", "nightly_2", "nightly_3", "nightly_4")


def documents(texts=TEXTS):
    return [Document(100 + at, *text.split("\n", 1)) for at, text in enumerate(texts)]


def vectors(wanted):
    return default_embedder().embed([embedding_text(one.title, one.text) for one in wanted])


def monitored():
    """Four jobs, each failing five times, in the words of one scheduler."""
    return [
        Document(at, f"job {JOBS[at % 4]} failed in scheduler at: 2025-01-{1 + at:02d} 03:00:00")
        for at in range(20)
    ]


@pytest.fixture(scope="module")
def result():
    return cluster(documents(), vectors(documents()))


def label_of(result, identity):
    return int(result.labels[result.ids.index(identity)])


def test_every_ticket_has_a_label_and_every_member_a_reason(result):
    assert len(result.labels) == len(TEXTS)
    members = [member for found in result.clusters for member in found.members]
    assert len({member.id for member in members}) == len(members)
    assert all(member.reason for member in members)
    assert all(0 <= member.confidence <= 1 for member in members)


def test_clusters_agree_with_the_labels(result):
    for found in result.clusters:
        assert {label_of(result, member.id) for member in found.members} == {found.label}
        assert set(found.medoids) <= {member.id for member in found.members}
        assert -1 <= found.cohesion <= 1
    sizes = np.bincount(result.labels)
    assert sorted(len(found.members) for found in result.clusters) == sorted(sizes[sizes > 1])


def test_members_are_listed_from_the_most_typical(result):
    for found in result.clusters:
        similarities = [member.similarity for member in found.members]
        assert similarities == sorted(similarities, reverse=True)


def test_causes_are_nested_in_themes(result):
    for label in set(result.labels.tolist()):
        assert len(set(result.theme_labels[result.labels == label].tolist())) == 1
    assert len(set(result.theme_labels.tolist())) <= len(set(result.labels.tolist()))
    assert {label for theme in result.themes for label in theme.clusters} == {
        found.label for found in result.clusters
    }


def test_equal_input_gives_equal_output(result):
    again = cluster(documents(), vectors(documents()))
    assert again == result
    assert np.array_equal(again.labels, result.labels)


def test_titles_and_terms_say_what_a_cluster_is_about(result):
    told = [f"{found.title} {' '.join(found.terms)}".casefold() for found in result.clusters]
    assert all(found.title and found.terms for found in result.clusters)
    assert any("label" in text for text in told)
    assert any("invoice" in text for text in told)


def test_a_persons_link_joins_two_causes():
    wanted = documents()
    first, last = wanted[0].id, wanted[-1].id
    free = cluster(wanted, vectors(wanted))
    linked = cluster(wanted, vectors(wanted), must_link=[(first, last)])
    assert label_of(free, first) != label_of(free, last)
    assert label_of(linked, first) == label_of(linked, last)
    member = next(one for found in linked.clusters for one in found.members if one.id == first)
    assert member.reason == "linked by a person"
    assert member.confidence == 1


def test_a_persons_separation_holds_against_any_likeness():
    wanted = [Document(at, "Cannot print on floor two") for at in range(6)]
    found = cluster(wanted, vectors(wanted), cannot_link=[(0, 1), (2, 3)])
    assert label_of(found, 0) != label_of(found, 1)
    assert label_of(found, 2) != label_of(found, 3)
    assert len(set(found.labels.tolist())) == 2


def test_a_separation_wins_over_a_contradicting_link_and_says_so():
    wanted = documents(TEXTS[:8])
    one, two = wanted[0].id, wanted[1].id
    found = cluster(wanted, vectors(wanted), must_link=[(one, two)], cannot_link=[(two, one)])
    assert label_of(found, one) != label_of(found, two)
    assert found.refused_links == ((one, two),)


def test_links_to_tickets_outside_the_run_do_not_matter():
    wanted = documents(TEXTS[:8])
    found = cluster(wanted, vectors(wanted), must_link=[(1, 2)], cannot_link=[(100, 3)])
    assert np.array_equal(found.labels, cluster(wanted, vectors(wanted)).labels)


def test_each_failing_job_is_its_own_cause():
    found = cluster(monitored(), vectors(monitored()))
    assert found.labels.tolist() == [0, 1, 2, 3] * 5
    assert len(found.clusters) == 4
    assert found.clusters[0].members[0].reason == "same failing job “nightly_1”"


def test_failing_jobs_are_one_theme_among_other_tickets():
    wanted = [*monitored(), *documents()]
    found = cluster(wanted, vectors(wanted))
    assert len(set(found.theme_labels[:20].tolist())) == 1
    assert len(set(found.theme_labels.tolist())) > 5


def test_a_desk_with_a_single_cause_finds_it():
    wanted = documents(TEXTS[:8])
    found = cluster(wanted, vectors(wanted))
    assert [len(group.members) for group in found.clusters] == [8]


def test_another_wording_of_the_same_job_joins_its_cause():
    wanted = [*monitored(), Document(50, "nightly_2 was running too long and was restarted")]
    found = cluster(wanted, vectors(wanted))
    assert found.labels[-1] == found.labels[1]


def test_a_persons_link_overrules_the_jobs_names():
    found = cluster(monitored(), vectors(monitored()), must_link=[(0, 1)])
    assert found.labels[0] == found.labels[1]


def test_tickets_without_words_stay_alone():
    wanted = [*documents(TEXTS[:8]), Document(1, ""), Document(2, "")]
    found = cluster(wanted, vectors(wanted))
    assert found.labels[-1] != found.labels[-2]
    assert not {1, 2} & {one.id for group in found.clusters for one in group.members}


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_tiny_desks_are_no_problem(count):
    wanted = documents(TEXTS[:count])
    found = cluster(wanted, vectors(wanted))
    assert len(found.labels) == count


def test_every_stage_reports_progress_to_its_end():
    seen = {}
    cluster(
        documents(),
        vectors(documents()),
        on_progress=lambda stage, done, total: seen.__setitem__(stage, (done, total)),
    )
    assert list(seen) == ["reading", "vectors", "neighbours", "causes", "themes", "explaining"]
    assert all(done == total for done, total in seen.values())


class StoppedError(Exception):
    """A person pressed stop."""


def test_a_run_is_cancelled_from_its_progress():
    def stop(stage, done, total):
        raise StoppedError

    with pytest.raises(StoppedError):
        cluster(documents(), vectors(documents()), on_progress=stop)


def test_wrong_input_is_refused():
    wanted = documents(TEXTS[:3])
    with pytest.raises(ValueError, match="3 documents but 2 vectors"):
        cluster(wanted, vectors(wanted)[:2])
    with pytest.raises(ValueError, match="same id"):
        cluster([wanted[0], wanted[0]], vectors(wanted)[:2])
    with pytest.raises(ValueError, match="Cuts must"):
        Settings(cause_cut=0.2, theme_cut=0.4)


def test_the_order_of_tickets_does_not_change_the_groups():
    order = np.random.default_rng(5).permutation(len(TEXTS))
    wanted = documents()
    shuffled = [wanted[at] for at in order]
    straight = cluster(wanted, vectors(wanted)).members_by_label().values()
    mixed = cluster(shuffled, vectors(shuffled)).members_by_label().values()
    assert set(straight) == set(mixed)


def test_large_sets_go_through_the_index_and_stay_repeatable():
    random = np.random.default_rng(2)
    centres = unit_rows(random.standard_normal((650, 64)).astype(np.float32))
    labels = np.repeat(np.arange(650), 20)
    rows = unit_rows(centres[labels] + 0.06 * random.standard_normal((13_000, 64)))
    one, two = group_vectors(rows), group_vectors(rows)
    assert np.array_equal(one.causes, two.causes)
    assert np.array_equal(one.causes, labels)


def test_a_new_ticket_joins_the_cluster_it_resembles(result):
    index = join_index(result)
    new = Document(1, "Blank labels again", "The label printer gives empty shipping labels.")
    found = join(vectors([new])[0], exact_keys(new.title, new.text), index)
    label = LABELS.index("keyboard printer prints labels blank")
    assert found.cluster == int(result.labels[label])
    assert found.reason.startswith("close to the centre")
    assert 0.5 < found.confidence <= 1


def test_a_new_ticket_about_something_else_waits(result):
    new = Document(1, "Badge does not open the garage door")
    assert join(vectors([new])[0], (), join_index(result)) is None


def test_a_person_can_forbid_a_cluster(result):
    new = Document(1, "Blank labels again", "The label printer gives empty shipping labels.")
    index = join_index(result)
    first = join(vectors([new])[0], (), index)
    again = join(vectors([new])[0], (), index, forbidden=frozenset({first.cluster}))
    assert again is None or again.cluster != first.cluster


def test_a_failing_job_joins_its_own_cluster_and_no_other():
    index = join_index(cluster(monitored(), vectors(monitored())))
    known = "job nightly_3 failed in scheduler at: 2025-02-01 03:00:00"
    other = "job nightly_9 failed in scheduler at: 2025-02-01 03:00:00"
    row = default_embedder().embed([known])[0]
    assert join(row, exact_keys(known, ""), index).reason == "same failing job “nightly_3”"
    assert join(row, exact_keys(other, ""), index) is None


def test_stored_names_of_clusters_are_used_for_joining(result):
    names = {found.label: 1000 + found.label for found in result.clusters}
    index = join_index(result, names)
    assert set(index.cluster_ids) == set(names.values())


def test_what_only_people_put_together_keeps_its_own_spread():
    """A large loose group lies near a small tight one, but not near enough to be one cause."""
    axes = np.eye(40, dtype=np.float32)
    loose = [0.6 * axes[0] + 0.8 * axes[1 + at] for at in range(20)]
    tight = [0.4 * axes[0] + 0.9 * axes[30] + 0.1 * axes[31 + at] for at in range(5)]
    rows = unit_rows(np.array([*loose, *tight], dtype=np.float32))
    confirmed = Constraints.over(len(rows))
    confirmed.join_all(range(20))
    settings = Settings(cause_cut=0.30, pull=0.0)
    alone = np.arange(len(rows), dtype=np.int32)
    causes = group_vectors(rows, settings, confirmed, alike=alone).causes.tolist()
    assert causes == [0] * 20 + [1] * 5
