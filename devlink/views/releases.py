"""Releases: the list, the page with readiness and signatures, and its steps."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.errors import DomainError
from core.models import Event
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from devlink import actions
from devlink.boards import lines
from devlink.forms import (
    EditReleaseForm,
    EvidenceForm,
    ReasonForm,
    ReleaseForm,
    ReleaseItemForm,
    SignForm,
    TellForm,
)
from devlink.ledger import taking_part
from devlink.models import ReadinessItem, Release
from devlink.permissions import allowed_steps, may
from devlink.readiness import latest_signatures, objections, reviewers
from devlink.receipts import receipts
from devlink.views.access import DevelopmentStep, staff_page, words_of

HOLDING = Q(readiness__blocking=True, readiness__status="open")


@require_safe
@staff_page
def releases(request: SignedInRequest) -> HttpResponseBase:
    """Every release, the newest first, with its blocking gaps and when support first knew."""
    shown = (
        Release.objects.visible_to(request.user)
        .select_related("service", "manager")
        .annotate(
            contents=Count("items", distinct=True),
            holding=Count("readiness", filter=HOLDING, distinct=True),
        )
    )
    page = keyset_page(shown, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "may_create": may(request.user, "create_release"),
    }
    return render(request, "devlink/releases.html", context)


@require_safe
@staff_page
def release(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One release: contents, readiness, signatures, and who was told when.

    Support reading it is noted in the ledger; it counts as viewed, never as taking part.
    """
    record = get_object_or_404(
        Release.objects.visible_to(request.user).select_related("service", "manager", "change"),
        pk=pk,
    )
    actions.note_view(record, actor=request.user)
    now = timezone.now()
    person = request.user
    items = list(record.work_items.select_related("component").order_by("pk"))
    readiness = list(record.readiness.select_related("person"))
    context = {
        "release": record,
        "lines": lines(items, now=now),
        "readiness": readiness,
        "holding": sum(1 for one in readiness if one.blocking and one.status == "open"),
        "signatures": latest_signatures(record),
        "objections": objections(record),
        "reviewers": reviewers(record),
        "receipts": receipts(record),
        "claims": record.fix_claims.select_related("cluster", "work_item"),
        "deployments": record.deployments.select_related("person"),
        "part": taking_part(record, person),
        "events": Event.objects.about(record).select_related("actor").order_by("-id")[:50],
        "steps": allowed_steps(person, record),
        "before_deployment": record.state
        in {"planning", "building", "testing", "readiness", "approved"},
        "may_fill": may(person, "change_contents")
        and record.state in {"planning", "building", "testing", "readiness"},
        "may_meet": may(person, "meet_criterion"),
        "may_waive": may(person, "waive_criterion"),
        "may_sign": may(person, "sign") and record.state in {"testing", "readiness", "approved"},
        "may_tell": may(person, "tell_support"),
        "may_edit": may(person, "edit_release"),
        "evidence_form": EvidenceForm(),
        "sign_form": SignForm(person),
        "now": now,
    }
    return render(request, "devlink/release.html", context)


@staff_page
def new_release(request: SignedInRequest) -> HttpResponseBase:
    """Plans a release."""
    if not may(request.user, "create_release"):
        raise PermissionDenied
    form = ReleaseForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_release(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(made)
    context = {
        "form": form,
        "title": "Plan a release",
        "submit": "Plan it",
        "back": "devlink:releases",
    }
    return render(request, "devlink/form.html", context, status=422 if form.errors else 200)


class ReleaseStep(DevelopmentStep):
    """A step of a release."""

    def records(self, request: SignedInRequest) -> QuerySet[Release]:
        return Release.objects.visible_to(request.user)


class EditRelease(ReleaseStep):
    """Changes name, date and notes."""

    right = "edit_release"
    title = "Change the release"

    def shape(self, record: Release, data: Any) -> forms.Form:
        names = ("name", "planned_for", "notes")
        initial = {name: getattr(record, name) for name in names}
        return EditReleaseForm(data, initial=initial)

    def take(self, record: Release, form: forms.Form | None) -> Release:
        return actions.edit_release(record, actor=self.person, **words_of(form))


class AddToRelease(ReleaseStep):
    """Puts a work item in."""

    right = "change_contents"
    title = "Add to the release"
    submit_label = "Add it"

    def shape(self, record: Release, data: Any) -> forms.Form:
        return ReleaseItemForm(self.person, data)

    def take(self, record: Release, form: forms.Form | None) -> object:
        return actions.add_to_release(record, actor=self.person, **words_of(form))


class RemoveFromRelease(ReleaseStep):
    """Takes a work item out."""

    right = "change_contents"
    title = "Take out of the release"
    submit_label = "Take it out"

    def shape(self, record: Release, data: Any) -> forms.Form:
        return ReleaseItemForm(self.person, data)

    def take(self, record: Release, form: forms.Form | None) -> Release:
        return actions.remove_from_release(record, actor=self.person, **words_of(form))


class AdvanceRelease(ReleaseStep):
    """One of the steps build, test, check readiness, approve, close, withdraw."""

    right = "advance"
    step: ClassVar[str] = ""

    def take(self, record: Release, form: forms.Form | None) -> Release:
        return actions.advance_release(record, actor=self.person, step=self.step)


class DeployRelease(ReleaseStep):
    """Starts the deployment."""

    right = "deploy"

    def take(self, record: Release, form: forms.Form | None) -> object:
        return actions.deploy_release(record, actor=self.person)


class FinishDeployment(ReleaseStep):
    """The release is live."""

    right = "finish_deployment"
    success_message = "The release is live; everybody concerned is being told."

    def take(self, record: Release, form: forms.Form | None) -> Release:
        return actions.finish_deployment(record, actor=self.person)


class FailDeployment(ReleaseStep):
    """The deployment did not work."""

    right = "finish_deployment"
    form_class = ReasonForm
    title = "The deployment failed"
    submit_label = "Withdraw the release"

    def take(self, record: Release, form: forms.Form | None) -> Release:
        return actions.fail_deployment(record, actor=self.person, **words_of(form))


class TellSupport(ReleaseStep):
    """Tells support's owners and teams."""

    right = "tell_support"
    form_class = TellForm
    title = "Tell support"
    submit_label = "Tell them"
    success_message = "The owners and teams on the support side are being told."

    def take(self, record: Release, form: forms.Form | None) -> Release:
        return actions.tell_support(record, actor=self.person, **words_of(form))


class SignReadiness(ReleaseStep):
    """Support's word."""

    right = "sign"
    title = "Sign for support"
    submit_label = "Sign"

    def shape(self, record: Release, data: Any) -> forms.Form:
        return SignForm(self.person, data)

    def take(self, record: Release, form: forms.Form | None) -> object:
        return actions.sign_readiness(record, actor=self.person, **words_of(form))


class CriterionStep(DevelopmentStep):
    """A step of a readiness criterion."""

    form_class = EvidenceForm

    def records(self, request: SignedInRequest) -> QuerySet[ReadinessItem]:
        return ReadinessItem.objects.visible_to(request.user).select_related("release")


class MeetCriterion(CriterionStep):
    """Shows that it is met."""

    right = "meet_criterion"
    title = "Meet the criterion"
    submit_label = "It is met"

    def take(self, record: ReadinessItem, form: forms.Form | None) -> ReadinessItem:
        return actions.meet_criterion(record, actor=self.person, **words_of(form))


class WaiveCriterion(CriterionStep):
    """Lets it go, and why."""

    right = "waive_criterion"
    title = "Waive the criterion"
    submit_label = "Waive it"

    def take(self, record: ReadinessItem, form: forms.Form | None) -> ReadinessItem:
        return actions.waive_criterion(record, actor=self.person, reason=words_of(form)["evidence"])


class ReopenCriterion(CriterionStep):
    """It turned out not to be met."""

    right = "meet_criterion"
    title = "Open the criterion again"
    submit_label = "Open it again"

    def take(self, record: ReadinessItem, form: forms.Form | None) -> ReadinessItem:
        return actions.reopen_criterion(
            record, actor=self.person, reason=words_of(form)["evidence"]
        )
