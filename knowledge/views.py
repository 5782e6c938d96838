"""Pages of knowledge."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Person
from core.boxes import draw_boxes
from core.errors import DomainError
from core.models import Event
from core.pages import StepView, keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from knowledge import actions
from knowledge.actions import WORDS
from knowledge.differences import Piece, differences
from knowledge.filters import ArticleFilter
from knowledge.forms import (
    ArticleForm,
    FeedbackForm,
    OptionalReasonForm,
    ReasonForm,
    initial_of,
)
from knowledge.models import Article, ArticleQuerySet, Feedback, Revision
from knowledge.permissions import allowed_steps, may, may_write

SHOWN_FOUND = 50
LONGEST_PREFILL = 4_000
# Steps that need words have a page of their own; the others are one button.
WITH_WORDS = frozenset({"flag", "archive"})


def _visible(person: Person) -> ArticleQuerySet:
    return Article.objects.visible_to(person).select_related("owner").defer("search_vector")


@require_GET
def articles(request: SignedInRequest) -> HttpResponse:
    """All articles, the last changed first; found ones, the best first."""
    person = request.user
    rows = Article.objects.visible_to(person).with_list_relations()
    narrowed = ArticleFilter(request.GET, rows, request=request)
    found = narrowed.qs if narrowed.is_valid() else rows.none()
    context: dict[str, Any] = {"filter": narrowed, "may_write": may_write(person)}
    if narrowed.is_search:
        context["rows"] = list(found[:SHOWN_FOUND])
        context["links"] = {}
    else:
        order = ("-updated_at", "-id")
        page = keyset_page(found, order=order, cursor=request.GET.get("cursor"))
        context["rows"] = page.rows
        context["links"] = page_links(request, page)
    return render(request, "knowledge/list.html", context)


def _safe_back(request: SignedInRequest, address: str) -> str:
    """An address of this site, or nothing."""
    inside = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if inside else ""


@require_GET
def article(request: SignedInRequest, pk: int) -> HttpResponse:
    """One article: its structure, who stands for it, what readers said."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    return _draw_article(request, row, FeedbackForm())


def _draw_article(
    request: SignedInRequest, row: Article, form: FeedbackForm, status: int = 200
) -> HttpResponse:
    person = request.user
    said = Feedback.objects.visible_to(person).filter(article=row).select_related("person")
    latest = list(said.order_by("-created_at")[:20])
    is_staff = person.is_staff_member
    steps = allowed_steps(person, row)
    context = {
        "article": row,
        "components": row.components.select_related("service"),
        "steps": [(step, step.name in WITH_WORDS) for step in steps],
        "may_edit": may(person, "revise", row),
        "is_staff": is_staff,
        "mine": next((one for one in latest if one.person_id == person.pk), None),
        "doubts": [one for one in latest if not one.helpful] if is_staff else [],
        "helped": said.filter(helpful=True).count() if is_staff else 0,
        "form": form,
        "events": Event.objects.about(row).select_related("actor").order_by("id")
        if is_staff
        else [],
        "boxes": draw_boxes(request, row, "context"),
        "back": _safe_back(request, request.GET.get("back", "")),
        "ticket": request.GET.get("ticket", "")[:40],
    }
    return render(request, "knowledge/article.html", context, status=status)


@dataclass(frozen=True)
class Section:
    """What a field of two revisions has in common and what not."""

    label: str
    pieces: list[Piece]


@require_GET
def history(request: SignedInRequest, pk: int, number: int | None = None) -> HttpResponse:
    """Every revision, and what one of them changed."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    revisions = list(
        Revision.objects.visible_to(request.user).filter(article=row).select_related("author")
    )
    chosen = next((one for one in revisions if number in {None, one.number}), None)
    if chosen is None:
        raise Http404
    before = next((one for one in revisions if one.number == chosen.number - 1), None)
    context = {
        "article": row,
        "revisions": revisions,
        "chosen": chosen,
        "before": before,
        "sections": _sections(before, chosen),
    }
    return render(request, "knowledge/history.html", context)


def _sections(before: Revision | None, after: Revision) -> list[Section]:
    """Fields with words in them, or taken out of them."""
    found = []
    for name in WORDS:
        old, new = getattr(before, name, ""), getattr(after, name)
        if old or new:
            found.append(Section(name.capitalize(), differences(old, new)))
    return found


def _prefilled(given: QueryDict) -> dict[str, Any]:
    """What a link to the form says beforehand: texts, a component, where to go back to."""
    names = [*WORDS, "audience", "valid_from_release", "valid_to_release", "back", "ticket"]
    initial: dict[str, Any] = {
        name: given[name][:LONGEST_PREFILL] for name in names if given.get(name)
    }
    initial["components"] = [one for one in given.getlist("component") if one.isdecimal()]
    if given.get("ticket"):
        initial["note"] = f"Written from {given['ticket'][:40]}"
    return initial


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """Writes an article; query parameters fill the form beforehand."""
    if not may_write(request.user):
        raise PermissionDenied
    form = ArticleForm(request.POST or None, reader=request.user, initial=_prefilled(request.GET))
    if form.is_bound and "preview" not in request.POST and form.is_valid():
        try:
            row = actions.write_article(actor=request.user, **form.words)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"{row.reference} is written.")
            return redirect(_after_writing(request, row, form))
    return _draw_form(request, form, None)


def _after_writing(request: SignedInRequest, row: Article, form: ArticleForm) -> str:
    """The article, which then knows the way back to where the writer came from."""
    kept = {
        "back": _safe_back(request, form.cleaned_data.get("back", "")),
        "ticket": form.cleaned_data.get("ticket", ""),
    }
    return row.get_absolute_url() + (f"?{urlencode(kept)}" if kept["back"] else "")


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Improves an article: a new revision when its words change."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    if not may(request.user, "revise", row):
        raise PermissionDenied
    form = ArticleForm(request.POST or None, reader=request.user, initial=initial_of(row))
    if form.is_bound and "preview" not in request.POST and form.is_valid():
        try:
            actions.revise_article(
                row, actor=request.user, version=form.cleaned_data["version"], **form.words
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"{row.reference} is saved.")
            return redirect(row)
    return _draw_form(request, form, row)


def _draw_form(request: SignedInRequest, form: ArticleForm, row: Article | None) -> HttpResponse:
    is_preview = "preview" in request.POST
    context = {
        "form": form,
        "article": row,
        "preview": request.POST if is_preview else None,
        "cancel": row.get_absolute_url() if row else "",
    }
    refused = form.is_bound and not is_preview
    return render(request, "knowledge/form.html", context, status=422 if refused else 200)


@require_POST
def preview(request: SignedInRequest) -> HttpResponse:
    """How the words being written will look; nothing is kept."""
    if not may_write(request.user):
        raise PermissionDenied
    return render(request, "knowledge/_preview.html", {"preview": request.POST})


@require_POST
def feedback(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Takes down whether it helped."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    form = FeedbackForm(request.POST)
    if form.is_valid():
        try:
            actions.give_feedback(row, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, "Thank you. The article's owner reads what you said.")
            return redirect(row)
    return _draw_article(request, row, form, status=422)


class ArticleStep(StepView):
    """A step of an article."""

    step: ClassVar[str]

    def records(self, request: SignedInRequest) -> QuerySet[Article]:
        return Article.objects.visible_to(request.user)

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> Form | None:
        if not may(self.person, self.step, record):
            raise PermissionDenied
        return super().build_form(record, data, files)


class Submit(ArticleStep):
    """The article is complete and waits for validation."""

    step = "submit"
    success_message = "The article waits for validation."

    def take(self, record: Any, form: Form | None) -> Article:
        return actions.submit_article(record, actor=self.person)


class Validate(ArticleStep):
    """The article is right for its audience."""

    step = "validate"
    success_message = "The article is validated."

    def take(self, record: Any, form: Form | None) -> Article:
        return actions.validate_article(record, actor=self.person)


class Flag(ArticleStep):
    """The article is doubted."""

    step = "flag"
    form_class = ReasonForm
    title = "Flag the article"
    submit_label = "Flag it"

    def take(self, record: Any, form: Form | None) -> Article:
        reason = form.cleaned_data["reason"] if form else ""
        return actions.flag_article(record, actor=self.person, reason=reason)


class Archive(ArticleStep):
    """The article is no longer offered."""

    step = "archive"
    form_class = OptionalReasonForm
    title = "Archive the article"
    submit_label = "Archive"

    def take(self, record: Any, form: Form | None) -> Article:
        reason = form.cleaned_data["reason"] if form else ""
        return actions.archive_article(record, actor=self.person, reason=reason)


class Restore(ArticleStep):
    """The article is offered again, unvalidated."""

    step = "restore"
    success_message = "The article is back, to be validated again."

    def take(self, record: Any, form: Form | None) -> Article:
        return actions.restore_article(record, actor=self.person)
