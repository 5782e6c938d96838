"""Deflection with the visits behind it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import LEAD_ROLES
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from incidents.deflection import FEWEST, KINDS, deflection, narrowed, recent


@require_safe
def sessions(request: SignedInRequest) -> HttpResponseBase:
    """How often an article was enough, as far as silence shows it, and every visit behind it."""
    if not request.user.has_role(LEAD_ROLES):
        raise PermissionDenied
    now = timezone.now()
    kind = request.GET.get("kind", "")
    rows = narrowed(recent(request.user, now), kind, now)
    rows = rows.select_related("person", "article", "ticket")
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
    figure = deflection(request.user, now)
    context = {
        "page": page,
        "links": page_links(request, page),
        "figure": figure,
        "percent": None if figure.rate is None else round(100 * figure.rate),
        "kind": kind if kind in KINDS else "",
        "kinds": KINDS,
        "fewest": FEWEST,
    }
    return render(request, "incidents/deflection.html", context)
