"""Drafts while somebody types: saved every few seconds, with files, on a ticket or a new one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.requests import SignedInRequest
from incidents import actions
from incidents.actions import DraftWords
from incidents.forms import NewTicketForm
from incidents.models import Draft, DraftFile, Ticket
from incidents.rendering import reference_to


def _version(request: SignedInRequest) -> int:
    said = request.POST.get("draft_version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def _kept(request: SignedInRequest, ticket: Ticket | None, words: DraftWords) -> JsonResponse:
    """Saves; the answer is what the window goes on with, or the sentence of what is wrong."""
    try:
        draft = actions.save_draft(
            actor=request.user, ticket=ticket, words=words, version=_version(request)
        )
    except DomainError as error:
        return JsonResponse({"error": error.message}, status=error.status)
    others = Draft.objects.visible_to(request.user).others(request.user, ticket).count()
    at = f"{timezone.localtime(draft.updated_at):%H:%M}"
    return JsonResponse({"version": draft.version, "saved": at, "others": others})


@require_POST
def save(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Keeps what stands in the writing box."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    said = request.POST
    words = DraftWords(
        kind=said.get("kind", ""),
        body=said.get("body", "").replace("\r\n", "\n"),
        copy_to=said.get("copy_to", ""),
        fields={"then": said.get("then", "")},
    )
    return _kept(request, ticket, words)


@require_POST
def save_new(request: SignedInRequest) -> HttpResponseBase:
    """Keeps what stands in the form that logs a ticket; with scripts off, back to the form."""
    words = DraftWords(kind="", fields=typed_fields(request))
    answer = _kept(request, None, words)
    if "application/json" in request.headers.get("Accept", "") or answer.status_code != 200:
        return answer
    messages.success(request, "Your draft is kept.")
    return redirect("incidents:new")


def typed_fields(request: SignedInRequest) -> dict[str, Any]:
    """The form's fields as they were typed."""
    said = request.POST
    return {name: said[name] for name in NewTicketForm.base_fields if said.get(name)}


@require_POST
def change_new(request: SignedInRequest) -> HttpResponseBase:
    """Throws the unfinished form away, takes that back (`undo`), or uses another text (`use`)."""
    mine = Draft.objects.of(request.user).filter(ticket=None)
    chosen = request.POST.get("use", "")
    if chosen.isdecimal():
        actions.restore_draft(get_object_or_404(mine, pk=chosen), actor=request.user)
        return redirect("incidents:new")
    if "undo" in request.POST:
        gone = mine.filter(discarded_at__isnull=False).order_by("-discarded_at").first()
        if gone is not None:
            actions.restore_draft(gone, actor=request.user)
        return redirect("incidents:new")
    draft = mine.filter(other=False, discarded_at__isnull=True).first()
    if draft is not None:
        actions.discard_draft(draft, actor=request.user)
    return redirect(f"{reverse('incidents:new')}?discarded=1")


@require_POST
def add_file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Takes one file for the draft; the answer says how the text refers to it."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    uploads = request.FILES.getlist("attachments")
    if not uploads:
        return JsonResponse({"error": "Choose a file."}, status=422)
    try:
        kept = actions.add_draft_files(actor=request.user, ticket=ticket, files=uploads)
    except DomainError as error:
        return JsonResponse({"error": error.message}, status=error.status)
    draft = kept[0].draft
    return JsonResponse({"version": draft.version, "files": [_described(one) for one in kept]})


def _described(waiting: DraftFile) -> dict[str, object]:
    return {
        "token": waiting.token,
        "name": waiting.name,
        "size": waiting.size,
        "reference": reference_to(waiting),
    }


@require_POST
def remove_file(request: SignedInRequest, token: str) -> HttpResponseBase:
    """Takes a file out of one's own draft."""
    waiting = get_object_or_404(DraftFile.objects.visible_to(request.user), token=token)
    actions.remove_draft_file(waiting, actor=request.user)
    return JsonResponse({"removed": waiting.name})
