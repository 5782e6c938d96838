"""What stands behind each milestone of a chain: the records, in words and with the way to them."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Person
from devlink.chains import MILESTONES, Chain, Segment
from devlink.models import Ask, Decision, EvidencePack, FixClaim, FixLook, WorkItem
from incidents.models import Ticket
from problems.models import Cluster, ClusterMember, Problem

_MOST = 20


@dataclass(frozen=True)
class Note:
    """One thing that happened on the way."""

    at: datetime | None
    text: str
    url: str = ""


@dataclass(frozen=True)
class Step:
    """A milestone, when it was reached, the stretch before it, and what belongs to it."""

    key: str
    label: str
    at: datetime | None
    before: Segment | None
    notes: list[Note]

    @property
    def standing(self) -> str:
        """done, or now while the stretch before it lasts, or ahead."""
        if self.at is not None:
            return "done"
        return "now" if self.before is not None and self.before.is_open else "ahead"


def steps_of(chain: Chain, person: Person) -> list[Step]:
    """The six milestones of a chain as far as this person may read them; nine queries."""
    cluster = chain.cluster
    problems = list(Problem.objects.visible_to(person).filter(cluster=cluster).order_by("pk"))
    items = list(
        WorkItem.objects.visible_to(person)
        .filter(problem__in=problems)
        .union(WorkItem.objects.visible_to(person).filter(cluster=cluster))
        .order_by("pk")[:_MOST]
    )
    asks = list(
        Ask.objects.visible_to(person)
        .filter(problem__in=problems)
        .select_related("sprint", "team", "work_item")
        .order_by("created_at", "pk")[:_MOST]
    )
    claims = list(
        FixClaim.objects.visible_to(person)
        .filter(cluster=cluster)
        .select_related("release", "work_item")
        .order_by("deployed_at", "pk")[:_MOST]
    )
    notes = {
        "seen": _seen(cluster, person),
        "grouped": _grouped(cluster, problems),
        "asked": _asked(asks, person, problems),
        "decided": _decided(asks),
        "shipped": _shipped(items, claims),
        "verified": _looks(claims),
    }
    before: list[Segment | None] = [None, *chain.segments]
    return [
        Step(key, label, at, segment, notes[key])
        for (key, label, _), at, segment in zip(MILESTONES, chain.moments, before, strict=True)
    ]


def _seen(cluster: Cluster, person: Person) -> list[Note]:
    """The first ticket; who may not see it reads when it came all the same."""
    members = ClusterMember.objects.filter(cluster=cluster)  # visibility: narrowed below
    first = (
        Ticket.objects.visible_to(person)
        .filter(pk__in=members.values("ticket_id"), created_at=cluster.first_seen_at)
        .order_by("pk")
        .first()
    )
    many = f"{cluster.ticket_count} ticket{'' if cluster.ticket_count == 1 else 's'} so far"
    notes = [Note(None, many, cluster.get_absolute_url())]
    if first is not None:
        text = f"first ticket {first.reference} {first.title}"
        notes.insert(0, Note(first.created_at, text, first.get_absolute_url()))
    return notes


def _grouped(cluster: Cluster, problems: list[Problem]) -> list[Note]:
    notes = []
    if cluster.confirmed_at is not None:
        notes.append(Note(cluster.confirmed_at, "confirmed as one cause"))
    for one in problems:
        text = f"problem {one.reference} opened"
        notes.append(Note(one.created_at, text, one.get_absolute_url()))
    return notes


def _asked(asks: list[Ask], person: Person, problems: list[Problem]) -> list[Note]:
    packs = (
        EvidencePack.objects.visible_to(person)
        .filter(problem__in=problems)
        .defer("content")
        .order_by("as_of", "pk")[:_MOST]
    )
    notes = [
        Note(one.as_of, f"evidence frozen, version {one.version}", one.get_absolute_url())
        for one in packs
    ]
    for one in asks:
        by = one.team.name if one.team else "support"
        text = f"{by} asked for {one.work_item.key} in {one.sprint.name} with {one.points} points"
        notes.append(Note(one.created_at, text, one.get_absolute_url()))
    return _in_order(notes)


def _decided(asks: list[Ask]) -> list[Note]:
    """Every verdict, also those that said no; asks left without one."""
    by_pk = {one.pk: one for one in asks}
    notes = []
    for said in Decision.objects.filter(ask__in=list(by_pk)).order_by("created_at", "pk"):
        ask = by_pk[said.ask_id]
        comment = f": {said.comment}" if said.comment else ""
        text = f"{ask.work_item.key} in {ask.sprint.name}: {said.get_verdict_display().lower()}"
        notes.append(Note(said.created_at, text + comment, ask.get_absolute_url()))
    for ask in asks:
        if ask.state == "expired":
            text = f"{ask.sprint.name} started without an answer about {ask.work_item.key}"
            notes.append(Note(ask.sprint.started_at, text, ask.get_absolute_url()))
    return _in_order(notes)


def _shipped(items: list[WorkItem], claims: list[FixClaim]) -> list[Note]:
    notes = []
    for one in items:
        url = one.get_absolute_url()
        notes.append(Note(one.created_at, f"work item {one.key} made: {one.title}", url))
        if one.committed_at is not None:
            notes.append(Note(one.committed_at, f"{one.key} committed to", url))
        if one.finished_at is not None:
            notes.append(Note(one.finished_at, f"{one.key} finished", url))
    for claim in claims:
        text = f"release {claim.release.version} went live with {claim.work_item.key}"
        notes.append(Note(claim.deployed_at, text, claim.release.get_absolute_url()))
    return _in_order(notes)


def _looks(claims: list[FixClaim]) -> list[Note]:
    urls = {one.pk: one.work_item.get_absolute_url() for one in claims}
    looks = FixLook.objects.filter(claim__in=list(urls)).order_by("created_at", "pk")
    return [
        Note(one.created_at, f"week {one.week}: {one.sentence}", urls[one.claim_id])
        for one in looks
    ]


def _in_order(notes: list[Note]) -> list[Note]:
    dated = [(one.at, place, one) for place, one in enumerate(notes) if one.at is not None]
    return [one for _, _, one in sorted(dated, key=lambda entry: entry[:2])]
