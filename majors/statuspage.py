"""What anybody may read without signing in: how the components stand, and public texts.

Nothing here comes from a ticket. A component's name, its status, a headline and texts written for
the public are all that leaves the house.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogue.models import Component
from changes.models import Change
from majors.models import AffectedComponent, MajorIncident, UpdateText
from majors.workflow import COMPONENT_STATUSES, STATUS

HISTORY = timedelta(days=14)
LABELS = dict(COMPONENT_STATUSES)
# From the best to the worst; several at once show the worst.
SEVERITY = ("operational", "maintenance", "degraded", "partial_outage", "major_outage")


@dataclass(frozen=True)
class Standing:
    """A component and how it stands."""

    name: str
    status: str

    @property
    def label(self) -> str:
        """The status in words."""
        return LABELS[self.status]


@dataclass(frozen=True)
class ServiceStanding:
    """A service: as bad as its worst component."""

    name: str
    components: list[Standing]

    @property
    def status(self) -> str:
        """The worst of its components' statuses."""
        return worst(one.status for one in self.components)

    @property
    def label(self) -> str:
        """The status in words."""
        return LABELS[self.status]


@dataclass(frozen=True)
class PublicUpdate:
    """One text for the public."""

    status: str
    status_label: str
    posted_at: datetime
    body: str


@dataclass(frozen=True)
class PublicIncident:
    """A major incident as the public reads it, newest update first."""

    number: int
    headline: str
    status: str
    status_label: str
    began_at: datetime | None
    restored_at: datetime | None
    next_update_due_at: datetime | None
    components: list[str]
    updates: list[PublicUpdate]


@dataclass(frozen=True)
class StatusPage:
    """The whole page."""

    services: list[ServiceStanding]
    ongoing: list[PublicIncident]
    past: list[PublicIncident]
    as_of: datetime

    @property
    def status(self) -> str:
        """The worst of all services' statuses."""
        return worst(one.status for one in self.services)

    @property
    def sentence(self) -> str:
        """How everything stands, in a sentence."""
        affected = [one for one in self.services if one.status != "operational"]
        if not affected:
            return "All services work."
        names = ", ".join(one.name for one in affected)
        if all(one.status == "maintenance" for one in affected):
            return f"Maintenance is under way on {names}."
        return f"{LABELS[self.status]} on {names}."


def worst(statuses: Iterable[str]) -> str:
    """The worst of several statuses; operational when there is none."""
    return max(statuses, key=SEVERITY.index, default="operational")


def read_status_page(now: datetime) -> StatusPage:
    """How everything stands now: a fixed number of queries."""
    return StatusPage(
        services=_services(now),
        ongoing=_incidents(MajorIncident.objects.active()),
        past=_incidents(MajorIncident.objects.past().filter(restored_at__gte=now - HISTORY)),
        as_of=now,
    )


def _services(now: datetime) -> list[ServiceStanding]:
    found: dict[int, list[str]] = {}
    affected = AffectedComponent.objects.filter(major__in=MajorIncident.objects.active())
    for component_id, status in affected.values_list("component_id", "status"):
        found.setdefault(component_id, []).append(status)
    for component_id in _under_maintenance(now):
        found.setdefault(component_id, []).append("maintenance")
    services: dict[str, list[Standing]] = {}
    rows = Component.objects.select_related("service").order_by("service__name", "name")
    for row in rows:
        standing = Standing(row.name, worst(found.get(row.pk, [])))
        services.setdefault(row.service.name, []).append(standing)
    return [ServiceStanding(name, components) for name, components in services.items()]


def _under_maintenance(now: datetime) -> set[int]:
    """Components of changes that are being implemented within their planned window."""
    changes = Change.objects.filter(
        state="implementing", planned_start__lte=now, planned_end__gte=now
    )
    return set(
        Change.components.through.objects.filter(change__in=changes).values_list(
            "component_id", flat=True
        )
    )


def _incidents(majors: Iterable[MajorIncident]) -> list[PublicIncident]:
    rows = {major.pk: major for major in majors}
    texts: dict[int, list[PublicUpdate]] = {}
    visible = UpdateText.objects.for_everybody().filter(update__major__in=rows)
    for text in visible.select_related("update").order_by("-update_id"):
        update = text.update
        texts.setdefault(update.major_id, []).append(
            PublicUpdate(update.status, STATUS.label(update.status), update.posted_at, text.body)
        )
    names: dict[int, list[str]] = {}
    affected = AffectedComponent.objects.filter(major__in=rows)
    for major_id, name in affected.values_list("major_id", "component__name"):
        names.setdefault(major_id, []).append(name)
    return [
        PublicIncident(
            number=major.pk,
            headline=major.headline,
            status=major.status,
            status_label=STATUS.label(major.status),
            began_at=major.began_at,
            restored_at=major.restored_at,
            next_update_due_at=major.next_update_due_at,
            components=names.get(major.pk, []),
            updates=texts[major.pk],
        )
        # What the public was never told of does not stand on the public page.
        for major in rows.values()
        if major.pk in texts
    ]
