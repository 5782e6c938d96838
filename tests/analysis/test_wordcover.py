"""How far two texts cover each other, by hand-made word vectors and by the built-in ones."""

import numpy as np
import pytest

from analysis import wordcover
from analysis.lexical import TermStatistics, profile
from analysis.vectors import default_embedder
from analysis.wordcover import NO_COVER, WordVectors, covers, word_vectors

NOBODY = TermStatistics(0, {})
ANGLES = {"delete": 0.0, "remove": 60.0, "files": 90.0, "printer": 180.0}


class Compass:
    """Each known word points somewhere in the plane; the cosine of two is known by hand."""

    name, version, dimensions = "compass", "1", 2

    def __init__(self):
        self.asked = []

    def embed(self, texts):
        self.asked.append(list(texts))
        turned = np.radians([ANGLES[text] for text in texts])
        return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


@pytest.fixture
def compass(monkeypatch):
    compass = Compass()
    vectors = WordVectors(compass)
    monkeypatch.setattr(wordcover, "word_vectors", lambda: vectors)
    return compass


def of(title, text=""):
    return profile(title, f"{title} {text}", NOBODY)


def test_another_word_of_like_meaning_counts_by_how_near_it_is(compass):
    # cos 60° = 0.5 for one of two words of the first; the second has one word, half covered.
    (found,) = covers(of("delete files"), [of("remove")])
    near_files = np.cos(np.radians(30))
    assert found.titles == pytest.approx(((0.5 + near_files) / 2 + near_files) / 2, abs=1e-6)
    assert found.wholes == pytest.approx(found.titles, abs=1e-6)


def test_a_title_is_covered_by_the_whole_of_the_other(compass):
    (found,) = covers(of("delete"), [of("printer", "delete")])
    # The title “delete” is wholly covered, the title “printer” not at all by “delete”.
    assert found.titles == pytest.approx(0.5, abs=1e-6)
    assert found.wholes == pytest.approx((1 + 0.5) / 2, abs=1e-6)


def test_rare_words_matter_more(compass):
    statistics = TermStatistics(100, {"delete": 100, "printer": 1})
    one = profile("delete printer", "delete printer", statistics)
    (common,) = covers(one, [profile("delete", "delete", statistics)])
    (rare,) = covers(one, [profile("printer", "printer", statistics)])
    assert rare.titles > common.titles + 0.1


def test_texts_of_no_words_cover_nothing_and_keep_their_place(compass):
    found = covers(of("delete"), [of(""), of("delete"), of("")])
    assert found == [NO_COVER, found[1], NO_COVER]
    assert found[1].titles == pytest.approx(1)
    assert covers(of(""), [of("delete")]) == [NO_COVER]
    assert covers(of("delete"), []) == []


def test_the_answer_for_one_does_not_depend_on_its_company(compass):
    query, others = of("delete files"), [of("remove"), of("printer", "files"), of("files")]
    together = covers(query, others)
    assert together == [covers(query, [other])[0] for other in others]


def test_words_are_embedded_once_until_there_is_no_room(compass):
    vectors = WordVectors(compass, most=2)
    vectors.of(["delete", "remove"])
    vectors.of(["remove", "delete"])
    assert compass.asked == [["delete", "remove"]]
    assert vectors.of(["files"]) == pytest.approx(np.array([[0, 1]]), abs=1e-6)
    assert vectors.of(["delete", "remove", "files"])[1] == pytest.approx([0.5, 0.866], abs=1e-3)
    assert vectors.of(["delete"]) == pytest.approx(np.array([[1, 0]]), abs=1e-6)


def test_the_built_in_words_know_what_is_near():
    removal, weather = covers(
        of("delete many files at once"), [of("bulk removal of files"), of("weather in the south")]
    )
    assert removal.titles > weather.titles + 0.2


def test_the_default_model_is_loaded_once_for_texts_and_words():
    made_now = word_vectors.__wrapped__()
    assert made_now._embedder is default_embedder()
