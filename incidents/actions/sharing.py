"""Who else may see a ticket, what was used on it, and time spent with it."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Person, Team
from core.errors import DomainError
from core.timeline import record
from incidents.actions._keeping import locked
from incidents.events import ARTICLE_LINKED, TICKET_SHARED, TICKET_UNSHARED
from incidents.models import Ticket, TicketArticle, TicketShare, TouchInterval
from incidents.models.ticket import TicketQuerySet
from incidents.permissions import require
from knowledge.models import Article

# Two signs of work closer together than this are one stretch of work.
IDLE = timedelta(seconds=60)
LONGEST_TOUCH = timedelta(hours=8)


@transaction.atomic
def share_ticket(ticket: Ticket, *, team: Team, because: str) -> None:
    """Shows the ticket, and those merged into it, to a development team for a reason such as
    "devlink.workitem:12".
    """
    for one in (ticket, *Ticket.objects.filter(merged_into=ticket.pk)):
        _, added = TicketShare.objects.get_or_create(ticket=one, team=team, because=because)
        if added:
            record(
                TICKET_SHARED,
                one,
                actor=None,
                team=team.name,
                team_id=team.pk,
                because=because,
            )


@transaction.atomic
def unshare_tickets(*, because: str, keep: TicketQuerySet | None = None) -> int:
    """Ends every sight that was given for this reason but for `keep`; returns how many ended."""
    given = TicketShare.objects.filter(because=because).select_related("ticket", "team")
    if keep is not None:
        given = given.exclude(ticket__in=keep)
    shares = list(given.order_by("pk"))
    for share in shares:
        record(
            TICKET_UNSHARED,
            share.ticket,
            actor=None,
            team=share.team.name,
            team_id=share.team_id,
            because=because,
        )
    TicketShare.objects.filter(pk__in=[share.pk for share in shares]).delete()
    return len(shares)


@transaction.atomic
def link_article(
    ticket: Ticket, *, actor: Person, article: Article, at: datetime | None = None
) -> TicketArticle:
    """Notes that the article was used here; `known` when it existed before the ticket."""
    ticket = locked(ticket)
    require(actor, "link_article", ticket)
    at = at or timezone.now()
    link, added = TicketArticle.objects.get_or_create(
        ticket=ticket,
        article=article,
        defaults={
            "person": actor,
            "known": article.created_at < ticket.created_at,
            "created_at": at,
        },
    )
    if added:
        record(
            ARTICLE_LINKED,
            ticket,
            actor=actor,
            at=at,
            reference=f"{article.reference} {article.title}",
            article_id=article.pk,
        )
    return link


@transaction.atomic
def record_touch(
    ticket: Ticket, *, actor: Person, started_at: datetime, ended_at: datetime
) -> TouchInterval:
    """Adds a stretch of work on a ticket; one that follows within a minute prolongs the last."""
    require(actor, "touch", ticket)
    if not started_at <= ended_at <= started_at + LONGEST_TOUCH:
        raise DomainError("A stretch of work ends after it starts, within a day.", field="ended_at")
    _one_at_a_time(ticket, actor)
    last = (
        TouchInterval.objects.filter(ticket=ticket, person=actor, started_at__lte=ended_at)
        .order_by("-ended_at")
        .first()
    )
    if last is None or last.ended_at + IDLE < started_at:
        return TouchInterval.objects.create(
            ticket=ticket, person=actor, started_at=started_at, ended_at=ended_at
        )
    if ended_at > last.ended_at:
        last.ended_at = ended_at
        last.save(update_fields=["ended_at"])
    return last


def _one_at_a_time(ticket: Ticket, actor: Person) -> None:
    """Two tabs of one person must not both begin a stretch; the ticket itself stays unlocked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('incidents.touch'), %s)",
            [(ticket.pk * 31 + actor.pk) % 2**31],
        )
