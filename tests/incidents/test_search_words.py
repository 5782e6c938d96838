"""Words that mean the same and words left out: who arranges them, and when they hold."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.models import Event
from dashboards.search import search
from incidents.actions import (
    add_stop_words,
    add_synonyms,
    change_synonyms,
    remove_stop_word,
    remove_synonyms,
)
from incidents.models import StopWord, SynonymGroup
from tests.conftest import Cast
from tests.make.tickets import make_ticket

As = Callable[[Person], Client]
Act = Callable[[Person], APIClient]


def _found(person: Person, text: str) -> int:
    return len(search(person, text, kind="tickets", exactly=True).hits)


def test_the_next_search_knows_of_every_change(cast: Cast) -> None:
    make_ticket(cast.rob, title="Notebook overheats", description="")
    group = add_synonyms(actor=cast.ada, words="Laptop, notebook")
    assert _found(cast.rob, "laptop") == 1
    group = change_synonyms(group, actor=cast.mo, words="laptop, tablet")
    assert _found(cast.rob, "laptop") == 0
    change_synonyms(group, actor=cast.mo, words="laptop, tablet, NOTEBOOKS")
    assert _found(cast.rob, "tablets") == 1
    remove_synonyms(group, actor=cast.ada)
    assert _found(cast.rob, "tablet") == 0
    assert Event.objects.filter(name__startswith="incidents.synonyms_").count() == 4


def test_two_words_that_mean_the_same_as_one_need_no_quotes(cast: Cast) -> None:
    make_ticket(cast.rob, title="Notebook overheats", description="")
    make_ticket(cast.rob, title="Portable toilet for the computer room", description="")
    add_synonyms(actor=cast.ada, words="notebook, portable computer")
    assert _found(cast.rob, "portable computers overheats") == 1
    assert _found(cast.rob, "portable overheats") == 0
    assert _found(cast.rob, "portable") == 1


def test_words_left_out_do_not_narrow_a_search(cast: Cast) -> None:
    make_ticket(cast.rob, title="Printer jams", description="")
    assert _found(cast.ann, "please printer") == 0
    [row] = add_stop_words(actor=cast.ada, words="Please")
    assert _found(cast.ann, "please printer") == 1
    assert _found(cast.ann, '"please" printer') == 0
    assert _found(cast.ann, "please") == 0
    make_ticket(cast.rob, title="Please help", description="")
    assert _found(cast.ann, "please") == 1
    remove_stop_word(row, actor=cast.ada)
    assert _found(cast.ann, "please printer") == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "two to 20"),
        ("laptop", "two to 20"),
        ("laptop, LAPTOP", "two to 20"),
        (",".join(f"w{n}" for n in range(30)), "two to 20"),
        ("laptop, " + "x" * 61, "too long"),
        ("screen, display", "is in the group"),
        ("%, _", "two to 20"),
        ("login, log on", "leave out"),
    ],
)
def test_synonyms_that_make_no_sense_are_refused_at_the_field(
    cast: Cast, words: str, sentence: str
) -> None:
    add_synonyms(actor=cast.ada, words="monitor, display")
    with pytest.raises(DomainError, match=sentence) as refused:
        add_synonyms(actor=cast.ada, words=words)
    assert refused.value.field == "words"


@pytest.mark.parametrize("words", ["", "two words", "x" * 41, ","])
def test_stop_words_that_make_no_sense_are_refused_at_the_field(cast: Cast, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        add_stop_words(actor=cast.ada, words=words)
    assert refused.value.field == "words"


@pytest.mark.parametrize("who", ["ann", "rob", "dev"])
def test_only_those_who_arrange_the_desk_change_them(cast: Cast, as_user: As, who: str) -> None:
    person = cast.everyone[who]
    group = add_synonyms(actor=cast.ada, words="laptop, notebook")
    with pytest.raises(NotPermitted):
        add_synonyms(actor=person, words="screen, display")
    with pytest.raises(NotPermitted):
        remove_synonyms(group, actor=person)
    assert as_user(person).get(reverse("incidents:search_words")).status_code == 403
    change = reverse("incidents:change_synonyms", args=[group.pk])
    assert as_user(person).post(change, {"words": "a, b"}).status_code == 404


def test_the_page_adds_changes_and_removes(cast: Cast, as_user: As) -> None:
    browser = as_user(cast.ada)
    page = reverse("incidents:search_words")
    assert "No synonyms yet" in browser.get(page).content.decode()
    assert page in browser.get(reverse("dashboards:admin")).content.decode()
    browser.post(page, {"list": "synonyms", "words": "laptop, notebook"})
    group = SynonymGroup.objects.get()
    refused = browser.post(page, {"list": "synonyms", "words": "laptop, <b>portable</b>"})
    assert refused.status_code == 422
    assert "laptop, &lt;b&gt;portable" in refused.content.decode()
    change = reverse("incidents:change_synonyms", args=[group.pk])
    assert "laptop, notebook" in browser.get(change).content.decode()
    browser.post(change, {"words": "laptop, tablet"})
    assert SynonymGroup.objects.get().words == ["laptop", "tablet"]
    browser.post(reverse("incidents:remove_synonyms", args=[group.pk]))
    assert not SynonymGroup.objects.exists()
    browser.post(page, {"list": "stops", "words": "please, hello"})
    word = StopWord.objects.get(word="hello")
    browser.post(reverse("incidents:remove_stop_word", args=[word.pk]))
    assert list(StopWord.objects.values_list("word", flat=True)) == ["please"]


def test_programs_add_change_and_remove(cast: Cast, api_as: Act) -> None:
    program = api_as(cast.ada)
    made = program.post("/api/v1/synonyms/", {"words": "laptop, notebook"})
    assert made.status_code == 201
    address = f"/api/v1/synonyms/{made.data['id']}/"
    assert program.put(address, {"words": "laptop, tablet"}).data["words"] == ["laptop", "tablet"]
    refused = program.put(address, {"words": "laptop"})
    assert refused.status_code == 422
    assert "words" in refused.data
    assert program.post("/api/v1/stop-words/", {"words": "please"}).status_code == 201
    assert len(program.get("/api/v1/stop-words/").data["results"]) == 1
    assert program.delete(address).status_code == 204
    assert api_as(cast.ann).get("/api/v1/synonyms/").data["results"] == []
    assert api_as(cast.ann).post("/api/v1/synonyms/", {"words": "a, b"}).status_code == 403
