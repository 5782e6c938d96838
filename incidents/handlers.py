"""What follows when something happens to a ticket."""

from django.db import transaction
from django.db.models import Q

from accounts.models import Person
from catalogue.events import CALENDAR_CHANGED, POLICY_CHANGED
from catalogue.models import CalendarVersion, PolicyVersion
from core.models import Event
from core.timeline import handles, record
from incidents import notices, tasks
from incidents.actions import (
    ask_for_rating,
    assign_by_policy,
    begin_clock_run,
    follow_when_mentioned,
)
from incidents.events import (
    COPY_ADDED,
    DEVELOPMENT_BEGUN,
    DRAFT_TAKEN_UP,
    FIX_CONFIRMED,
    FIX_OFFERED,
    IMPORT_REQUESTED,
    MERGE_UNDONE,
    MERGED_AWAY,
    MERGED_BACK,
    PERSON_MENTIONED,
    REQUEST_APPROVED,
    REQUEST_REJECTED,
    REQUEST_SUBMITTED,
    SEARCH_LANGUAGES_CHANGED,
    STILL_BROKEN,
    TASK_ADDED,
    TASK_CHANGED,
    TICKET_ASSIGNED,
    TICKET_CANCELLED,
    TICKET_CLOSED,
    TICKET_EDITED,
    TICKET_EMBEDDED,
    TICKET_FOLLOWED,
    TICKET_HANDED_TO_DEVELOPMENT,
    TICKET_JOB_REQUESTED,
    TICKET_ON_HOLD,
    TICKET_OPENED,
    TICKET_RATED,
    TICKET_REOPENED,
    TICKET_REPLIED,
    TICKET_RESOLVED,
    TICKET_RESUMED,
    TICKET_RETURNED,
    TICKET_RETURNED_TO_POOL,
    TICKET_STARTED,
    TICKET_TAGGED,
    TICKET_TARGET_BREACHED,
    TICKET_TARGET_WARNED,
    TICKET_UNFOLLOWED,
    TICKET_UNTAGGED,
    TICKETS_IMPORTED,
    TICKETS_LINKED,
    TICKETS_MERGED,
    TICKETS_UNLINKED,
    VIEW_SAVED,
)
from incidents.models import ClockRun, Message, TeamPolicy, Ticket, TicketTask, Watcher
from incidents.saved_views.counting import follow_tickets, recount_view
from incidents.similar import embed_tickets
from incidents.vectorspaces import read_since, serving


def _ticket(event: Event) -> Ticket:
    return Ticket.objects.select_related("requester", "assignee").get(pk=event.subject_id)


@handles(TICKET_OPENED, TICKET_EDITED)
def embed(event: Event) -> None:
    """Reads the ticket's words for look-alikes; says so when they are new.

    So too when the schedule or a run over clusters has read them since.
    """
    if embed_tickets([event.subject_id]) or read_since(event.subject_id, event.at):
        ticket = Ticket.objects.get(pk=event.subject_id)
        record(TICKET_EMBEDDED, ticket, actor=None, model=serving().model)


# Everything that may put a ticket into a saved view or take it out.
@handles(
    DEVELOPMENT_BEGUN,
    FIX_CONFIRMED,
    FIX_OFFERED,
    MERGE_UNDONE,
    MERGED_AWAY,
    MERGED_BACK,
    REQUEST_APPROVED,
    REQUEST_REJECTED,
    REQUEST_SUBMITTED,
    STILL_BROKEN,
    TICKET_ASSIGNED,
    TICKET_CANCELLED,
    TICKET_CLOSED,
    TICKET_EDITED,
    TICKET_FOLLOWED,
    TICKET_HANDED_TO_DEVELOPMENT,
    TICKET_ON_HOLD,
    TICKET_OPENED,
    TICKET_RATED,
    TICKET_REOPENED,
    TICKET_REPLIED,
    TICKET_RESOLVED,
    TICKET_RESUMED,
    TICKET_RETURNED,
    TICKET_RETURNED_TO_POOL,
    TICKET_STARTED,
    TICKET_TAGGED,
    TICKET_UNFOLLOWED,
    TICKET_UNTAGGED,
    TICKETS_LINKED,
    TICKETS_MERGED,
    TICKETS_UNLINKED,
)
def count_in_views(event: Event) -> None:
    """Counts the ticket in the saved views it belongs to now."""
    follow_tickets([event.subject_id])


@handles(TICKETS_IMPORTED)
def count_imported_in_views(event: Event) -> None:
    """Counts what an import brought."""
    follow_tickets(event.payload["ticket_ids"])


@handles(VIEW_SAVED)
def count_view(event: Event) -> None:
    """Counts what a new or changed view holds."""
    recount_view(event.subject_id)


@handles(TICKETS_IMPORTED)
def embed_imported(event: Event) -> None:
    """Begins to embed what an import brought; the schedule makes sure that it is done."""
    transaction.on_commit(tasks.embed_missing_tickets.delay, robust=True)


@handles(IMPORT_REQUESTED)
def begin_import(event: Event) -> None:
    """Wakes a worker for the file; with a broker that is down the schedule does."""
    run_id = event.subject_id

    def wake() -> None:
        tasks.import_file.delay(run_id)

    transaction.on_commit(wake, robust=True)


@handles(TICKET_JOB_REQUESTED)
def begin_ticket_job(event: Event) -> None:
    """Wakes a worker for work on many tickets; with a broker that is down the schedule does."""
    job_id = event.subject_id

    def wake() -> None:
        tasks.run_ticket_job.delay(job_id)

    transaction.on_commit(wake, robust=True)


@handles(TICKET_OPENED)
def tell_requester_it_is_logged(event: Event) -> None:
    """Somebody else logged it: the requester hears the number."""
    ticket = _ticket(event)
    title = f"We have logged {ticket.reference} for you"
    notices.tell(ticket.requester, event, ticket, notices.LOGGED.name, title)


@handles(TICKET_REPLIED)
def tell_of_reply(event: Event) -> None:
    """Whoever the words are for hears of them."""
    messages = Message.objects.select_related("merged_from__requester")
    message = messages.get(pk=event.payload["message_id"])
    notices.tell_of_message(event, _ticket(event), message)


@handles(COPY_ADDED)
def tell_of_copy(event: Event) -> None:
    """Whoever was put in copy hears of it."""
    person = Person.objects.get(pk=event.payload["person_id"])
    notices.tell_of_copy(event, _ticket(event), person)


@handles(DRAFT_TAKEN_UP)
def tell_of_draft(event: Event) -> None:
    """Whose draft it was hears who goes on with it."""
    ticket, actor = _ticket(event), event.actor
    writer = Person.objects.get(pk=event.payload["person_id"])
    if actor is not None:
        title = f"{actor.name} goes on with your draft on {ticket.reference}"
        notices.tell(writer, event, ticket, notices.DRAFT.name, title)


@handles(PERSON_MENTIONED)
def tell_of_mention(event: Event) -> None:
    """Whoever was named hears of it, and follows the ticket from then on if they may see it."""
    person = Person.objects.get(pk=event.payload["person_id"])
    ticket = _ticket(event)
    notices.tell_of_mention(event, ticket, person)
    follow_when_mentioned(ticket, person=person)


@handles(TICKET_ASSIGNED)
def tell_assignee(event: Event) -> None:
    """The new owner hears of it."""
    ticket = _ticket(event)
    if ticket.assignee_id == event.payload["assignee_id"]:
        title = f"{ticket.reference} is yours"
        notices.tell(ticket.assignee, event, ticket, notices.ASSIGNED.name, title)


@handles(FIX_OFFERED)
def tell_requester_to_check(event: Event) -> None:
    """Somebody offered a fix by hand; who deploys a release tells everybody concerned at once."""
    if event.actor_id is not None:
        ticket = _ticket(event)
        title = f"Please check: {ticket.reference} may be fixed in {event.payload['release']}"
        notices.tell(ticket.requester, event, ticket, notices.FIX_OFFERED.name, title)


@handles(TICKET_RESOLVED)
def tell_requester_it_is_resolved(event: Event) -> None:
    """The requester hears the end of it, until when they may answer, and is asked how it was."""
    ticket = _ticket(event)
    policy = TeamPolicy.objects.of_team(ticket.team_id)
    survey = None
    if policy.asks_rating:
        resolution = event.payload.get("resolution", ticket.resolution_number)
        survey = ask_for_rating(ticket, resolution=resolution, at=event.at)
    notices.tell_of_resolution(event, ticket, policy, survey)
    notices.tell_merged(event, ticket, notices.RESOLVED.name, "is resolved")


@handles(TICKET_REOPENED)
def tell_assignee_it_is_back(event: Event) -> None:
    """The owner hears that it is not over."""
    ticket = _ticket(event)
    title = f"{ticket.reference} was reopened"
    notices.tell(ticket.assignee, event, ticket, notices.REOPENED.name, title)


@handles(STILL_BROKEN)
def tell_assignee_it_is_still_broken(event: Event) -> None:
    """The owner hears that the fix did not help."""
    ticket = _ticket(event)
    title = f"{ticket.reference} is still broken"
    notices.tell(ticket.assignee, event, ticket, notices.STILL_BROKEN.name, title)


@handles(TICKETS_MERGED)
def tell_requester_where_it_went(event: Event) -> None:
    """The requester of the source hears where it is handled now."""
    source = Ticket.objects.select_related("requester").get(pk=event.payload["source_id"])
    target = _ticket(event)
    title = f"{source.reference} is now handled in {target.reference}"
    notices.tell(source.requester, event, source, notices.MERGED.name, title)


@handles(TICKET_TARGET_WARNED)
def tell_that_target_is_near(event: Event) -> None:
    """Whoever works on it and whoever leads the team hear in time."""
    if event.payload["notify"]:
        ticket = _ticket(event)
        title = f"{ticket.reference}: {event.payload['target_label']} is near its target"
        notices.tell_of_target(event, ticket, notices.TARGET_NEAR.name, title)


@handles(TICKET_TARGET_BREACHED)
def tell_that_target_is_over(event: Event) -> None:
    """Whoever works on it and whoever leads the team hear that a target is over."""
    if event.payload["notify"]:
        ticket = _ticket(event)
        title = f"{ticket.reference}: {event.payload['target_label']} is over its target"
        notices.tell_of_target(event, ticket, notices.TARGET_OVER.name, title)


@handles(POLICY_CHANGED)
def reckon_after_policy_change(event: Event) -> None:
    """Open tickets get their deadlines by the new version."""
    version = PolicyVersion.objects.select_related("policy").get(pk=event.payload["version_id"])
    _reckon_open_tickets(begin_clock_run(str(version), policy_version=version))


@handles(CALENDAR_CHANGED)
def reckon_after_calendar_change(event: Event) -> None:
    """Open tickets get their deadlines by the new hours."""
    found = CalendarVersion.objects.select_related("calendar")
    version = found.get(pk=event.payload["version_id"])
    _reckon_open_tickets(begin_clock_run(str(version), calendar_version=version))


def _reckon_open_tickets(run: ClockRun) -> None:
    """Wakes a worker; with a broker that is down the schedule does."""

    def wake() -> None:
        tasks.reckon_clocks.delay(run.pk)

    transaction.on_commit(wake, robust=True)


@handles(SEARCH_LANGUAGES_CHANGED)
def fill_search_index(event: Event) -> None:
    """Wakes a worker to write every ticket anew; with a broker that is down the schedule does."""
    transaction.on_commit(tasks.fill_search_index.delay, robust=True)


@handles(TICKET_OPENED, TICKET_ASSIGNED, TICKET_RETURNED_TO_POOL)
def assign(event: Event) -> None:
    """A ticket that came to a team's queue is given to whoever is next by the team's policy."""
    ticket = _ticket(event)
    if ticket.assignee_id is None and ticket.team_id is not None:
        assign_by_policy(ticket)


@handles(TICKET_RETURNED_TO_POOL)
def tell_owner_it_went_back(event: Event) -> None:
    """Who had the ticket hears that it is not theirs any more."""
    owner = Person.objects.filter(pk=event.payload["previous_assignee_id"]).first()
    ticket = _ticket(event)
    title = f"{ticket.reference} went back to {event.payload['to']}: it was left alone"
    notices.tell(owner, event, ticket, notices.RETURNED.name, title)


@handles(TICKET_REPLIED, TICKET_RESOLVED, TICKET_REOPENED)
def tell_watchers(event: Event) -> None:
    """Those who follow the ticket hear of what they may read."""
    ticket = _ticket(event)
    # Whoever follows a ticket that was merged follows the one that handles it, until it is undone.
    followed = Watcher.objects.filter(Q(ticket=ticket) | Q(ticket__merged_into=ticket))
    people = {one.person_id: one.person for one in followed.select_related("person")}
    for person_id in _made_followers_by_the_same(event):
        people.pop(person_id, None)
    notices.tell_watchers(event, ticket, list(people.values()))


def _made_followers_by_the_same(event: Event) -> list[int]:
    """Whom the rule or macro behind this fact made followers: they hear of what comes later."""
    if event.cause_id is None:
        return []
    made = Event.objects.filter(cause=event.cause_id, name=TICKET_FOLLOWED.name)
    return [payload["person_id"] for payload in made.values_list("payload", flat=True)]


@handles(TASK_ADDED, TASK_CHANGED)
def tell_of_task(event: Event) -> None:
    """Who is to do a task hears of it."""
    tasks_now = TicketTask.objects.filter(pk=event.payload["task_id"], done_at__isnull=True)
    task = tasks_now.select_related("assignee").first()
    changes = event.payload.get("changes")
    if task is not None and (changes is None or "assignee" in changes):
        title = f"A task on {_ticket(event).reference} is yours: {task.title}"
        notices.tell(task.assignee, event, _ticket(event), notices.TASK.name, title)
