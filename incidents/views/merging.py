"""Merging a ticket into another, answering who asked on a merged one, and undoing a merge."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from core.errors import DomainError
from core.pages import wants_fragment
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms.merging import AnswerMergedForm, MergeForm
from incidents.forms.steps import ConfirmForm
from incidents.merge_preview import preview_merge
from incidents.models import Message, Ticket, TicketMerge
from incidents.permissions import merged_words
from incidents.targets import propose_tickets, ticket_meant
from incidents.views.steps import Admitted, TicketStep
from incidents.views.workspace import shown_tickets


def draw_targets(request: SignedInRequest, record: Ticket, template: str) -> HttpResponse:
    """The proposals alone, asked for while somebody types."""
    words = request.GET.get("q", "")[:200]
    found = propose_tickets(request.user, record, words)
    context = {"ticket": record, "candidates": found, "words": words}
    response = render(request, template, context)
    response["Vary"] = "HX-Request"
    return response


class Merge(Admitted):
    """First the other ticket is looked for, then what merging gives is shown, then it is done."""

    right = "merge"

    def get(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """The search, or the preview once a ticket is chosen."""
        record = get_object_or_404(shown_tickets(request), pk=pk)
        self.admit(record)
        if wants_fragment(request):
            return draw_targets(request, record, "incidents/_targets.html")
        chosen = request.GET.get("into", "").strip()
        if not chosen and ticket_meant(request.user, request.GET.get("q", "")) is None:
            return draw_search(request, record)
        # A whole number typed into the search leads straight on.
        chosen = chosen or request.GET["q"].strip()
        target = ticket_meant(request.user, chosen)
        if target is None or target.pk == record.pk:
            sentence = f"There is no other ticket {chosen[:20]}. Write it like INC-42."
            return draw_search(request, record, sentence, status=422)
        if target.merged_into is not None:
            messages.info(request, f"{merged_words(target)} This is the preview for that one.")
            target = target.merged_into
        return draw_preview(request, record, target)

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Merges; a refusal is shown above the preview, or the search when nothing fits."""
        record = get_object_or_404(shown_tickets(request), pk=pk)
        self.admit(record)
        form = MergeForm(request.POST, reader=request.user)
        if not form.is_valid():
            sentence = " ".join(str(one) for one in form.errors.get("into", ["Choose a ticket."]))
            return draw_search(request, record, sentence, status=422)
        target = form.cleaned_data["into"]
        try:
            actions.merge_ticket(record, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            if target.pk == record.pk or target.is_merged:
                return draw_search(request, record, error.message, status=error.status)
            return draw_preview(request, record, target, error.message, status=error.status)
        messages.success(
            request,
            f"{record.reference} is merged into {target.reference}. It can be undone for 30 days.",
        )
        return redirect(target.get_absolute_url())


def draw_search(
    request: SignedInRequest, record: Ticket, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The page that looks for the other ticket; proposals stand there before anything is typed."""
    words = request.GET.get("q", "")[:200]
    context = {
        "ticket": record,
        "words": words,
        "candidates": propose_tickets(request.user, record, words),
        "refusal": refusal,
    }
    response = render(request, "incidents/merge.html", context, status=status)
    response["Vary"] = "HX-Request"
    return response


def draw_preview(
    request: SignedInRequest,
    record: Ticket,
    target: Ticket,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page that shows what merging gives."""
    target = shown_tickets(request).get(pk=target.pk)  # visibility: of a ticket named by the reader
    context = {
        "ticket": record,
        "preview": preview_merge(request.user, record, target),
        "refusal": refusal,
        "opened": bool(request.POST.get("opened")),
        "now": timezone.now(),
    }
    return render(request, "incidents/merge_preview.html", context, status=status)


class UndoMerge(TicketStep):
    """Takes a merge back."""

    right = "merge"
    form_class, title, submit_label = ConfirmForm, "Undo the merge", "Undo the merge"
    success_message = "The merge is undone."
    template_name = "incidents/undo_merge.html"

    def build_form(self, record: Ticket, data: Any = None, files: Any = None) -> forms.Form | None:
        self.admit(record)
        return ConfirmForm(data)

    def take(self, record: Ticket, form: forms.Form | None) -> TicketMerge:
        return actions.undo_merge(record, actor=self.person)

    def _draw(
        self, request: HttpRequest, record: Any, form: forms.Form, status: int
    ) -> HttpResponse:
        merge = _standing(record)
        context = {"record": record, "form": form, "merge": merge}
        if merge is not None:
            target = merge.target
            context |= {
                "refusal": actions.why_not_undone(merge, target, timezone.now()),
                "stayed": list(actions.stayed_messages(merge)),
            }
        return render(request, self.template_name, context, status=status)


def _standing(record: Ticket) -> TicketMerge | None:
    try:
        return actions.standing_merge(record)
    except DomainError:
        return None


class AnswerMerged(TicketStep):
    """Writes to the requester of a merged ticket; the requester of the target does not read it."""

    right = "reply"
    form_class, title, submit_label = AnswerMergedForm, "Answer the requester", "Send"
    success_message = "Sent."

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        form = AnswerMergedForm(data)
        form.fields["body"].help_text = f"Read by {record.requester.name} in {record.reference}."
        return form

    def take(self, record: Ticket, form: forms.Form | None) -> Message:
        return actions.reply_to_ticket(record, actor=self.person, **self.words(form))

    def success_url(self, record: Ticket, result: Any) -> str:
        return f"{cast('Message', result).ticket.get_absolute_url()}#latest"
