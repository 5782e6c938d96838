"""Arranging the request catalogue: items, approval steps, plans."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Person
from catalogue.permissions import may_arrange
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from fulfilment import actions
from fulfilment.forms import ApprovalRuleForm, ItemForm, PlanRuleForm
from fulfilment.models import ApprovalRule, PlanRule, RequestItem


@require_safe
def items(request: SignedInRequest) -> HttpResponse:
    """Every item, offered or not."""
    if not may_arrange(request.user):
        raise PermissionDenied
    rows = RequestItem.objects.visible_to(request.user).select_related("service", "form")
    counted = rows.annotate(
        steps=Count("approval_rules", distinct=True), tasks=Count("plan_rules", distinct=True)
    )
    return render(request, "fulfilment/items.html", {"rows": counted.order_by("category", "name")})


def _item(person: Person, pk: int) -> RequestItem:
    """An item to arrange; for others it is not there."""
    if not may_arrange(person):
        raise Http404
    return get_object_or_404(RequestItem.objects.visible_to(person), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def new_item(request: SignedInRequest) -> HttpResponseBase:
    """A new item."""
    if not may_arrange(request.user):
        raise PermissionDenied
    form = ItemForm(request.POST or None, reader=request.user)
    if form.is_valid():
        made = _tried(form, actions.save_item, None, actor=request.user, **form.cleaned_data)
        if made is not None:
            return redirect("fulfilment:arrange_item", made.pk)
    context = {"form": form, "title": "New request item"}
    status = 422 if form.is_bound else 200
    return render(request, "fulfilment/arrange_item.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def arrange_item(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One item with its approval steps and its plan."""
    record = _item(request.user, pk)
    initial = ItemForm.values_of(record)
    form = ItemForm(request.POST or None, reader=request.user, initial=initial)
    if form.is_valid():
        saved = _tried(form, actions.save_item, record, actor=request.user, **form.cleaned_data)
        if saved is not None:
            return redirect("fulfilment:arrange_item", saved.pk)
    context = {
        "record": record,
        "form": form,
        "title": record.name,
        "steps": record.approval_rules.select_related("team", "calendar").prefetch_related(
            "people"
        ),
        "tasks": record.plan_rules.select_related("team", "after"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "fulfilment/arrange_item.html", context, status=status)


def _tried(form: forms.Form, action: Any, /, *records: Any, **words: Any) -> Any:
    """What the action gave; None, with the reason at its field, when it refused."""
    try:
        return action(*records, **words)
    except DomainError as error:
        show_errors(form, error)
        return None


def _rule(person: Person, model: Any, pk: int) -> Any:
    """A step or task of an item one may arrange; for others it is not there."""
    if not may_arrange(person):
        raise Http404
    visible = RequestItem.objects.visible_to(person)
    rows = model._default_manager.filter(item__in=visible).select_related("item")
    return get_object_or_404(rows, pk=pk)


def _rule_page(
    request: SignedInRequest,
    form: forms.Form,
    item: RequestItem,
    title: str,
    action: Any,
    rule: Any,
) -> HttpResponseBase:
    if form.is_valid():
        saved = _tried(form, action, item, rule, actor=request.user, **form.cleaned_data)
        if saved is not None:
            return redirect("fulfilment:arrange_item", item.pk)
    context = {"form": form, "item": item, "title": title}
    status = 422 if form.is_bound else 200
    return render(request, "fulfilment/arrange_rule.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def new_step(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """A further approval step."""
    item = _item(request.user, pk)
    form = ApprovalRuleForm(request.POST or None, reader=request.user)
    action = actions.save_approval_rule
    return _rule_page(request, form, item, "New approval step", action, None)


@require_http_methods(["GET", "HEAD", "POST"])
def arrange_step(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One approval step."""
    rule = _rule(request.user, ApprovalRule, pk)
    initial = ApprovalRuleForm.values_of(rule)
    form = ApprovalRuleForm(request.POST or None, reader=request.user, initial=initial)
    return _rule_page(request, form, rule.item, rule.label, actions.save_approval_rule, rule)


@require_http_methods(["GET", "HEAD", "POST"])
def new_task(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """A further task of the plan."""
    item = _item(request.user, pk)
    form = PlanRuleForm(item, None, request.POST or None, reader=request.user)
    return _rule_page(request, form, item, "New task", actions.save_plan_rule, None)


@require_http_methods(["GET", "HEAD", "POST"])
def arrange_task(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One task of the plan."""
    rule = _rule(request.user, PlanRule, pk)
    initial = PlanRuleForm.values_of(rule)
    form = PlanRuleForm(rule.item, rule, request.POST or None, reader=request.user, initial=initial)
    return _rule_page(request, form, rule.item, rule.title, actions.save_plan_rule, rule)


@require_POST
def move_step(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One place up or down, or out."""
    return _moved(request, _rule(request.user, ApprovalRule, pk))


@require_POST
def move_task(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One place up or down, or out."""
    return _moved(request, _rule(request.user, PlanRule, pk))


def _moved(request: SignedInRequest, rule: Any) -> HttpResponseBase:
    where = request.POST.get("to", "")
    if where == "out":
        actions.remove_rule(rule, actor=request.user)
    elif where in {"up", "down"}:
        actions.move_rule(rule, actor=request.user, up=where == "up")
    return redirect("fulfilment:arrange_item", rule.item_id)
