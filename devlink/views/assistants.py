"""What assistants did in people's names."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink.assistance import calls_visible_to, sees_everybodys_calls
from devlink.views.access import staff_page


@require_safe
@staff_page
def calls(request: SignedInRequest) -> HttpResponseBase:
    """One's own calls, newest first; an admin reads everybody's."""
    page = keyset_page(
        calls_visible_to(request.user).select_related("actor"),
        order=("-at", "-id"),
        cursor=request.GET.get("cursor"),
    )
    context = {
        "page": page,
        "links": page_links(request, page),
        "of_everybody": sees_everybodys_calls(request.user),
    }
    return render(request, "devlink/assistant_calls.html", context)
