"""Who else is at a ticket, asked every few seconds while its page is seen."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.requests import SignedInRequest
from incidents.models import Draft, Message, Ticket
from incidents.presence import beat
from incidents.wording import ago_words


@require_POST
def presence(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Takes down what the reader does; tells who else is there and what is new since `seen`.

    `draft` is the version of the reader's own draft: another window may have gone on with it.
    """
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    if not request.user.is_staff_member:
        raise PermissionDenied
    present = beat(ticket, request.user, request.POST.get("doing", "viewing"))
    html = render_to_string("incidents/_present.html", {"present": present})
    seen = request.POST.get("seen", "")
    newest, words = _newest(request, ticket, int(seen) if seen.isdecimal() else 0)
    draft = Draft.objects.visible_to(request.user).filter(ticket=ticket, other=False)
    version = draft.values_list("version", flat=True).first() or 0
    return JsonResponse({"present": html, "newest": newest, "unread": words, "draft": version})


def _newest(request: SignedInRequest, ticket: Ticket, seen: int) -> tuple[int, str]:
    """The newest message by somebody else after `seen`, and who wrote it when."""
    others = Message.objects.visible_to(request.user).filter(ticket=ticket, pk__gt=seen)
    others = others.exclude(author=request.user).select_related("author")
    last = others.order_by("-id").first()
    if last is None:
        return seen, ""
    who = last.author.name if last.author else "Upstream"
    return last.pk, f"{who} replied {ago_words(last.created_at, timezone.now())}: read it first."
