"""What people had been told by now: rows of history, without a mail leaving the house again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from accounts.models import Person
from core.models import Event
from dashboards.demo.loading.chronicle import World
from devlink import events, notices
from devlink.models import Ask, FixLook, Release
from devlink.readiness import support_audience
from incidents import events as ticket_events
from incidents import notices as ticket_notices
from incidents.models import Ticket
from notifications.models import Notification

_READ_AFTER = timedelta(hours=3)
_STILL_UNREAD = timedelta(hours=30)


def load_notifications(world: World) -> int:
    """Fills the inboxes: what is older than a day has been read."""
    now = world.plan.now
    rows = [*_of_releases(now), *_of_asks(now), *_of_verdicts(now), *_of_tickets(now)]
    Notification.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def _rows(
    people: Iterable[Person],
    now: datetime,
    *,
    at: datetime,
    kind: str,
    title: str,
    body: str,
    url: str,
    key: str,
) -> Iterator[Notification]:
    for person in people:
        yield Notification(
            person=person,
            kind=kind,
            title=title[:250],
            body=body,
            url=url,
            once_key=key,
            created_at=at,
            read_at=at + _READ_AFTER if at < now - _STILL_UNREAD else None,
        )


def _of_releases(now: datetime) -> Iterator[Notification]:
    for release in Release.objects.select_related("service"):
        people = support_audience(release)
        for event in Event.objects.about(release).filter(name=events.SUPPORT_TOLD.name):
            yield from _rows(
                people,
                now,
                at=event.at,
                kind=notices.SUPPORT_TOLD.name,
                title=f"{release} is coming",
                body=str(event.payload["note"]),
                url=release.get_absolute_url(),
                key=f"devlink.support_told:{release.pk}:{event.pk}",
            )
        if release.deployed_at is not None:
            yield from _rows(
                people,
                now,
                at=release.deployed_at,
                kind=notices.RELEASE_DEPLOYED.name,
                title=f"{release} is live",
                body=release.notes,
                url=release.get_absolute_url(),
                key=f"devlink.release_deployed:{release.pk}",
            )


def _of_asks(now: datetime) -> Iterator[Notification]:
    """Development owes answers in the sprint that is being planned."""
    asks = Ask.objects.unanswered().filter(sprint__state="planning")
    for ask in asks.select_related("sprint__team", "work_item", "team", "created_by"):
        team = ask.team.name if ask.team else ask.created_by.name
        yield from _rows(
            Person.objects.filter(memberships__team=ask.sprint.team, is_active=True),
            now,
            at=ask.created_at,
            kind=notices.ASK_MADE.name,
            title=f"{team} asks for {ask.work_item.key} in {ask.sprint.name}",
            body=f"{ask.work_item.title}\n\n{ask.rationale}",
            url=ask.get_absolute_url(),
            key=f"devlink.ask_made:{ask.pk}:0",
        )


def _of_verdicts(now: datetime) -> Iterator[Notification]:
    looks = FixLook.objects.exclude(verdict="watching").select_related(
        "claim__release", "claim__work_item__component__development_owner", "claim__problem__owner"
    )
    for look in looks:
        item, problem = look.claim.work_item, look.claim.problem
        owner = item.component.development_owner if item.component else None
        people = [one for one in (owner, problem.owner if problem else None) if one is not None]
        yield from _rows(
            people,
            now,
            at=look.created_at,
            kind=notices.FIX_JUDGED.name,
            title=f"{item.key} after {look.week} weeks: {look.verdict.replace('_', ' ')}",
            body=look.sentence,
            url=look.claim.release.get_absolute_url(),
            key=f"devlink.fix_judged:{look.claim_id}:{look.week}",
        )


def _of_tickets(now: datetime) -> Iterator[Notification]:
    """The last two days of what assignees and requesters hear about their tickets."""
    names = {
        ticket_events.TICKET_ASSIGNED.name: ticket_notices.ASSIGNED.name,
        ticket_events.TICKET_RESOLVED.name: ticket_notices.RESOLVED.name,
    }
    recent = list(Event.objects.filter(name__in=names, at__gt=now - timedelta(days=2)))
    tickets = Ticket.objects.select_related("assignee", "requester").in_bulk(
        [event.subject_id for event in recent]
    )
    for event in recent:
        ticket = tickets[event.subject_id]
        assigned = event.name == ticket_events.TICKET_ASSIGNED.name
        person = ticket.assignee if assigned else ticket.requester
        if person is None or person.pk == event.actor_id:
            continue
        words = f"{ticket.reference} is yours" if assigned else f"{ticket.reference} is resolved"
        yield from _rows(
            [person],
            now,
            at=event.at,
            kind=names[event.name],
            title=words,
            body=ticket.title,
            url=ticket.get_absolute_url(),
            key=f"event:{event.pk}",
        )
