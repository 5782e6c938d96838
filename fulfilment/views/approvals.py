"""Deciding: what waits for one's approval, one request as its approver reads it, the votes."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.pages import StepView, keyset_page, page_links
from core.requests import SignedInRequest
from fulfilment.actions import cast_vote, delegate_approval
from fulfilment.forms import ApproveForm, DelegateForm, RejectForm
from fulfilment.models import Approval, Vote
from fulfilment.permissions import may_vote
from fulfilment.reading import approvals_of, asked_of, stages
from incidents.custom_fields import answer_set
from incidents.models import Ticket


@require_safe
def approvals(request: SignedInRequest) -> HttpResponse:
    """What waits for the reader, and what they decided lately."""
    mine = Approval.objects.visible_to(request.user).with_relations()
    waiting = mine.waiting_for(request.user)
    page = keyset_page(waiting, order=("id",), cursor=request.GET.get("cursor"), size=50)
    voted = mine.filter(votes__person=request.user).order_by("-votes__at")[:10]
    context = {
        "page": page,
        "links": page_links(request, page),
        "decided": voted,
        "now": timezone.now(),
    }
    return render(request, "fulfilment/approvals.html", context)


def _visible(request: SignedInRequest) -> QuerySet[Approval]:
    return Approval.objects.visible_to(request.user).with_relations()


@require_safe
def approval(request: SignedInRequest, pk: int) -> HttpResponse:
    """One request as whoever decides on it reads it: what is asked, why, and who said what."""
    record = get_object_or_404(
        _visible(request).select_related(
            "calendar", "request__answers__version", "request__answers__form"
        ),
        pk=pk,
    )
    asked = record.request
    steps = approvals_of(asked)
    answers = None if asked.answers is None else answer_set(request.user, asked.answers)
    sees_ticket = Ticket.objects.visible_to(request.user).filter(pk=asked.ticket_id).exists()
    context = {
        "record": record,
        "asked": asked,
        "ticket": asked.ticket,
        "steps": steps,
        "stages": stages(asked, steps),
        "answers": answers,
        "may_vote": may_vote(request.user, record),
        "place": next((asked_of(request.user, one) for one in steps if one == record), None),
        "sees_ticket": sees_ticket,
        "form": ApproveForm(),
        "now": timezone.now(),
    }
    return render(request, "fulfilment/approval.html", context)


@require_safe
def approval_file(request: SignedInRequest, pk: int, token: str) -> HttpResponseBase:
    """A file among the answers, for whoever decides; always as a download."""
    rows = _visible(request).select_related("request__answers__version")
    record = get_object_or_404(rows.exclude(request__answers=None), pk=pk)
    answers = record.request.answers
    found = answer_set(request.user, answers).files.get(token) if answers else None
    if found is None:
        raise Http404
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response


class ApprovalStep(StepView):
    """A step of one approval; afterwards the approver is back at what waits."""

    def records(self, request: SignedInRequest) -> QuerySet[Approval]:
        return _visible(request)

    def success_url(self, record: Approval, result: Any) -> str:
        return reverse("fulfilment:approvals")

    def words(self, form: forms.Form | None) -> dict[str, Any]:
        """What the form says, under the action's names."""
        return {} if form is None else form.cleaned_data


class Approve(ApprovalStep):
    """Yes."""

    form_class, title, submit_label = ApproveForm, "Approve", "Approve"
    success_message = "Approved. Thank you."

    def take(self, record: Approval, form: forms.Form | None) -> Approval:
        return cast_vote(
            record, actor=self.person, verdict=Vote.Verdict.APPROVED, **self.words(form)
        )


class Reject(ApprovalStep):
    """No, with the reason."""

    form_class, title, submit_label = RejectForm, "Reject", "Reject"
    success_message = "Rejected. The requester reads your reason."

    def take(self, record: Approval, form: forms.Form | None) -> Approval:
        return cast_vote(
            record, actor=self.person, verdict=Vote.Verdict.REJECTED, **self.words(form)
        )


class Delegate(ApprovalStep):
    """Somebody else decides."""

    title, submit_label = "Let somebody else decide", "Hand it on"
    success_message = "It is asked of them now."

    def build_form(self, record: Approval, data: Any = None, files: Any = None) -> forms.Form:
        return DelegateForm(data, reader=self.person)

    def take(self, record: Approval, form: forms.Form | None) -> Approval:
        return delegate_approval(record, actor=self.person, **self.words(form))
