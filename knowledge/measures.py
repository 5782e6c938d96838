"""Does knowledge cross the wall? Figures for the proactivity page, with the records behind."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.roles import Side
from knowledge.models import Article, Feedback, Revision

WINDOW = timedelta(days=180)
BOTH_SIDES = frozenset({Side.SUPPORT, Side.DEVELOPMENT})


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, and the articles behind the part, newest first."""

    part: int
    whole: int
    article_ids: tuple[int, ...]

    @property
    def percent(self) -> float | None:
        """None when there is nothing to take a share of."""
        return 100 * self.part / self.whole if self.whole else None


def shared_by_both_sides(now: datetime, reuse: Iterable[tuple[int, str]] = ()) -> Share:
    """Crossing rate: articles written, edited or usefully reused by both sides in 180 days.

    The whole is every article outside the archive. `reuse` are (article, side) pairs the caller
    knows of, such as links to tickets; "this helped" is counted here.
    """
    since = now - WINDOW
    sides: dict[int, set[str]] = defaultdict(set)
    edits = Revision.objects.filter(created_at__gte=since, created_at__lte=now)
    verdicts = Feedback.objects.filter(helpful=True, created_at__gte=since, created_at__lte=now)
    for pairs in (
        edits.values_list("article_id", "author_side").distinct(),
        verdicts.values_list("article_id", "side").distinct(),
        reuse,
    ):
        for article_id, side in pairs:
            sides[article_id].add(side)
    active = set(Article.objects.active().values_list("pk", flat=True))
    crossing = [pk for pk, found in sides.items() if found >= BOTH_SIDES and pk in active]
    return Share(len(crossing), len(active), tuple(sorted(crossing, reverse=True)))


def exchanged_edits(now: datetime) -> Share:
    """Exchange share: edits of the other side's articles among all edits in 180 days.

    An article is of the side that wrote its first revision; writing it is no edit.
    """
    first = dict(Revision.objects.filter(number=1).values_list("article_id", "author_side"))
    edits = list(
        Revision.objects.filter(
            number__gt=1, created_at__gte=now - WINDOW, created_at__lte=now
        ).values_list("article_id", "author_side")
    )
    crossed = [pk for pk, side in edits if {side, first.get(pk)} == BOTH_SIDES]
    return Share(len(crossed), len(edits), tuple(sorted(set(crossed), reverse=True)))
