"""Canned replies: the list, writing one, changing and deleting it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError, EditConflict
from core.pages import StepView, keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms import CannedReplyForm
from incidents.models import CannedReply
from incidents.permissions import may_can
from incidents.variables import VARIABLES, fill

# What each variable might say, for the example beside the text.
EXAMPLE = {
    "requester.first_name": "Lena",
    "requester.name": "Lena Krüger",
    "organisation.name": "Nordwind GmbH",
    "ticket.reference": "INC-20418",
    "ticket.title": "Checkout fails",
    "ticket.service": "Payments",
    "ticket.component": "Checkout",
}


def _visible(request: SignedInRequest) -> QuerySet[CannedReply]:
    if not request.user.is_staff_member:
        raise PermissionDenied
    return CannedReply.objects.visible_to(request.user).select_related("team", "owner")


@require_safe
def replies(request: SignedInRequest) -> HttpResponse:
    """Texts one may use, narrowed by words and by whom they are for."""
    rows = _visible(request)
    words = request.GET.get("q", "").strip()[:100]
    scope = request.GET.get("scope", "")
    if words:
        rows = rows.filter(title__icontains=words) | rows.filter(body__icontains=words)
    if scope in CannedReply.Scope.values:
        rows = rows.filter(scope=scope)
    page = keyset_page(rows, order=("title", "id"), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "words": words,
        "scope": scope,
        "scopes": CannedReply.Scope.choices,
    }
    return render(request, "incidents/canned/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """Writes one."""
    _visible(request)
    form = CannedReplyForm(request.POST or None, writer=request.user)
    if _wants_saving(request) and form.is_valid():
        try:
            reply = actions.can_reply(actor=request.user, **_words(form))
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"“{reply.title}” can be used from now on.")
            return redirect("incidents:canned_replies")
    return _draw(request, form)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Changes one; who may only use it sees it."""
    reply = get_object_or_404(CannedReply.objects.visible_to(request.user), pk=pk)
    initial: dict[str, Any] = {"title": reply.title, "body": reply.body, "scope": reply.scope}
    initial |= {"team": reply.team_id, "version": reply.version}
    form = CannedReplyForm(request.POST or None, writer=request.user, initial=initial)
    if _wants_saving(request) and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            actions.change_canned_reply(reply, actor=request.user, version=version, **_words(form))
        except EditConflict as conflict:
            typed = request.POST.copy()
            typed["version"] = str(conflict.version)
            form = CannedReplyForm(typed, writer=request.user)
            form.is_valid()
            show_errors(form, conflict)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("incidents:canned_replies")
    return _draw(request, form, reply)


def _wants_saving(request: SignedInRequest) -> bool:
    return request.method == "POST" and "preview" not in request.POST


def _words(form: CannedReplyForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("title", "body", "scope", "team")}


def _draw(
    request: SignedInRequest, form: CannedReplyForm, reply: CannedReply | None = None
) -> HttpResponse:
    values = EXAMPLE | {"agent.name": request.user.name}
    values["agent.first_name"] = request.user.name.split(" ")[0]
    context = {
        "form": form,
        "reply": reply,
        "may_change": reply is None
        or may_can(request.user, reply.scope, reply.team, owner_id=reply.owner_id),
        "variables": VARIABLES.items(),
        "example": fill(str(form["body"].value() or ""), values),
    }
    refused = form.is_bound and "preview" not in request.POST
    return render(request, "incidents/canned/form.html", context, status=422 if refused else 200)


class Drop(StepView):
    """Deletes one."""

    success_message = "Deleted."

    def records(self, request: SignedInRequest) -> QuerySet[CannedReply]:
        return CannedReply.objects.visible_to(request.user)

    def take(self, record: CannedReply, form: Any) -> CannedReply:
        return actions.drop_canned_reply(record, actor=self.person)

    def success_url(self, record: Any, result: Any) -> str:
        return reverse("incidents:canned_replies")

    def get(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Back to the text: deleting is a button there."""
        get_object_or_404(self.records(request), pk=pk)
        return redirect("incidents:canned_reply", pk)

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Deletes; a refusal is said on the list."""
        record = get_object_or_404(self.records(request), pk=pk)
        try:
            self.take(record, None)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, self.success_message)
        return redirect("incidents:canned_replies")
