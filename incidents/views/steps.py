"""The buttons of a ticket: each takes it through one action."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views import View

from core.errors import TransitionNotAllowed
from core.pages import StepView
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms import (
    AssignForm,
    ConfirmForm,
    NoteForm,
    OfferFixForm,
    OptionalNoteForm,
    ResolveForm,
    WaitForm,
)
from incidents.forms.rating import RateForm
from incidents.models import Ticket
from incidents.permissions import may, merged_words
from incidents.views.workspace import address_of, shown_tickets
from knowledge.models import Article


class Admitted(View):
    """A page of a ticket that needs a right; subclasses name it.

    On a ticket that was merged meanwhile the sentence about that is shown where it goes on.
    """

    right: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except TransitionNotAllowed as refusal:
            messages.error(request, refusal.message)
            return redirect("incidents:ticket", kwargs["pk"])

    def admit(self, record: Ticket) -> None:
        """403 for somebody who may see the ticket but not take this step."""
        person = cast("SignedInRequest", self.request).user
        if may(person, self.right, record):
            return
        if record.is_merged and person.is_staff_member:
            raise TransitionNotAllowed(merged_words(record))
        raise PermissionDenied


class TicketStep(Admitted, StepView):
    """A step of a ticket; subclasses name the right it needs and the action it calls."""

    def records(self, request: SignedInRequest) -> QuerySet[Ticket]:
        return shown_tickets(request)

    def build_form(self, record: Ticket, data: Any = None, files: Any = None) -> forms.Form | None:
        """The step's form, for those who may take the step: it may name people and teams."""
        self.admit(record)
        form = self.shape(record, data)
        if form is not None and not form.is_bound:
            # The key that opened the form goes on in its first field.
            next(iter(form.fields.values())).widget.attrs["autofocus"] = True
        return form

    def shape(self, record: Ticket, data: Any) -> forms.Form | None:
        """The form itself; None when the step needs no words."""
        return None if self.form_class is None else self.form_class(data)

    def words(self, form: forms.Form | None) -> dict[str, Any]:
        """What the form says, under the action's names."""
        return {} if form is None else form.cleaned_data

    def success_url(self, record: Ticket, result: Any) -> str:
        return address_of(self.request, record)


class Assign(TicketStep):
    """Gives the ticket to somebody."""

    right = "assign"
    title, submit_label = "Assign", "Assign"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        initial = {"assignee": record.assignee_id, "team": record.team_id}
        return AssignForm(data, reader=self.person, initial=initial)

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.assign_ticket(record, actor=self.person, **self.words(form))


class Take(TicketStep):
    """Assigns the ticket to whoever presses the button."""

    right = "assign"
    success_message = "It is yours."

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.assign_ticket(record, actor=self.person, assignee=self.person)


class Start(TicketStep):
    """Begins work."""

    right = "start"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.start_ticket(record, actor=self.person)


class Wait(TicketStep):
    """Puts the ticket on hold."""

    right = "wait"
    form_class, title, submit_label = WaitForm, "Wait", "Wait"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.put_ticket_on_hold(record, actor=self.person, **self.words(form))


class HandToDevelopment(TicketStep):
    """Hands the ticket to development."""

    right = "hand_to_development"
    form_class, title = OptionalNoteForm, "Hand to development"
    submit_label = "Hand to development"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        words = self.words(form)
        return actions.hand_ticket_to_development(record, actor=self.person, **words)


class BeginDevelopment(TicketStep):
    """Development has begun."""

    right = "begin_development"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.begin_development(record, actor=self.person)


class ReturnToDesk(TicketStep):
    """Gives the ticket back to support."""

    right = "return_to_desk"
    form_class, title, submit_label = OptionalNoteForm, "Return to the desk", "Return"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.return_ticket_to_desk(record, actor=self.person, **self.words(form))


class OfferFix(TicketStep):
    """Names the release that holds the fix."""

    right = "offer_fix"
    form_class, title, submit_label = OfferFixForm, "Fix available", "Ask the requester to check"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.offer_fix(record, actor=self.person, **self.words(form))


class ConfirmFix(TicketStep):
    """The requester says that the fix works."""

    right = "confirm_fix"
    success_message = "Thank you. We are glad it works."

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.confirm_fix(record, actor=self.person)


class ReportStillBroken(TicketStep):
    """The requester says that it does not."""

    right = "report_still_broken"
    form_class, title, submit_label = OptionalNoteForm, "Still broken", "Send"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.report_still_broken(record, actor=self.person, **self.words(form))


class Resolve(TicketStep):
    """Resolves the ticket."""

    right = "resolve"
    form_class, title, submit_label = ResolveForm, "Resolve", "Resolve"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        request_code = "request_fulfilled" if record.kind == "service_request" else "fixed"
        return ResolveForm(data, initial={"code": request_code})

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.resolve_ticket(record, actor=self.person, **self.words(form))

    def success_url(self, record: Ticket, result: Any) -> str:
        """Open children and duplicates are offered to be resolved the same way."""
        if actions.followers_of(self.person, record).exists():
            return reverse("incidents:resolve-followers", args=[record.pk])
        return super().success_url(record, result)


class Reopen(TicketStep):
    """Takes the ticket back into work."""

    right = "reopen"
    form_class, title, submit_label = NoteForm, "Reopen", "Reopen"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.reopen_ticket(record, actor=self.person, **self.words(form))


class Close(TicketStep):
    """Closes the ticket."""

    right = "close"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.close_ticket(record, actor=self.person)


class Cancel(TicketStep):
    """Ends a ticket that needs no work."""

    right = "cancel"
    form_class, title, submit_label = OptionalNoteForm, "Cancel the ticket", "Cancel the ticket"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.cancel_ticket(record, actor=self.person, **self.words(form))


class Submit(TicketStep):
    """Asks for approval."""

    right = "submit"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.submit_request(record, actor=self.person)


class Approve(TicketStep):
    """Approves a service request."""

    right = "approve"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.approve_request(record, actor=self.person)


class Reject(TicketStep):
    """Rejects a service request."""

    right = "reject"
    form_class, title, submit_label = NoteForm, "Reject the request", "Reject"

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.reject_request(record, actor=self.person, **self.words(form))


class Rate(TicketStep):
    """Keeps the requester's verdict."""

    right = "rate"
    form_class, title, submit_label = RateForm, "How did we do?", "Send"
    success_message = "Thank you."

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.rate_ticket(record, actor=self.person, **self.words(form))


class LinkArticle(TicketStep):
    """Notes that an article was used."""

    right = "link_article"
    success_message = "Linked."

    def build_form(self, record: Ticket, data: Any = None, files: Any = None) -> forms.Form | None:
        form = ConfirmForm(data)
        articles = Article.objects.visible_to(self.person)
        form.fields["article"] = forms.ModelChoiceField(queryset=articles)
        return form

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.link_article(record, actor=self.person, **self.words(form))
