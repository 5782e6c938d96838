"""The public status page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from majors.statuspage import read_status_page


@login_not_required
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """How every service stands, for anybody; kept by browsers for half a minute."""
    page = read_status_page(timezone.now())
    response = render(request, "majors/status.html", {"page": page})
    response["Cache-Control"] = "public, max-age=30"
    return response
