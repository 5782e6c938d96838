"""Two lists of similar tickets, what people say about them, and what happens when finding fails."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.models import Event
from incidents import actions, vectorspaces
from incidents.models import Likeness, PortalSession, Ticket
from incidents.similar import embed_tickets, look_alikes_of, similar_to
from knowledge.actions import submit_article, write_article
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.catalogue import make_team

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def pair(opened: Opener) -> tuple[Ticket, Ticket]:
    """Two tickets that say nearly the same."""
    one = opened(title="Card is declined at checkout with code ERR-4711")
    other = opened(title="Card is declined at the checkout, code ERR-4711")
    embed_tickets([one.pk, other.pk])
    return one, other


class TestLists:
    """Duplicates where several signals agree, and tickets worth a look."""

    def test_a_duplicate_and_one_worth_a_look_are_kept_apart(
        self, pair: tuple[Ticket, Ticket], opened: Opener, cast: Cast
    ) -> None:
        one, other = pair
        near = opened(title="Card is declined at checkout for vouchers", description="Only these.")
        embed_tickets([near.pk])
        found = look_alikes_of(cast.ann, one)
        assert [match.ticket for match in found.duplicates] == [other]
        assert near in [match.ticket for match in found.similar]
        assert any("err-4711" in reason.lower() for reason in found.duplicates[0].reasons)

    def test_the_box_shows_both_with_reasons_and_how_it_was_solved(
        self, pair: tuple[Ticket, Ticket], cast: Cast, as_user: AsUser
    ) -> None:
        one, other = pair
        actions.resolve_ticket(other, actor=cast.ann, code="fixed", text="Use another card")
        address = reverse("incidents:similar", args=[one.pk])
        page = as_user(cast.ann).get(address, headers=FRAGMENT).content.decode()
        assert "Likely duplicates" in page
        assert other.reference in page
        assert "Use another card" in page
        assert "This is it" in page

    def test_while_typing_duplicates_come_first(
        self, pair: tuple[Ticket, Ticket], cast: Cast, as_user: AsUser
    ) -> None:
        words = {"title": pair[0].title, "description": pair[0].description}
        page = as_user(cast.ann).post("/tickets/new/suggestions/", words).content.decode()
        assert "Likely duplicates" in page
        assert pair[0].reference in page

    def test_while_typing_a_solved_duplicate_is_a_duplicate_and_says_how_with_all_reasons(
        self, pair: tuple[Ticket, Ticket], cast: Cast, as_user: AsUser
    ) -> None:
        one, other = pair
        actions.resolve_ticket(other, actor=cast.ann, code="fixed", text="Use another card")
        words = {"title": one.title, "description": one.description, "component": one.component_id}
        page = as_user(cast.ann).post("/tickets/new/suggestions/", words).content.decode()
        duplicates, _, rest = page.partition('<h3 class="box-sub">Similar')
        for said in (one.reference, other.reference, "Open: New", "Solved: Fixed"):
            assert said in duplicates
        assert "Use another card" in duplicates
        assert "same error code ERR-4711; almost the same title" in duplicates
        assert "What “How alike” means" in duplicates
        assert other.reference not in rest

    def test_while_typing_tickets_over_without_a_solution_are_listed_too(
        self, pair: tuple[Ticket, Ticket], cast: Cast, as_user: AsUser
    ) -> None:
        Ticket.objects.update(state="closed", state_category="closed", resolution_code="withdrawn")
        page = as_user(cast.ann).post("/tickets/new/suggestions/", {"title": pair[0].title})
        assert page.content.decode().count("Over: Withdrawn") == 2

    def test_the_number_of_queries_does_not_depend_on_how_many_there_are(
        self, opened: Opener, cast: Cast
    ) -> None:
        first = opened(title="Card is declined at checkout 1")
        embed_tickets([first.pk, opened(title="Card is declined at checkout 2").pk])

        def queries() -> int:
            look_alikes_of(cast.ann, first)
            with CaptureQueriesContext(connection) as seen:
                look_alikes_of(cast.ann, first)
            return len(seen)

        few = queries()
        many = [opened(title=f"Card is declined at checkout {n}") for n in range(3, 13)]
        embed_tickets([one.pk for one in many])
        for one in many[:4]:
            actions.judge_likeness(first, actor=cast.ann, other=one, kind="same")
        # One more for the tickets that were judged, however many there are.
        assert queries() <= few + 1


class TestJudging:
    """“This is it”, “not this”, and taking it back."""

    def test_a_word_is_kept_told_and_shown_on_both_tickets(
        self, pair: tuple[Ticket, Ticket], cast: Cast
    ) -> None:
        one, other = pair
        actions.judge_likeness(other, actor=cast.ann, other=one, kind="same")
        kept = Likeness.objects.get()
        assert (kept.first, kept.second, kept.kind, kept.person) == (one, other, "same", cast.ann)
        told = Event.objects.about(other).get(name="incidents.likeness_judged")
        assert (told.payload["ticket_id"], told.payload["likeness"]) == (one.pk, "same")
        for ticket, its in ((one, other), (other, one)):
            found = look_alikes_of(cast.ann, ticket)
            assert [ticket for _, ticket in found.same] == [its]
            assert its not in [match.ticket for match in [*found.duplicates, *found.similar]]

    def test_the_last_word_holds_and_the_same_word_twice_is_one(
        self, pair: tuple[Ticket, Ticket], cast: Cast
    ) -> None:
        one, other = pair
        for kind in ("same", "same", "different"):
            actions.judge_likeness(one, actor=cast.ann, other=other, kind=kind)
        assert Likeness.objects.get().kind == "different"
        assert Event.objects.filter(name="incidents.likeness_judged").count() == 2
        assert [t for _, t in look_alikes_of(cast.ann, one).different] == [other]

    def test_taking_it_back_brings_the_ticket_back(
        self, pair: tuple[Ticket, Ticket], cast: Cast
    ) -> None:
        one, other = pair
        actions.judge_likeness(one, actor=cast.ann, other=other, kind="different")
        assert other not in [match.ticket for match in similar_to(cast.ann, one)]
        actions.withdraw_likeness(one, actor=cast.pia, other=other)
        assert not Likeness.objects.exists()
        assert other in [match.ticket for match in similar_to(cast.ann, one)]
        with pytest.raises(DomainError, match="Nothing was said"):
            actions.withdraw_likeness(one, actor=cast.pia, other=other)

    def test_who_may_not(self, pair: tuple[Ticket, Ticket], cast: Cast) -> None:
        one, other = pair
        for person in (cast.rob, cast.stan, cast.dev):
            with pytest.raises(NotPermitted):
                actions.judge_likeness(one, actor=person, other=other, kind="same")
        with pytest.raises(DomainError, match="another ticket"):
            actions.judge_likeness(one, actor=cast.ann, other=one, kind="same")
        with pytest.raises(DomainError):
            actions.judge_likeness(one, actor=cast.ann, other=other, kind="maybe")

    def test_a_word_about_a_ticket_one_may_not_read_is_not_shown(
        self, pair: tuple[Ticket, Ticket], cast: Cast
    ) -> None:
        one, other = pair
        actions.judge_likeness(one, actor=cast.ann, other=other, kind="same")
        Ticket.objects.filter(pk=other.pk).update(team=make_team("Personnel", restricted=True))
        assert look_alikes_of(Person.objects.get(pk=cast.ann.pk), one).same == []
        assert len(look_alikes_of(cast.mo, one).same) == 1

    def test_the_buttons(self, pair: tuple[Ticket, Ticket], cast: Cast, as_user: AsUser) -> None:
        one, other = pair
        browser, address = as_user(cast.ann), reverse("incidents:judge", args=[one.pk])
        answer = browser.post(address, {"other": other.pk, "kind": "same"}, headers=FRAGMENT)
        assert "Said to be the same" in answer.content.decode()
        answer = browser.post(address, {"other": other.pk, "kind": "different"}, follow=True)
        assert "1 said to be something else" in answer.content.decode()
        answer = browser.post(address, {"other": other.pk, "kind": "take_back"}, headers=FRAGMENT)
        assert "Likely duplicates" in answer.content.decode()
        assert not Likeness.objects.exists()

    @pytest.mark.parametrize(
        "words",
        [
            {"other": "999999", "kind": "same"},
            {"other": "x\x00", "kind": "same"},
            {"kind": "same"},
            {"other": "self", "kind": "different"},
            {"other": "pair", "kind": "perhaps"},
        ],
    )
    def test_bad_words_are_answered_with_a_sentence(
        self, pair: tuple[Ticket, Ticket], cast: Cast, as_user: AsUser, words: dict[str, str]
    ) -> None:
        named = {"self": str(pair[0].pk), "pair": str(pair[1].pk)}
        if "other" in words:
            words = {**words, "other": named.get(words["other"], words["other"])}
        address = reverse("incidents:judge", args=[pair[0].pk])
        answer = as_user(cast.ann).post(address, words, headers=FRAGMENT)
        assert answer.status_code == 422
        assert 'class="field-error"' in answer.content.decode()
        assert not Likeness.objects.exists()

    def test_over_the_api(self, pair: tuple[Ticket, Ticket], cast: Cast, api_as: ApiAs) -> None:
        one, other = pair
        client = api_as(cast.ann)
        base = f"/api/v1/tickets/{one.pk}"
        found = client.get(f"{base}/similar/").json()
        assert (found[0]["ticket"]["id"], found[0]["kind"]) == (other.pk, "duplicate")
        words = {"other": other.pk, "kind": "different"}
        said = client.post(f"{base}/likenesses/", words, format="json")
        assert said.status_code == 201
        assert said.json()[0]["kind"] == "different"
        assert client.get(f"{base}/similar/").json() == []
        for bad in ({"other": 10**9, "kind": "same"}, {"other": other.pk, "kind": "?"}):
            refused = client.post(f"{base}/likenesses/", bad, format="json")
            assert refused.status_code == 400
            assert set(refused.json()) <= {"other", "kind"}
        back = client.post(f"{base}/withdraw-likeness/", {"other": other.pk}, format="json")
        assert (back.status_code, back.json()) == (200, [])
        assert len(client.get(f"{base}/similar/").json()) == 1

    def test_look_alikes_of_what_is_not_saved_yet_over_the_api(
        self, pair: tuple[Ticket, Ticket], cast: Cast, api_as: ApiAs
    ) -> None:
        words = {"title": pair[0].title, "description": pair[0].description}
        address = "/api/v1/tickets/look-alikes/"
        found = api_as(cast.ann).post(address, words, format="json").json()
        assert {one["ticket"]["id"] for one in found} == {one.pk for one in pair}
        assert api_as(cast.stan).post(address, words, format="json").json() == []
        refused = api_as(cast.ann).post(address, {"title": ""}, format="json")
        assert (refused.status_code, set(refused.json())) == (400, {"title"})


def test_articles_for_a_ticket_and_for_words_not_saved_yet_over_the_api(
    opened: Opener, cast: Cast, api_as: ApiAs
) -> None:
    article = write_article(
        actor=cast.ann,
        title="Card declined at checkout",
        issue="A card is declined.",
        resolution="Use another.",
        audience="internal",
    )
    submit_article(article, actor=cast.ann)
    ticket = opened(title="Card is declined at checkout", description="Declined.")
    program = api_as(cast.ann)
    (found,) = program.get(f"/api/v1/tickets/{ticket.pk}/suggested-articles/").json()
    assert (found["id"], found["title"]) == (article.pk, article.title)
    address, typed = "/api/v1/tickets/suggested-articles/", {"title": "Card declined at checkout"}
    assert [one["id"] for one in program.post(address, typed).json()] == [article.pk]
    assert api_as(cast.rob).post(address, typed).json() == []
    assert not PortalSession.objects.exists()


class _Broken:
    """An embedder of the model in use whose weights cannot be read."""

    def __init__(self, like: Any) -> None:
        self.name, self.version, self.dimensions = like.name, like.version, like.dimensions

    def embed(self, texts: Any) -> Any:
        raise OSError("no weights")


class TestFailing:
    """Finding look-alikes may fail; nothing else does."""

    @pytest.fixture
    def broken(self, pair: tuple[Ticket, Ticket], monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on nothing can be embedded."""
        embedder = _Broken(vectorspaces.EMBEDDERS[0]())
        monkeypatch.setattr(vectorspaces, "EMBEDDERS", [lambda: embedder])

    @pytest.fixture
    def slow(self, pair: tuple[Ticket, Ticket], monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on a statement of a suggestion takes longer than it may."""

        def hang(*_: object) -> list[int]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(5)")
            return []

        monkeypatch.setattr("incidents.similar.retrieval.by_words", hang)

    @pytest.mark.parametrize("trouble", ["broken", "slow"])
    def test_the_form_goes_on_without(
        self, cast: Cast, as_user: AsUser, trouble: str, request: pytest.FixtureRequest
    ) -> None:
        request.getfixturevalue(trouble)
        browser = as_user(cast.ann)
        words = {"title": "Card is declined at checkout", "description": "Precious words"}
        answer = browser.post("/tickets/new/suggestions/", words)
        assert answer.status_code == 200
        assert "not available now" in answer.content.decode()
        again = browser.post("/tickets/new/", {**words, "suggest": "1"})
        assert "Precious words" in again.content.decode()
        saved = {**words, "requester": cast.rob.email, "kind": "incident", "channel": "phone"}
        before = Ticket.objects.count()
        answer = browser.post("/tickets/new/", {**saved, "impact": "2", "urgency": "2"})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        assert Ticket.objects.count() == before + 1

    @pytest.mark.parametrize("trouble", ["broken", "slow"])
    def test_the_box_of_a_ticket_says_so(
        self,
        pair: tuple[Ticket, Ticket],
        cast: Cast,
        as_user: AsUser,
        trouble: str,
        request: pytest.FixtureRequest,
    ) -> None:
        request.getfixturevalue(trouble)
        answer = as_user(cast.ann).get(reverse("incidents:similar", args=[pair[0].pk]))
        assert answer.status_code == 200
        assert "Similar tickets are not available now" in answer.content.decode()
