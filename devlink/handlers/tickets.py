"""What follows for tickets, problems and clusters when development work moves."""

from core.models import Event
from core.timeline import handles
from devlink import actions, events
from devlink.handlers.subjects import ask_of, item_of
from devlink.models import WorkItem
from problems.actions import link_cluster_fix, start_problem_fix
from problems.events import (
    PROBLEM_TICKET_LINKED,
    PROBLEM_TICKET_UNLINKED,
    PROBLEM_TICKETS_LINKED,
)
from problems.models import Problem
from problems.workflow import CLUSTER, PROBLEM


@handles(events.WORK_ITEM_CREATED, events.WORK_ITEM_LINKED, events.WORK_ITEM_REOPENED)
def link_the_fix(event: Event) -> None:
    """A cause that was agreed on has a fix planned from now on; also a second one, when the first
    did not do."""
    cluster = item_of(event.subject_id).cause
    if cluster is not None and cluster.state in CLUSTER.steps["link_fix"].sources:
        link_cluster_fix(cluster, actor=None, at=event.at)


@handles(events.WORK_ITEM_CREATED, events.WORK_ITEM_LINKED, events.WORK_ITEM_REOPENED)
def hand_over_the_tickets(event: Event) -> None:
    """The problem's open tickets wait for development and are shown to its team."""
    actions.hand_over_tickets(item_of(event.subject_id), at=event.at)


@handles(events.ASK_MADE, events.ASK_REPEATED)
def hand_over_what_is_asked_for(event: Event) -> None:
    """Tickets that came since the item was made, or went back after a refusal, wait again."""
    actions.hand_over_tickets(ask_of(event).work_item, at=event.at)


@handles(PROBLEM_TICKET_LINKED, PROBLEM_TICKETS_LINKED)
def hand_over_late_tickets(event: Event) -> None:
    """A ticket linked to a problem under repair waits with the others."""
    ids = event.payload.get("ticket_ids") or [event.payload["ticket_id"]]
    for item in WorkItem.objects.filter(problem_id=event.subject_id).open():
        actions.hand_over_tickets(item, ticket_ids=ids, at=event.at)


@handles(PROBLEM_TICKET_UNLINKED)
def stop_showing_the_unlinked_ticket(event: Event) -> None:
    """Development no longer sees a ticket that is not theirs."""
    for item in WorkItem.objects.filter(problem_id=event.subject_id):
        actions.stop_showing(item, unlinked=event.payload["ticket_id"])


@handles(events.WORK_ITEM_STARTED)
def begin_on_what_it_ends(event: Event) -> None:
    """Problem and tickets say that development is at work."""
    item = item_of(event.subject_id)
    problem = item.problem
    if problem is not None and problem.state in PROBLEM.steps["start_fix"].sources:
        start_problem_fix(problem, actor=None, at=event.at)
    actions.begin_on_tickets(item, at=event.at)


@handles(events.WORK_ITEM_CANCELLED)
def give_everything_back(event: Event) -> None:
    """Nobody waits for a cancelled item, and nobody sees tickets because of it."""
    item = item_of(event.subject_id)
    note = f"Development cancelled {item.key}: {event.payload['reason']}"
    actions.take_back_tickets(item, note=note, at=event.at)
    actions.stop_showing(item)
    for evidence in item.evidence.filter(ticket__isnull=False):
        actions.stop_showing_evidence(evidence)


@handles(events.WORK_ITEM_UNLINKED)
def give_back_what_it_no_longer_ends(event: Event) -> None:
    """Its team no longer sees the problem's tickets, and they wait for it no longer."""
    item = item_of(event.subject_id)
    actions.stop_showing(item)
    problem = Problem.objects.filter(pk=event.payload["problem_id"]).first()
    if problem is None or WorkItem.objects.filter(problem=problem).open().exists():
        return
    note = f"{item.key} is not to end {problem.reference} after all."
    actions.take_back_tickets(item, note=note, problem=problem, at=event.at)


@handles(events.ASK_DECLINED)
def give_the_tickets_back(event: Event) -> None:
    """A refused fix is not waited for, unless it is still asked for elsewhere."""
    ask = ask_of(event)
    hoped_for = ["open", "needs_info", "accepted", "deferred"]
    if (
        ask.work_item.state == "discovery"
        and not ask.work_item.asks.filter(state__in=hoped_for).exists()
    ):
        payload = event.payload
        note = f"Development declined {payload['key']} ({payload['reason_label']}): "
        actions.take_back_tickets(ask.work_item, note=note + payload["comment"], at=event.at)
