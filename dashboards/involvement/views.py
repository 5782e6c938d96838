"""Pages of involvement: the bars, when support first knew, whether it helps, what came after."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Person
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from dashboards.choosing import chosen
from dashboards.involvement import difference as comparing
from dashboards.involvement.drawing import lead_axis_svg, share_bar_svg, words_of
from dashboards.involvement.lead_times import CLASSES, MOST, WATCHED, lead_times, tickets_after
from dashboards.permissions import READERS
from dashboards.proactivity import change, percent
from devlink.ledger import system_share
from devlink.measures import FEWEST, Measure, measures
from devlink.models import Release
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet

FEWEST_SHARED = 20


@require_safe
def involvement(request: SignedInRequest) -> HttpResponseBase:
    """The six measures as bars beside the study, and how much of them the system saw itself."""
    form, period, service = chosen(request)
    now = measures(request.user, period.start_at, period.end_at, service)
    before = measures(request.user, period.before.start_at, period.before.end_at, service)
    share = system_share(request.user, period.start_at, period.end_at, service)
    context = {
        "form": form,
        "period": period,
        "bars": [_bar(one, past) for one, past in zip(now, before, strict=True)],
        "share": share,
        "share_rate": percent(share.seen / share.n if share.n else None, share.n, FEWEST_SHARED),
        "fewest_shared": FEWEST_SHARED,
        "since": period.start,
    }
    return render(request, "dashboards/involvement.html", context)


def _bar(one: Measure, past: Measure) -> dict[str, object]:
    delta, tone = change(one.rate, past.rate)
    share = None if one.rate is None else 100 * one.rate
    return {
        "measure": one,
        "value": percent(one.rate, one.n, FEWEST),
        "svg": share_bar_svg(share, 100 * one.study, one.label),
        "missed": one.n - one.met,
        "delta": delta,
        "tone": tone,
    }


@require_safe
def lead_times_page(request: SignedInRequest) -> HttpResponseBase:
    """When support first knew of each release, and the releases that were a surprise."""
    form, period, service = chosen(request)
    found = lead_times(request.user, period.start_at, period.end_at, service, now=timezone.now())
    when = request.GET.get("when", "")
    only = request.GET.get("only", "")
    rows = [
        (one, words_of(one))
        for one in found.leads
        if (when not in CLASSES or one.when == when)
        and (only != "surprises" or (one.surprise and one.settled))
    ]
    context = {
        "form": form,
        "period": period,
        "found": found,
        "axis": lead_axis_svg(found.leads) if found.leads else "",
        "rows": rows,
        "classes": found.by_class(),
        "when": when if when in CLASSES else "",
        "only": only if only == "surprises" else "",
        "told_before": percent(found.told_before_rate, found.n, FEWEST),
        "surprise_rate": percent(found.surprise_rate, len(found.settled), FEWEST),
        "fewest": FEWEST,
        "most": MOST,
    }
    return render(request, "dashboards/lead_times.html", context)


@require_safe
def difference_page(request: SignedInRequest) -> HttpResponseBase:
    """Incidents caused by releases with support involved, beside those without."""
    form, period, service = chosen(request, periods=comparing.PERIODS, usual=comparing.USUAL_DAYS)
    found = comparing.difference(
        request.user, period.start_at, period.end_at, service, now=timezone.now()
    )
    side = request.GET.get("involved", "")
    wanted = {"yes": True, "no": False}.get(side)
    context = {
        "form": form,
        "period": period,
        "found": found,
        "rows": [one for one in found.outcomes if wanted is None or one.involved is wanted],
        "side": side if wanted is not None else "",
        "fewest": comparing.FEWEST_EACH,
        "most": comparing.MOST,
        "undecided_days": WATCHED.days,
    }
    return render(request, "dashboards/difference.html", context)


def _reader(person: Person) -> None:
    if not person.is_staff_member:
        raise Http404
    if not person.has_role(READERS):
        raise PermissionDenied


@require_safe
def after_release(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The tickets of the seven days after a deployment: on what changed, or caused by it."""
    _reader(request.user)
    record = get_object_or_404(
        Release.objects.visible_to(request.user).select_related("service", "change"), pk=pk
    )
    caused = request.GET.get("which") == "caused"
    counted: TicketQuerySet = comparing.caused_by(record) if caused else tickets_after(record)
    seen = Ticket.objects.visible_to(request.user).filter(pk__in=counted.order_by().values("pk"))
    page = keyset_page(seen.with_list_relations(), order=("-id",), cursor=request.GET.get("cursor"))
    total = counted.count()
    context = {
        "release": record,
        "which": "caused" if caused else "",
        "total": total,
        "hidden": total - seen.count(),
        "page": page,
        "links": page_links(request, page),
        "until": record.deployed_at + WATCHED if record.deployed_at else None,
        "now": timezone.now(),
    }
    return render(request, "dashboards/after_release.html", context)
