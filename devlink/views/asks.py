"""Asking for a fix, answering, questions, and the evidence behind."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from devlink import actions
from devlink.evidence import canonical, differences, digest
from devlink.evidence.reading import readable_content, readable_tickets
from devlink.evidence.wording import in_markdown
from devlink.forms import AnswerForm, AskAgainForm, AskForm, DecisionForm, QuestionForm
from devlink.models import Ask, EvidencePack, Question, WorkItem
from devlink.views.access import DevelopmentStep, staff_page, words_of
from problems.models import Problem


class AskStep(DevelopmentStep):
    """A step of an ask."""

    def records(self, request: SignedInRequest) -> QuerySet[Ask]:
        related = ("work_item", "sprint", "problem", "created_by", "team")
        return Ask.objects.visible_to(request.user).select_related(*related)


class DecideAsk(AskStep):
    """The verdict: accept, defer with a date, or decline with a reason."""

    right = "accept"
    title = "Answer what support asks"
    submit_label = "Answer"

    def shape(self, record: Ask, data: Any) -> forms.Form:
        # Several may stand on one page: each has names of its own.
        return DecisionForm(record, data, auto_id=f"verdict-{record.pk}-%s")

    def take(self, record: Ask, form: forms.Form | None) -> Ask:
        said = words_of(form)
        verdict, comment = said["verdict"], said["comment"]
        if verdict == "defer":
            return actions.defer_ask(
                record, actor=self.person, until=said["until"], comment=comment
            )
        if verdict == "decline":
            return actions.decline_ask(
                record, actor=self.person, reason_code=said["reason_code"], comment=comment
            )
        return actions.accept_ask(record, actor=self.person, comment=comment)


class QuestionAsk(AskStep):
    """A developer asks support."""

    right = "ask_question"
    title = "Ask support"
    submit_label = "Ask"

    def shape(self, record: Ask, data: Any) -> forms.Form:
        return QuestionForm(data, auto_id=f"question-on-{record.pk}-%s")

    def take(self, record: Ask, form: forms.Form | None) -> Question:
        return actions.ask_question(record, actor=self.person, **words_of(form))


class RepeatAsk(AskStep):
    """Support asks once more."""

    right = "ask_again"
    form_class = AskAgainForm
    title = "Ask again"
    submit_label = "Ask again"

    def take(self, record: Ask, form: forms.Form | None) -> Ask:
        return actions.ask_again(record, actor=self.person, **words_of(form))


class AnswerQuestion(DevelopmentStep):
    """Support answers a question."""

    right = "answer_question"
    form_class = AnswerForm
    title = "Answer the question"
    submit_label = "Answer"

    def records(self, request: SignedInRequest) -> QuerySet[Question]:
        related = ("ask__sprint", "work_item", "asked_by")
        return Question.objects.visible_to(request.user).select_related(*related)

    def take(self, record: Question, form: forms.Form | None) -> Question:
        return actions.answer_question(record, actor=self.person, **words_of(form))


class AskForProblem(DevelopmentStep):
    """Support asks for a fix of this problem in a sprint that is being planned."""

    right = "ask"
    title = "Ask for a fix"
    submit_label = "Freeze the evidence and ask"

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        return Problem.objects.visible_to(request.user).defer("search_vector")

    def shape(self, record: Problem, data: Any) -> forms.Form:
        form = AskForm(self.person, data)
        del form.fields["problem"]
        return form

    def take(self, record: Problem, form: forms.Form | None) -> Ask:
        return actions.ask_for_fix(record, actor=self.person, **words_of(form))

    def success_url(self, record: Problem, result: Ask) -> str:
        return result.get_absolute_url()


class BuildPack(DevelopmentStep):
    """Freezes what is known about a problem now."""

    right = "build_pack"

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        return Problem.objects.visible_to(request.user).defer("search_vector")

    def take(self, record: Problem, form: forms.Form | None) -> EvidencePack:
        return actions.build_evidence_pack(record, actor=self.person)

    def success_url(self, record: Problem, result: EvidencePack) -> str:
        return result.get_absolute_url()


@require_safe
@staff_page
def pack(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One pack, fit for printing, with its seal checked and compared with the version before."""
    related = ("problem", "work_item", "created_by", "supersedes", "superseded_by")
    record = get_object_or_404(
        EvidencePack.objects.visible_to(request.user).select_related(*related), pk=pk
    )
    content = readable_content(record, readable_tickets(request.user, [record]))
    context = {
        "pack": record,
        "content": content,
        "sealed": digest(canonical(record.content)) == record.sha256,
        "differences": differences(record.supersedes.content, record.content)
        if record.supersedes
        else [],
        "newer": getattr(record, "superseded_by", None),
        "markdown": in_markdown(record, content, site=settings.SITE_URL.rstrip("/")),
    }
    return render(request, "devlink/pack.html", context)


@require_safe
@staff_page
def pack_as_markdown(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The pack as a Markdown file, as far as the reader may read it."""
    packs = EvidencePack.objects.visible_to(request.user).select_related("problem")
    record = get_object_or_404(packs, pk=pk)
    content = readable_content(record, readable_tickets(request.user, [record]))
    text = in_markdown(record, content, site=settings.SITE_URL.rstrip("/"))
    answer = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    name = f"{record.problem.reference}-evidence-{record.version}.md"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class AskAboutWork(DevelopmentStep):
    """A developer asks support about a work item."""

    right = "ask_question"
    form_class = QuestionForm
    title = "Ask support"
    submit_label = "Ask"

    def records(self, request: SignedInRequest) -> QuerySet[WorkItem]:
        return WorkItem.objects.visible_to(request.user)

    def take(self, record: WorkItem, form: forms.Form | None) -> Question:
        return actions.ask_about_item(record, actor=self.person, **words_of(form))
