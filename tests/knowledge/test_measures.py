"""Knowledge that crosses the wall between support and development."""

from datetime import timedelta

from django.utils import timezone

from knowledge.actions import archive_article, give_feedback, revise_article, write_article
from knowledge.measures import exchanged_edits, shared_by_both_sides
from knowledge.models import Article
from tests.conftest import Cast

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=200)


def written(cast: Cast, title: str, *, at: object = NOW, by: str = "ann") -> Article:
    """An article of one side."""
    return write_article(
        actor=cast.everyone[by], title=title, issue="It fails.", resolution="Restart.", at=at
    )


def test_an_article_edited_by_both_sides_crosses(cast: Cast) -> None:
    crossing = written(cast, "One")
    written(cast, "Two")
    revise_article(crossing, actor=cast.dev, cause="Found.", at=NOW)
    share = shared_by_both_sides(NOW)
    assert (share.part, share.whole, share.article_ids) == (1, 2, (crossing.pk,))
    assert share.percent == 50


def test_useful_reuse_by_the_other_side_counts_and_a_doubt_does_not(cast: Cast) -> None:
    helped, doubted = written(cast, "One"), written(cast, "Two")
    give_feedback(helped, actor=cast.dev, helpful=True, at=NOW)
    give_feedback(doubted, actor=cast.dev, helpful=False, comment="No.", at=NOW)
    assert shared_by_both_sides(NOW).article_ids == (helped.pk,)


def test_reuse_known_to_the_caller_counts(cast: Cast) -> None:
    article = written(cast, "One", by="dev")
    assert shared_by_both_sides(NOW, [(article.pk, "support")]).part == 1


def test_what_happened_long_ago_does_not_count(cast: Cast) -> None:
    article = written(cast, "One", at=LONG_AGO)
    revise_article(article, actor=cast.dev, cause="Found.", at=NOW)
    assert shared_by_both_sides(NOW).part == 0


def test_the_archive_does_not_count(cast: Cast) -> None:
    article = written(cast, "One")
    revise_article(article, actor=cast.dev, cause="Found.", at=NOW)
    archive_article(article, actor=cast.ann)
    share = shared_by_both_sides(NOW)
    assert (share.part, share.whole, share.percent) == (0, 0, None)


def test_exchange_counts_edits_of_the_other_sides_articles(cast: Cast) -> None:
    ours, theirs = written(cast, "One"), written(cast, "Two", by="dev")
    revise_article(ours, actor=cast.ann, cause="A.", at=NOW)
    revise_article(ours, actor=cast.dev, cause="B.", at=NOW)
    revise_article(theirs, actor=cast.ann, cause="C.", at=NOW)
    share = exchanged_edits(NOW)
    assert (share.part, share.whole) == (2, 3)
    assert share.article_ids == (theirs.pk, ours.pk)
