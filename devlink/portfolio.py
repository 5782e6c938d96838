"""What somebody helped to end: dated entries for verified chains in which they have a recorded act.

Only the person reads their own portfolio. Nothing here takes another person than the one who asks.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Person
from core.models import Event
from devlink.models import Ask, FixClaim, FixLook

_SHOWN_ACTS = 12


@dataclass(frozen=True)
class Act:
    """One thing the person did in a chain."""

    at: datetime
    sentence: str
    url: str


@dataclass
class Entry:
    """A verified fix and what the reader did for it."""

    claim: FixClaim
    verified_at: datetime
    acts: list[Act] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """“You helped end about 9 incidents a week (6–12).”"""
        fall = self.claim.result.get("fall_per_week") or {}
        value, low, high = (fall.get(name) for name in ("value", "low", "high"))
        if value is None or low is None or high is None:
            return "You helped end a cause."
        words = "incident" if round(value) == 1 else "incidents"
        return f"You helped end about {value:.0f} {words} a week ({max(low, 0):.0f}–{high:.0f})."


def _mine(person: Person, kind: str, **where: object) -> Exists:
    """Facts the person brought about on a record of the chain, before the fix was verified."""
    events = Event.objects.filter(
        actor=person, subject_kind=kind, at__lte=OuterRef("verified_at"), **where
    )
    return Exists(events)


def own_claims(person: Person) -> QuerySet[FixClaim]:
    """Verified fixes of chains in which the person has a recorded act, with `verified_at`."""
    look = FixLook.objects.filter(claim=OuterRef("pk"), verdict="verified").order_by("week")
    asks = Ask.objects.filter(work_item=OuterRef(OuterRef("work_item_id")))
    return (
        FixClaim.objects.visible_to(person)
        .filter(state="verified")
        .annotate(verified_at=Subquery(look.values("created_at")[:1]))
        .filter(verified_at__isnull=False)
        .filter(
            Q(work_item__assignee=person)
            | _mine(person, "problems.cluster", subject_id=OuterRef("cluster_id"))
            | _mine(person, "problems.problem", subject_id=OuterRef("problem_id"))
            | _mine(person, "devlink.workitem", subject_id=OuterRef("work_item_id"))
            | _mine(person, "devlink.release", subject_id=OuterRef("release_id"))
            | _mine(person, "devlink.ask", subject_id__in=asks.values("pk"))
        )
        .select_related("cluster", "problem", "work_item", "release")
        .defer("cluster__centroid", "cluster__keys")
    )


def entries(person: Person, claims: Sequence[FixClaim]) -> list[Entry]:
    """The claims of one page with the person's acts, oldest act first; two queries."""
    by_item: dict[int, list[Ask]] = defaultdict(list)
    for ask in Ask.objects.filter(work_item__in=[claim.work_item_id for claim in claims]):
        by_item[ask.work_item_id].append(ask)
    found = [Entry(one, one.verified_at) for one in claims]  # type: ignore[attr-defined]  # annotated
    places: dict[tuple[str, int], list[tuple[Entry, str]]] = defaultdict(list)
    for entry in found:
        for record in _records(entry.claim, by_item[entry.claim.work_item_id]):
            place = (record._meta.label_lower, record.pk)
            places[place].append((entry, record.get_absolute_url()))
    for event in _events(person, places):
        for entry, url in places[event.subject_kind, event.subject_id]:
            if event.at <= entry.verified_at:
                entry.acts.append(Act(event.at, event.sentence, url))
    for entry in found:
        _add_making(entry, person)
        del entry.acts[_SHOWN_ACTS:]
    return found


def _records(claim: FixClaim, asks: list[Ask]) -> list[Any]:
    """What of a chain a person can act on."""
    records = [claim.cluster, claim.problem, claim.work_item, claim.release, *asks]
    return [one for one in records if one is not None]


def _events(person: Person, records: Iterable[tuple[str, int]]) -> QuerySet[Event]:
    places = Q(pk__in=[])
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, number in records:
        by_kind[kind].append(number)
    for kind, numbers in by_kind.items():
        places |= Q(subject_kind=kind, subject_id__in=numbers)
    return Event.objects.filter(places, actor=person).order_by("at", "pk")


def _add_making(entry: Entry, person: Person) -> None:
    """Who made the fix in a tracker has no event here; being its assignee is the act."""
    item = entry.claim.work_item
    if item.assignee_id == person.pk:
        made = item.finished_at or entry.claim.deployed_at
        entry.acts.append(Act(made, f"made the fix, {item.key}", item.get_absolute_url()))
        entry.acts.sort(key=lambda act: act.at)
