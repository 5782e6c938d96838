"""The quality of the clusters, for those who run the desk."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from problems import permissions, quality


def _admit(request: SignedInRequest) -> None:
    """404 for those who see no clusters, 403 for those whose page this is not."""
    if not request.user.is_staff_member:
        raise Http404
    if not permissions.may(request.user, "see_quality"):
        raise PermissionDenied


@require_GET
def quality_page(request: SignedInRequest) -> HttpResponse:
    """Every measure with its definition, what stands behind it, and the way to the records."""
    _admit(request)
    context = {"measures": quality.measures(timezone.now()), "days": quality.PERIOD.days}
    return render(request, "problems/quality.html", context)


@require_GET
def quality_records(request: SignedInRequest, key: str) -> HttpResponse:
    """The records that count for one measure, as far as the person may see them."""
    _admit(request)
    now = timezone.now()
    measure = next((one for one in quality.measures(now) if one.key == key), None)
    if measure is None:
        raise Http404
    page = keyset_page(
        quality.records(key, request.user, now),
        order=("-id",),
        cursor=request.GET.get("cursor"),
    )
    context = {"measure": measure, "page": page, "links": page_links(request, page)}
    return render(request, "problems/quality_records.html", context)
