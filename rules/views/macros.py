"""Macros: the list, writing one, and running one on a ticket."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.models import Event
from core.pages import StepView, show_errors
from core.requests import SignedInRequest
from incidents.models import Ticket
from incidents.queues import address_beside
from incidents.variables import VARIABLES
from rules import actions
from rules.differences import compared
from rules.forms import ActionForms, MacroForm, refuse_action
from rules.models import Macro
from rules.permissions import may_edit

SHOWN_VERSIONS = 50


@require_safe
def macros(request: SignedInRequest) -> HttpResponse:
    """Every macro the reader has, and which of them are theirs to change."""
    if not request.user.is_support:
        raise PermissionDenied
    rows = Macro.objects.visible_to(request.user).kept()
    rows = rows.select_related("team", "owner", "current")
    context = {"macros": [(macro, may_edit(request.user, macro)) for macro in rows]}
    return render(request, "rules/macros.html", context)


@require_safe
def macro(request: SignedInRequest, pk: int) -> HttpResponse:
    """One macro: what it does, and its versions with what each changed."""
    rows = Macro.objects.visible_to(request.user)
    found = get_object_or_404(rows.select_related("team", "owner", "current__saved_by"), pk=pk)
    versions = found.versions.select_related("saved_by", "team")
    context = {
        "macro": found,
        "version": found.version,
        "versions": compared(list(versions))[:SHOWN_VERSIONS],
        "events": Event.objects.about(found).select_related("actor").order_by("-id")[:10],
        "may_write": may_edit(request.user, found) and found.retired_at is None,
    }
    return render(request, "rules/macro.html", context)


class Restore(StepView):
    """Makes an old version the newest again."""

    http_method_names = ["post"]

    def records(self, request: SignedInRequest) -> QuerySet[Macro]:
        return Macro.objects.visible_to(request.user).kept()

    def take(self, record: Macro, form: forms.Form | None) -> Macro:
        said = self.request.POST.get("number", "")
        number = int(said) if said.isdecimal() and len(said) < 8 else 0
        return actions.restore_macro(record, actor=self.person, number=number)


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Writes a macro."""
    if not request.user.is_support:
        raise PermissionDenied
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Changes a macro."""
    rows = Macro.objects.visible_to(request.user).kept().select_related("team", "current")
    macro = get_object_or_404(rows, pk=pk)
    if not may_edit(request.user, macro):
        raise PermissionDenied
    return _edit(request, macro)


def _edit(request: SignedInRequest, macro: Macro | None) -> HttpResponse:
    if request.method != "POST":
        initial = {"name": macro.name, "scope": macro.scope, "team": macro.team} if macro else {}
        form = MacroForm(writer=request.user, initial=initial)
        told = ActionForms(told=macro.version.actions if macro else None, by_agent=True)
        return _draw(request, macro, form, told, status=200)
    form = MacroForm(request.POST, writer=request.user)
    told = ActionForms(request.POST, by_agent=True)
    if all([form.is_valid(), told.is_valid()]):
        try:
            saved = actions.save_macro(
                macro, actor=request.user, actions=told.told(), **form.cleaned_data
            )
        except DomainError as error:
            if not refuse_action(told, error.field or "", error.message):
                show_errors(form, error)
        else:
            messages.success(request, "The macro is saved.")
            return redirect(saved)
    return _draw(request, macro, form, told, status=422)


def _draw(
    request: SignedInRequest, macro: Macro | None, form: MacroForm, told: ActionForms, status: int
) -> HttpResponse:
    context = {
        "macro": macro,
        "form": form,
        "actions": told,
        "variables": VARIABLES.items(),
    }
    return render(request, "rules/edit_macro.html", context, status=status)


@require_POST
def retire(request: SignedInRequest, pk: int) -> HttpResponse:
    """Takes a macro out of the menus."""
    macro = get_object_or_404(Macro.objects.visible_to(request.user).kept(), pk=pk)
    try:
        actions.retire_macro(macro, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("rules:macros")


@require_safe
def choose(request: SignedInRequest, pk: int) -> HttpResponse:
    """The macros one may run on a ticket, each with what it does."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    if not request.user.is_support:
        raise PermissionDenied
    rows = Macro.objects.visible_to(request.user).kept().select_related("current")
    return render(request, "rules/choose.html", {"ticket": ticket, "macros": rows})


@require_POST
def run(request: SignedInRequest, pk: int, ticket_pk: int) -> HttpResponse:
    """Runs a macro on a ticket."""
    rows = Macro.objects.visible_to(request.user).kept().select_related("current")
    macro = get_object_or_404(rows, pk=pk)
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=ticket_pk)
    try:
        actions.run_macro(macro, actor=request.user, ticket=ticket)
    except DomainError as error:
        messages.error(request, f"“{macro.name}” did nothing. {error.message}")
    else:
        messages.success(request, f"“{macro.name}” is done: {macro.what}.")
    return redirect(address_beside(ticket, request.GET.get("from", "")))
