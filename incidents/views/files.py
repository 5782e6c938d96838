"""Files of messages and drafts: downloads, and pictures that are proved to be pictures."""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from incidents.models import Attachment, DraftFile
from incidents.pictures import HEAD_BYTES, raster_type


def _found(request: SignedInRequest, token: str) -> Attachment | DraftFile:
    """The file of a message one may read, or of one's own draft; 404 for everything else."""
    waiting = DraftFile.objects.visible_to(request.user).filter(token=token).first()
    return waiting or get_object_or_404(Attachment.objects.visible_to(request.user), token=token)


@require_safe
def attachment(request: SignedInRequest, token: str) -> HttpResponseBase:
    """A file, always as a download: whatever it claims to be, no browser shows it here."""
    found = _found(request, token)
    return _answer(found.file, found.name, "application/octet-stream", as_attachment=True)


@require_safe
def picture(request: SignedInRequest, token: str) -> HttpResponseBase:
    """A raster image as itself, told by its bytes; any other file is not found here."""
    found = _found(request, token)
    with found.file.open("rb") as stored:
        kind = raster_type(stored.read(HEAD_BYTES))
    if not kind:
        raise Http404
    return _answer(found.file, found.name, kind, as_attachment=False)


def _answer(file: FieldFile, name: str, kind: str, *, as_attachment: bool) -> FileResponse:
    response = FileResponse(
        file.open("rb"), as_attachment=as_attachment, filename=name, content_type=kind
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response
