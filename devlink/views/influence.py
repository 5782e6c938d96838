"""The Influence Index with its parts, the records behind each, and one's own portfolio."""

from datetime import datetime, timedelta

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink.forms import InfluenceForm
from devlink.influence import DEFINITIONS, USUAL_PERIOD, influence, part, read, volumes
from devlink.measures import FEWEST
from devlink.portfolio import entries, own_claims
from devlink.views.access import staff_page


def period_until(now: datetime, days: int) -> tuple[datetime, datetime]:
    """So many days, up to this moment."""
    return now - timedelta(days=days), now


@require_safe
@staff_page
def index(request: SignedInRequest) -> HttpResponseBase:
    """The index of a support team or of the whole desk, never without its five parts."""
    form = InfluenceForm(request.user, request.GET)
    start, end = period_until(timezone.now(), form.chosen_days)
    found = influence(request.user, start, end, form.chosen_team)
    context = {
        "form": form,
        "team": form.chosen_team,
        "influence": found,
        "start": start,
        "end": end,
        "fewest": FEWEST,
    }
    return render(request, "devlink/influence.html", context)


@require_safe
@staff_page
def card(request: SignedInRequest) -> HttpResponseBase:
    """The index of the whole desk as Proactivity shows it, which fetches it after itself."""
    now = timezone.now()
    found = influence(request.user, now - USUAL_PERIOD, now)
    return render(request, "devlink/_influence_card.html", {"influence": found})


@require_safe
@staff_page
def part_records(request: SignedInRequest, key: str) -> HttpResponseBase:
    """The records one part counts, those that meet it and those that do not."""
    if key not in DEFINITIONS:
        raise Http404
    form = InfluenceForm(request.user, request.GET)
    start, end = period_until(timezone.now(), form.chosen_days)
    reading = (key, request.user, start, end, form.chosen_team)
    rows = read(*reading)
    shown = request.GET.get("met", "")
    if shown in {"yes", "no"}:
        rows = rows.filter(met=shown == "yes")
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
    if key == "eliminated":
        found = volumes(page.rows)
        for row in page.rows:
            row.remark = found[row.pk].words
    context = {
        "form": form,
        "team": form.chosen_team,
        "part": part(*reading),
        "page": page,
        "links": page_links(request, page),
        "shown": shown,
        "start": start,
        "end": end,
        "fewest": FEWEST,
    }
    return render(request, "devlink/influence_part.html", context)


@require_safe
@staff_page
def portfolio(request: SignedInRequest) -> HttpResponseBase:
    """What the reader helped to end. There is no address for anybody else's."""
    page = keyset_page(
        own_claims(request.user),
        order=("-deployed_at", "-id"),
        cursor=request.GET.get("cursor"),
        size=20,
    )
    context = {"entries": entries(request.user, page.rows), "links": page_links(request, page)}
    return render(request, "devlink/portfolio.html", context)
