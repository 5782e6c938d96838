"""Pages of saved views."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from core.pages import StepView, show_errors
from core.requests import SignedInRequest
from incidents.listing.reading import Listing, read_listing
from incidents.models import SavedView
from incidents.saved_views import actions
from incidents.saved_views.counting import badge, counts_for
from incidents.saved_views.form import ViewForm


def _visible(request: SignedInRequest) -> QuerySet[SavedView]:
    return SavedView.objects.visible_to(request.user).in_order().select_related("team", "owner")


def _contents(listing: Listing) -> dict[str, Any]:
    """What a view keeps of a list: its conditions and how it is shown."""
    return {
        "query": listing.query,
        "columns": list(listing.columns_given),
        "sort": listing.sort,
        "grouping": listing.group,
        "layout": listing.layout,
    }


@require_safe
def views(request: SignedInRequest) -> HttpResponseBase:
    """Every view one may open, with its number, and the buttons to change it."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    found = list(_visible(request))
    counts = counts_for(request.user)
    rows = [
        {
            "view": view,
            "count": badge(view, counts, request.user),
            "may_change": actions.may_change(request.user, view),
        }
        for view in found
    ]
    return render(request, "incidents/views.html", {"rows": rows})


@require_safe
def saved_view(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Opens a view: its address is that of the list it shows."""
    return redirect(get_object_or_404(_visible(request), pk=pk))


@require_http_methods(["GET", "POST"])
def new_view(request: SignedInRequest) -> HttpResponseBase:
    """Keeps the list one comes from under a name."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    shown = request.POST.get("shown") or request.GET.urlencode()
    listing = read_listing(request.user, QueryDict(shown[:8_000]))
    form = ViewForm(request.POST or None, person=request.user, initial={"shown": shown})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                view = actions.save_view(
                    actor=request.user,
                    **form.place(),
                    **form.fields_of_view(),
                    **_contents(listing),
                )
            except DomainError as error:
                show_errors(form, error)
                status = error.status
            else:
                messages.success(request, f"“{view.name}” is saved.")
                return redirect(view)
    return _drawn(request, form, listing, status)


def _drawn(request: SignedInRequest, form: ViewForm, listing: Listing, status: int) -> HttpResponse:
    context = {"form": form, "back": f"{reverse('incidents:tickets')}?{listing.address()}"}
    return render(request, "incidents/new_view.html", context, status=status)


class ViewStep(StepView):
    """A change of a view."""

    def records(self, request: SignedInRequest) -> QuerySet[SavedView]:
        return _visible(request)


class EditView(ViewStep):
    """Its name, whose it is, and where it stands."""

    title, submit_label, success_message = "Edit view", "Save", "Saved."

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form:
        return ViewForm(data, person=self.person, initial=ViewForm.initial_of(record))

    def take(self, record: Any, form: forms.Form | None) -> SavedView:
        if not isinstance(form, ViewForm):
            raise TypeError("a view is edited with its form")
        return actions.change_view(
            record, actor=self.person, **form.place(), **form.fields_of_view()
        )


class UpdateView(ViewStep):
    """The list as it is shown now becomes what the view holds."""

    success_message = "The view holds this list now."

    def take(self, record: Any, form: forms.Form | None) -> SavedView:
        shown = QueryDict(self.request.POST.get("shown", "")[:8_000])
        listing = read_listing(self.person, shown)
        return actions.change_view(record, actor=self.person, **_contents(listing))

    def success_url(self, record: Any, result: Any) -> str:
        return str(result.get_absolute_url())


class DeleteView(ViewStep):
    """Forgets the view."""

    success_message = "The view is deleted. Its tickets are as they were."

    def take(self, record: Any, form: forms.Form | None) -> None:
        actions.delete_view(record, actor=self.person)

    def success_url(self, record: Any, result: Any) -> str:
        return reverse("incidents:views")
