"""Reads of the involvement ledger: who took part in one subject, and how much of it the system saw.

A subject and stage counts once, however much was done there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, Q

from accounts.models import Person
from accounts.roles import Side
from catalogue.models import Service
from devlink.models import InvolvementEvent, JoinRequest, Release, Sprint, WorkItem
from devlink.permissions import may

LISTED = 12
_SUBJECT = ("stage", "work_item", "sprint", "release", "change", "article")


@dataclass(frozen=True)
class SystemShare:
    """Subjects and stages support took part in, and in how many of them the system saw it."""

    seen: int
    n: int

    @property
    def by_hand(self) -> int:
        """Known only because somebody wrote it down."""
        return self.n - self.seen


def system_share(
    person: Person, start: datetime, end: datetime, service: Service | None = None
) -> SystemShare:
    """How much of support's taking part in [start, end) does not rest on anybody's word."""
    rows = InvolvementEvent.objects.visible_to(person).involving_support()
    rows = rows.filter(at__gte=start, at__lt=end)
    if service is not None:
        rows = rows.of_service(service)
    once = rows.order_by().values(*_SUBJECT).annotate(seen_here=BoolOr("by_system"))
    sums = once.aggregate(n=Count("*"), seen=Count("stage", filter=Q(seen_here=True)))
    return SystemShare(seen=sums["seen"], n=sums["n"])


@dataclass(frozen=True)
class TakingPart:
    """What a subject's page says about support's part in it."""

    acts: Sequence[InvolvementEvent]
    waiting: Sequence[JoinRequest]
    may_record: bool
    address: str
    kind: str

    @property
    def absent(self) -> bool:
        """Support did nothing here so far but be told and look."""
        return not any(one.took_part for one in self.acts)


def taking_part(subject: Sprint | WorkItem | Release, person: Person) -> TakingPart:
    """Support's acts on a subject, what took part first; and who asked to be in it.

    Those on the items a release holds are acts on the release.
    """
    kind = {Sprint: "sprint", WorkItem: "work_item", Release: "release"}[type(subject)]
    about = Q(**{kind: subject})
    if isinstance(subject, Release):
        about |= Q(work_item__in=subject.work_items.values("pk"))
    rows = InvolvementEvent.objects.visible_to(person).filter(about, actor_side=Side.SUPPORT)
    acts = sorted(
        rows.select_related("actor", "work_item").order_by("-at", "-id")[: 4 * LISTED],
        key=lambda one: not one.took_part,
    )
    waiting: list[JoinRequest] = []
    if _to_come(subject):
        asked = JoinRequest.objects.visible_to(person).waiting_for(subject)
        related = ("team", "person", "sprint", "work_item", "release")
        waiting = list(asked.select_related(*related).order_by("created_at")[:LISTED])
    return TakingPart(
        acts=acts[:LISTED],
        waiting=waiting,
        may_record=may(person, "record_involvement"),
        address=f"devlink:record_{kind}",
        kind=kind,
    )


def _to_come(subject: Sprint | WorkItem | Release) -> bool:
    if isinstance(subject, Sprint):
        return subject.is_planning
    if isinstance(subject, WorkItem):
        return subject.state == "discovery" and subject.kind in WorkItem.WISHES
    return subject.deployed_at is None
