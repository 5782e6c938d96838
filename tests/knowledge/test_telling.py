"""Who hears what about articles."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from knowledge.actions import give_feedback, validate_article, write_article
from knowledge.differences import MOST_WORDS, Piece, differences
from notifications.models import Notification
from tests.conftest import Cast

AfterCommit = Callable[[], AbstractContextManager[None]]


def told() -> list[tuple[str, str]]:
    """(who, what) of every notice."""
    return list(Notification.objects.order_by("id").values_list("person__name", "title"))


def test_the_owner_hears_of_validation_and_of_doubts_once(
    cast: Cast, after_commit: AfterCommit
) -> None:
    with after_commit():
        article = write_article(
            actor=cast.ann,
            title="VPN drops",
            issue="It drops.",
            resolution="Reconnect.",
            audience="requesters",
        )
        validate_article(article, actor=cast.pia)
    assert told() == [("Ann", f"{article.reference} is validated")]
    with after_commit():
        give_feedback(article, actor=cast.rob, helpful=False, comment="Still drops")
    assert told()[1:] == [("Ann", f"{article.reference} did not help somebody")]
    with after_commit():
        give_feedback(article, actor=cast.dev, helpful=False, comment="Wrong since 4.18")
    assert told()[2:] == [("Ann", f"{article.reference} was flagged")]


def test_nobody_is_told_of_their_own_doing(cast: Cast, after_commit: AfterCommit) -> None:
    with after_commit():
        article = write_article(
            actor=cast.pia, title="VPN drops", issue="It drops.", resolution="Reconnect."
        )
        validate_article(article, actor=cast.pia)
        give_feedback(article, actor=cast.pia, helpful=False, comment="Hm")
    assert told() == []


def test_differences_join_to_both_texts() -> None:
    before, after = "Pay by  invoice.\nThen wait.", "Pay by transfer.\nThen wait a day."
    pieces = differences(before, after)
    assert "".join(one.text for one in pieces if one.kind != "added") == before
    assert "".join(one.text for one in pieces if one.kind != "removed") == after
    assert differences("same", "same") == [Piece("same", "same")]
    assert differences("", "") == []


def test_long_texts_are_compared_line_by_line() -> None:
    line = "word " * 20
    before = f"{line}\n" * (MOST_WORDS // 20)
    after = before + "one more line"
    assert differences(before, after)[-1] == Piece("added", "one more line")
