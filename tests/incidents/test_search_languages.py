"""Searches in the languages of the house, and writing every ticket anew for them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.models import Event
from dashboards.search import search
from incidents import actions, tasks
from incidents.actions import add_synonyms, choose_languages
from incidents.models import SearchIndex, TicketSearch
from incidents.retrieval import by_words
from tests.conftest import Cast
from tests.make.tickets import make_ticket

As = Callable[[Person], Client]
Act = Callable[[Person], APIClient]

GERMAN = "Die Rechnungen wurden nicht gedruckt, obwohl der Drucker eingeschaltet war"
FRENCH = "Les imprimantes ne fonctionnent plus depuis la mise à jour des serveurs"
ENGLISH = "The invoices are not printed although the printer is switched on"


def found(person: Person, text: str) -> list[str]:
    hits = search(person, text, kind="tickets", exactly=True).hits
    return sorted("".join(piece.text for piece in hit.title) for hit in hits)


@pytest.fixture
def house(cast: Cast) -> Cast:
    """A house that speaks English, German and French."""
    choose_languages(actor=cast.ada, languages=["german", "french"])
    for title in (GERMAN, FRENCH, ENGLISH):
        make_ticket(cast.rob, title=title, description="")
    return cast


@pytest.mark.parametrize(
    "words",
    [
        "Rechnungen", "Rechnung", "rechnung gedruckt", "Druckern", "eingeschaltete drucker",
        '"Rechnungen wurden nicht gedruckt"', "nicht gedruckt", "die rechnung", "Rech",
    ],
)  # fmt: skip
def test_words_of_a_german_ticket_are_found_in_their_forms(house: Cast, words: str) -> None:
    assert found(house.ann, words) == [GERMAN]
    assert found(house.rob, words) == [GERMAN]


@pytest.mark.parametrize(
    "words",
    ["imprimantes", "imprimante", "fonctionner", "serveur", '"des serveurs"', "les serveurs"],
)
def test_words_of_a_french_ticket_are_found_in_their_forms(house: Cast, words: str) -> None:
    assert found(house.ann, words) == [FRENCH]


@pytest.mark.parametrize(
    "words", ["invoice", "printing", "switches", "the invoice", "not printed", '"invoices are not"']
)
def test_english_is_found_as_before(cast: Cast, words: str) -> None:
    make_ticket(cast.rob, title=ENGLISH, description="")
    before = found(cast.ann, words)
    assert before == [ENGLISH]
    choose_languages(actor=cast.ada, languages=["german", "french"])
    tasks.fill_search_index()
    assert found(cast.ann, words) == before


def test_a_word_that_says_nothing_in_one_language_is_not_asked_for(house: Cast) -> None:
    title = "Printer jams in the archive"
    make_ticket(house.rob, title=title, description="")
    assert found(house.ann, "die printer jam") == [title]
    assert found(house.ann, "not the jam") == [title]


def test_without_the_language_only_the_exact_form_is_found(cast: Cast) -> None:
    make_ticket(cast.rob, title=GERMAN, description="")
    assert found(cast.ann, "Rechnungen eingeschaltet") == [GERMAN]
    assert found(cast.ann, "Druckern") == []


def test_the_words_stand_marked_with_their_reason(house: Cast) -> None:
    [hit] = search(house.ann, "rechnung", kind="tickets", exactly=True).hits
    assert [piece.text for piece in hit.title if piece.hit] == ["Rechnungen"]
    assert [one.where for one in hit.reasons] == ["title"]


def test_synonyms_mean_the_same_in_every_form_of_every_language(house: Cast) -> None:
    add_synonyms(actor=house.ada, words="rechnung, beleg")
    assert found(house.ann, "belege") == [GERMAN]
    with pytest.raises(DomainError, match="leave out"):
        add_synonyms(actor=house.ada, words="bon, auf der rechnung")


def test_similar_tickets_share_words_in_every_form(house: Cast) -> None:
    [wanted] = TicketSearch.objects.filter(ticket__title=GERMAN).values_list("pk", flat=True)
    assert by_words("gedruckte Rechnung", "everything")[0] == wanted


def test_a_house_of_english_keeps_the_words_as_they_were(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, title=ENGLISH, description="")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts_filter(everything, '{a}') = setweight(to_tsvector('english', %s), 'A') "
            "FROM incidents_ticketsearch WHERE ticket_id = %s",
            [ENGLISH, ticket.pk],
        )
        assert cursor.fetchone() == (True,)


def test_a_word_stemmed_alike_by_two_languages_stands_once_at_its_place(house: Cast) -> None:
    ticket = make_ticket(house.rob, title="Server restart", description="")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT positions FROM incidents_ticketsearch, unnest(everything) "
            "WHERE ticket_id = %s AND lexeme = 'server'",
            [ticket.pk],
        )
        assert cursor.fetchall() == [([1],)]


def test_another_language_writes_every_ticket_anew_in_the_background(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.actions.indexing.BATCH", 2)
    for _ in range(5):
        make_ticket(cast.rob, title=GERMAN, description="")
    index = choose_languages(actor=cast.ada, languages=["german"])
    assert (index.total, index.done, index.is_filling) == (5, 0, True)
    assert Event.objects.filter(name="incidents.search_languages_changed").count() == 1
    assert len(found(cast.ann, "Rechnungen")) == 5
    assert found(cast.ann, "Druckern") == []
    assert actions.fill_batch()
    assert len(found(cast.ann, "Druckern")) == 2
    tasks.fill_search_index()
    index.refresh_from_db()
    assert (index.done, index.is_filling) == (5, False)
    assert len(found(cast.ann, "Druckern")) == 5
    assert choose_languages(actor=cast.ada, languages=["german"]).done == 5


def test_after_an_upgrade_the_words_are_written_anew_by_themselves(cast: Cast) -> None:
    """A database of before has no note of how its words were written, or one of another way."""
    ticket = make_ticket(cast.rob, title="Checkout hangs")
    for note in ({}, {"written_by": "an older version", "finished_at": timezone.now()}):
        SearchIndex.objects.all().delete()
        if note:
            SearchIndex.objects.create(**note)
        TicketSearch.objects.filter(pk=ticket.pk).update(everything="", public="")
        assert found(cast.ann, "checkout") == []
        tasks.fill_search_index()
        assert found(cast.ann, "checkout") == ["Checkout hangs"]
        index = SearchIndex.objects.get()
        assert (index.total, index.done, index.is_filling) == (1, 1, False)
    TicketSearch.objects.filter(pk=ticket.pk).update(everything="")
    tasks.fill_search_index()
    assert found(cast.ann, "checkout") == []


def test_a_new_house_has_nothing_to_write(cast: Cast) -> None:
    tasks.fill_search_index()
    assert not SearchIndex.objects.get().is_filling
    assert not Event.objects.filter(name="incidents.search_index_aged").exists()


def test_by_hand_a_filling_goes_on_where_it_was(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("incidents.actions.indexing.BATCH", 2)
    tickets = [make_ticket(cast.rob, title=GERMAN, description="") for _ in range(5)]
    choose_languages(actor=None, languages=["german"])
    actions.fill_batch()
    TicketSearch.objects.filter(pk=tickets[0].pk).update(everything="")
    call_command("index_search")
    assert "5 of 5 tickets" in capsys.readouterr().out
    assert len(found(cast.ann, "Druckern")) == 4
    call_command("index_search", missing=True)
    assert len(found(cast.ann, "Druckern")) == 4
    call_command("index_search")
    assert len(found(cast.ann, "Druckern")) == 5


@pytest.mark.parametrize(
    ("languages", "sentence"),
    [
        (["klingon"], "no words of “klingon”"),
        (["german', 'x"], "no words of"),
        (["german", "french", "italian", "spanish", "dutch"], "at most 4"),
    ],
)
def test_languages_that_are_not_there_or_too_many_are_refused_at_the_field(
    cast: Cast, languages: list[str], sentence: str
) -> None:
    with pytest.raises(DomainError, match=sentence) as refused:
        choose_languages(actor=cast.ada, languages=languages)
    assert refused.value.field == "languages"


def test_the_admin_chooses_on_the_page_and_sees_how_far_it_is(cast: Cast, as_user: As) -> None:
    make_ticket(cast.rob, title=GERMAN, description="")
    browser, page = as_user(cast.ada), reverse("incidents:search_words")
    assert "written by another version" in browser.get(page).content.decode()
    tasks.fill_search_index()
    assert "words of every ticket are written" in browser.get(page).content.decode()
    refused = browser.post(page, {"list": "languages", "languages": ["klingon"]})
    assert (refused.status_code, b"klingon" in refused.content) == (422, True)
    assert browser.post(page, {"list": "languages", "languages": ["german"]}).status_code == 302
    shown = browser.get(page).content.decode()
    assert "0 of 1" in shown
    assert "English, German" in shown
    assert "0 of 1" in browser.get(reverse("incidents:search_index")).content.decode()
    assert browser.post(page, {"list": "languages"}).status_code == 302
    assert SearchIndex.objects.get().languages == ["english"]


def test_programs_choose_languages_and_see_how_far_it_is(cast: Cast, api_as: Act) -> None:
    make_ticket(cast.rob, title=GERMAN, description="")
    program, address = api_as(cast.ada), "/api/v1/search-index/"
    chosen = program.post(address, {"languages": ["german"]})
    assert (chosen.status_code, chosen.data["languages"]) == (200, ["english", "german"])
    assert program.get(address).data["total"] == 1
    assert "languages" in program.post(address, {"languages": ["klingon"]}).data
    assert program.post(address, {"languages": "german"}).status_code == 400
    assert api_as(cast.ann).get(address).status_code == 404


@pytest.mark.parametrize("who", ["ann", "rob", "dev"])
def test_only_those_who_arrange_the_desk_choose(
    cast: Cast, as_user: As, api_as: Act, who: str
) -> None:
    person = cast.everyone[who]
    with pytest.raises(NotPermitted):
        choose_languages(actor=person, languages=["german"])
    assert as_user(person).get(reverse("incidents:search_index")).status_code == 403
    answer = api_as(person).post("/api/v1/search-index/", {"languages": ["german"]})
    assert answer.status_code == 403


def test_a_worker_that_was_lost_is_followed_by_the_next(cast: Cast) -> None:
    make_ticket(cast.rob, title=GERMAN, description="")
    choose_languages(actor=cast.ada, languages=["german"])
    SearchIndex.objects.update(touched_at=timezone.now() - timedelta(days=1))
    tasks.fill_search_index()
    assert not SearchIndex.objects.get().is_filling
