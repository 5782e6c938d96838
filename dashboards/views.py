"""Role homes, Proactivity with the records behind its numbers, and the search page."""

import csv
import re
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.roles import Role
from catalogue.models import Service
from core.extensions import administration_for
from core.pages import keyset_page, page_links
from core.questions import MOST_CHARACTERS, clean
from core.requests import SignedInRequest
from core.spreadsheets import safe_row
from core.time_limits import TookTooLong
from core.wording import worked_words
from dashboards import proactivity as sums
from dashboards.choosing import chosen
from dashboards.figures import figures_as_of
from dashboards.involvement.joining import offer_joining
from dashboards.palette import offer
from dashboards.permissions import ADMINISTRATORS, LOOP_READERS
from dashboards.search import kinds_for, record_asked_for, search
from devlink.loop_measures import BY_KEY as LOOP_FIGURES
from devlink.loop_measures import Figure, Scope, by_release, figure, figures, of_service
from devlink.loop_measures import subjects as counted
from devlink.measures import BY_KEY, FEWEST, measure, measures, subjects
from devlink.models import LoopObligation, Release


def home(request: SignedInRequest) -> HttpResponseBase:
    """Everybody's own first page."""
    person = request.user
    if person.has_role({Role.MANAGER, Role.AUDITOR}):
        return redirect("dashboards:proactivity")
    if person.is_support:
        return redirect("incidents:desk")
    if person.is_development:
        return redirect("devlink:home")
    return redirect("incidents:portal")


def search_page(request: SignedInRequest) -> HttpResponseBase:
    """Results of the search box; a reference goes straight to its record."""
    text = clean(request.GET.get("q", ""))[: 2 * MOST_CHARACTERS]
    kind, exactly = request.GET.get("kind", ""), "exactly" in request.GET
    context: dict[str, object] = {
        "text": text,
        "kind": kind,
        "kinds": kinds_for(request.user),
        "exactly": exactly,
    }
    cursor = request.GET.get("cursor") or None
    try:
        results = search(request.user, text, kind=kind, cursor=cursor, exactly=exactly)
    except TookTooLong as error:
        context["too_slow"] = error.message
        return render(request, "dashboards/search.html", context, status=error.status)
    url = None if results.shown_for else record_asked_for(results)
    if url and not kind:
        return redirect(url)
    context["results"] = results
    return render(request, "dashboards/search.html", context)


def palette(request: SignedInRequest) -> JsonResponse:
    """What Ctrl K offers besides the commands of a page: pages of the administration, records."""
    text = clean(request.GET.get("q", ""))[: 2 * MOST_CHARACTERS]
    options, note = offer(request.user, text)
    return JsonResponse({"options": [asdict(one) for one in options], "note": note})


def search_help(request: SignedInRequest) -> HttpResponse:
    """How to search, as docs/search.md says it."""
    _, text = (settings.BASE_DIR / "docs" / "search.md").read_text().split("\n", 1)
    # A line of the file is no line of the page, unless it is a row of a table.
    joined = re.sub(r"(?<![\n|])\n(?![\n|])", " ", text)
    return render(request, "dashboards/search_help.html", {"text": joined})


def administration(request: SignedInRequest) -> HttpResponseBase:
    """Everything the reader may arrange, each with a sentence on what it is for."""
    if not request.user.has_role(ADMINISTRATORS):
        raise PermissionDenied
    headings = administration_for(frozenset(request.user.roles))
    return render(request, "dashboards/admin.html", {"headings": headings})


def proactivity(request: SignedInRequest) -> HttpResponseBase:
    """Whether the desk is becoming proactive."""
    form, period, service = chosen(request)
    now = measures(request.user, period.start_at, period.end_at, service)
    before = measures(request.user, period.before.start_at, period.before.end_at, service)
    cards = []
    for one, past in zip(now, before, strict=True):
        delta, tone = sums.change(one.rate, past.rate)
        cards.append({"measure": one, "delta": delta, "tone": tone, "value": _percent(one.rate)})
    claims = sums.settled_claims(request.user, service)
    counted = {effect.claim.pk for effect in sums.effects(claims)}
    contacts, contacts_before = sums.contact_figures(period, service)
    context = {
        "form": form,
        "period": period,
        "service": service,
        "cards": cards,
        "chart": sums.chart(claims, period, service),
        "avoided": sums.avoided(claims, period),
        "claims": claims[:12],
        "counted": counted,
        "shared": {one.pk for one in claims if one.shows_effect} - counted,
        "contacts": contacts,
        "incident_share": sums.percent(contacts.incident_share, contacts.total),
        "incident_delta": sums.change(contacts.incident_share, contacts_before.incident_share)[0],
        "first_contact": sums.percent(contacts.first_contact_rate, contacts.first_contact_eligible),
        "first_contact_delta": sums.change(
            contacts.first_contact_rate, contacts_before.first_contact_rate
        )[0],
        "hdi_share": round(100 * sums.HDI_INCIDENT_SHARE),
        "fewest": sums.FEWEST_TICKETS,
        "as_of": figures_as_of(),
    }
    if request.GET.get("format") == "csv":
        return _as_csv(cards, period)
    return render(request, "dashboards/proactivity.html", context)


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.0f} %"


def _as_csv(cards: list[dict[str, object]], period: sums.Period) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="proactivity.csv"'
    writer = csv.writer(response)
    writer.writerow(["measure", "met", "n", "rate", "study", "from", "to"])
    for card in cards:
        one = card["measure"]
        row = [one.label, one.met, one.n, one.rate, one.study, period.start, period.end]  # type: ignore[attr-defined]  # a Measure
        writer.writerow(safe_row(row))
    return response


def measure_page(request: SignedInRequest, key: str) -> HttpResponseBase:
    """The records one measure counts, those that meet it and those that do not."""
    if key not in BY_KEY:
        raise Http404
    form, period, service = chosen(request)
    reading = (request.user, period.start_at, period.end_at, service)
    one = measure(key, *reading)
    rows = subjects(key, *reading)
    shown = request.GET.get("met", "")
    if shown in {"yes", "no"}:
        rows = rows.filter(met=shown == "yes")
    context = {
        "form": form,
        "period": period,
        "measure": one,
        "value": _percent(one.rate),
        "shown": shown,
        "anonymous": key == "satisfied",
    }
    if key != "satisfied":
        page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
        context |= {
            "page": page,
            "links": page_links(request, page),
            "joining": offer_joining(request.user, key, [r for r in page.rows if not r.met]),
            "now": timezone.now(),
        }
    return render(request, "dashboards/measure.html", context)


def _scope(period: sums.Period, service: Service | None, release: Release | None = None) -> Scope:
    return Scope(period.start_at, period.end_at, timezone.now(), service, release)


@dataclass(frozen=True)
class LoopCard:
    """A figure of the loop as its card shows it; a dash when too few stand behind it."""

    key: str
    label: str
    definition: str
    value: str
    note: str
    percent: int | None


def _loop_card(one: Figure) -> LoopCard:
    hidden = f"fewer than {FEWEST} {one.of.subjects} · n={one.n}"
    value, note, percent = "–", hidden, None
    if one.of.shows == "count":
        value, note = str(one.met), f"of {one.n} {one.of.subjects} who were asked"
    elif one.of.shows == "minutes" and one.minutes is not None:
        value, note = worked_words(60 * one.minutes), f"working time, median of {one.n} words"
    elif one.of.shows == "rate" and one.rate is not None:
        value, note, percent = _percent(one.rate), one.met_words, round(100 * one.rate)
    return LoopCard(one.of.key, one.of.label, one.of.definition, value, note, percent)


def loop(request: SignedInRequest) -> HttpResponseBase:
    """Whether those who waited for a fix were told, and what they said."""
    form, period, service = chosen(request, readers=LOOP_READERS)
    scope = _scope(period, service)
    mine = of_service(LoopObligation.objects.visible_to(request.user), service)
    overdue = mine.overdue(scope.now).select_related("ticket", "recipient", "release", "work_item")
    page = keyset_page(overdue, order=("due_at", "id"), cursor=request.GET.get("cursor"))
    context = {
        "form": form,
        "period": period,
        "service": service,
        "cards": [_loop_card(one) for one in figures(request.user, scope)],
        "page": page,
        "links": page_links(request, page),
        "waiting": 0 if page.rows else mine.unsent().count(),
        "releases": by_release(request.user, scope),
        "now": scope.now,
    }
    return render(request, "dashboards/loop.html", context)


def loop_figure(request: SignedInRequest, key: str) -> HttpResponseBase:
    """The words one figure of the loop counts."""
    if key not in LOOP_FIGURES:
        raise Http404
    form, period, service = chosen(request, readers=LOOP_READERS)
    release = None
    if (number := request.GET.get("release", "")) and number.isdecimal() and len(number) < 13:
        release = Release.objects.visible_to(request.user).filter(pk=int(number)).first()
    scope = _scope(period, service, release)
    one = figure(key, request.user, scope)
    rows = counted(key, request.user, scope)
    shown = request.GET.get("met", "")
    if shown in {"yes", "no"}:
        rows = rows.filter(met=shown == "yes")
    rows = rows.select_related("ticket", "recipient", "release", "work_item")
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "form": form,
        "period": period,
        "release": release,
        "figure": one,
        "card": _loop_card(one),
        "shown": shown,
        "page": page,
        "links": page_links(request, page),
        "now": scope.now,
    }
    return render(request, "dashboards/loop_figure.html", context)


def healthy(request: HttpRequest) -> HttpResponse:
    """For health checks: answers once the process serves and the database answers."""
    Service.objects.exists()
    return HttpResponse("ok", content_type="text/plain")


healthy.login_required = False  # type: ignore[attr-defined]  # read by LoginRequiredMiddleware
