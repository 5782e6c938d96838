"""The ledger as a list, what is written into it by hand, and asking to be there next time."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from devlink import actions
from devlink.filters import InvolvementFilter
from devlink.forms import InvolvementForm
from devlink.models import InvolvementEvent, Release, Sprint, WorkItem
from devlink.permissions import may
from devlink.views.access import DevelopmentStep, staff_page, words_of

SUBJECTS = ("sprint", "work_item", "release")


@require_safe
@staff_page
def ledger(request: SignedInRequest) -> HttpResponseBase:
    """Every act, the newest first, narrowed by stage, kind, side, source and day."""
    visible = InvolvementEvent.objects.visible_to(request.user).with_subjects()
    narrowed = InvolvementFilter(request.GET, visible, request=request)
    rows = narrowed.qs if narrowed.is_valid() else visible.none()
    page = keyset_page(rows, order=("-at", "-id"), cursor=request.GET.get("cursor"))
    context = {
        "filter": narrowed,
        "page": page,
        "links": page_links(request, page),
        # The subject stays chosen when the filters are used; it has no field of its own.
        "kept": [(name, request.GET[name]) for name in SUBJECTS if request.GET.get(name)],
        "now": timezone.now(),
    }
    return render(request, "devlink/ledger.html", context)


class RecordInvolvement(DevelopmentStep):
    """Writes down that support took part, or was absent."""

    right = "record_involvement"
    title = "Write down what support did"
    submit_label = "Write it down"
    success_message = "Written down, and marked as by hand."

    def shape(self, record: Any, data: Any) -> forms.Form:
        return InvolvementForm(record, data)

    def take(self, record: Any, form: forms.Form | None) -> object:
        return actions.record_involvement(record, actor=self.person, **words_of(form))


class AskToJoin(DevelopmentStep):
    """Asks to be there next time; goes back to where it was asked from."""

    right = "ask_to_join"
    success_message = "The team that ran it is being told."

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> None:
        """No words are needed, but the right is."""
        if not may(self.person, self.right, record):
            raise PermissionDenied

    def take(self, record: Any, form: forms.Form | None) -> object:
        return actions.ask_to_join(record, actor=self.person)

    def success_url(self, record: Any, result: Any) -> str:
        back = self.request.POST.get("back", "")
        here = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if here else super().success_url(record, result)


class _OfSprint:
    def records(self, request: SignedInRequest) -> QuerySet[Sprint]:
        return Sprint.objects.visible_to(request.user)


class _OfWorkItem:
    def records(self, request: SignedInRequest) -> QuerySet[WorkItem]:
        return WorkItem.objects.visible_to(request.user)


class _OfRelease:
    def records(self, request: SignedInRequest) -> QuerySet[Release]:
        return Release.objects.visible_to(request.user)


class RecordForSprint(_OfSprint, RecordInvolvement):
    """In a sprint."""


class RecordForWorkItem(_OfWorkItem, RecordInvolvement):
    """On a work item."""


class RecordForRelease(_OfRelease, RecordInvolvement):
    """In a release."""


class JoinAfterSprint(_OfSprint, AskToJoin):
    """The next sprint of the team."""


class JoinAfterWorkItem(_OfWorkItem, AskToJoin):
    """The next requirement of the team."""


class JoinAfterRelease(_OfRelease, AskToJoin):
    """The next release of the service."""
