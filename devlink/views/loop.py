"""Everybody who is owed a word about a work item."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink.models import WorkItem
from devlink.told import words_about
from devlink.views.access import staff_page


@require_safe
@staff_page
def work_told(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Who was told of an item, who opened it and what they said, newest first."""
    item = get_object_or_404(WorkItem.objects.visible_to(request.user), pk=pk)
    words = words_about(item, request.user)
    page = keyset_page(words, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "item": item,
        "page": page,
        "links": page_links(request, page),
        "now": timezone.now(),
    }
    return render(request, "devlink/work_told.html", context)
