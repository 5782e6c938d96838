"""Lists of tickets as files."""

from django.http import HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from incidents.listing.exporting import FORMATS, columns_of, exported
from incidents.listing.reading import Listing, read_listing


@require_safe
def export(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """The whole list of this address, as far as the person may see it."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    return file_of(read_listing(request, QueryDict(request.META["QUERY_STRING"][:8_000])), kind)


def file_of(listing: Listing, kind: str) -> StreamingHttpResponse:
    """A list as a download, streamed."""
    pieces = exported(listing.tickets, listing.order, columns_of(listing.columns), kind)
    response = StreamingHttpResponse(pieces, content_type=FORMATS[kind])
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="tickets-{day}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
