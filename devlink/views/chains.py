"""The ways of causes: a list with the days of each segment, and the page of one."""

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink import chains as ways_of
from devlink.chains import FEWEST_CHAINS, MILESTONES, SEGMENTS, STANDINGS, agreed_causes
from devlink.chronicle import steps_of
from devlink.forms import TeamForm
from devlink.views.access import staff_page
from problems.models import Cluster

ORDER = ("-ticket_count", "-id")


@require_safe
@staff_page
def chains(request: SignedInRequest) -> HttpResponseBase:
    """Every chain with its state and length, and where the way takes its time."""
    now = timezone.now()
    form = TeamForm(request.user, request.GET)
    causes = agreed_causes(request.user, now=now, team=form.chosen_team)
    found = ways_of.ways(causes, now=now)
    shown, what = _narrowed(causes, request, found)
    page = keyset_page(
        shown.select_related("component"), order=ORDER, cursor=request.GET.get("cursor")
    )
    context = {
        "form": form,
        "team": form.chosen_team,
        "ways": found,
        "chains": [ways_of.chain_of(row, now=now) for row in page.rows],
        "links": page_links(request, page),
        "standings": STANDINGS,
        "standing": request.GET.get("standing", ""),
        "what": what,
        "segments": SEGMENTS,
        "fewest": FEWEST_CHAINS,
    }
    return render(request, "devlink/chains.html", context)


def _narrowed(
    causes: QuerySet[Cluster], request: SignedInRequest, found: ways_of.Ways
) -> tuple[QuerySet[Cluster], str]:
    """The chains asked for, and in words which these are; what is unknown narrows nothing."""
    asked = request.GET
    labels = dict(SEGMENTS)
    quarters = {one.name: one for one in found.quarters}
    if asked.get("standing") in STANDINGS:
        causes = causes.filter(state__in=STANDINGS[asked["standing"]][1])
    if asked.get("passed") in labels:
        since = found.quarters[0].start
        name = labels[asked["passed"]]
        return causes.filter(ways_of.passed(asked["passed"], since=since)), f"that passed “{name}”"
    if asked.get("waits") in labels:
        name = labels[asked["waits"]]
        return causes.filter(ways_of.waiting(asked["waits"])), f"in which “{name}” lasts"
    quarter = quarters.get(asked.get("quarter", ""))
    if quarter is not None:
        return causes.filter(ways_of.verified_in(quarter)), f"verified in {quarter.name}"
    return causes, ""


@require_safe
@staff_page
def chain(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The way of one cause, milestone by milestone, with the days between."""
    now = timezone.now()
    visible = Cluster.objects.visible_to(request.user).select_related("component", "service")
    rows = ways_of.with_milestones(visible, now=now).defer("centroid", "keys")
    found = ways_of.chain_of(get_object_or_404(rows, pk=pk), now=now)
    context = {
        "chain": found,
        "cluster": found.cluster,
        "steps": steps_of(found, request.user),
        "longest": found.slowest.days if found.slowest else None,
        "milestones": MILESTONES,
        "now": now,
    }
    return render(request, "devlink/chain.html", context)
