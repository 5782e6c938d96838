"""The list of known errors, whatever the state of their problems."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from problems.filters import KnownErrorFilter
from problems.models import KnownError


@require_GET
def known_errors(request: SignedInRequest) -> HttpResponse:
    """What is understood and not removed (or no longer there), with what helps; newest first."""
    rows = (
        KnownError.objects.visible_to(request.user)
        .select_related("problem", "component__service", "article")
        .defer("search_vector", "problem__search_vector", "article__search_vector")
    )
    narrowed = KnownErrorFilter(request.GET, rows, request=request)
    page = keyset_page(
        narrowed.qs if narrowed.is_valid() else rows.none(),
        order=("-id",),
        cursor=request.GET.get("cursor"),
    )
    context = {"filter": narrowed, "page": page, "links": page_links(request, page)}
    return render(request, "problems/known_errors.html", context)
