"""Trackers for admins: how each is reached, how it fares, what it told lately."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.models import Event
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from devlink import actions, tracking
from devlink.forms import EditTrackerForm, ReasonForm, TrackerForm
from devlink.models import Tracker, TrackerDelivery
from devlink.permissions import allowed_steps, may
from devlink.views.access import DevelopmentStep, words_of

DELIVERIES_SHOWN = 30


@require_safe
def trackers(request: SignedInRequest) -> HttpResponseBase:
    """Every tracker with how it fares."""
    if not may(request.user, "add_tracker"):
        raise PermissionDenied
    shown = (
        Tracker.objects.visible_to(request.user)
        .select_related("team")
        .annotate(waiting=Coalesce(Subquery(_waiting(request)), 0))
    )
    page = keyset_page(shown, order=("name", "id"), cursor=request.GET.get("cursor"))
    context = {"page": page, "links": page_links(request, page), "now": timezone.now()}
    return render(request, "devlink/trackers.html", context)


def _waiting(request: SignedInRequest) -> QuerySet[TrackerDelivery, int]:
    """How many deliveries of a tracker nobody has read; those that were settled are not counted."""
    waiting = TrackerDelivery.objects.visible_to(request.user).filter(
        tracker=OuterRef("pk"), state="waiting"
    )
    grouped = waiting.order_by().values("tracker").annotate(number=Count("pk"))
    return grouped.values_list("number", flat=True)


@require_safe
def tracker(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One tracker."""
    return _draw(request, _visible(request, pk))


def new_tracker(request: SignedInRequest) -> HttpResponseBase:
    """Adds a tracker; the answer shows the secret of its webhooks, once."""
    if not may(request.user, "add_tracker"):
        raise PermissionDenied
    form = TrackerForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = actions.add_tracker(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return _draw(request, made, new_secret=secret)
    context = {
        "form": form,
        "title": "Add a tracker",
        "submit": "Add it",
        "sub": "Where development keeps its work, or a pipeline that tells of deployments",
        "back": "devlink:trackers",
    }
    return render(request, "devlink/form.html", context, status=422 if form.errors else 200)


@require_POST
def check_tracker(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Asks the tracker whether everything works, and says in words what is missing."""
    record = _visible(request, pk)
    return _draw(request, record, findings=tracking.check(record))


@require_POST
def change_secret(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Makes a new webhook secret and shows it, once."""
    record = _visible(request, pk)
    secret = actions.change_tracker_secret(record, actor=request.user)
    return _draw(request, record, new_secret=secret)


def _visible(request: SignedInRequest, pk: int) -> Tracker:
    shown = Tracker.objects.visible_to(request.user).select_related("team", "created_by")
    found: Tracker = get_object_or_404(shown, pk=pk)
    return found


def _draw(
    request: SignedInRequest,
    record: Tracker,
    *,
    new_secret: str = "",
    findings: Sequence[str] | None = None,
) -> HttpResponse:
    told = TrackerDelivery.objects.visible_to(request.user).filter(tracker=record)
    context = {
        "tracker": record,
        "webhook_address": settings.SITE_URL.rstrip("/") + record.webhook_path,
        "new_secret": new_secret,
        "findings": findings,
        "checked": findings is not None,
        "deliveries": told.defer("body", "headers").order_by("-id")[:DELIVERIES_SHOWN],
        "calls": record.calls.exclude(state="done")
        .select_related("work_item")
        .order_by("-id")[:20],
        "steps": {one.name for one in allowed_steps(request.user, record)},
        "events": Event.objects.about(record).select_related("actor").order_by("-id")[:50],
        "now": timezone.now(),
    }
    return render(request, "devlink/tracker.html", context)


class TrackerStep(DevelopmentStep):
    """A step of a tracker."""

    def records(self, request: SignedInRequest) -> QuerySet[Tracker]:
        return Tracker.objects.visible_to(request.user).select_related("team")


class EditTracker(TrackerStep):
    """Changes how it is reached."""

    right = "edit_tracker"
    title = "Change the tracker"

    def shape(self, record: Tracker, data: Any) -> forms.Form:
        return EditTrackerForm(self.person, record, data)

    def take(self, record: Tracker, form: forms.Form | None) -> Tracker:
        return actions.edit_tracker(record, actor=self.person, **words_of(form))


class DisableTracker(TrackerStep):
    """Leaves it alone, and says why."""

    right = "disable_tracker"
    form_class = ReasonForm
    title = "Disable the tracker"
    submit_label = "Disable it"

    def take(self, record: Tracker, form: forms.Form | None) -> Tracker:
        return actions.disable_tracker(record, actor=self.person, **words_of(form))


class EnableTracker(TrackerStep):
    """Takes it up again."""

    right = "enable_tracker"
    success_message = "It is compared with what stands here now."

    def take(self, record: Tracker, form: forms.Form | None) -> Tracker:
        return actions.enable_tracker(record, actor=self.person)
