import logging

import numpy as np

from analysis.entities import entities
from analysis.representation import Blend, represent, thing_block
from analysis.vectors import default_embedder, unit_rows


def test_rows_have_length_one_and_follow_the_order_of_the_texts():
    texts = ["printer jam", "", "the VPN does not connect from home", "printer jam"]
    rows = default_embedder().embed(texts)
    assert rows.shape == (4, default_embedder().dimensions)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1], atol=1e-5)
    assert np.allclose(rows[0], rows[3])


def test_a_text_has_the_same_vector_alone_and_among_others():
    alone = default_embedder().embed(["cannot log in"])
    among = default_embedder().embed(["cannot log in", "a much longer text " * 40])
    assert np.allclose(alone[0], among[0], atol=1e-6)


def test_alike_texts_are_nearer_than_others():
    one, alike, other = default_embedder().embed(
        ["I forgot my password", "password reset needed", "the coffee machine is broken"]
    )
    assert one @ alike > one @ other + 0.2


def test_no_texts_give_no_rows():
    assert default_embedder().embed([]).shape == (0, 256)


def test_loading_the_model_leaves_logging_as_it_was():
    root = logging.getLogger()
    before = list(root.handlers), root.level
    default_embedder().embed(["warm"])
    assert (list(root.handlers), root.level) == before


def test_the_embedder_says_what_its_vectors_must_be_stored_with():
    assert default_embedder().name
    assert default_embedder().version
    assert default_embedder() is default_embedder()


def test_unit_rows_leave_zeros_alone():
    assert np.array_equal(unit_rows(np.zeros((2, 3))), np.zeros((2, 3)))


def test_rare_things_weigh_more_than_common_ones():
    texts = ["host-01 fails"] * 30 + ["host-99 fails"] * 2
    block = thing_block([entities(text) for text in texts], Blend())
    assert np.linalg.norm(block[-1]) > 2 * np.linalg.norm(block[0])


def test_one_wording_about_two_hosts_is_far_apart_in_the_grouping_space():
    texts = [f"disk full on app-db-{number:02d}" for number in range(12)] * 2
    vectors = default_embedder().embed(texts)
    rows = represent(texts, vectors, [entities(text) for text in texts])
    assert rows[0] @ rows[12] > 0.99
    assert rows[0] @ rows[1] < 0.75


def test_representing_is_repeatable():
    texts = [f"word{number % 7} other{number % 5} thing" for number in range(60)]
    vectors = default_embedder().embed(texts)
    first = represent(texts, vectors, [()] * 60)
    assert np.array_equal(first, represent(texts, vectors, [()] * 60))
