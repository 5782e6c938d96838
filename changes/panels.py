"""What changes show on the pages of tickets and clusters."""

from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Person
from analysis.bursts import ChangeWeights
from changes.models import CausedIncident, Change, ChangeTicket, ClusterSuspect
from changes.permissions import may
from changes.recent import changes_around, changes_on
from changes.suspects import SCORE
from core.extensions import Panel, panel
from incidents.merge_lines import Line
from incidents.merge_preview import preview_line
from incidents.models import Ticket
from problems.models import Cluster, Problem
from problems.timeline import Line as TimelineLine

MOST_CHANGES = 12


def _staff(request: HttpRequest) -> Person | None:
    person = request.user
    return person if isinstance(person, Person) and person.is_staff_member else None


@panel("incidents.ticket", "context", order=20)
def what_changed(request: HttpRequest, record: Model) -> Panel | None:
    """Changes on the ticket's component shortly before it, and whether one of them caused it."""
    person = _staff(request)
    if person is None or not isinstance(record, Ticket):
        return None
    found = changes_on(
        record.component, before=record.created_at, person=person, service=record.service
    )
    judged = CausedIncident.objects.visible_to(person).filter(ticket=record)
    verdicts = dict(judged.values_list("change_id", "verdict"))
    rows = [(one, verdicts.get(one.change.pk, "")) for one in found]
    if not rows:
        return None
    place = record.component or record.service
    context: dict[str, object] = {
        "rows": rows,
        "ticket": record,
        "may_judge": may(person, "judge_cause"),
    }
    return Panel("what-changed", f"What changed on {place}", "changes/_what_changed.html", context)


@panel("incidents.ticket", "context", order=62)
def made_for(request: HttpRequest, record: Model) -> Panel | None:
    """The changes made for the ticket, or for one merged into it, and the way to draft one."""
    person = _staff(request)
    if person is None or not isinstance(record, Ticket):
        return None
    links = ChangeTicket.objects.visible_to(person)
    here = links.filter(Q(ticket=record) | Q(ticket__merged_into=record))
    rows = list(here.select_related("change", "ticket").order_by("-id")[:MOST_CHANGES])
    may_create = may(person, "create") and record.is_open
    if not rows and not may_create:
        return None
    context: dict[str, object] = {
        "rows": rows,
        "may_link": may(person, "link_tickets"),
        "may_create": may_create,
    }
    return Panel("made-for", "Changes for it", "changes/_made_for.html", context)


@preview_line
def changes_of(person: Person, source: Ticket, target: Ticket) -> Line | None:
    """What a merge means for the changes made for a ticket."""
    links = ChangeTicket.objects.visible_to(person).filter(ticket=source)
    names = [one.change.reference for one in links.select_related("change")[:MOST_CHANGES]]
    if not names:
        return None
    return Line("Changes", f"{', '.join(names)} stay linked and show on {target.reference} too")


@panel("incidents.ticketdraft", "suggestions", order=40)
def what_changed_lately(request: HttpRequest, record: Model) -> Panel | None:
    """The same while a ticket is being logged."""
    person = _staff(request)
    if person is None or not isinstance(record, Ticket):
        return None
    found = changes_on(
        record.component, before=timezone.now(), person=person, service=record.service
    )
    if not found:
        return None
    context: dict[str, object] = {"rows": [(one, "") for one in found], "may_judge": False}
    place = record.component or record.service
    return Panel("what-changed", f"What changed on {place}", "changes/_what_changed.html", context)


@panel("problems.cluster", "context", order=20)
def first_seen_after(request: HttpRequest, record: Model) -> Panel | None:
    """Changes shortly before the cluster's first ticket, with the parts of their score."""
    person = _staff(request)
    if person is None or not isinstance(record, Cluster):
        return None
    visible = ClusterSuspect.objects.visible_to(person)
    rows = visible.filter(cluster=record).select_related("change")
    context: dict[str, object] = {
        "suspects": list(rows.order_by("-score")[:3]),
        "most": ChangeWeights(),
        "definition": SCORE,
        "looked_for": record.described_at is not None,
    }
    return Panel("first-seen-after", "First seen after", "changes/_first_seen_after.html", context)


@panel("problems.problem", "main", order=40)
def changes_against_it(request: HttpRequest, record: Model) -> Panel | None:
    """Changes that are to remove the problem, and the way to draft or link one."""
    person = _staff(request)
    if person is None or not isinstance(record, Problem):
        return None
    found = Change.objects.visible_to(person).filter(problem=record).order_by("-pk")
    context: dict[str, object] = {
        "problem": record,
        "changes": list(found[:20]),
        "may_link": may(person, "link_problem"),
        "may_create": record.is_open and may(person, "create"),
    }
    return Panel("changes", "Changes", "changes/_of_problem.html", context)


@panel("problems.problem", "timeline", order=40)
def what_changed_around_it(request: HttpRequest, record: Model) -> Panel | None:
    """Changes against the problem, and those on its component since two weeks before it began."""
    person = _staff(request)
    if person is None or not isinstance(record, Problem):
        return None
    lines = []
    for change, is_meant in changes_around(record, person):
        if change.started_at is None:
            continue
        what = "against this problem" if is_meant else f"on {record.component}"
        text = f"{change.reference} {change.title} ({what})"
        url = change.get_absolute_url()
        lines.append(TimelineLine(change.started_at, text, "change", url))
    return Panel("timeline", "", "", {"lines": lines})
