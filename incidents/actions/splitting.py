"""Making two tickets of one conversation."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.actions._keeping import locked, save, words
from incidents.actions.opening import MOST_TITLE, open_ticket
from incidents.actions.relating import link_ticket
from incidents.events import MESSAGES_SPLIT_OFF, SPLIT_FROM
from incidents.models import Message, RelationKind, Ticket
from incidents.permissions import require
from incidents.search_index import index_tickets


@transaction.atomic
def split_ticket(
    ticket: Ticket,
    *,
    actor: Person,
    message: Message,
    title: str,
    requester: Person | None = None,
    following: bool = False,
    confirmed: bool = False,
    at: datetime | None = None,
) -> Ticket:
    """Moves a message, and those after it when `following`, to a new ticket; returns that.

    A public message is what the new ticket begins with: its words are the description, its files
    stand with it, and it says where it came from. An internal one stays a note or a question: the
    requester does not read it. Files move with their messages. The requester is the message's
    author when it came from the requester's side, or the ticket's. A requester who could not read
    the ticket so far would read other people's words: that must be `confirmed`. The clock of the
    new ticket starts when the requester wrote.
    """
    ticket = locked(ticket)
    require(actor, "split", ticket)
    if message.ticket_id != ticket.pk:
        raise DomainError(f"Choose a message of {ticket.reference}.", field="message")
    if message.split_from_id is not None:
        raise DomainError(f"{ticket.reference} begins with this message.", field="message")
    title = words(title, "title", most=MOST_TITLE, needed="Say in a few words what it is about.")
    requester = requester or default_requester(ticket, message)
    moved = messages_from(ticket, message, following=following)
    if not confirmed:
        _check_reader(ticket, requester, moved)
    now = at or timezone.now()
    new = _open_beside(ticket, message, title, requester, actor, now)
    ids = [one.pk for one in moved]
    Message.objects.filter(pk__in=ids).update(ticket=new, merged_from=None)
    if message.is_public:
        Message.objects.filter(pk=message.pk).update(split_from=ticket)
    _note_first_response(new, moved)
    save(ticket, at=now)
    index_tickets([ticket.pk, new.pk])
    link_ticket(new, actor=actor, kind=RelationKind.RELATES_TO, other=ticket, at=now)
    _tell(ticket, new, ids, actor, now)
    return new


def default_requester(ticket: Ticket, message: Message) -> Person:
    """Who asks for what this message says."""
    author = message.author
    return ticket.requester if author is None or author.is_staff_member else author


def messages_from(ticket: Ticket, message: Message, *, following: bool) -> list[Message]:
    """The message, and with `following` everything written on the ticket after it."""
    rows = Message.objects.filter(ticket=ticket).select_related("author")
    chosen = rows.filter(pk__gte=message.pk) if following else rows.filter(pk=message.pk)
    return list(chosen.order_by("pk"))


def words_of_others(ticket: Ticket, requester: Person, moved: Sequence[Message]) -> int:
    """How many public messages of others a requester would read who could not read them so far."""
    if Ticket.objects.visible_to(requester).filter(pk=ticket.pk).exists():
        return 0
    return sum(one.is_public and one.author_id != requester.pk for one in moved)


def _check_reader(ticket: Ticket, requester: Person, moved: Sequence[Message]) -> None:
    many = words_of_others(ticket, requester, moved)
    if many:
        what = "a public message" if many == 1 else f"{many} public messages"
        raise DomainError(
            f"{requester.name} could not read {ticket.reference} and would now read {what} "
            "of others. Confirm that this is right.",
            field="confirmed",
        )


def _open_beside(
    ticket: Ticket, message: Message, title: str, requester: Person, actor: Person, now: datetime
) -> Ticket:
    same = requester.pk == ticket.requester_id
    asked = message.author is not None and not message.author.is_staff_member
    return open_ticket(
        actor=actor,
        title=title,
        description=message.body if message.is_public else "",
        requester=requester,
        organisation=ticket.organisation if same else requester.organisation,
        kind=ticket.kind,
        channel=message.channel,
        service=ticket.service,
        component=ticket.component,
        category=ticket.category,
        impact=ticket.impact,
        urgency=ticket.urgency,
        team=ticket.team,
        version_seen=ticket.version_seen,
        at=message.created_at if asked else now,
    )


def _note_first_response(new: Ticket, moved: Sequence[Message]) -> None:
    """An answer that moved along is the first response to what moved with it."""
    for one in moved:
        if one.is_public and one.author is not None and one.author.is_staff_member:
            if one.author_id != new.requester_id and one.created_at >= new.created_at:
                new.first_response_at = one.created_at
                new.save(update_fields=["first_response_at"])
            return


def _tell(ticket: Ticket, new: Ticket, ids: list[int], actor: Person, now: datetime) -> None:
    count = "1 message" if len(ids) == 1 else f"{len(ids)} messages"
    record(
        MESSAGES_SPLIT_OFF,
        ticket,
        actor=actor,
        at=now,
        count_label=count,
        into=new.reference,
        into_id=new.pk,
        message_ids=list(ids),
    )
    record(
        SPLIT_FROM,
        new,
        actor=actor,
        at=now,
        count_label=count,
        origin=ticket.reference,
        origin_id=ticket.pk,
        message_ids=list(ids),
    )
