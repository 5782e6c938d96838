"""What people are told about tickets."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.text import Truncator

from accounts.availability.reading import (
    absences_now,
    is_left_to_the_team,
    substitutes_of,
)
from accounts.models import Membership, Person
from core.models import Event
from incidents.events import TICKET_REPLIED, TICKET_RESOLVED
from incidents.models import CsatSurvey, Message, TeamPolicy, Ticket
from incidents.quotes import quoted
from incidents.rating_links import rating_url
from notifications.actions import notify
from notifications.kinds import declare

LOGGED = declare("incidents.logged", "Logged for you", icon="ticket")
ANSWERED = declare("incidents.answered", "Answers", icon="message-square")
COPIED = declare("incidents.copied", "You are in copy", icon="users")
ASKED = declare("incidents.asked", "Questions to the developers", icon="message-circle-question")
MENTIONED = declare("incidents.mentioned", "Mentions of you", icon="at-sign")
ASSIGNED = declare("incidents.assigned", "Assigned to you", icon="user-check", mailed=False)
RETURNED = declare("incidents.returned", "Back to the queue", icon="undo-2", mailed=False)
DRAFT = declare("incidents.draft", "Drafts you shared", icon="pencil", mailed=False)
TASK = declare("incidents.task", "Tasks for you", icon="list-checks", mailed=False)
WATCHED = declare("incidents.watched", "Tickets you follow", icon="eye")
FIX_OFFERED = declare("incidents.fix_offered", "A fix to check", icon="wrench")
RESOLVED = declare("incidents.resolved", "Resolved", icon="circle-check")
REOPENED = declare("incidents.reopened", "Reopened", icon="rotate-ccw")
MERGED = declare("incidents.merged", "Handled together", icon="git-merge")
TARGET_NEAR = declare("incidents.target_near", "Targets near", icon="timer")
TARGET_OVER = declare("incidents.target_over", "Targets over", icon="triangle-alert")
STILL_BROKEN = declare("incidents.still_broken", "Still broken", icon="triangle-alert")

# Earlier messages quoted in a mail, and how much of each.
EARLIER, MOST_QUOTED = 5, 2_000

SCORES = (
    (5, "very satisfied"),
    (4, "satisfied"),
    (3, "neither"),
    (2, "dissatisfied"),
    (1, "very dissatisfied"),
)


def tell(
    person: Person | None,
    event: Event,
    ticket: Ticket,
    kind: str,
    title: str,
    *,
    more: str = "",
    mail_more: str = "",
) -> None:
    """Tells one person what happened to a ticket, unless they did it or may not see it.

    What is told to a ticket's owner, or to who is to do a task, while they are away is told to who
    stands in for them too, and where nobody who is here does, to their ticket's team.
    """
    if person is None:
        return
    _tell(person, event, ticket, kind, title, more=more, mail_more=mail_more)
    if person.pk == ticket.assignee_id or kind == TASK.name:
        for other in _instead_of(person, ticket):
            _tell(other, event, ticket, kind, f"For {person.name}: {title}", more=more)


def _instead_of(person: Person, ticket: Ticket) -> list[Person]:
    """Who hears what somebody who is away should hear; nobody else while they are here."""
    now = timezone.now()
    standing_in = substitutes_of(person, now)
    if standing_in or ticket.team_id is None or not is_left_to_the_team(person, now):
        return standing_in
    members = Person.objects.filter(memberships__team=ticket.team_id, is_active=True)
    return list(members.exclude(pk__in=absences_now(now)).order_by("pk"))


def _tell(
    person: Person,
    event: Event,
    ticket: Ticket,
    kind: str,
    title: str,
    *,
    more: str = "",
    mail_more: str = "",
) -> None:
    if person.pk == event.actor_id:
        return
    if not Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
        return
    notify(
        person,
        kind=kind,
        title=title,
        body="\n\n".join(filter(None, (ticket.title, more))),
        url=ticket.get_absolute_url(),
        once_key=f"event:{event.pk}",
        mail_more=mail_more,
    )


def tell_of_message(event: Event, ticket: Ticket, message: Message) -> None:
    """A public reply is told to the other side and to people in copy; a note or a question to
    whoever works on it, and to nobody outside.

    What was written to a merged ticket is told to that ticket's requester, by that ticket's
    number; the requester of the ticket it landed on hears of it only when they may read it. So do
    requesters of tickets merged into this one.
    """
    who = event.actor.name if event.actor else "Upstream"
    if message.is_public:
        asked = message.merged_from or ticket
        told = [(asked.requester, asked), (ticket.requester, ticket)]
        told += [(copy.person, asked) for copy in asked.copies.select_related("person")]
        told += [(one.requester, ticket) for one in ticket.merged_from.select_related("requester")]
        for person, about in told:
            if Message.objects.visible_to(person).filter(pk=message.pk).exists():
                title = f"{who} wrote on {about.reference}"
                # Whoever cannot sign in reads the words, and what went before, in the mail.
                words = "" if person.has_usable_password() else _with_earlier(message, person)
                tell(person, event, about, ANSWERED.name, title, mail_more=words)
        tell(ticket.assignee, event, ticket, ANSWERED.name, f"{who} wrote on {ticket.reference}")
    elif message.kind == Message.Kind.QUESTION:
        tell(ticket.assignee, event, ticket, ASKED.name, f"{who} asked about {ticket.reference}")


def _with_earlier(message: Message, person: Person) -> str:
    """What was written, and below it quoted what this person could read before, newest first."""
    visible = Message.objects.visible_to(person).on(message.merged_from or message.ticket)
    before = visible.filter(kind=Message.Kind.PUBLIC, pk__lt=message.pk).select_related("author")
    parts = [message.body]
    for one in before.order_by("-pk")[:EARLIER]:
        who = one.author.name if one.author else "Upstream"
        at = f"{timezone.localtime(one.created_at):%d %b %Y at %H:%M}"
        parts.append(quoted(who, at, Truncator(one.body).chars(MOST_QUOTED)))
    return "\n\n".join(parts)


def tell_of_copy(event: Event, ticket: Ticket, person: Person) -> None:
    """Whoever was put in copy hears of it, unless a message that follows says so."""
    if not event.payload.get("with_words") and ticket.copies.filter(person=person).exists():
        who = event.actor.name if event.actor else "Upstream"
        tell(person, event, ticket, COPIED.name, f"{who} put you in copy of {ticket.reference}")


def tell_merged(event: Event, ticket: Ticket, kind: str, words: str) -> None:
    """Tells the requesters of the tickets merged into this one, each by their own number; the
    ticket's own requester is told of the ticket itself.
    """
    merged = ticket.merged_from.exclude(requester=ticket.requester_id).select_related("requester")
    for one in merged.order_by("pk"):
        tell(one.requester, event, one, kind, f"{one.reference} {words}")


def tell_of_target(event: Event, ticket: Ticket, kind: str, title: str) -> None:
    """The assignee and the leads of the ticket's team hear of a target, each once."""
    people = {person.pk: person for person in (ticket.assignee,) if person is not None}
    leads = Membership.objects.filter(team=ticket.team_id, is_lead=True).select_related("person")
    people |= {lead.person_id: lead.person for lead in leads}
    for person in people.values():
        tell(person, event, ticket, kind, title)


def tell_of_resolution(
    event: Event, ticket: Ticket, policy: TeamPolicy, survey: CsatSurvey | None
) -> None:
    """The requester hears the end, until when an answer reaches us, and is asked how it was."""
    tell(
        ticket.requester,
        event,
        ticket,
        RESOLVED.name,
        f"{ticket.reference} is resolved",
        more=closing_words(ticket, policy),
        mail_more="" if survey is None else _rating_words(survey),
    )


def closing_words(ticket: Ticket, policy: TeamPolicy) -> str:
    """When a resolved ticket closes by itself; empty when it never does."""
    if policy.close_after_days is None or ticket.resolved_at is None:
        return ""
    day = timezone.localtime(ticket.resolved_at + timedelta(days=policy.close_after_days))
    return f"If it is not solved, please answer. It closes by itself on {day.day} {day:%B %Y}."


def _rating_words(survey: CsatSurvey) -> str:
    if survey.answered_at is not None:
        return ""
    links = (
        f"{score} {words}: {rating_url(survey.ticket, survey.resolution, score)}"
        for score, words in SCORES
    )
    return "\n".join(["How did we do? One click, without signing in:", *links])


def tell_watchers(event: Event, ticket: Ticket, people: Sequence[Person]) -> None:
    """Those who follow hear of replies, notes they may read, the resolution and its end.

    The requester, the owner and those the words name are told in their own right.
    """
    message = None
    told_already = {ticket.requester_id, ticket.assignee_id}
    if event.name == TICKET_REPLIED.name:
        message = Message.objects.filter(pk=event.payload["message_id"]).first()
        if message:
            told_already |= set(message.mentions.values_list("person_id", flat=True))
    who = event.actor.name if event.actor else "Upstream"
    words = "was resolved" if event.name == TICKET_RESOLVED.name else "was reopened"
    title = f"{who} wrote on {ticket.reference}" if message else f"{ticket.reference} {words}"
    for person in people:
        if person.pk not in told_already and (message is None or _may_read(person, message)):
            _tell(person, event, ticket, WATCHED.name, title)


def _may_read(person: Person, message: Message) -> bool:
    return Message.objects.visible_to(person).filter(pk=message.pk).exists()


def tell_of_mention(event: Event, ticket: Ticket, person: Person) -> None:
    """Whoever was named hears of it; never a requester of an internal note."""
    message = Message.objects.visible_to(person).filter(pk=event.payload["message_id"])
    if message.exists():
        who = event.actor.name if event.actor else "Upstream"
        title = f"{who} mentioned you on {ticket.reference}"
        tell(person, event, ticket, MENTIONED.name, title)
