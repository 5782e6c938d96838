"""Quoted mail in the shapes people's programs write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.quotes import quoted, split_quoted

OLD = "> Hello,\n> is there any news?\n>\n> Lena\n"
HEADERS_EN = (
    "From: Lena Krüger <lena@x.example>\nSent: Monday, 3 February 2025 10:12\nTo: Desk\n"
    "Subject: RE: Cards\n\nIs there any news?\n"
)
HEADERS_DE = (
    "Von: Lena Krüger\nGesendet: Montag, 3. Februar 2025 10:12\nAn: Desk\n"
    "Betreff: AW: Karten\n\nGibt es etwas Neues?\n"
)


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 3 Feb 2025 at 10:12, Lena Krüger <lena@x.example> wrote:\n" + OLD,
        "On 03/02/2025 10:12, Lena Krüger wrote:\n\n" + OLD,
        "On Mon, Feb 3, 2025 at 10:12 AM Lena Krüger\n<lena@nordwind.example> wrote:\n" + OLD,
        "Am 03.02.2025 um 10:12 schrieb Lena Krüger:\n" + OLD,
        "Am Mo., 3. Feb. 2025 um 10:12 Uhr schrieb Lena Krüger <\nlena@x.example>:\n" + OLD,
        "Lena Krüger <lena@x.example> schrieb am 3. Februar 2025 um 10:12:\n" + OLD,
        "-----Original Message-----\n" + HEADERS_EN,
        "-----Ursprüngliche Nachricht-----\n" + HEADERS_DE,
        "________________________________\n" + HEADERS_EN,
        HEADERS_EN,
        HEADERS_DE,
        "**From:** Lena\n**Sent:** Monday\n**To:** Desk\n\nOld words\n",
        OLD,
    ],
)
def test_quoted_mail_below_an_answer_is_folded_whole(quoted: str) -> None:
    answer = "Thank you, it works.\n\nBest\nRob\n\n"
    assert split_quoted(answer + quoted) == (answer, quoted, "")


def test_an_answer_below_the_quoted_mail_stays_in_sight() -> None:
    quoted = "On 3 Feb 2025 Lena wrote:\n" + OLD
    assert split_quoted(quoted + "\nIt works now.\n") == ("", quoted, "\nIt works now.\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No quotes at all.",
        "On Monday the bank wrote:\nyour card is blocked.",
        "From: the start it was slow.\nIt still is.",
        "> Which bank?\nA.\n> Since when?\nB.\n> Which card?\nC.\n> And abroad?\nD.",
        "As you said:\n> restart it\nI did.",
        "On 3 Feb 2025 Lena wrote:\n" + OLD,
        "Look at this line:\n> error 400",
    ],
)
def test_words_of_the_sender_are_never_hidden(text: str) -> None:
    assert split_quoted(text) == (text, "", "")


LINES = st.sampled_from(
    [
        "", "Hello", "> a", ">> b", "On 3 Feb 2025, Lena wrote:", "Am 3.2. schrieb Lena:",
        "From: Lena", "Sent: today", "To: desk", "Von: L", "An: D", "Betreff: x",
        "-----Original Message-----", "____________", "Best regards", "\t> tab", "wrote:",
        "On", "\r",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=30).map("\n".join) | st.text(max_size=300))
def test_no_letter_is_lost_and_something_always_stays_in_sight(text: str) -> None:
    split = split_quoted(text)
    assert "".join(split) == text
    assert not split.quoted or (split.before + split.after).strip()


def test_a_very_long_mail_is_split_at_once() -> None:
    text = "Thanks\n" + "On 1 line that goes on\n" * 20_000
    assert "".join(split_quoted(text)) == text


def test_what_mail_of_ours_quotes_is_found_again() -> None:
    text = "Try another card.\n\n" + quoted("Ann", "3 Feb 2025 at 10:12", "Which?\n\nA debit one?")
    found = split_quoted(text)
    assert found.before.strip() == "Try another card."
    assert found.quoted.strip().endswith("> Which?\n>\n> A debit one?")
