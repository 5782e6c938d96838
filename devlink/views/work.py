"""Work items and requirements."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Person
from core.errors import DomainError
from core.models import Event
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from devlink import actions
from devlink.boards import lines
from devlink.charts import fix_card
from devlink.forms import (
    AttachForm,
    CommentForm,
    EditWorkItemForm,
    LinkWorkForm,
    PlanForm,
    QuestionForm,
    ReasonForm,
    WorkItemForm,
)
from devlink.ledger import taking_part
from devlink.models import Evidence, FixClaim, InvolvementEvent, Tracker, WorkItem
from devlink.permissions import allowed_steps, may
from devlink.told import told_of
from devlink.views.access import DevelopmentStep, staff_page, words_of
from incidents.models import Ticket
from problems.models import Problem

WISHES = WorkItem.WISHES


@require_safe
@staff_page
def requirements(request: SignedInRequest) -> HttpResponseBase:
    """Stories and requirements, with what support contributed; those in discovery unless asked."""
    took_part = InvolvementEvent.objects.involving_support().filter(
        work_item=OuterRef("pk"), stage=InvolvementEvent.Stage.REQUIREMENTS
    )
    shown = (
        WorkItem.objects.visible_to(request.user)
        .filter(kind__in=WISHES)
        .select_related("component", "team")
        .annotate(
            support_took_part=Exists(took_part),
            support_comments=Count("comments", filter=Q(comments__author_side="support")),
        )
    )
    everything = request.GET.get("state") == "all"
    if not everything:
        shown = shown.filter(state="discovery")
    page = keyset_page(shown, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "everything": everything,
        "may_create": may(request.user, "create_work_item"),
    }
    return render(request, "devlink/requirements.html", context)


@require_safe
@staff_page
def work_item(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One work item: what it costs the desk, what was said, its packs, releases and verdicts.

    Support reading it is noted in the ledger as viewed.
    """
    related = (
        "component__service",
        "team",
        "assignee",
        "sprint",
        "problem__cluster",
        "cluster",
        "tracker",
    )
    item = get_object_or_404(
        WorkItem.objects.visible_to(request.user).select_related(*related), pk=pk
    )
    actions.note_view(item, actor=request.user)
    actions.note_opened(item, actor=request.user)
    now = timezone.now()
    (line,) = lines([item], now=now)
    claims = FixClaim.objects.visible_to(request.user).with_doubts().filter(work_item=item)
    shared = Ticket.objects.visible_to(request.user).filter(
        shares__because=actions.because_of(item)
    )
    context = {
        "item": item,
        "line": line,
        "told": told_of(item, request.user),
        "comments": item.comments.select_related("author"),
        "evidence": _evidence_of(item, request.user),
        "questions": item.questions.filter(ask=None).select_related("asked_by", "answered_by"),
        "question_form": QuestionForm(auto_id="question-%s"),
        "may_ask_support": may(request.user, "ask_question"),
        "may_answer": may(request.user, "answer_question"),
        "attach_form": AttachForm(request.user),
        "packs": item.packs.select_related("created_by").defer("content"),
        "asks": item.asks.select_related("sprint", "team").prefetch_related("decisions"),
        "releases": item.releases.order_by("-pk"),
        "linked": item.links.select_related("other")[:50],
        "claims": [
            fix_card(claim, now=now)
            for claim in claims.select_related("release", "cluster", "problem", "work_item")
        ],
        "tickets": shared.with_list_relations().distinct()[:20],
        "events": Event.objects.about(item).select_related("actor").order_by("-id")[:50],
        "steps": allowed_steps(request.user, item),
        "comment_form": CommentForm(),
        "part": taking_part(item, request.user),
        "may_comment": may(request.user, "comment"),
        "trackers": _places_for(item, request.user),
        "may_edit": may(request.user, "edit_work_item"),
        "may_unlink": may(request.user, "unlink_work_item"),
        "now": now,
    }
    return render(request, "devlink/work_item.html", context)


def _evidence_of(item: WorkItem, person: Person) -> list[Evidence]:
    """What is attached; the words of a ticket only for those who may see it."""
    attached = list(item.evidence.select_related("person").order_by("pk"))
    tickets = [one.ticket_id for one in attached if one.ticket_id is not None]
    seen = set(
        Ticket.objects.visible_to(person).filter(pk__in=tickets).values_list("pk", flat=True)
    )
    for one in attached:
        if one.ticket_id is not None and one.ticket_id not in seen:
            one.snapshot = {**one.snapshot, "title": "a ticket you may not see", "text": ""}
    return attached


def _places_for(item: WorkItem, person: Person) -> list[Tracker]:
    """The trackers it can be made in; none when it is in one or nothing is left to do."""
    if item.tracker is not None or not item.is_open or not may(person, "send_to_tracker"):
        return []
    return list(Tracker.objects.offered_to(person)[:5])


@staff_page
def new_work_item(request: SignedInRequest) -> HttpResponseBase:
    """Adds a work item or a requirement."""
    if not may(request.user, "create_work_item"):
        raise PermissionDenied
    problem = _meant_for(request)
    initial = {"kind": request.GET.get("kind", WorkItem.Kind.BUG)}
    if problem is not None:
        initial["title"] = problem.title
    form = WorkItemForm(request.user, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_work_item(
                actor=request.user, problem=problem, **form.cleaned_data
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(made)
    context = {
        "form": form,
        "title": "Add a requirement" if initial["kind"] in WISHES else "Add a work item",
        "submit": "Add it",
        "sub": f"against {problem.reference} {problem.title}" if problem else "",
        "back": "devlink:requirements",
    }
    return render(request, "devlink/form.html", context, status=422 if form.errors else 200)


def _meant_for(request: SignedInRequest) -> Problem | None:
    """The problem in the address (`?problem=7`), if the person may see it."""
    number = request.GET.get("problem", "")
    if not number.isdecimal() or len(number) > 12:
        return None
    return Problem.objects.visible_to(request.user).filter(pk=int(number)).first()


class LinkToProblem(DevelopmentStep):
    """Links a work item that is there already, named by its key, with a problem."""

    right = "link_work_item"
    title = "Link a work item"
    submit_label = "Link it"

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        return Problem.objects.visible_to(request.user)

    def shape(self, record: Problem, data: Any) -> forms.Form:
        return LinkWorkForm(self.person, data)

    def take(self, record: Problem, form: forms.Form | None) -> WorkItem:
        try:
            return actions.link_work_item(words_of(form)["key"], actor=self.person, problem=record)
        except DomainError as error:
            error.field = "key"
            raise


class WorkStep(DevelopmentStep):
    """A step of a work item."""

    def records(self, request: SignedInRequest) -> QuerySet[WorkItem]:
        return WorkItem.objects.visible_to(request.user).select_related("component", "sprint")


class EditWork(WorkStep):
    """Changes title, description, component, assignee."""

    right = "edit_work_item"
    title = "Change the work item"

    def shape(self, record: WorkItem, data: Any) -> forms.Form:
        names = ("title", "description", "component", "assignee")
        initial = {name: getattr(record, name) for name in names}
        return EditWorkItemForm(self.person, data, initial=initial)

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.edit_work_item(record, actor=self.person, **words_of(form))


class CommentOnWork(WorkStep):
    """Says something about it."""

    right = "comment"
    form_class = CommentForm
    title = "Comment"
    submit_label = "Comment"

    def take(self, record: WorkItem, form: forms.Form | None) -> object:
        return actions.comment_on_work_item(record, actor=self.person, **words_of(form))


class AttachEvidence(WorkStep):
    """Attaches a ticket, problem, change or article by its reference."""

    right = "attach_evidence"
    title = "Attach evidence"
    submit_label = "Attach"

    def shape(self, record: WorkItem, data: Any) -> forms.Form:
        return AttachForm(self.person, data)

    def take(self, record: WorkItem, form: forms.Form | None) -> object:
        source = words_of(form)["reference"]
        return actions.attach_evidence(record, actor=self.person, source=source)


class DetachEvidence(DevelopmentStep):
    """Takes it off again."""

    right = "attach_evidence"

    def records(self, request: SignedInRequest) -> QuerySet[Evidence]:
        return Evidence.objects.visible_to(request.user).select_related("work_item")

    def take(self, record: Evidence, form: forms.Form | None) -> object:
        return actions.detach_evidence(record, actor=self.person)


class UnlinkWork(WorkStep):
    """Unlinks it from what it was to end; back to the problem's page, where the button stands."""

    right = "unlink_work_item"

    def records(self, request: SignedInRequest) -> QuerySet[WorkItem]:
        return super().records(request).select_related("problem", "cluster")

    def take(self, record: WorkItem, form: forms.Form | None) -> object:
        return actions.unlink_work_item(record, actor=self.person)

    def success_url(self, record: WorkItem, result: object) -> str:
        return (record.problem or record.cause or record).get_absolute_url()


class PlanWork(WorkStep):
    """Takes it into a sprint, or out of one."""

    right = "plan"
    title = "Plan it for a sprint"
    submit_label = "Plan it"

    def shape(self, record: WorkItem, data: Any) -> forms.Form:
        return PlanForm(self.person, record, data, initial={"sprint": record.sprint})

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        sprint = words_of(form)["sprint"]
        if sprint is None:
            return actions.unplan_work_item(record, actor=self.person)
        return actions.plan_work_item(record, actor=self.person, sprint=sprint)


class CommitWork(WorkStep):
    """Ends discovery."""

    right = "commit"

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.commit_work_item(record, actor=self.person)


class StartWork(WorkStep):
    """Begins work."""

    right = "start"

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.start_work_item(record, actor=self.person)


class FinishWork(WorkStep):
    """Ends work."""

    right = "finish"

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.finish_work_item(record, actor=self.person)


class PutBackWork(WorkStep):
    """Stops work that will go on later."""

    right = "put_back"

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.put_back_work_item(record, actor=self.person)


class ReopenWork(WorkStep):
    """Takes it up again."""

    right = "reopen"

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.reopen_work_item(record, actor=self.person)


class CancelWork(WorkStep):
    """Gives it up, and why."""

    right = "cancel"
    form_class = ReasonForm
    title = "Cancel the work item"
    submit_label = "Cancel the work item"

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.cancel_work_item(record, actor=self.person, **words_of(form))
