"""The request catalogue as people browse it, and the form of one item."""

from itertools import groupby
from operator import attrgetter

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from catalogue.asking import AskedForm
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from core.wording import printable
from fulfilment.actions import request_item
from fulfilment.forms import RequestForm
from fulfilment.models import RequestItem
from incidents.models import Channel


def _words(request: SignedInRequest) -> str:
    return printable(request.GET.get("q", ""))[:100]


@require_safe
def catalogue(request: SignedInRequest) -> HttpResponse:
    """What the reader may ask for, by category, or what fits their words."""
    words = _words(request)
    items = RequestItem.objects.visible_to(request.user).filter(is_active=True)
    found = items.select_related("service").order_by("category", "name")
    if words:
        found = found.search(words)
    groups = [(name, list(rows)) for name, rows in groupby(found, key=attrgetter("category"))]
    context = {"groups": groups, "words": words}
    return render(request, "fulfilment/catalogue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One item: what it is, who decides, when it is there, and its form."""
    rows = RequestItem.objects.visible_to(request.user).filter(is_active=True)
    record = get_object_or_404(rows.select_related("service", "form__current"), pk=pk)
    posted = request.method == "POST"
    form = RequestForm(request.POST if posted else None, reader=request.user)
    asked = _asked(request, record)
    sound = [one.is_valid() for one in (form, asked) if one is not None]
    if posted and all(sound):
        said = form.cleaned_data
        try:
            made = request_item(
                record,
                actor=request.user,
                requester=said.get("requester") or request.user,
                given=asked.given if asked else {},
                uploads=asked.uploads if asked else {},
                note=said["note"],
                copy_to=said.get("copy_to", ()),
                channel=Channel.PORTAL,
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"We have it: {made.ticket.reference}. Follow it here.")
            return redirect(made.ticket)
    manager = request.user.manager
    context = {
        "manager": manager if manager is not None and manager.is_active else None,
        "item": record,
        "form": form,
        "asked": asked,
        "rules": record.approval_rules.all(),
    }
    return render(request, "fulfilment/item.html", context, status=422 if posted else 200)


def _asked(request: SignedInRequest, record: RequestItem) -> AskedForm | None:
    """The item's own form, filled in when something was sent."""
    version = None if record.form is None else record.form.current
    if version is None:
        return None
    definition = version.read()
    if not request.user.is_support:
        definition = definition.for_requesters()
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return AskedForm(definition, *given, reader=request.user)
