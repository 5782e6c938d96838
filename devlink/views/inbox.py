"""What waits for an answer on either side, what was declined, and what becomes of asks."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Person, Team
from accounts.roles import LEAD_ROLES
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink import ask_measures
from devlink.boards import owed
from devlink.declined import still_hurting
from devlink.desk import answered_by
from devlink.measures import FEWEST
from devlink.models import Ask, Question, Sprint
from devlink.permissions import may
from devlink.points import own_purses
from devlink.views.access import staff_page

ANSWER_TIME = "answer-time"


def _mine(request: SignedInRequest) -> bool:
    """Whether only what concerns the reader's teams is shown; who leads begins with all of it, and
    those in no team have nothing else."""
    whose = request.GET.get("whose")
    if not request.user.team_ids:
        return False
    return whose == "mine" if request.user.has_role(LEAD_ROLES) else whose != "all"


@require_safe
@staff_page
def waiting(request: SignedInRequest) -> HttpResponseBase:
    """Asks without a verdict, the oldest first, and what one's teams may still stake."""
    now = timezone.now()
    person = request.user
    asks = Ask.objects.visible_to(person)
    asks = asks.filter(pk__in=asks.filter(owed(now)).order_by().values("pk"))
    if _mine(request):
        own = Q(sprint__team_id__in=person.team_ids) | Q(team_id__in=person.team_ids)
        asks = asks.filter(own | Q(created_by=person))
    asks = asks.select_related("work_item", "sprint__team", "team", "problem").annotate(
        unanswered=Count("questions", filter=Q(questions__answered_at__isnull=True))
    )
    page = keyset_page(asks, order=("created_at", "id"), cursor=request.GET.get("cursor"))
    planned = Sprint.objects.visible_to(person).filter(state="planning").order_by("starts_on", "pk")
    context = {
        "page": page,
        "links": page_links(request, page),
        "mine": _mine(request),
        "now": now,
        "purses": own_purses(person, planned[:5]) if may(person, "ask") else [],
    }
    return render(request, "devlink/asks.html", context)


@require_safe
@staff_page
def questions(request: SignedInRequest) -> HttpResponseBase:
    """Questions of development that support has not answered, the oldest first."""
    person = request.user
    found = Question.objects.visible_to(person).unanswered()
    if _mine(request):
        mine = answered_by(person) | Q(asked_by=person) | Q(work_item__team_id__in=person.team_ids)
        found = found.filter(pk__in=found.filter(mine).order_by().values("pk"))
    found = found.select_related("work_item", "ask__sprint", "ask__team", "asked_by")
    page = keyset_page(found, order=("asked_at", "id"), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "mine": _mine(request),
        "now": timezone.now(),
        "may_answer": may(person, "answer_question"),
    }
    return render(request, "devlink/questions.html", context)


@require_safe
@staff_page
def declined(request: SignedInRequest) -> HttpResponseBase:
    """Causes development declined to fix and what they cost since, the costliest first."""
    now = timezone.now()
    team = _team(request)
    context = {
        "rows": still_hurting(request.user, now=now, team=team),
        "now": now,
        "team": team,
        "may_ask": may(request.user, "ask"),
        "may_decide": may(request.user, "accept"),
        "definition": ask_measures.COST_OF_DECLINE,
    }
    return render(request, "devlink/declined.html", context)


def _team(request: SignedInRequest) -> Team | None:
    """The team in the address (`?team=7`), if the person may see it."""
    number = request.GET.get("team", "")
    if not number.isdecimal() or len(number) > 12:
        return None
    return Team.objects.visible_to(request.user).filter(pk=int(number)).first()


def _days(request: SignedInRequest) -> int:
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and len(asked) < 4 else 0
    return days if days in ask_measures.PERIODS else ask_measures.DEFAULT_DAYS


@require_safe
@staff_page
def measures(request: SignedInRequest) -> HttpResponseBase:
    """What becomes of what support asks, over a period, in all and team by team."""
    days = _days(request)
    context = {
        "report": ask_measures.report(request.user, days=days, now=timezone.now()),
        "days": days,
        "period": f"?days={days}",
        "periods": ask_measures.PERIODS,
        "answer_time_definition": ask_measures.ANSWER_TIME,
        "cost_definition": f"{ask_measures.COST_OF_DECLINE} Up to now, whatever the period.",
        "fewest": FEWEST,
    }
    return render(request, "devlink/ask_measures.html", context)


@require_safe
@staff_page
def measure(request: SignedInRequest, key: str) -> HttpResponseBase:
    """The records behind one measure: those that count as met and those that do not."""
    if key not in ask_measures.BY_KEY and key != ANSWER_TIME:
        raise Http404
    days, team, end = _days(request), _team(request), timezone.now()
    start = end - timedelta(days=days)
    shown = request.GET.get("met", "")
    rows = _records(key, request.user, start, end, team)
    if key != ANSWER_TIME and shown in {"yes", "no"}:
        rows = rows.filter(met=shown == "yes")
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
    known = ask_measures.BY_KEY.get(key)
    context = {
        "label": known.label if known else "Time to an answer",
        "definition": known.definition if known else ask_measures.ANSWER_TIME,
        "subjects": known.subjects if known else "asks",
        "page": page,
        "links": page_links(request, page),
        "shown": shown,
        "days": days,
        "team": team,
        "start": start,
        "end": end,
    }
    return render(request, "devlink/ask_measure.html", context)


def _records(
    key: str, person: Person, start: datetime, end: datetime, team: Team | None
) -> QuerySet[Any]:
    """The records of a share, or the asks whose answer time is counted."""
    if key in ask_measures.BY_KEY:
        found = ask_measures.records_of(key, person, start, end, team)
        related = ("sprint__team",) if key == "capacity" else ("sprint__team", "work_item")
        return found.select_related(*related)
    asks = ask_measures.answered(person, start, end).select_related("sprint__team", "work_item")
    if team is None:
        return asks
    return asks.filter(Q(team=team) | Q(sprint__team=team))
