"""The backlog: every work item, narrowed by what one looks for, and planned from there."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink import actions
from devlink.evidence.badges import badges_of_items
from devlink.filters import WorkItemFilter, page_filter
from devlink.forms import PlanManyForm
from devlink.models import WorkItem
from devlink.permissions import may
from devlink.views.access import staff_page

SHOWN_FILTERS = ("q", "state", "kind", "team", "component", "sprint", "unplanned", "evidence")


@require_safe
@staff_page
def backlog(request: SignedInRequest) -> HttpResponseBase:
    """Work items, the newest first; open ones unless another state is asked for."""
    given = request.GET.copy()
    given.setdefault("state", "open")
    items = WorkItem.objects.visible_to(request.user).defer("description")
    found = WorkItemFilter(
        given, items.select_related("component__service", "team", "sprint"), request=request
    )
    form = page_filter(found.form)
    page = keyset_page(found.qs, order=("-id",), cursor=request.GET.get("cursor"))
    badges = badges_of_items(item.pk for item in page.rows)
    may_plan = may(request.user, "plan")
    context = {
        "filters": [form[name] for name in SHOWN_FILTERS],
        "page": page,
        "rows": [(item, badges.get(item.pk)) for item in page.rows],
        "links": page_links(request, page),
        "may_create": may(request.user, "create_work_item"),
        "plan_form": PlanManyForm(request.user) if may_plan else None,
        "here": request.get_full_path(),
    }
    return render(request, "devlink/backlog.html", context)


@require_POST
@staff_page
def plan(request: SignedInRequest) -> HttpResponseBase:
    """Puts the chosen items into a sprint, or takes them out of theirs; says which it could not."""
    if not may(request.user, "plan"):
        raise PermissionDenied
    form = PlanManyForm(request.user, request.POST)
    back = request.POST.get("back", "")
    target = back if back.startswith(reverse("devlink:backlog")) else reverse("devlink:backlog")
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return redirect(target)
    sprint = form.cleaned_data["sprint"]
    planned = 0
    for item in form.cleaned_data["items"]:
        try:
            if sprint is None:
                actions.unplan_work_item(item, actor=request.user)
            else:
                actions.plan_work_item(item, actor=request.user, sprint=sprint)
        except DomainError as error:
            messages.error(request, f"{item.key}: {error.message}")
        else:
            planned += 1
    if planned:
        where = f"in {sprint.name}" if sprint else "out of their sprints"
        noun = "item is" if planned == 1 else "items are"
        messages.success(request, f"{planned} {noun} {where}.")
    return redirect(target)


def _first_error(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])
