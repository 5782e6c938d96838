"""A pack in one line, for cards and rows, read without the pack's whole content."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet
from django.urls import reverse

from core.wording import signed_words
from devlink.models import EvidencePack

_FACTS = {
    "tickets": "content__reach__28__tickets",
    "organisations": "content__reach__28__organisations",
    "hours_per_week": "content__effort__hours_per_week",
    "change_percent": "content__slope__change_percent",
    "score": "content__score__value",
}


@dataclass(frozen=True)
class Badge:
    """The figures of one pack: 28 days, hours a week, the change against the four weeks before.

    None stands for what is not known.
    """

    pack_id: int
    work_item_id: int | None
    version: int
    as_of: datetime
    tickets: int
    organisations: int
    hours_per_week: float | None
    change_percent: float | None
    score: float | None

    @property
    def url(self) -> str:
        return reverse("devlink:pack", args=[self.pack_id])

    @property
    def in_words(self) -> str:
        """Such as “41 incidents, 17 orgs, 9.5 h/week, +12 %”."""
        parts = [_count(self.tickets, "incident"), _count(self.organisations, "org")]
        if self.hours_per_week is not None:
            parts.append(f"{self.hours_per_week:g} h/week")
        if self.change_percent is not None:
            parts.append(f"{signed_words(self.change_percent, 0)} %")
        return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def badges(packs: QuerySet[EvidencePack]) -> dict[int, Badge]:
    """Those of some packs by number; one query."""
    known = packs.annotate(**{name: F(path) for name, path in _FACTS.items()})
    rows = known.values_list("pk", "work_item_id", "version", "as_of", *_FACTS)
    return {row[0]: Badge(*row) for row in rows}


def badges_of_items(items: Iterable[int]) -> dict[int, Badge]:
    """That of each work item's newest pack, by the item; one query."""
    packs = EvidencePack.objects.filter(work_item_id__in=list(items))
    newest = packs.order_by("work_item_id", "-version").distinct("work_item_id")
    found = badges(newest).values()
    return {one.work_item_id: one for one in found if one.work_item_id is not None}
