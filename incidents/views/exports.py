"""Lists of tickets as files."""

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from incidents.listing.exporting import file_of
from incidents.listing.reading import read_listing


@require_safe
def export(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """The whole list of this address, as far as the person may see it."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    given = QueryDict(request.META["QUERY_STRING"][:8_000])
    return file_of(read_listing(request.user, given), kind)
