"""What follows when something happens to a major incident."""

from accounts.models import Person
from core.models import Event
from core.timeline import handles
from incidents.events import TICKETS_LINKED, TICKETS_MERGED
from incidents.models import RelationKind, Ticket
from incidents.models.ticket import TicketQuerySet
from majors import events, notices
from majors.models import FollowUp, MajorIncident, StatusUpdate, UpdateText
from majors.reports import (
    affected_people,
    last_told_to_requesters,
    major_of,
    ticket_known_to,
    tickets_of,
)
from majors.workflow import INTERNAL
from notifications.actions import Notice, notify_all


def _major(event: Event) -> MajorIncident:
    related = ("ticket__component__development_owner", "ticket__team", "proposed_by", "decided_by")
    return MajorIncident.objects.select_related(*related).get(pk=event.subject_id)


@handles(events.MAJOR_PROPOSED)
def ask_for_a_decision(event: Event) -> None:
    """Those who decide hear of the candidate at once."""
    major = _major(event)
    title = f"{major.ticket.reference} may be a major incident"
    people = notices.deciders()
    notices.tell_staff(
        people, event, major, kind=notices.PROPOSED.name, title=title, body=event.payload["why"]
    )


@handles(events.MAJOR_ACCEPTED)
def call_people_together(event: Event) -> None:
    """The ticket's team, the owners of the affected components, and whoever proposed it."""
    major = _major(event)
    people = {major.proposed_by}
    if major.ticket.team is not None:
        people |= set(major.ticket.team.members.all())
    owners = ("component__support_owner", "component__development_owner")
    for row in major.affected.select_related(*owners):
        people |= {row.component.support_owner, row.component.development_owner}
    title = f"Major incident: {major.headline}"
    notices.tell_staff(
        people, event, major, kind=notices.DECIDED.name, title=title, body=event.payload["impact"]
    )


@handles(events.MAJOR_REJECTED, events.MAJOR_CANCELLED)
def tell_proposer(event: Event) -> None:
    """Whoever proposed it hears the reason."""
    major = _major(event)
    title = f"{major.ticket.reference} is no major incident"
    notices.tell_staff(
        [major.proposed_by], event, major,
        kind=notices.DECIDED.name, title=title, body=event.payload["reason"],
    )  # fmt: skip


@handles(events.ROLE_GIVEN)
def tell_of_role(event: Event) -> None:
    """Whoever has the role now hears of it."""
    major = _major(event)
    held = major.roles.current().filter(person_id=event.payload["person_id"])
    for role in held.filter(role=event.payload["role_name"]).select_related("person"):
        title = f"You are {role.get_role_display().lower()} of {major.reference}"
        notices.tell_staff(
            [role.person], event, major, kind=notices.ROLE.name, title=title, body=major.headline
        )


@handles(events.UPDATE_POSTED)
def tell_each_audience(event: Event) -> None:
    """Everybody with a role reads the internal text, affected requesters theirs."""
    major = _major(event)
    updates = StatusUpdate.objects.prefetch_related("texts__update")
    update = updates.get(pk=event.payload["update_id"])
    texts = {text.audience: text for text in update.texts.all()}
    title = f"{major.headline}: {event.payload['status'].lower()}"
    if INTERNAL in texts:
        people: set[Person | None] = {
            role.person for role in major.roles.current().select_related("person")
        }
        people |= {ticket.assignee for ticket in tickets_of(major).select_related("assignee")}
        notices.tell_staff(
            people, event, major, kind=notices.UPDATE.name, title=title, body=texts[INTERNAL].body
        )
    if "requesters" in texts:
        _tell_requesters(major, texts["requesters"], tickets_of(major))


def _tell_requesters(major: MajorIncident, text: UpdateText, tickets: TicketQuerySet) -> None:
    """Each person these tickets concern hears the update once, with a link to the ticket they
    know and to nothing else.
    """
    for person in affected_people(tickets):
        own = ticket_known_to(person, tickets)
        if own is None:
            continue
        notify_all(
            [person],
            Notice(
                kind=notices.UPDATE.name,
                title=f"{major.headline}: {text.update.get_status_display().lower()}",
                body=text.body,
                url=own.get_absolute_url(),
                once_key=f"majors.update:{text.update_id}",
            ),
        )


@handles(TICKETS_LINKED)
def tell_late_reporter(event: Event) -> None:
    """Whoever reports it while it lasts reads at once what the others were told last."""
    if event.payload["relation_kind"] == RelationKind.CHILD_OF:
        _tell_last(event.payload["ticket_id"], Ticket.objects.filter(pk=event.subject_id))


@handles(TICKETS_MERGED)
def tell_requester_of_merged_report(event: Event) -> None:
    """A ticket merged into a report of it while it lasts brings its requester the same words."""
    source = Ticket.objects.get(pk=event.payload["source_id"])
    major = major_of(source)
    if major is not None:
        _tell_last(major.ticket_id, Ticket.objects.filter(pk=source.pk))


def _tell_last(ticket_id: int, reports: TicketQuerySet) -> None:
    """Tells whom these reports concern what was said last, while the major incident lasts."""
    major = MajorIncident.objects.active().filter(ticket_id=ticket_id).first()
    text = None if major is None else last_told_to_requesters(major)
    if major is not None and text is not None:
        _tell_requesters(major, text, reports.with_merged())


@handles(events.UPDATE_OVERDUE, events.REVIEW_OVERDUE)
def remind_the_leaders(event: Event) -> None:
    """Whoever leads it or speaks for it hears that people wait for a word."""
    major = _major(event)
    what = "update" if event.name == events.UPDATE_OVERDUE.name else "post-incident review"
    leaders = major.roles.filter(role__in=["manager", "communications_lead"])
    if event.name == events.UPDATE_OVERDUE.name:
        leaders = leaders.current()
    people = {role.person for role in leaders.select_related("person")}
    title = f"The {what} of {major.reference} is overdue"
    notices.tell_staff(
        people, event, major, kind=notices.OVERDUE.name, title=title, body=major.headline
    )


@handles(events.FOLLOW_UP_OVERDUE)
def remind_of_follow_up(event: Event) -> None:
    """Whoever is to do it hears that it is late, or those who lead where nobody is."""
    row = FollowUp.objects.select_related("major__ticket", "assignee").get(pk=event.subject_id)
    led = row.major.roles.current().filter(role="manager").select_related("person")
    people = {row.assignee} if row.assignee else {role.person for role in led}
    notices.tell_staff(
        people,
        event,
        row.major,
        kind=notices.OVERDUE.name,
        title=f"Overdue: {row.title}",
        body=f"{row.major.headline}, due {row.due_on}",
    )
