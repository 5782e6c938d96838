"""The requester's steps: answer, confirm, open again, withdraw, rate."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.urls import reverse

from core.pages import StepView
from core.requests import SignedInRequest
from incidents.actions import (
    answer_ticket,
    cancel_ticket,
    confirm_fix,
    rate_ticket,
    reopen_ticket,
    report_still_broken,
)
from incidents.forms.rating import RateForm
from incidents.models import Message, Ticket
from incidents.permissions import allowed
from incidents.portal.forms import ReopenForm, ReplyForm, StillBrokenForm, WithdrawForm


class PortalStep(StepView):
    """A step from the portal; afterwards the requester is back at their ticket."""

    def records(self, request: SignedInRequest) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(request.user).select_related("requester", "merged_into")

    def success_url(self, record: Ticket, result: Any) -> str:
        return reverse("incidents:portal_ticket", args=[record.pk])


class ReplyStep(PortalStep):
    """Writes to the desk."""

    title = "Write to the desk"
    submit_label = "Send to the desk"

    def build_form(self, record: Ticket, data: Any = None, files: Any = None) -> ReplyForm:
        return ReplyForm(data, files, copies="copy" in allowed(self.person, record))

    def take(self, record: Ticket, form: Form | None) -> Message:
        said = form.cleaned_data if form else {}
        return answer_ticket(
            record,
            actor=self.person,
            kind=Message.Kind.PUBLIC,
            body=said["body"],
            files=said["attachments"],
            copy_to=said.get("copy_to", ()),
            with_draft=True,
        )

    def success_url(self, record: Ticket, result: Any) -> str:
        """The ticket the words stand on: another one when this one was over."""
        if result.ticket_id != record.pk:
            messages.info(
                self.request,
                f"{record.reference} was over: your message stands on {result.ticket.reference}.",
            )
        return super().success_url(result.ticket, result)


class ConfirmStep(PortalStep):
    """Yes, it is fixed for me."""

    success_message = "Thank you. We are glad that it works."

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        return confirm_fix(record, actor=self.person)


class StillBrokenStep(PortalStep):
    """No, it still happens."""

    form_class = StillBrokenForm
    title = "It still happens"
    submit_label = "Tell the desk"
    success_message = "We look at it again, and development hears that the fix was not enough."

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return report_still_broken(record, actor=self.person, **words)


class ReopenStep(PortalStep):
    """It is not over."""

    form_class = ReopenForm
    title = "It is not solved"
    submit_label = "Open it again"

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return reopen_ticket(record, actor=self.person, **words)


class WithdrawStep(PortalStep):
    """It is no longer needed."""

    form_class = WithdrawForm
    title = "Withdraw"
    submit_label = "Withdraw"

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return cancel_ticket(record, actor=self.person, **words)


class RateStep(PortalStep):
    """How it went."""

    form_class = RateForm
    title = "How did we do?"
    submit_label = "Send"
    success_message = "Thank you for telling us."

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return rate_ticket(record, actor=self.person, **words)
