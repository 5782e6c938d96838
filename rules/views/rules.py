"""The list of rules, one rule, and its steps."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.models import Event
from core.pages import StepView
from core.requests import SignedInRequest
from rules import actions
from rules.activators import words_for
from rules.differences import compared
from rules.models import DryRun, Rule, RuleRun, RuleVersion
from rules.permissions import may_write_rules
from rules.previewing import address_of
from rules.tracing import traced

RECENT = timedelta(days=30)
SHOWN_RUNS = 10
SHOWN_VERSIONS = 50


@require_safe
def rules(request: SignedInRequest) -> HttpResponse:
    """Every rule in the order they run in."""
    if not request.user.is_staff_member:
        raise PermissionDenied
    lately = Q(runs__at__gte=timezone.now() - RECENT)
    rows = (
        Rule.objects.visible_to(request.user)
        .kept()
        .in_order()
        .select_related("current", "owner")
        .annotate(runs_lately=Count("runs", filter=lately))
    )
    found = [_line(rule) for rule in rows]
    context = {"lines": found, "may_write": may_write_rules(request.user)}
    return render(request, "rules/rules.html", context)


def _line(rule: Rule) -> dict[str, Any]:
    return {"rule": rule, "version": rule.version, "when": when(rule.version)}


def when(version: RuleVersion) -> str:
    """What sets it off, in words."""
    return words_for(version.activator, version.minutes)


@require_safe
def rule(request: SignedInRequest, pk: int) -> HttpResponse:
    """One rule: when, if, then; its versions and what it did."""
    rows = Rule.objects.visible_to(request.user).select_related("current__saved_by", "owner")
    found = get_object_or_404(rows, pk=pk)
    runs = RuleRun.objects.visible_to(request.user).filter(rule=found)
    runs = runs.select_related("ticket", "version", "event").order_by("-id")[:SHOWN_RUNS]
    version = found.version
    context = {
        "rule": found,
        "version": version,
        "when": when(version),
        "conditions": conditions_of(version),
        "address": address_of(version.conditions, version.match) if version.conditions else "",
        "versions": compared(list(found.versions.select_related("saved_by")))[:SHOWN_VERSIONS],
        "runs": traced(list(runs)),
        "dry_runs": DryRun.objects.visible_to(request.user)
        .filter(version__rule=found)
        .select_related("version")[:5],
        "events": Event.objects.about(found).select_related("actor").order_by("-id")[:10],
        "may_write": may_write_rules(request.user) and found.retired_at is None,
    }
    return render(request, "rules/rule.html", context)


def conditions_of(version: RuleVersion) -> list[tuple[str, list[list[str]]]]:
    """(address of the list, words) of each condition."""
    return [
        (address_of([query], version.match), words)
        for query, words in zip(version.conditions, version.condition_words, strict=True)
    ]


class _RuleStep(StepView):
    """A button on a rule."""

    http_method_names = ["post"]

    def records(self, request: SignedInRequest) -> QuerySet[Rule]:
        return Rule.objects.visible_to(request.user).kept()


class SwitchOn(_RuleStep):
    """Switches it on."""

    def take(self, record: Rule, form: forms.Form | None) -> Rule:
        return actions.switch_rule(record, actor=self.person, on=True)


class SwitchOff(_RuleStep):
    """Switches it off."""

    def take(self, record: Rule, form: forms.Form | None) -> Rule:
        return actions.switch_rule(record, actor=self.person, on=False)


class Resume(_RuleStep):
    """Ends its pause."""

    def take(self, record: Rule, form: forms.Form | None) -> Rule:
        return actions.resume_rule(record, actor=self.person)


class _Move(_RuleStep):
    """Changes places with a neighbour."""

    up = True

    def take(self, record: Rule, form: forms.Form | None) -> Rule:
        return actions.move_rule(record, actor=self.person, up=self.up)

    def success_url(self, record: Rule, result: Rule) -> str:
        return reverse("rules:rules")


class MoveUp(_Move):
    """Earlier."""


class MoveDown(_Move):
    """Later."""

    up = False


class Retire(_RuleStep):
    """Takes it out of the list."""

    success_message = "The rule was retired. What it did keeps its trace."

    def take(self, record: Rule, form: forms.Form | None) -> Rule:
        return actions.retire_rule(record, actor=self.person)

    def success_url(self, record: Rule, result: Rule) -> str:
        return reverse("rules:rules")


class Restore(_RuleStep):
    """Makes an old version the newest again."""

    def take(self, record: Rule, form: forms.Form | None) -> Rule:
        said = self.request.POST.get("number", "")
        number = int(said) if said.isdecimal() and len(said) < 8 else 0
        return actions.restore_version(record, actor=self.person, number=number)


@require_POST
def dry_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks for a dry run of the newest version."""
    rows = Rule.objects.visible_to(request.user).kept().select_related("current")
    found = get_object_or_404(rows, pk=pk)
    try:
        run = actions.request_dry_run(found.version, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(found)
    return redirect(run)
