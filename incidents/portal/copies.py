"""Who is put in copy from the portal, and who is offered while a name is typed."""

from typing import Any

from django.forms import Form
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.models import Person
from core.questions import clean
from core.requests import SignedInRequest
from incidents.actions import add_copies, end_copy
from incidents.models import Ticket
from incidents.people import colleagues_beginning_with
from incidents.portal.forms import CopyForm, EndCopyForm
from incidents.portal.steps import PortalStep

MOST_OFFERED = 8


@require_safe
def colleagues(request: SignedInRequest) -> HttpResponse:
    """People of the reader's own organisation a part of whose name begins with what was typed."""
    text = clean(request.GET.get("q", ""))[:100]
    found = colleagues_beginning_with(request.user, text)[:MOST_OFFERED] if len(text) > 1 else []
    rows = [{"name": one.name, "email": one.email} for one in found]
    return JsonResponse({"people": rows})


class CopyStep(PortalStep):
    """Puts people in copy."""

    title = "Put people in copy"
    submit_label = "Put in copy"
    success_message = "They see the ticket in their portal and hear of our answers."

    def build_form(self, record: Ticket, data: Any = None, files: Any = None) -> Form:
        return CopyForm(data, person=self.person)

    def take(self, record: Ticket, form: Form | None) -> object:
        said = form.cleaned_data if form else {}
        return add_copies(record, actor=self.person, named=said["copy_to"])


class EndCopyStep(PortalStep):
    """Takes somebody out of copy."""

    form_class = EndCopyForm
    title = "Take out of copy"
    submit_label = "Take out of copy"

    def take(self, record: Ticket, form: Form | None) -> object:
        number = form.cleaned_data["person"] if form else 0
        copy = get_object_or_404(record.copies.select_related("person"), person_id=number)
        self.gone: Person = copy.person
        return end_copy(record, actor=self.person, person=copy.person)

    def success_url(self, record: Ticket, result: object) -> str:
        """Back to the ticket; whoever took themselves out may not see it any more."""
        stays = Ticket.objects.visible_to(self.person).filter(pk=record.pk).exists()
        return super().success_url(record, result) if stays else "/portal/"
