"""Pages of what one was told, and the admins' page of outgoing mail."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role
from core.errors import DomainError
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from notifications import actions
from notifications.models import Notification, OutgoingMail


@require_safe
def notifications(request: SignedInRequest) -> HttpResponse:
    """What the signed-in person was told, newest first; `?unread=1` leaves out what is read."""
    mine = Notification.objects.visible_to(request.user)
    only_unread = request.GET.get("unread") == "1"
    shown = mine.unread() if only_unread else mine
    page = keyset_page(shown, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "only_unread": only_unread,
        "any_unread": mine.unread().exists(),
        "may_see_mail": request.user.has_role({Role.ADMIN}),
    }
    return render(request, "notifications/list.html", context)


@require_POST
def read(request: SignedInRequest, pk: int) -> HttpResponse:
    """Marks one as read and goes where it points."""
    notice = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    notice = actions.mark_read(notice, actor=request.user)
    inside = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if notice.url and inside else "notifications:notifications")


@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Marks everything as read."""
    actions.mark_all_read(actor=request.user)
    return redirect("notifications:notifications")


@require_safe
def outgoing_mail(request: SignedInRequest) -> HttpResponse:
    """Every mail with its state; the address does not exist for anybody but admins."""
    if not request.user.has_role({Role.ADMIN}):
        raise Http404
    mails = OutgoingMail.objects.visible_to(request.user)
    state = request.GET.get("state", "")
    if state in OutgoingMail.State.values:
        mails = mails.filter(state=state)
    page = keyset_page(mails, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "state": state,
        "states": OutgoingMail.State.choices,
    }
    return render(request, "notifications/mail.html", context)


@require_POST
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """A failed mail waits again."""
    mail = get_object_or_404(OutgoingMail.objects.visible_to(request.user), pk=pk)
    try:
        actions.retry_mail(mail, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The mail waits to be sent again.")
    return redirect("notifications:mail")
