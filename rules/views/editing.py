"""Writing a rule, with a live preview of the tickets it fits."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from incidents.models import Ticket
from incidents.queues import USUAL, listed, rows_of
from incidents.variables import WITHOUT_AGENT
from rules import actions
from rules.conditions import check_conditions, fitting
from rules.forms import RulePage
from rules.models import Rule, RuleVersion
from rules.permissions import may_write_rules
from rules.previewing import Preview, preview, preview_limit


def only_writers(request: SignedInRequest) -> None:
    """Raises PermissionDenied unless the reader may write rules."""
    if not may_write_rules(request.user):
        raise PermissionDenied


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Writes a rule; it begins switched off."""
    only_writers(request)
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Writes the next version of a rule."""
    rules = Rule.objects.visible_to(request.user).kept().select_related("current")
    rule = get_object_or_404(rules, pk=pk)
    only_writers(request)
    return _edit(request, rule)


def _edit(request: SignedInRequest, rule: Rule | None) -> HttpResponse:
    if request.method != "POST":
        version = rule.version if rule else None
        page = RulePage(request.user, name=rule.name if rule else "", version=version)
        shown = preview(request.user, version.conditions, version.match) if version else None
        return _draw(request, rule, page, shown, status=200)
    page = RulePage(request.user, request.POST)
    sound = page.is_valid()
    if "preview" in request.POST:
        return _draw(request, rule, page, _preview_of(request, page), status=200)
    if sound:
        try:
            saved = actions.save_rule(rule, actor=request.user, **page.words())
        except DomainError as error:
            page.refuse(error)
        else:
            return redirect(saved)
    return _draw(request, rule, page, _preview_of(request, page), status=422)


def _draw(
    request: SignedInRequest, rule: Rule | None, page: RulePage, shown: Preview | None, status: int
) -> HttpResponse:
    context = {
        "rule": rule,
        "page": page,
        "preview": shown,
        "variables": WITHOUT_AGENT.items(),
        "now": timezone.now(),
    }
    return render(request, "rules/edit.html", context, status=status)


@require_POST
def preview_rule(request: SignedInRequest) -> HttpResponse:
    """The preview alone, while the form is being filled in."""
    only_writers(request)
    page = RulePage(request.user, request.POST)
    page.is_valid()
    context = {"preview": _preview_of(request, page), "now": timezone.now()}
    return render(request, "rules/_preview.html", context)


def _preview_of(request: SignedInRequest, page: RulePage) -> Preview:
    """What the conditions fit, whatever else of the form is not filled in yet."""
    wrong = [*page.condition.errors.values()]
    if wrong:
        return Preview(problem=str(wrong[0][0]))
    match = page.form.cleaned_data.get("match", RuleVersion.Match.ALL)
    page.form.cleaned_data.setdefault("more", "")
    return preview(request.user, page.conditions(), match)


@require_safe
def matching(request: SignedInRequest) -> HttpResponse:
    """Every ticket that fits several conditions (`if`, repeated; `match` all or any)."""
    match = request.GET.get("match", RuleVersion.Match.ALL)
    cursor, problem = request.GET.get("cursor"), ""
    tickets = Ticket.objects.visible_to(request.user)
    try:
        fit = fitting(request.user, check_conditions(request.GET.getlist("if")), match)
        with preview_limit():
            page = keyset_page(listed(fit), order=("-id",), cursor=cursor)
    except DomainError as error:
        problem = error.message
        page = keyset_page(listed(tickets.none()), order=("-id",), cursor=None)
    now = timezone.now()
    context = {
        "parts": [{"rows": rows_of(page.rows, now)}],
        "columns": USUAL,
        "count": len(page.rows),
        "links": page_links(request, page),
        "problem": problem,
        "now": now,
    }
    return render(request, "rules/matching.html", context)
