"""Secrets that have to be used again are unreadable without SECRET_KEY."""

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from core.secrecy import Unreadable, seal, unseal

WORDS = "a token of some length, with äöü and 🙂"


@given(st.text(max_size=200))
def test_what_is_sealed_comes_back(text: str) -> None:
    assert unseal(seal(text, purpose="test"), purpose="test") == text


def test_the_sealed_text_says_nothing_and_is_never_the_same() -> None:
    one, other = seal(WORDS, purpose="test"), seal(WORDS, purpose="test")
    assert one != other
    assert "token" not in one + other


@pytest.mark.parametrize("place", [12, 30, 70, -3])
def test_a_changed_text_is_refused(place: int) -> None:
    sealed = seal(WORDS, purpose="test")
    other = "A" if sealed[place] != "A" else "B"
    changed = sealed[:place] + other + sealed[place:][1:]
    with pytest.raises(Unreadable):
        unseal(changed, purpose="test")


@pytest.mark.parametrize("text", ["AAAA", "nothing", "ä", "gAAAAAB", "\x00"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        unseal(text, purpose="test")


def test_a_secret_of_another_purpose_does_not_open() -> None:
    with pytest.raises(Unreadable):
        unseal(seal(WORDS, purpose="test"), purpose="other")


def test_a_former_key_still_opens_and_an_unknown_one_does_not() -> None:
    sealed = seal(WORDS, purpose="test")
    former = settings.SECRET_KEY
    with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[former]):
        assert unseal(sealed, purpose="test") == WORDS
    with override_settings(SECRET_KEY="n" * 50), pytest.raises(Unreadable):
        unseal(sealed, purpose="test")
