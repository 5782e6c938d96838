"""Boxes of this app beside a ticket and beside the form that logs one."""

from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Person
from core.extensions import Panel, panel
from core.models import Event
from incidents.merge_lines import Line
from incidents.merge_preview import preview_line
from incidents.models import Message, Ticket, TicketDraft
from problems.clustering.joining import likely_cluster
from problems.costs import costs_of
from problems.events import WORKAROUND_SENT
from problems.known import (
    MOST_KNOWN_ERRORS,
    MOST_LOOKED_AT,
    helpful_problems_like,
    problems_like,
)
from problems.models import (
    Cluster,
    ClusterMember,
    Problem,
    ProblemAction,
    ProblemTask,
    ProblemTicket,
)
from problems.permissions import may
from problems.trends import CONFIDENCE, trend_of

DESK_ROWS = 10


def _staff(request: HttpRequest) -> Person | None:
    """The reader when these boxes are for them: requesters see neither clusters nor problems."""
    person = request.user
    return person if isinstance(person, Person) and person.is_staff_member else None


@panel("incidents.ticket", "context", order=10)
def probable_cause(request: HttpRequest, record: models.Model) -> Panel | None:
    """The cluster the ticket is in, why, and what to do about it."""
    person = _staff(request)
    if person is None or not isinstance(record, Ticket):
        return None
    member = (
        ClusterMember.objects.filter(  # visibility: of the ticket whose page this is
            ticket=record, cluster__in=Cluster.objects.visible_to(person)
        )
        .select_related("cluster")
        .defer("cluster__centroid", "cluster__keys")
        .first()
    )
    if member is None:
        return None
    found = member.cluster
    problems = list(Problem.objects.visible_to(person).filter(cluster=found).open())
    linked = _linked(person, record)
    return Panel(
        "probable-cause",
        _name(found),
        "problems/panels/probable_cause.html",
        {
            "ticket": record,
            "member": member,
            "cluster": found,
            "trend": trend_of(found),
            "confidence_definition": CONFIDENCE,
            "open_problems": [one for one in problems if one not in linked],
            "linked": [one for one in problems if one in linked],
            "may_link": may(person, "link_ticket"),
            "may_open": may(person, "open_problem") and not problems,
            "may_remove": may(person, "remove_member", found),
        },
    )


def _name(found: Cluster) -> str:
    """A cause is a candidate until a person has confirmed it."""
    return "Candidate cause" if found.confirmed_at is None else "Probable cause"


def _linked(person: Person, ticket: Ticket) -> list[Problem]:
    """The problems of a ticket."""
    links = ProblemTicket.objects.filter(ticket=ticket)  # visibility: narrowed below
    rows = Problem.objects.visible_to(person).filter(pk__in=links.values("problem_id"))
    return list(rows.select_related("known_error").order_by("-pk"))


@panel("incidents.ticket", "context", order=30)
def known_errors(request: HttpRequest, record: models.Model) -> Panel | None:
    """Problems of the ticket and of its cluster, and while it is open known errors like its text,
    each with the workaround that helps meanwhile."""
    person = _staff(request)
    if person is None or not isinstance(record, Ticket):
        return None
    linked = _linked(person, record)
    near = Problem.objects.visible_to(person).filter(
        cluster__in=ClusterMember.objects.filter(  # visibility: of the ticket whose page this is
            ticket=record
        ).values("cluster_id")
    )
    suggested = [
        one for one in near.exclude(workaround="").select_related("known_error").open()[:3]
        if one not in linked
    ]  # fmt: skip
    text = f"{record.title}\n{record.description}"
    found = helpful_problems_like(person, text, limit=MOST_KNOWN_ERRORS) if record.is_open else []
    alike = [one for one in found if one not in (*linked, *suggested)]
    if not linked and not suggested and not alike:
        return None
    helped = any(one.workaround for one in (*linked, *suggested, *alike))
    return Panel(
        "known-error",
        "Known error · workaround" if helped else "Problem",
        "problems/panels/known_errors.html",
        {
            "ticket": record,
            "linked": linked,
            "suggested": suggested,
            "alike": alike,
            "may_send": may(person, "send_workaround") and record.is_open,
            "may_unlink": may(person, "unlink_ticket"),
        },
    )


@panel("incidents.ticketdraft", "suggestions", order=10)
def known_errors_for_draft(request: HttpRequest, record: models.Model) -> Panel | None:
    """What a ticket being written probably is: its cluster, and known errors with workaround."""
    person = _staff(request)
    if person is None or not isinstance(record, TicketDraft) or not record.title.strip():
        return None
    hint = likely_cluster(record)
    found = hint[0] if hint and hint[0].state != "dismissed" else None
    problems = _problems_like(person, record, found)
    if found is None and not problems:
        return None
    helped = any(one.workaround for one in problems)
    context: dict[str, object] = {
        "cluster": found,
        "reason": hint[1] if hint and found else "",
        "problems": problems,
    }
    if found is not None:
        context["trend"] = trend_of(found)
    title = "Known error" if helped or found is None else _name(found)
    return Panel("known-error", title, "problems/panels/draft.html", context)


def _problems_like(person: Person, draft: TicketDraft, found: Cluster | None) -> list[Problem]:
    """Open problems of that cluster, then known errors like what is typed."""
    same: list[Problem] = []
    if found is not None:
        rows = Problem.objects.visible_to(person).open().select_related("known_error")
        same = list(rows.filter(cluster=found)[:MOST_KNOWN_ERRORS])
    alike = helpful_problems_like(person, draft.text, limit=MOST_KNOWN_ERRORS)
    return [*same, *(one for one in alike if one not in same)][:MOST_KNOWN_ERRORS]


@panel("incidents.ticketdraft", "portal", order=10)
def workarounds_for_requesters(request: HttpRequest, record: models.Model) -> Panel | None:
    """Known errors like what a requester types, with a workaround requesters may read.

    Only one that somebody of the desk has sent to a requester word for word: until then it is
    written for colleagues.
    """
    if not isinstance(record, TicketDraft) or not record.title.strip():
        return None
    sent = Event.objects.filter(  # visibility: only of which problems there are any
        name=WORKAROUND_SENT.name
    ).values("subject_id")
    rows = Problem.objects.filter(  # visibility: its workaround went to requesters already
        pk__in=sent
    )
    open_to_all = rows.open().exclude(workaround="").select_related("known_error")
    alike = problems_like(open_to_all, record.text, limit=MOST_LOOKED_AT)
    found = [one for one in alike[:MOST_KNOWN_ERRORS] if _was_sent(one)]
    if not found:
        return None
    context: dict[str, object] = {"problems": found}
    return Panel("workarounds", "We know of this", "problems/panels/for_requesters.html", context)


def _was_sent(problem: Problem) -> bool:
    """True when a requester was written these very words."""
    linked = ProblemTicket.objects.filter(problem=problem)  # visibility: only whether there is one
    said = Message.objects.filter(  # visibility: only whether there is one
        kind=Message.Kind.PUBLIC,
        ticket__in=linked.values("ticket_id"),
        body__contains=problem.workaround,
    )
    return said.exists()


@panel("problems.cluster", "context", order=25)
def cost_of_the_cause(request: HttpRequest, record: models.Model) -> Panel | None:
    """What a cause has cost since it was seen, confirmed, asked for and declined."""
    if _staff(request) is None or not isinstance(record, Cluster):
        return None
    lines = costs_of(request, record)
    if not lines:
        return None
    return Panel("cost", "What it has cost", "problems/panels/cost.html", {"lines": lines})


@panel("problems.problem", "main", order=10)
def tasks(request: HttpRequest, record: models.Model) -> Panel | None:
    """What is to be done for a problem."""
    person = _staff(request)
    if person is None or not isinstance(record, Problem):
        return None
    found = list(
        ProblemTask.objects.visible_to(person)
        .filter(problem=record)
        .select_related("assignee", "done_by")
    )
    context: dict[str, object] = {
        "tasks": found,
        "done": sum(task.done_at is not None for task in found),
        "may_change": may(person, "task", record),
        "now": timezone.now(),
    }
    return Panel("tasks", "Tasks", "problems/panels/tasks.html", context)


@panel("accounts.person", "desk", order=20)
def own_tasks(request: HttpRequest, record: models.Model) -> Panel | None:
    """On My desk and on the page of development: tasks and follow-ups of problems for the reader.

    Those due first come first; tasks of a closed problem wait for nobody.
    """
    person = _staff(request)
    if person is None or record != person:
        return None
    tasks = ProblemTask.objects.visible_to(person).filter(assignee=person, done_at__isnull=True)
    tasks = tasks.exclude(problem__state="closed").select_related("problem")
    tasks = tasks.order_by(models.F("due_at").asc(nulls_last=True), "pk")
    actions = ProblemAction.objects.visible_to(person).outstanding().filter(assignee=person)
    actions = actions.select_related("problem")
    actions = actions.order_by(models.F("due_on").asc(nulls_last=True), "pk")
    tasks_shown, actions_shown = list(tasks[: DESK_ROWS + 1]), list(actions[: DESK_ROWS + 1])
    if not tasks_shown and not actions_shown:
        return None
    context: dict[str, object] = {
        "tasks": tasks_shown[:DESK_ROWS],
        "more_tasks": len(tasks_shown) > DESK_ROWS,
        "follow_ups": actions_shown[:DESK_ROWS],
        "more_follow_ups": len(actions_shown) > DESK_ROWS,
        "now": timezone.now(),
        "today": timezone.localdate(),
    }
    return Panel("own-tasks", "Problems", "problems/panels/own_tasks.html", context)


@preview_line
def problems_after_a_merge(person: Person, source: Ticket, target: Ticket) -> Line | None:
    """What a merge means for the problems and the cluster of a ticket."""
    problems = Problem.objects.visible_to(person).filter(ticket_links__ticket=source)
    names = [one.reference for one in problems.exclude(state="closed").order_by("pk")]
    said = [f"{', '.join(names)} {'goes' if len(names) == 1 else 'go'} on with {target.reference}"]
    if not names:
        said = []
    member = ClusterMember.objects.filter(  # visibility: of the ticket the reader merges
        ticket=source, cluster__in=Cluster.objects.visible_to(person)
    )
    found = member.select_related("cluster").defer("cluster__centroid", "cluster__keys").first()
    if found is not None:
        said.append(f"{source.reference} still counts in the cluster “{found.cluster.title}”")
    return Line("Causes", "; ".join(said)) if said else None
