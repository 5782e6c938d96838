from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analysis.lexical import TermStatistics, letter_overlap, profile, shared_terms
from analysis.similar import DUPLICATE, SIMILAR, Rule, SimilarDocument, rank_similar
from analysis.text import embedding_text
from analysis.vectors import default_embedder

NOW = datetime(2025, 3, 1, tzinfo=UTC)
DESK = [
    ("Cannot print on the second floor", "The printer says paper jam but there is none."),
    ("Printer on floor 2 reports a paper jam", "No paper is stuck, we cannot print."),
    ("Forgot my password", "Please reset it."),
    ("VPN drops every few minutes", "Working from home is impossible."),
    ("Salary statement is missing", "The March statement is not in the portal."),
    ("Order of a new monitor", "27 inch, for the new colleague."),
]


def documents(texts=DESK, **more):
    vectors = default_embedder().embed([embedding_text(*one) for one in texts])
    return [
        SimilarDocument(at, title, text, vectors[at], **more)
        for at, (title, text) in enumerate(texts)
    ]


def test_the_ticket_about_the_same_thing_comes_first_with_reasons():
    query, *others = documents()
    best = rank_similar(query, others)[0]
    assert best.id == 1
    assert any("printer" in reason or "paper" in reason for reason in best.reasons)


def test_a_ticket_is_not_similar_to_itself():
    query, *others = documents()
    assert query.id not in [match.id for match in rank_similar(query, [query, *others])]


def test_unrelated_tickets_are_left_out():
    query, *others = documents()
    assert {match.id for match in rank_similar(query, others)} == {1}


def test_of_two_alike_the_one_still_open_comes_first_and_openness_alone_says_nothing():
    query, *others = documents([DESK[0], DESK[1], DESK[1], DESK[2]])
    solved, unsolved, unrelated = others
    ranked = rank_similar(
        query,
        [solved, replace(unsolved, still_open=True), replace(unrelated, still_open=True)],
    )
    assert [match.id for match in ranked] == [unsolved.id, solved.id]


def test_the_same_words_again_are_a_duplicate():
    one, two = documents([DESK[3], DESK[3]])
    match = rank_similar(one, [two], statistics=TermStatistics.of(" ".join(t) for t in DESK))[0]
    assert match.kind == DUPLICATE
    assert "almost the same title" in match.reasons


def test_an_exact_key_is_the_first_reason():
    texts = [
        ("job nightly_7 failed in scheduler at 10:00:00", ""),
        ("abended job in scheduler: nightly_7", "see log"),
    ]
    match = rank_similar(*[documents(texts)[0], documents(texts)[1:]])[0]
    assert match.reasons[0] == "same failing job “nightly_7”"


def test_another_job_is_never_a_duplicate():
    texts = [
        ("job nightly_7 failed in scheduler at 10:00:00", ""),
        ("job nightly_8 failed in scheduler at 10:00:00", ""),
    ]
    one, two = documents(texts)
    match = rank_similar(one, [two], rule=Rule(similar_from=0.0))[0]
    assert match.kind == SIMILAR
    assert "but names another job, host or code" in match.reasons


def test_the_recent_one_of_two_equal_tickets_comes_first():
    query, old, new = documents([DESK[0], DESK[1], DESK[1]], created_at=NOW)
    old = SimilarDocument(
        old.id, old.title, old.text, old.vector, created_at=NOW - timedelta(days=300)
    )
    assert [match.id for match in rank_similar(query, [old, new])] == [new.id, old.id]


def test_without_vectors_the_words_decide():
    plain = [SimilarDocument(at, title, text) for at, (title, text) in enumerate(DESK)]
    matches = rank_similar(plain[0], plain[1:], rule=Rule(similar_from=0.1))
    assert matches[0].id == 1


def test_the_same_component_strengthens_a_match():
    query, other = documents(DESK[:2], component="Printing")
    elsewhere = SimilarDocument(other.id, other.title, other.text, other.vector)
    near, far = rank_similar(query, [other])[0], rank_similar(query, [elsewhere])[0]
    assert near.score > far.score
    assert "same component" in near.reasons


def test_only_the_best_are_returned():
    query, *others = documents()
    everything = rank_similar(query, others, rule=Rule(similar_from=0.0), limit=2)
    assert len(everything) == 2
    assert everything[0].score >= everything[1].score


def test_an_empty_query_finds_nothing():
    _, *others = documents()
    assert rank_similar(SimilarDocument(99, "", ""), others) == ()


def test_rare_words_weigh_more():
    statistics = TermStatistics.of(["printer jam", "printer off", "printer on fire"])
    assert statistics.rarity("jam") > statistics.rarity("printer")
    assert statistics.rarity("unheard") >= statistics.rarity("jam")


def test_letters_forgive_typing_errors():
    statistics = TermStatistics(0)
    right = profile("password reset", "", statistics)
    wrong = profile("pasword reset", "", statistics)
    other = profile("printer jam", "", statistics)
    assert letter_overlap(right, wrong) > 0.8
    assert letter_overlap(right, other) < 0.2


def test_shared_words_do_not_repeat_parts_of_each_other():
    statistics = TermStatistics(0)
    one = profile("shop_floor_app slow", "", statistics)
    assert shared_terms(one, one) == ("shop_floor_app", "slow")


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_the_limit_is_kept(limit):
    query, *others = documents()
    assert len(rank_similar(query, others, rule=Rule(similar_from=0.0), limit=limit)) == limit


def test_nearly_equal_titles_about_different_versions_are_no_duplicates():
    texts = [("Upgrade the parser to 3.4.0", ""), ("Upgrade the parser to 2.8.1", "")]
    one, two = documents(texts)
    match = rank_similar(one, [two], rule=Rule(similar_from=0.0, duplicate_from=0.2))[0]
    assert match.kind == SIMILAR
