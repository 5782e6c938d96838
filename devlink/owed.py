"""Who is to be told of a piece of work, since when, and until when: read from its links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from accounts.models import Person
from core.models import Event
from devlink.events import WORK_ITEM_REOPENED
from devlink.models import FixLook, LoopObligation, Release, WorkItem
from incidents.agreements import agreement_for
from incidents.clocks.calendars import DAY_MINUTES, Calendar
from incidents.clocks.policies import CompiledPolicy
from incidents.clocks.rules import Agreement, Target
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from problems.facts import tickets_of

# Who met it and went on with a workaround hears that it is over; longer ago is history.
REMEMBERED = timedelta(days=90)
WORKING_DAYS = 2

Kind = LoopObligation.Kind
_WHOLE = ((0, DAY_MINUTES),)
_WEEKDAYS = Calendar(ZoneInfo("UTC"), (_WHOLE, _WHOLE, _WHOLE, _WHOLE, _WHOLE, (), ()))


def staff_among(people: Iterable[Person | None]) -> list[Person]:
    """Those who may read development pages, each once."""
    return list({one.pk: one for one in people if one is not None and one.is_staff_member}.values())


def developers_of(item: WorkItem) -> list[Person]:
    """Who works on an item: its assignee, the owner of its component; else its team."""
    owner = item.component.development_owner if item.component else None
    found = staff_among([item.assignee, owner])
    return found or staff_among(
        Person.objects.filter(memberships__team=item.team, is_active=True).order_by("pk")
    )


def tied_tickets(item: WorkItem) -> TicketQuerySet:
    """Tickets whose people wait for an item: those of its cause and those attached as evidence.

    Open ones, and those solved not long before work began or since; none that were cancelled.
    """
    cluster = item.cluster if item.problem is None else None
    cause = tickets_of(cluster, item.problem).order_by().values("pk")
    attached = item.evidence.filter(ticket__isnull=False).values("ticket_id")
    recent = Q(resolved_at__isnull=True) | Q(resolved_at__gt=item.created_at - REMEMBERED)
    tied = Ticket.objects.filter(Q(pk__in=cause) | Q(pk__in=attached), recent)
    return tied.exclude(state="cancelled")


@dataclass(frozen=True)
class Word:
    """One word that is owed; `ticket` is None for what a developer is owed."""

    kind: LoopObligation.Kind
    recipient: Person
    ticket: Ticket | None = None

    @property
    def key(self) -> tuple[str, int]:
        """The same for one obligation however often it is worked out."""
        if self.ticket is None:
            return self.kind, self.recipient.pk
        return self.kind, self.ticket.pk


def key_of(obligation: LoopObligation) -> tuple[str, int]:
    """The `Word.key` an obligation was made for."""
    if obligation.ticket_id is None:
        return obligation.kind, obligation.recipient_id
    return obligation.kind, obligation.ticket_id


def words_owed(item: WorkItem) -> list[Word]:
    """Everybody who is to hear of this item as things are linked now; nobody once it is cancelled.

    Requesters of tickets that were merged into a tied one are owed their own word, unless they are
    the same person. Developers are owed one when the item has a cause whose incidents are counted.
    """
    if item.state == "cancelled":
        return []
    tied = list(tied_tickets(item).select_related("requester", "assignee"))
    merged = Ticket.objects.filter(merged_into__in=[one.pk for one in tied])
    merged = merged.exclude(requester=F("merged_into__requester"))
    owed = [Word(Kind.REQUESTER, one.requester, one) for one in tied]
    owed += [
        Word(Kind.REQUESTER, one.requester, one)
        for one in merged.select_related("requester", "assignee")
    ]
    owed += [
        Word(Kind.AGENT, one.assignee, one)
        for one in tied
        if one.assignee is not None and one.assignee.is_staff_member and not one.is_merged
    ]
    counted = item.cluster_id or (item.problem.cluster_id if item.problem else None)
    if counted:
        owed += [Word(Kind.DEVELOPER, one) for one in developers_of(item)]
    return [word for word in owed if word.recipient.is_active]


def last_reopened(item: WorkItem) -> datetime | None:
    """When it turned out last that the item was not done; None when it never did."""
    reopened = Event.objects.about(item).filter(name=WORK_ITEM_REOPENED.name)
    return reopened.order_by("-at").values_list("at", flat=True).first()


def fix_of(item: WorkItem) -> Release | None:
    """The release in which people have the item: the first since it was last reopened."""
    live = Release.objects.filter(items__work_item=item, deployed_at__isnull=False)
    reopened = last_reopened(item)
    if reopened is not None:
        live = live.filter(deployed_at__gt=reopened)
    return live.order_by("deployed_at", "pk").first()


def first_look(item: WorkItem, release: Release) -> FixLook | None:
    """The first time it was judged what the item did in that release."""
    looks = FixLook.objects.filter(claim__work_item=item, claim__release=release)
    related = ("claim__release", "claim__cluster", "claim__problem__owner", "claim__work_item")
    return looks.select_related(*related).order_by("created_at", "pk").first()


def calendar_for(ticket: Ticket | None, policies: Sequence[CompiledPolicy]) -> Calendar:
    """The hours by which a word about this ticket is due: those of its own target to be resolved.

    Without a ticket or a target of its own, those promised to everybody; without any, whole days
    from Monday to Friday.
    """
    agreement = None if ticket is None else agreement_for(ticket, policies)
    if agreement is None or not agreement.promises:
        agreement = _for_everybody(policies)
    if agreement is None or not agreement.promises:
        return _WEEKDAYS
    promised = {one.target: one.calendar for one in reversed(agreement.promises)}
    return promised.get(Target.RESOLUTION, agreement.promises[0].calendar)


def _for_everybody(policies: Sequence[CompiledPolicy]) -> Agreement | None:
    """What the policy of no single service or organisation promises for a normal ticket."""
    general = (one for one in policies if one.service is None and one.organisation is None)
    found = next(general, None)
    return None if found is None else found.agreement(3)


def two_working_days(calendar: Calendar) -> timedelta:
    """Twice the mean length of the calendar's working days; two whole days when it has none."""
    days = [sum(end - start for start, end in day) for day in calendar.week if day]
    mean = sum(days) / len(days) if days else DAY_MINUTES
    return WORKING_DAYS * timedelta(minutes=mean)


def due_after(start: datetime, calendar: Calendar) -> datetime:
    """Two working days of the calendar later; of a calendar that never works, two days later."""
    amount = two_working_days(calendar)
    return calendar.add(start, amount) or start + amount
