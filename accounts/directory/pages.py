"""The people and the organisations, for those who arrange them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.directory.actions import (
    arrange_organisation,
    arrange_person,
    may_arrange_people,
)
from accounts.directory.forms import OrganisationArrangedForm, PersonArrangedForm
from accounts.models import Organisation, Person
from core.pages import StepView, keyset_page, page_links
from core.requests import SignedInRequest
from core.wording import printable

MOST_WORDS = 100


def _words(request: SignedInRequest) -> str:
    return printable(request.GET.get("q", ""))[:MOST_WORDS]


@require_safe
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody with their organisation and manager; `q` looks into names and addresses."""
    if not may_arrange_people(request.user):
        raise PermissionDenied
    words = _words(request)
    rows = Person.objects.visible_to(request.user).select_related("organisation", "manager")
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(email__icontains=words))
    if request.GET.get("manager") == "none":
        rows = rows.filter(manager=None, is_active=True)
    page = keyset_page(rows, order=("name", "id"), cursor=request.GET.get("cursor"))
    context = {
        "rows": page.rows,
        "links": page_links(request, page),
        "words": words,
        "without": request.GET.get("manager") == "none",
    }
    return render(request, "accounts/directory/people.html", context)


@require_safe
def organisations(request: SignedInRequest) -> HttpResponse:
    """Every organisation with whom its people may copy."""
    if not may_arrange_people(request.user):
        raise PermissionDenied
    rows = Organisation.objects.visible_to(request.user)
    found = rows.annotate(members=Count("people", filter=Q(people__is_active=True)))
    page = keyset_page(found, order=("name", "id"), cursor=request.GET.get("cursor"))
    context = {"rows": page.rows, "links": page_links(request, page)}
    return render(request, "accounts/directory/organisations.html", context)


class ArrangePerson(StepView):
    """One person: the manager, and what they see."""

    template_name = "accounts/directory/person.html"
    success_message = "Saved."

    def records(self, request: SignedInRequest) -> QuerySet[Person]:
        if not may_arrange_people(request.user):
            raise Http404
        rows = Person.objects.visible_to(request.user)
        return rows.select_related("manager", "organisation")

    def build_form(self, record: Person, data: Any = None, files: Any = None) -> PersonArrangedForm:
        initial = PersonArrangedForm.values_of(record)
        return PersonArrangedForm(data, reader=self.person, initial=initial)

    def take(self, record: Person, form: object) -> Person:
        words = form.cleaned_data if isinstance(form, PersonArrangedForm) else {}
        return arrange_person(record, actor=self.person, **words)

    def success_url(self, record: Person, result: object) -> str:
        return reverse("accounts:people")


class ArrangeOrganisation(StepView):
    """One organisation: whom its people may put in copy."""

    template_name = "accounts/directory/organisation.html"
    success_message = "Saved."

    def records(self, request: SignedInRequest) -> QuerySet[Organisation]:
        if not may_arrange_people(request.user):
            raise Http404
        return Organisation.objects.visible_to(request.user)

    def build_form(
        self, record: Organisation, data: Any = None, files: Any = None
    ) -> OrganisationArrangedForm:
        return OrganisationArrangedForm(data, initial=OrganisationArrangedForm.values_of(record))

    def take(self, record: Organisation, form: object) -> Organisation:
        words = form.cleaned_data if isinstance(form, OrganisationArrangedForm) else {}
        return arrange_organisation(record, actor=self.person, **words)

    def success_url(self, record: Organisation, result: object) -> str:
        return reverse("accounts:organisations")
