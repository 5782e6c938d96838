"""Writing batches of imported items: each is one transaction, and what is here already stays."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import Component
from core.models import Event, subject_kind
from devlink import events
from devlink.actions import create_release, recall_release
from devlink.imports.rows import ItemRow, Version, noon
from devlink.models import Release, ReleaseItem, WorkItem, WorkItemLink
from devlink.workflow import RELEASE


class Loader:
    """Takes batches over for one team; counts what it did."""

    def __init__(self, team: Team, *, file: str) -> None:
        self.team = team
        self.file = file
        self.counts: Counter[str] = Counter()
        names = Counter(Component.objects.values_list("name", flat=True))
        self.components = {
            one.name.casefold(): one for one in Component.objects.all() if names[one.name] == 1
        }
        self.releases: dict[tuple[str, str], Release] = {}

    @transaction.atomic
    def load(self, rows: Sequence[ItemRow]) -> None:
        """Writes the items that are not here yet, with their history and versions.

        History is written as it was: nothing follows from it, and nobody is told.
        """
        here = set(
            WorkItem.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True)
        )
        fresh = list({row.key: row for row in rows if row.key not in here}.values())
        people = self._people(fresh)
        items = WorkItem.objects.bulk_create([self._item(row, people) for row in fresh])
        pairs = list(zip(items, fresh, strict=True))
        facts = [fact for item, row in pairs for fact in self._facts(item, row)]
        Event.objects.bulk_create(facts, batch_size=1000)
        contents = [
            ReleaseItem(release=self.release(version, row.finished_at), work_item=item)
            for item, row in pairs
            for version in row.versions
        ]
        ReleaseItem.objects.bulk_create(contents, ignore_conflicts=True)
        self.counts["created"] += len(fresh)
        self.counts["unchanged"] += len(rows) - len(fresh)
        self.counts["facts"] += len(facts)

    @transaction.atomic
    def link(self, rows: Sequence[ItemRow]) -> None:
        """Links items that are here to others that are; both must have been loaded before."""
        keys = {row.key for row in rows} | {key for row in rows for _, key in row.links}
        ids = dict(WorkItem.objects.filter(key__in=keys).values_list("key", "pk"))
        wanted = [(row.key, key, kind) for row in rows for kind, key in row.links]
        known = {one for one in wanted if one[0] in ids and one[1] in ids}
        WorkItemLink.objects.bulk_create(
            [
                WorkItemLink(work_item_id=ids[key], other_id=ids[other], kind=kind)
                for key, other, kind in sorted(known)
            ],
            ignore_conflicts=True,
        )
        self.counts["links"] += len(known)
        self.counts["links_left_out"] += sum(1 for one in wanted if one[1] not in ids)

    @transaction.atomic
    def take_version(self, version: Version) -> None:
        """The release of a version, as far out as the file says."""
        self.release(version, None)

    def release(self, version: Version, fallback: datetime | None) -> Release:
        """The release of a version; one that came out is over here, told to nobody."""
        place = (version.project, version.name)
        release = self.releases.get(place)
        if release is None:
            release = self._known_or_new(version)
        out = noon(version.day) if version.day else fallback
        if version.released and out and release.state in RELEASE.steps["recall"].sources:
            release = recall_release(release, at=min(out, timezone.now()))
        self.releases[place] = release
        return release

    def _known_or_new(self, version: Version) -> Release:
        """Projects number their versions alike, and names may be long: here each is named once."""
        whole = version.name[:120]
        project = version.project[:15]
        start = f"{version.name[: 39 - len(project)].strip()} {project}"
        number = 0
        while True:
            number += 1
            label = start if number == 1 else f"{start[:35]} ({number})"
            release = Release.objects.filter(version=label).first()
            if release is None:
                self.counts["releases"] += 1
                return create_release(actor=None, version=label, name=whole)
            if release.name == whole:
                return release

    def _people(self, rows: Sequence[ItemRow]) -> dict[str, Person]:
        """Developers known here, by address."""
        addresses = {row.assignee.casefold() for row in rows if "@" in row.assignee}
        found = Person.objects.filter(email__in=addresses, is_active=True)
        return {one.email.casefold(): one for one in found if one.is_development}

    def _item(self, row: ItemRow, people: dict[str, Person]) -> WorkItem:
        assignee = people.get(row.assignee.casefold())
        component = next(
            (found for name in row.components if (found := self.components.get(name.casefold()))),
            None,
        )
        return WorkItem(
            key=row.key,
            external_id=row.key,
            title=row.title,
            description=row.description,
            kind=row.kind,
            state=row.state,
            team=self.team,
            component=component,
            assignee=assignee,
            assignee_name="" if assignee else row.assignee,
            created_at=row.created_at,
            committed_at=None if row.state == "discovery" else row.created_at,
            finished_at=row.finished_at,
        )

    def _facts(self, item: WorkItem, row: ItemRow) -> Iterator[Event]:
        yield _fact(
            events.WORK_ITEM_CREATED.name,
            item,
            row.created_at,
            key=item.key,
            problem_id=None,
            cluster_id=None,
        )
        state = "to_do"
        for step in row.steps:
            if step.state is not None and step.state != state:
                yield _moved(item, state, step.state, step.at, step.resolution)
                state = step.state
            if step.fields:
                told = ", ".join(step.fields)[:500]
                yield _fact(events.WORK_ITEM_EDITED.name, item, step.at, fields=told)
        if state != row.state and row.finished_at is not None:
            yield _moved(item, state, row.state, row.finished_at, row.resolution)
        yield _fact(events.WORK_ITEM_IMPORTED.name, item, timezone.now(), file=self.file)


def _moved(item: WorkItem, before: str, after: str, at: datetime, resolution: str) -> Event:
    """The fact of a change of state, by the name it would have had here."""
    if after == "cancelled":
        reason = resolution or "Not to be done."
        return _fact(events.WORK_ITEM_CANCELLED.name, item, at, reason=reason)
    kind = {
        "done": events.WORK_ITEM_FINISHED,
        "in_progress": events.WORK_ITEM_STARTED,
        "to_do": events.WORK_ITEM_REOPENED,
        "discovery": events.WORK_ITEM_REOPENED,
    }[after]
    if after in {"to_do", "discovery"} and before == "in_progress":
        kind = events.WORK_ITEM_PUT_BACK
    if after == "to_do" and before == "discovery":
        kind = events.WORK_ITEM_COMMITTED
    return _fact(kind.name, item, at)


def _fact(name: str, item: WorkItem, at: datetime, **payload: object) -> Event:
    return Event(
        name=name, at=at, subject_kind=subject_kind(item), subject_id=item.pk, payload=payload
    )
