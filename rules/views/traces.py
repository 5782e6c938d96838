"""What rules did, what a dry run found, and why a rule did not act."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.pages import keyset_page, page_links
from core.references import parse_reference
from core.requests import SignedInRequest
from incidents.models import Ticket
from rules import actions
from rules.filters import RuleRunFilter
from rules.models import DryRun, Rule, RuleRun
from rules.tracing import explain, traced
from rules.views.rules import conditions_of, when


@require_safe
def runs(request: SignedInRequest) -> HttpResponse:
    """What rules did, newest first."""
    if not request.user.is_staff_member:
        raise PermissionDenied
    visible = RuleRun.objects.visible_to(request.user)
    chosen = RuleRunFilter(request.GET, queryset=visible, request=request)
    rows = chosen.qs.select_related("rule", "version", "ticket", "event__actor")
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "form": chosen.form,
        "page": page,
        "runs": traced(page.rows),
        "links": page_links(request, page),
    }
    return render(request, "rules/runs.html", context)


@require_safe
def ticket_rules(request: SignedInRequest, pk: int) -> HttpResponse:
    """Which rule did what on one ticket, and a way to ask about any other."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    if not request.user.is_staff_member:
        raise PermissionDenied
    rows = RuleRun.objects.visible_to(request.user).filter(ticket=ticket)
    page = keyset_page(
        rows.select_related("rule", "version", "event__actor"),
        order=("-id",),
        cursor=request.GET.get("cursor"),
    )
    rules = Rule.objects.visible_to(request.user).kept().in_order().select_related("current")
    context = {
        "ticket": ticket,
        "runs": traced(page.rows),
        "page": page,
        "links": page_links(request, page),
        "rules": [(rule, when(rule.version)) for rule in rules],
    }
    return render(request, "rules/ticket.html", context)


@require_safe
def why(request: SignedInRequest, pk: int, ticket_pk: int) -> HttpResponse:
    """Why a rule did or did not act on a ticket."""
    rule = get_object_or_404(
        Rule.objects.visible_to(request.user).select_related("current__saved_by"), pk=pk
    )
    tickets = Ticket.objects.visible_to(request.user).select_related("team")
    ticket = get_object_or_404(tickets, pk=ticket_pk)
    rule.version.rule = rule
    context = {"rule": rule, "ticket": ticket, "answers": explain(rule, ticket)}
    return render(request, "rules/why.html", context)


@require_safe
def ask_why(request: SignedInRequest, pk: int) -> HttpResponse:
    """The question by a ticket's reference, from the rule's page."""
    rule = get_object_or_404(Rule.objects.visible_to(request.user), pk=pk)
    said = request.GET.get("ticket", "").strip()
    found = parse_reference(said)
    number = found[1] if found else int(said) if said.isdecimal() and len(said) < 13 else 0
    if not Ticket.objects.visible_to(request.user).filter(pk=number).exists():
        messages.error(request, f"There is no ticket {said or 'without a number'} for you.")
        return redirect(rule)
    return redirect(reverse("rules:why", args=[rule.pk, number]))


@require_safe
def dry_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """A dry run: how far it is, or what the rule would have done."""
    run = _dry_run(request, pk)
    hits = run.hits.filter(ticket__in=Ticket.objects.visible_to(request.user))
    page = keyset_page(
        hits.select_related("ticket", "event__actor"),
        order=("-at", "-id"),
        cursor=request.GET.get("cursor"),
    )
    version = run.version
    context = {
        "run": run,
        "rule": version.rule,
        "when": when(version),
        "conditions": conditions_of(version),
        "page": page,
        "links": page_links(request, page),
        "now": timezone.now(),
    }
    return render(request, "rules/dry_run.html", context)


@require_safe
def dry_run_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The progress bar alone; when it is over, the browser is told to show the result."""
    run = _dry_run(request, pk)
    response = render(request, "rules/_dry_run_progress.html", {"run": run})
    if not run.is_unfinished:
        response["HX-Redirect"] = run.get_absolute_url()
    return response


@require_POST
def cancel_dry_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stops it."""
    run = _dry_run(request, pk)
    try:
        actions.cancel_dry_run(run, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(run)


def _dry_run(request: SignedInRequest, pk: int) -> DryRun:
    rows = DryRun.objects.visible_to(request.user).select_related("version__rule", "requested_by")
    return get_object_or_404(rows, pk=pk)
