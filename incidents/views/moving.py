"""Moving a card from one column of a board to another, by form, key or drag."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from accounts.models import Person, Team
from core.errors import TransitionNotAllowed
from core.pages import StepView
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms.moving import MoveForm
from incidents.listing.reading import BOARDS
from incidents.models import Ticket
from incidents.permissions import allowed_steps
from incidents.views.workspace import shown_tickets

# Steps that take no words; every other step has a page of its own.
_WORDLESS = {
    "start": actions.start_ticket,
    "begin_development": actions.begin_development,
    "close": actions.close_ticket,
    "submit": actions.submit_request,
    "approve": actions.approve_request,
}


class Move(StepView):
    """Gives the ticket what the other column stands for."""

    title, submit_label = "Move", "Move"

    def records(self, request: SignedInRequest) -> QuerySet[Ticket]:
        return shown_tickets(request)

    @property
    def by(self) -> str:
        """What the board's columns are."""
        given = self.request.POST.get("by") or self.request.GET.get("by", "")
        return given if given in BOARDS else BOARDS[0]

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form:
        return MoveForm(data, by=self.by, ticket=record, person=self.person)

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """A step that needs words is taken on its own page."""
        record = get_object_or_404(self.records(request), pk=pk)
        step = self._step(record) if self.by == "state" else ""
        if step and step not in _WORDLESS:
            address = reverse(f"incidents:{step.replace('_', '-')}", args=[pk])
            return redirect(f"{address}?{urlencode({'from': self._origin()})}")
        return super().post(request, pk)

    def _origin(self) -> str:
        return self.request.POST.get("from") or self.request.GET.get("from", "")

    def _step(self, record: Ticket) -> str:
        """The step that leads to the state asked for; empty when there is none."""
        target = self.request.POST.get("to", "")
        steps = allowed_steps(self.person, record)
        return next((step.name for step in steps if step.target == target), "")

    def take(self, record: Any, form: forms.Form | None) -> Ticket:
        to = "" if form is None else form.cleaned_data["to"]
        if self.by == "priority":
            return actions.edit_ticket(
                record, actor=self.person, version=record.version, priority=int(to)
            )
        if self.by == "team":
            team = Team.objects.visible_to(self.person).get(pk=to)
            return actions.assign_ticket(record, actor=self.person, team=team)
        if self.by == "assignee":
            person = Person.objects.visible_to(self.person).get(pk=to)
            return actions.assign_ticket(record, actor=self.person, assignee=person)
        step = self._step(record)
        if step not in _WORDLESS:
            raise TransitionNotAllowed("No step leads there from here.")
        return _WORDLESS[step](record, actor=self.person)

    def success_url(self, record: Any, result: Any) -> str:
        return f"{reverse('incidents:tickets')}?{self._origin() or 'layout=board'}"
