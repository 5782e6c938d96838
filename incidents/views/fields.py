"""Changing fields: the page of all of them, and the small controls beside the conversation."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from core.editing import Editing, chosen
from core.errors import DomainError, EditConflict
from core.pages import wants_fragment
from core.requests import SignedInRequest
from incidents import actions
from incidents.fieldwords import said_since
from incidents.forms import EditForm, QuickForm
from incidents.models import Ticket
from incidents.permissions import allowed
from incidents.views.steps import TicketStep
from incidents.views.workspace import address_of, head_context, shown_tickets


class Edit(Editing, TicketStep):
    """Changes fields; another's change of the same field meanwhile is shown, never overwritten."""

    right = "edit"
    title, submit_label = "Edit", "Save"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        """The fields with the values they were read with."""
        return EditForm(data, reader=self.person, initial=EditForm.values_of(record))

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        if form is None:
            raise TypeError("editing needs its form")
        version = form.cleaned_data["version"]
        return actions.edit_ticket(record, actor=self.person, version=version, **chosen(form))

    def told(self, record: Ticket, form: forms.Form | None) -> str:
        """That it is saved, and what others changed meanwhile."""
        if form is None:
            raise TypeError("editing needs its form")
        return _saved(record, form.cleaned_data["version"], self.person, form.changed_data)


def _saved(record: Ticket, version: int, reader: Any, changed: Any) -> str:
    """That it is saved, and what others changed between reading and saving."""
    record.refresh_from_db()
    meanwhile = said_since(record, version, reader=reader, without=list(changed))
    return f"Saved. {meanwhile}".strip()


@require_http_methods(["GET", "POST"])
def fields(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The controls of the side box; POST changes one field and draws the box again."""
    record = get_object_or_404(shown_tickets(request), pk=pk)
    rights = allowed(request.user, record)
    if not rights & {"edit", "assign"}:
        raise PermissionDenied
    if request.method != "POST":
        return _draw_box(request, record)
    form = QuickForm(request.POST, reader=request.user)
    if not form.is_valid():
        return _draw_box(request, record, errors=form.errors, status=422)
    version = form.cleaned_data["version"]
    try:
        _change(request, record, form)
    except EditConflict as conflict:
        typed = request.POST.get(form.cleaned_data["field"], "")
        return _draw_box(request, record, conflict=conflict, typed=typed, status=409)
    except DomainError as error:
        sentence = {form.cleaned_data["field"]: [error.message]}
        return _draw_box(request, record, errors=sentence, status=error.status)
    saved = _saved(record, version, request.user, [form.cleaned_data["field"]])
    if wants_fragment(request):
        fresh = get_object_or_404(shown_tickets(request), pk=pk)
        return _draw_box(request, fresh, saved=saved)
    messages.success(request, saved)
    return redirect(address_of(request, record))


def _change(request: SignedInRequest, record: Ticket, form: QuickForm) -> None:
    said = form.cleaned_data
    name, version = said["field"], said["version"]
    if name == "assignee" and said["assignee"] is None:
        actions.assign_ticket(record, actor=request.user, version=version, team=record.team)
    elif name == "assignee":
        actions.assign_ticket(
            record, actor=request.user, version=version, assignee=said["assignee"]
        )
    elif name == "team":
        actions.assign_ticket(record, actor=request.user, version=version, team=said["team"])
    else:
        actions.edit_ticket(record, actor=request.user, version=version, **{name: said[name]})


def _draw_box(
    request: SignedInRequest,
    record: Ticket,
    *,
    conflict: EditConflict | None = None,
    typed: str = "",
    errors: Any = None,
    saved: str = "",
    status: int = 200,
) -> HttpResponse:
    rights = allowed(request.user, record)
    form = QuickForm(reader=request.user, initial=QuickForm.values_of(record), auto_id="quick_%s")
    for name, key in _KEYS.items():
        form.fields[name].widget.attrs |= {"data-key": key, "data-key-label": form[name].label}
    named = [name for name in QuickForm.NAMES if name not in {"team", "assignee"}]
    shown = ("edit" in rights, named), ("assign" in rights and record.is_open, ["team", "assignee"])
    names = [name for may, group in shown if may for name in group]
    context = head_context(request, record, rights) | {
        "controls": [
            (form[name], _KEYS.get(name, ""), (errors or {}).get(name, [])) for name in names
        ],
        "conflict": conflict.conflicts[0] if conflict and conflict.conflicts else None,
        "typed": typed,
        "saved": saved,
    }
    if wants_fragment(request):
        context["whole"] = bool(saved or conflict)
        return render(request, "incidents/_fields.html", context, status=status)
    return render(request, "incidents/fields.html", context, status=status)


_KEYS = {"priority": "1", "service": "2", "component": "3", "team": "4", "assignee": "5"}
