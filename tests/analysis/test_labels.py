import pytest

from analysis.labels import class_terms, phrases, readable_title


def test_terms_are_what_sets_a_group_apart():
    texts = [
        "label printer prints blank",
        "blank label from label printer",
        "customer search is slow",
        "slow customer search today",
        "something else entirely",
    ]
    terms = class_terms(texts, [0, 0, 1, 1, -1])
    assert "label printer" in terms[0]
    assert "customer search" in terms[1]
    assert -1 not in terms


def test_terms_of_one_group_share_no_word():
    texts = ["vpn client error"] * 3 + ["printer jam"] * 3
    for terms in class_terms(texts, [0, 0, 0, 1, 1, 1]).values():
        words = [word for term in terms for word in term.split()]
        assert len(words) == len(set(words))


def test_phrases_do_not_bridge_stop_words():
    assert "jam printer" not in phrases("jam in the printer")
    assert {"paper jam", "jam", "paper"} <= phrases("paper jam")


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("re: FW: printer jam", "Printer jam"),
        ("job x_1 failed in scheduler at: 2025-01-02 10:00:00", "job x_1 failed in scheduler"),
        ("VPN down since 10:30 pm", "VPN down"),
    ],
)
def test_a_title_is_readable(title, shown):
    assert readable_title(title).casefold() == shown.casefold()


def test_a_title_is_at_most_eighty_letters_and_ends_at_a_word():
    shown = readable_title("Printing " * 30)
    assert len(shown) <= 80
    assert shown.endswith("Printing…")


def test_an_empty_title_is_replaced_by_the_text():
    assert readable_title("Re:", "The door is locked") == "The door is locked"
