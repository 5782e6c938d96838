"""What development shows on the pages of problems, clusters and tickets."""

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from core.extensions import Panel, panel
from devlink.actions import note_opened
from devlink.boards import unanswered_asks_of
from devlink.chains import chain_of, with_milestones
from devlink.desk import questions_for_support
from devlink.forms import AskForm, LinkWorkForm
from devlink.models import Ask, Evidence, EvidencePack, FixClaim, LoopObligation, Tracker, WorkItem
from devlink.ownership import owned_by, ownership
from devlink.permissions import may
from devlink.readiness import waiting_for_review
from devlink.story import moments_of, timeline_lines
from incidents.models import Ticket
from problems.models import Cluster, Problem, ProblemTicket

DESK_ROWS = 5


def _staff(request: HttpRequest) -> Person | None:
    person = request.user
    return person if isinstance(person, Person) and person.is_staff_member else None


@panel("problems.problem", "main", order=30)
def towards_a_fix(request: HttpRequest, record: Model) -> Panel | None:
    """Packs, asks and work items of a problem, and the way to ask for a fix."""
    person = _staff(request)
    if person is None or not isinstance(record, Problem):
        return None
    may_ask = record.is_open and may(person, "ask")
    form = AskForm(person) if may_ask else None
    if form is not None:
        del form.fields["problem"]
    context: dict[str, object] = {
        "problem": record,
        "packs": EvidencePack.objects.visible_to(person)
        .filter(problem=record)
        .select_related("created_by")
        .defer("content")[:5],
        "asks": Ask.objects.visible_to(person)
        .filter(problem=record)
        .select_related("sprint", "work_item", "team")
        .order_by("-id")[:10],
        "items": WorkItem.objects.visible_to(person)
        .filter(Q(problem=record) | Q(evidence__problem=record))
        .select_related("sprint", "team")
        .distinct(),
        "may_create": record.is_open and may(person, "create_work_item"),
        "may_unlink": may(person, "unlink_work_item"),
        "link_form": LinkWorkForm(person, auto_id="link-%s")
        if record.is_open and may(person, "link_work_item")
        else None,
        "may_build": may(person, "build_pack"),
        "trackers": _places_for(record, person),
        "form": form,
        "now": timezone.now(),
    }
    return Panel("towards-a-fix", "Towards a fix", "devlink/_problem_panel.html", context)


def _places_for(problem: Problem, person: Person) -> list[Tracker]:
    """The trackers a work item for it can be made in; none when one is in a tracker already."""
    if not problem.is_open or not may(person, "send_to_tracker"):
        return []
    items = WorkItem.objects.visible_to(person).filter(problem=problem).open()
    if items.filter(tracker__isnull=False).exists():
        return []
    return list(Tracker.objects.offered_to(person)[:5])


@panel("problems.problem", "moments", order=30)
def asked_and_declined(request: HttpRequest, record: Model) -> Panel | None:
    """When support first asked for a fix, and when development last declined: costs count on."""
    if _staff(request) is None or not isinstance(record, Problem):
        return None
    return Panel("moments", "", "", {"moments": moments_of(record)})


@panel("problems.problem", "timeline", order=30)
def releases_and_decisions(request: HttpRequest, record: Model) -> Panel | None:
    """Asks, their answers, and the releases that carry work against the problem."""
    person = _staff(request)
    if person is None or not isinstance(record, Problem):
        return None
    return Panel("timeline", "", "", {"lines": timeline_lines(record, person)})


@panel("problems.cluster", "moments", order=30)
def asked_and_declined_for_it(request: HttpRequest, record: Model) -> Panel | None:
    """The same for a cluster: when a fix was asked for by one of its problems, and declined."""
    if _staff(request) is None or not isinstance(record, Cluster):
        return None
    return Panel("moments", "", "", {"moments": moments_of(record)})


@panel("problems.cluster", "context", order=30)
def fixes_of_the_cause(request: HttpRequest, record: Model) -> Panel | None:
    """Work items against this cause, and whether what shipped worked."""
    person = _staff(request)
    if person is None or not isinstance(record, Cluster):
        return None
    items = list(WorkItem.objects.visible_to(person).filter(cluster=record))
    claims = FixClaim.objects.visible_to(person).with_doubts().filter(cluster=record)
    found = list(claims.select_related("work_item", "release"))
    if not items and not found:
        return None
    context: dict[str, object] = {"items": items, "claims": found}
    return Panel("fixes", "Fix", "devlink/_cluster_panel.html", context)


@panel("problems.problem", "context", order=12)
def verdict_on_the_problem(request: HttpRequest, record: Model) -> Panel | None:
    """Whether what shipped against the problem worked, in words, or why nobody will know."""
    person = _staff(request)
    if person is None or not isinstance(record, Problem):
        return None
    about = Q(problem=record)
    if record.cluster_id is not None:
        about |= Q(cluster=record.cluster_id)
    claims = FixClaim.objects.visible_to(person).with_doubts().filter(about)
    found = list(claims.select_related("work_item", "release"))
    work = WorkItem.objects.visible_to(person).filter(problem=record, cluster=None)
    unwatched = record.cluster_id is None and not found and work.exists()
    if not found and not unwatched:
        return None
    context: dict[str, object] = {"claims": found, "unwatched": unwatched, "items": []}
    return Panel("verdict", "Did the fix work?", "devlink/_verdict_panel.html", context)


@panel("problems.problem", "context", order=15)
@panel("problems.cluster", "context", order=28)
def way_of_the_cause(request: HttpRequest, record: Model) -> Panel | None:
    """How far the cause has come on its way to a verified fix, and what it waits for."""
    person = _staff(request)
    if person is None or not isinstance(record, Problem | Cluster):
        return None
    number = record.cluster_id if isinstance(record, Problem) else record.pk
    now = timezone.now()
    rows = with_milestones(Cluster.objects.visible_to(person).filter(pk__in=[number]), now=now)
    found = rows.defer("centroid", "keys").first()
    if found is None:
        return None
    context: dict[str, object] = {"chain": chain_of(found, now=now)}
    return Panel("way", "The way of this cause", "devlink/_way_panel.html", context)


@panel("catalogue.component", "context", order=20)
def who_looks_after_it(request: HttpRequest, record: Model) -> Panel | None:
    """Whether the support owner is at work on the component, and what makes a blind spot of it."""
    person = _staff(request)
    if person is None or not isinstance(record, Component):
        return None
    one = Component.objects.visible_to(person).filter(pk=record.pk)
    rows = ownership(person, one, now=timezone.now()).rows
    return Panel("looked-after", "Looked after", "devlink/_component_panel.html", {"row": rows[0]})


@panel("accounts.person", "profile", order=10)
def what_i_own(request: HttpRequest, record: Model) -> Panel | None:
    """What somebody owns for support, what waits for their review, and their portfolio."""
    person = _staff(request)
    if person is None or person != record:
        return None
    components = list(owned_by(person).select_related("service").order_by("name"))
    context: dict[str, object] = {
        "components": components,
        "releases": waiting_for_review(person)[:8] if components else [],
    }
    return Panel("owned", "Components you own", "devlink/_owned_panel.html", context)


def _work_for(ticket: Ticket) -> QuerySet[WorkItem]:
    """Work against the problems of a ticket, and work it was attached to as evidence."""
    problems = ProblemTicket.objects.filter(ticket=ticket)  # visibility: of a ticket one may see
    about = Q(problem_id__in=problems.values("problem_id")) | Q(
        pk__in=Evidence.objects.filter(ticket=ticket).values("work_item_id")  # visibility: the same
    )
    found = WorkItem.objects.filter(about)  # visibility: shown in words with the ticket
    return found.exclude(state="cancelled").prefetch_related("releases")


@panel("incidents.ticket", "context", order=50)
def in_development(request: HttpRequest, record: Model) -> Panel | None:
    """Where the fix for this ticket stands; requesters read it in words without links."""
    person = request.user
    if not isinstance(person, Person) or not isinstance(record, Ticket):
        return None
    note_opened(record, actor=person)
    # A requester reads of their own ticket that it is being fixed, without the work item itself.
    items = list(_work_for(record).select_related("sprint").order_by("-pk")[:5])
    if not items:
        return None
    owed = LoopObligation.objects.filter(  # visibility: of a ticket one may see
        ticket=record, kind=LoopObligation.Kind.REQUESTER
    ).standing()
    newest = {one.work_item_id: one for one in owed.order_by("attempt").select_related("release")}
    context: dict[str, object] = {
        "lines": [(item, newest.get(item.pk)) for item in items],
        "requester": record.requester,
        "is_staff": person.is_staff_member,
    }
    return Panel("in-development", "In development", "devlink/_ticket_panel.html", context)


@panel("incidents.ticket", "portal", order=5)
def expected_fix(request: HttpRequest, record: Model) -> Panel | None:
    """In the requester's words: being fixed by development, and the release it is expected in."""
    person = request.user
    if not isinstance(person, Person) or not isinstance(record, Ticket):
        return None
    note_opened(record, actor=person)
    items = list(_work_for(record)) if record.is_open else []
    if not items:
        return None
    releases = {
        one.pk: one for item in items for one in item.releases.all() if one.state != "withdrawn"
    }
    ahead = sorted(
        (one for one in releases.values() if one.deployed_at is None),
        key=lambda one: (one.planned_for is None, one.planned_for or one.created_at),
    )
    live = [one for one in releases.values() if one.deployed_at is not None]
    context: dict[str, object] = {
        "next": ahead[0] if ahead else None,
        "live": live[-1] if live and not ahead and record.state == "fix_available" else None,
        "begun": any(item.state in {"in_progress", "done"} for item in items),
    }
    return Panel("expected-fix", "With development", "devlink/_expected_fix.html", context)


@panel("accounts.person", "desk", order=10)
def between_desk_and_development(request: HttpRequest, record: Model) -> Panel | None:
    """On My desk: questions of development that wait for the person, and their own asks that do."""
    person = _staff(request)
    if person is None or not person.is_support:
        return None
    now = timezone.now()
    questions = list(questions_for_support(person)[: DESK_ROWS + 1])
    asks = list(unanswered_asks_of(person, now=now)[: DESK_ROWS + 1])
    if not questions and not asks:
        return None
    context: dict[str, object] = {
        "questions": questions[:DESK_ROWS],
        "asks": asks[:DESK_ROWS],
        "more_questions": len(questions) > DESK_ROWS,
        "more_asks": len(asks) > DESK_ROWS,
        "now": now,
    }
    return Panel("development", "With development", "devlink/_desk_panel.html", context)


@panel("accounts.person", "keys", order=10)
def connecting_an_assistant(request: HttpRequest, record: Model) -> Panel | None:
    """How an assistant uses a key, for those who may."""
    person = _staff(request)
    if person is None or not may(person, "use_an_assistant"):
        return None
    context: dict[str, object] = {
        "address": f"{settings.SITE_URL.rstrip('/')}{reverse('devlink:mcp')}"
    }
    return Panel("assistant", "Connect an assistant", "devlink/_assistant_panel.html", context)
