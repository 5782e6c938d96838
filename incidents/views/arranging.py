"""The pages on which the desk is arranged: teams, checklists, tags, ratings."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Person, Team
from core.errors import DomainError
from core.pages import StepView, keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms.arranging import (
    ChecklistEditForm,
    MergeTagForm,
    PolicyForm,
    ReasonsForm,
    RenameTagForm,
)
from incidents.models import Checklist, CsatReason, CsatSurvey, Tag, TeamPolicy
from incidents.permissions import ARRANGER_ROLES, may_arrange_team

COUNTED_DAYS = 90


def _arranger(request: SignedInRequest) -> Person:
    """Who may arrange the desk; for everybody else the page is not there."""
    if not request.user.has_role(ARRANGER_ROLES):
        raise Http404
    return request.user


@require_safe
def teams(request: SignedInRequest) -> HttpResponseBase:
    """Every team with how it works."""
    if not request.user.is_staff_member:
        raise Http404
    policies = {one.pk: one for one in TeamPolicy.objects.visible_to(request.user)}
    found = Team.objects.visible_to(request.user).annotate(people=Count("memberships"))
    found = found.order_by("name")
    rows = [(team, policies.get(team.pk) or TeamPolicy(team=team)) for team in found]
    return render(request, "incidents/arranging/teams.html", {"rows": rows})


class SetPolicy(StepView):
    """Changes how a team works."""

    title, submit_label = "How the team works", "Save"
    success_message = "Saved."

    def records(self, request: SignedInRequest) -> QuerySet[Team]:
        return Team.objects.visible_to(request.user)

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        if not may_arrange_team(self.person, record):
            raise PermissionDenied
        policy = TeamPolicy.objects.of_team(record.pk)
        return PolicyForm(data, initial=PolicyForm.values_of(policy))

    def take(self, record: Any, form: forms.Form | None) -> object:
        words = form.cleaned_data if form else {}
        return actions.set_team_policy(record, actor=self.person, **words)

    def success_url(self, record: Any, result: Any) -> str:
        return reverse("incidents:team_policies")

    def _draw(self, request: Any, record: Any, form: forms.Form, status: int) -> HttpResponse:
        context = {"team": record, "form": form, "back": self.success_url(record, None)}
        return render(request, "incidents/arranging/team.html", context, status=status)


@require_safe
def checklists(request: SignedInRequest) -> HttpResponseBase:
    """Every checklist."""
    person = _arranger(request)
    found = Checklist.objects.visible_to(person).select_related("service", "team")
    context = {"checklists": found.annotate(tasks=Count("items")).order_by("name")}
    return render(request, "incidents/arranging/checklists.html", context)


def _save_checklist(person: Person, checklist: Checklist | None, form: forms.Form) -> Checklist:
    words = dict(form.cleaned_data)
    titles = words.pop("titles").splitlines()
    return actions.save_checklist(checklist, actor=person, titles=titles, **words)


@require_http_methods(["GET", "POST"])
def new_checklist(request: SignedInRequest) -> HttpResponseBase:
    """Makes a checklist."""
    person = _arranger(request)
    form = ChecklistEditForm(request.POST or None, reader=person)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _save_checklist(person, None, form)
            except DomainError as error:
                show_errors(form, error)
                status = error.status
            else:
                messages.success(request, "Saved.")
                return redirect("incidents:checklists")
    context = {"form": form, "heading": "New checklist"}
    return render(request, "incidents/arranging/checklist.html", context, status=status)


class _ChecklistStep(StepView):
    def records(self, request: SignedInRequest) -> QuerySet[Checklist]:
        return Checklist.objects.visible_to(_arranger(request))

    def success_url(self, record: Any, result: Any) -> str:
        return reverse("incidents:checklists")


class SaveChecklist(_ChecklistStep):
    """Changes a checklist."""

    success_message = "Saved."

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        initial = ChecklistEditForm.values_of(record)
        return ChecklistEditForm(data, reader=self.person, initial=initial)

    def take(self, record: Any, form: forms.Form | None) -> object:
        if form is None:
            raise TypeError("saving needs its form")
        return _save_checklist(self.person, record, form)

    def _draw(self, request: Any, record: Any, form: forms.Form, status: int) -> HttpResponse:
        context = {"form": form, "heading": record.name, "checklist": record}
        return render(request, "incidents/arranging/checklist.html", context, status=status)


class DeleteChecklist(_ChecklistStep):
    """Takes a checklist away."""

    http_method_names = ["post"]

    def take(self, record: Any, form: forms.Form | None) -> object:
        return actions.delete_checklist(record, actor=self.person)


@require_safe
def tags(request: SignedInRequest) -> HttpResponseBase:
    """Every tag with how many tickets carry it."""
    person = _arranger(request)
    words = request.GET.get("q", "").replace("\0", "").strip()[:80]
    found = Tag.objects.visible_to(person)
    if words:
        found = found.filter(name__icontains=words)
    page = keyset_page(found.with_counts(person), order=("name", "id"), cursor=_cursor(request))
    context = {"rows": page.rows, "links": page_links(request, page), "words": words}
    return render(request, "incidents/arranging/tags.html", context)


def _cursor(request: SignedInRequest) -> str | None:
    return request.GET.get("cursor") or None


class _TagStep(StepView):
    def records(self, request: SignedInRequest) -> QuerySet[Tag]:
        return Tag.objects.visible_to(_arranger(request))

    def success_url(self, record: Any, result: Any) -> str:
        return reverse("incidents:tags")

    def _draw(self, request: Any, record: Any, form: forms.Form, status: int) -> HttpResponse:
        context = {
            "form": form,
            "heading": self.title,
            "record": record,
            "submit_label": self.submit_label,
            "back": self.success_url(record, None),
        }
        return render(request, "incidents/arranging/tag.html", context, status=status)


class RenameTag(_TagStep):
    """Gives a tag another name."""

    title, submit_label, success_message = "Rename the tag", "Rename", "Renamed."

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        return RenameTagForm(data, initial={"name": record.name})

    def take(self, record: Any, form: forms.Form | None) -> object:
        words = form.cleaned_data if form else {}
        return actions.rename_tag(record, actor=self.person, **words)


class MergeTag(_TagStep):
    """Puts another tag in a tag's place."""

    title, submit_label, success_message = "Merge the tag", "Merge", "Merged."

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        return MergeTagForm(data, reader=self.person, tag=record)

    def take(self, record: Any, form: forms.Form | None) -> object:
        words = form.cleaned_data if form else {}
        return actions.merge_tags(record, actor=self.person, **words)


class DeleteTag(_TagStep):
    """Takes a tag from every ticket."""

    http_method_names = ["post"]
    success_message = "Deleted."

    def take(self, record: Any, form: forms.Form | None) -> object:
        return actions.delete_tag(record, actor=self.person)


@require_http_methods(["GET", "POST"])
def reasons(request: SignedInRequest) -> HttpResponseBase:
    """The reasons offered with a rating, and how many answered."""
    person = _arranger(request)
    offered = CsatReason.objects.visible_to(person).offered()
    initial = {"labels": "\n".join(one.label for one in offered)}
    form = ReasonsForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        form = ReasonsForm(request.POST, initial=initial)
        status = 422
        if form.is_valid():
            try:
                labels = form.cleaned_data["labels"].splitlines()
                actions.set_csat_reasons(actor=person, labels=labels)
            except DomainError as error:
                show_errors(form, error)
                status = error.status
            else:
                messages.success(request, "Saved.")
                return redirect("incidents:rating_reasons")
    shown = request.GET.get("show", "answered")
    surveys, figures = _figures(person)
    listed = surveys.get(shown, surveys["answered"]).select_related("ticket__requester", "reason")
    page = keyset_page(listed, order=("-asked_at", "id"), cursor=_cursor(request), size=20)
    context = {
        "form": form,
        "figures": figures,
        "days": COUNTED_DAYS,
        "shown": shown if shown in surveys else "answered",
        "rows": page.rows,
        "links": page_links(request, page),
    }
    return render(request, "incidents/arranging/reasons.html", context, status=status)


def _figures(person: Person) -> tuple[dict[str, Any], dict[str, Any]]:
    """The surveys of the days that are counted, by what is counted, and the figures."""
    now = timezone.now()
    asked = CsatSurvey.objects.visible_to(person).asked(now - timedelta(days=COUNTED_DAYS), now)
    surveys = {
        "asked": asked,
        "answered": asked.answered(),
        "rated": asked.last_ratings(),
        "satisfied": asked.satisfied(),
    }
    numbers = {name: found.count() for name, found in surveys.items()}
    rates = {
        "response": _percent(numbers["answered"], numbers["asked"]),
        "csat": _percent(numbers["satisfied"], numbers["rated"]),
    }
    return surveys, {**numbers, **rates}


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
