"""The map of ownership, and what a support owner did on a component."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.apps import apps
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.models import Component
from core.models import Event
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink.forms import OwnershipForm
from devlink.ownership import (
    ACTIVE_DAYS,
    DEFINITIONS,
    FEWEST_TICKETS,
    MOST_ROWS,
    RATE_DAYS,
    acts_on,
    owned_by,
    ownership,
)
from devlink.views.access import staff_page


@require_safe
@staff_page
def owners(request: SignedInRequest) -> HttpResponseBase:
    """Every component with its owners, volume and activity; blind spots first."""
    now = timezone.now()
    chosen = request.GET
    form = OwnershipForm(request.user, chosen)
    form.is_valid()
    mine = "mine" in chosen
    components = owned_by(request.user) if mine else Component.objects.visible_to(request.user)
    service = form.cleaned_data.get("service")
    if service is not None:
        components = components.filter(service=service)
    found = ownership(request.user, components, now=now)
    show = chosen.get("show", "")
    shown = found.shown(show)
    context = {
        "form": form,
        "map": found,
        "rows": shown[:MOST_ROWS],
        "left_out": max(len(shown) - MOST_ROWS, 0),
        "show": show,
        "mine": mine,
        "coverage": "–" if found.coverage is None else f"{100 * found.coverage:.0f} %",
        "definitions": DEFINITIONS,
        "fewest": FEWEST_TICKETS,
        "active_days": ACTIVE_DAYS,
        "rate_days": RATE_DAYS,
        "since_month": timezone.localdate(now - timedelta(days=ACTIVE_DAYS)),
        "since": timezone.localdate(now - timedelta(days=RATE_DAYS)),
    }
    return render(request, "devlink/ownership.html", context)


@require_safe
@staff_page
def acts(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """What makes the support owner of a component active: the acts that count."""
    rows = Component.objects.visible_to(request.user).select_related("service", "support_owner")
    component = get_object_or_404(rows, pk=pk)
    found = acts_on(component, request.user, now=timezone.now())
    page = keyset_page(found, order=("-at", "-id"), cursor=request.GET.get("cursor"))
    context = {
        "component": component,
        "lines": _with_records(page.rows),
        "links": page_links(request, page),
        "active_days": ACTIVE_DAYS,
    }
    return render(request, "devlink/ownership_acts.html", context)


def _with_records(events: Sequence[Event]) -> list[tuple[Event, object]]:
    """Each fact with the record it is about; one query a kind of record."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for event in events:
        wanted[event.subject_kind].add(event.subject_id)
    records = {
        kind: apps.get_model(kind)._default_manager.in_bulk(numbers)
        for kind, numbers in wanted.items()
    }
    return [(event, records[event.subject_kind].get(event.subject_id)) for event in events]
