"""The page where the words of the search are arranged."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from core.pages import StepView, show_errors
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms.searching import LanguagesForm, StopWordsForm, SynonymsForm
from incidents.models import SearchIndex, StopWord, SynonymGroup
from incidents.models.searching import ARRANGER_ROLES
from incidents.search_index import WAY

MOST_SHOWN = 500


@require_http_methods(["GET", "POST"])
def search_words(request: SignedInRequest) -> HttpResponseBase:
    """Both lists, the languages, and a form for each."""
    if not request.user.has_role(ARRANGER_ROLES):
        raise PermissionDenied
    which = request.POST.get("list", "")
    synonyms = SynonymsForm(request.POST if which == "synonyms" else None, prefix=None)
    stops = StopWordsForm(
        request.POST if which == "stops" else None, auto_id="id_stop_%s", prefix=None
    )
    index = SearchIndex.objects.visible_to(request.user).first()
    languages = LanguagesForm(
        request.POST if which == "languages" else None,
        initial={"languages": index.languages if index else []},
        offered=actions.offered_languages(),
    )
    form = {"stops": stops, "languages": languages}.get(which, synonyms)
    if request.method == "POST" and form.is_valid():
        try:
            _take(request, form)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, "The next search knows it.")
            return redirect("incidents:search_words")
    context = {
        "synonyms": synonyms,
        "stops": stops,
        "languages": languages,
        "index": index,
        "aged": _is_aged(index),
        "groups": SynonymGroup.objects.visible_to(request.user).select_related("changed_by")[
            :MOST_SHOWN
        ],
        "stop_words": StopWord.objects.visible_to(request.user)[:MOST_SHOWN],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "incidents/search_words.html", context, status=status)


def _take(request: SignedInRequest, form: Form) -> None:
    if isinstance(form, LanguagesForm):
        actions.choose_languages(actor=request.user, **form.cleaned_data)
    elif isinstance(form, StopWordsForm):
        actions.add_stop_words(actor=request.user, **form.cleaned_data)
    else:
        actions.add_synonyms(actor=request.user, **form.cleaned_data)


@require_safe
def search_index(request: SignedInRequest) -> HttpResponse:
    """How far the words of tickets are written: what the page asks for every two seconds."""
    if not request.user.has_role(ARRANGER_ROLES):
        raise PermissionDenied
    index = SearchIndex.objects.visible_to(request.user).first()
    context = {"index": index, "aged": _is_aged(index)}
    return render(request, "incidents/_search_index.html", context)


def _is_aged(index: SearchIndex | None) -> bool:
    """Whether tickets were written in another way than this version of the product writes them."""
    return index is None or index.written_by != WAY


class _Words(StepView):
    """Afterwards one is back at the lists."""

    success_message = "The next search knows it."

    def success_url(self, record: Any, result: Any) -> str:
        return reverse("incidents:search_words")


class ChangeSynonyms(_Words):
    """Other words for a group."""

    form_class = SynonymsForm
    title = "Words that mean the same"

    def records(self, request: SignedInRequest) -> QuerySet[SynonymGroup]:
        return SynonymGroup.objects.visible_to(request.user)

    def build_form(self, record: SynonymGroup, data: Any = None, files: Any = None) -> Form:
        return SynonymsForm(data, initial={"words": str(record)})

    def take(self, record: SynonymGroup, form: Form | None) -> SynonymGroup:
        words = form.cleaned_data["words"] if form else ""
        return actions.change_synonyms(record, actor=self.person, words=words)


class _Removal(_Words):
    """Leads back to the lists, also when its address is opened by hand."""

    http_method_names = ["post"]


class RemoveSynonyms(_Removal):
    """Each word for itself again."""

    def records(self, request: SignedInRequest) -> QuerySet[SynonymGroup]:
        return SynonymGroup.objects.visible_to(request.user)

    def take(self, record: SynonymGroup, form: Form | None) -> None:
        actions.remove_synonyms(record, actor=self.person)


class RemoveStopWord(_Removal):
    """Searched for again."""

    def records(self, request: SignedInRequest) -> QuerySet[StopWord]:
        return StopWord.objects.visible_to(request.user)

    def take(self, record: StopWord, form: Form | None) -> None:
        actions.remove_stop_word(record, actor=self.person)
