"""Tasks of plans: those the reader may begin, and the steps of one."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from core.pages import StepView, keyset_page, page_links
from core.requests import SignedInRequest
from fulfilment import actions
from fulfilment.forms import SkipForm
from fulfilment.models import PlanTask


@require_safe
def plan_tasks(request: SignedInRequest) -> HttpResponse:
    """What the reader's teams have to do for requests, the nearest date first."""
    if not request.user.is_staff_member:
        raise PermissionDenied
    rows = PlanTask.objects.visible_to(request.user).ready_for(request.user)
    rows = rows.select_related("request__ticket__requester", "request__item", "team", "assignee")
    page = keyset_page(rows, order=("due_at", "id"), cursor=request.GET.get("cursor"))
    context = {"page": page, "links": page_links(request, page), "now": timezone.now()}
    return render(request, "fulfilment/tasks.html", context)


class TaskStep(StepView):
    """A step of a task; afterwards the reader is back where they came from."""

    def records(self, request: SignedInRequest) -> QuerySet[PlanTask]:
        return PlanTask.objects.visible_to(request.user).select_related("request__ticket")

    def success_url(self, record: PlanTask, result: Any) -> str:
        back = self.request.POST.get("back", "")
        inside = url_has_allowed_host_and_scheme(back, allowed_hosts={self.request.get_host()})
        return back if back and inside else record.get_absolute_url()


class Complete(TaskStep):
    """Done."""

    def take(self, record: PlanTask, form: forms.Form | None) -> PlanTask:
        return actions.complete_task(record, actor=self.person)


class Take(TaskStep):
    """Mine."""

    def take(self, record: PlanTask, form: forms.Form | None) -> PlanTask:
        return actions.take_task(record, actor=self.person)


class Reopen(TaskStep):
    """Not done after all."""

    def take(self, record: PlanTask, form: forms.Form | None) -> PlanTask:
        return actions.reopen_task(record, actor=self.person)


class Skip(TaskStep):
    """Not needed."""

    form_class: ClassVar[type[forms.Form] | None] = SkipForm
    title, submit_label = "Skip the task", "Skip"

    def take(self, record: PlanTask, form: forms.Form | None) -> PlanTask:
        said = {} if form is None else form.cleaned_data
        return actions.skip_task(record, actor=self.person, **said)
