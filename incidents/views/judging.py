"""The buttons beside a similar ticket: this is it, not this, take it back."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.pages import wants_fragment
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms.judging import TAKE_BACK, JudgeForm
from incidents.models import Ticket
from incidents.views.workspace import draw_similar, shown_tickets


@require_POST
def judge(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Keeps or takes back a person's word; the lists are drawn anew."""
    record = get_object_or_404(shown_tickets(request), pk=pk)
    form = JudgeForm(request.POST, reader=request.user)
    if not form.is_valid():
        sentence = str(next(iter(form.errors.values()))[0])
        return _answer(request, record, sentence)
    other, kind = form.cleaned_data["other"], form.cleaned_data["kind"]
    try:
        if kind == TAKE_BACK:
            actions.withdraw_likeness(record, actor=request.user, other=other)
        else:
            actions.judge_likeness(record, actor=request.user, other=other, kind=kind)
    except DomainError as error:
        return _answer(request, record, error.message, error.status)
    return _answer(request, record)


def _answer(
    request: SignedInRequest, record: Ticket, wrong: str = "", status: int = 422
) -> HttpResponseBase:
    if not wants_fragment(request):
        if wrong:
            messages.error(request, wrong)
        return redirect("incidents:similar", record.pk)
    response = draw_similar(request, record, wrong)
    response.status_code = status if wrong else 200
    return response
