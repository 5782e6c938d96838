"""Custom fields of a service: beside the form that opens a ticket, and on a page of their own."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalogue.asking import AskedForm, custom_fields_of
from core.requests import SignedInRequest
from incidents import actions
from incidents.custom_fields import custom_values
from incidents.models import Ticket
from incidents.permissions import may
from incidents.views.asked import asked_beside, asked_context
from incidents.views.steps import TicketStep


@require_safe
def fields(request: SignedInRequest) -> HttpResponseBase:
    """What the chosen service asks besides, as a part of the form around it."""
    asked = asked_beside(request, request.user, bound=False)
    context = {**asked_context(asked), "fresh": True}
    return render(request, "incidents/_custom_fields.html", context)


class CustomFields(TicketStep):
    """The custom fields of one ticket."""

    right = "edit"
    title = "Custom fields"
    template_name = "incidents/custom_fields.html"

    def build_form(self, record: Ticket, data: Any = None, files: Any = None) -> forms.Form:
        if not may(self.person, self.right, record):
            raise PermissionDenied
        version = custom_fields_of(record.service)
        if version is None:
            raise Http404
        values, edit = custom_values(self.person, record)
        form = AskedForm(version.read(), data, files, reader=self.person, values=values)
        form.version = version
        typed = str(data.get("edit", "")) if data is not None else ""
        form.edit = int(typed) if typed.isdecimal() and len(typed) < 9 else edit
        return form

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        if not isinstance(form, AskedForm) or form.version is None:
            raise Http404
        return actions.change_answers(
            record,
            actor=self.person,
            version=form.version,
            given=form.given,
            edit=form.edit,
            uploads=form.uploads,
        )
