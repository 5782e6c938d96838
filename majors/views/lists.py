"""Lists: major incidents, follow-ups."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from majors.filters import SHOWN, FollowUpFilter, MajorFilter
from majors.models import FollowUp, MajorIncident


@require_safe
def majors(request: SignedInRequest) -> HttpResponse:
    """Active ones first; candidates, past ones and those without a review one click away."""
    if not request.user.is_staff_member:
        raise PermissionDenied
    given = request.GET.copy()
    given.setdefault("show", "active")
    visible = MajorIncident.objects.visible_to(request.user).select_related("ticket")
    narrowed = MajorFilter(given, visible, request=request)
    rows = narrowed.qs if narrowed.is_valid() else visible.none()
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "shown": given["show"],
        "tabs": SHOWN,
        "waiting": MajorIncident.objects.visible_to(request.user).candidates().count(),
        "now": timezone.now(),
    }
    return render(request, "majors/list.html", context)


@require_safe
def follow_ups(request: SignedInRequest) -> HttpResponse:
    """What is to be done after reviews, of every major incident."""
    if not request.user.is_staff_member:
        raise PermissionDenied
    given = request.GET.copy()
    given.setdefault("state", "outstanding")
    visible = FollowUp.objects.visible_to(request.user).select_related("major__ticket", "assignee")
    narrowed = FollowUpFilter(given, visible, request=request)
    rows = narrowed.qs if narrowed.is_valid() else visible.none()
    page = keyset_page(rows, order=("due_on", "-id"), cursor=request.GET.get("cursor"))
    context = {
        "filter": narrowed,
        "page": page,
        "links": page_links(request, page),
        "today": timezone.localdate(),
    }
    return render(request, "majors/follow_ups.html", context)
