"""Deflection: what was typed, the article opened, the contact that followed; only inferred."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from incidents.actions import note_contact, note_intent, open_suggestion
from incidents.deflection import deflection
from incidents.models import PortalSession, Ticket
from knowledge.actions import submit_article, validate_article, write_article
from knowledge.models import Article
from tests.conftest import Cast
from tests.make.tickets import make_ticket

As = Callable[[Person], Client]
TYPED = "card declined at checkout"


@pytest.fixture
def article(cast: Cast) -> Article:
    """An article that requesters may read."""
    written = write_article(
        actor=cast.ann,
        title="Card declined at checkout",
        issue="The card is declined at checkout.",
        resolution="Ask the bank.",
        audience="requesters",
    )
    return validate_article(submit_article(written, actor=cast.ann), actor=cast.pia)


@pytest.fixture
def now() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def visit(person: Person, at: datetime, article: Article | None = None) -> PortalSession:
    session = note_intent(person, text=TYPED, suggested=1, at=at)
    if article is not None:
        open_suggestion(session, actor=person, article=article, at=at + timedelta(minutes=1))
    return session


def test_an_article_read_and_silence_count_as_deflection(
    cast: Cast, article: Article, now: datetime
) -> None:
    visit(cast.rob, now - timedelta(days=3), article)
    visit(cast.rita, now - timedelta(days=3))
    found = deflection(cast.mo, now)
    assert (found.met, found.n) == (1, 2)


def test_a_contact_within_a_day_does_not(cast: Cast, article: Article, now: datetime) -> None:
    begun = now - timedelta(days=3)
    visit(cast.rob, begun, article)
    note_contact(cast.rob, ticket=make_ticket(cast.rob), at=begun + timedelta(hours=23))
    assert deflection(cast.mo, now).met == 0


def test_a_contact_days_later_is_another_matter(
    cast: Cast, article: Article, now: datetime
) -> None:
    begun = now - timedelta(days=5)
    visit(cast.rob, begun, article)
    note_contact(cast.rob, ticket=make_ticket(cast.rob), at=begun + timedelta(hours=25))
    assert deflection(cast.mo, now).met == 1


def test_what_is_younger_than_a_day_is_not_counted_yet(
    cast: Cast, article: Article, now: datetime
) -> None:
    visit(cast.rob, now - timedelta(hours=20), article)
    assert deflection(cast.mo, now).n == 0


def test_no_rate_is_said_of_too_few(cast: Cast, article: Article, now: datetime) -> None:
    visit(cast.rob, now - timedelta(days=2), article)
    assert deflection(cast.mo, now).rate is None


def test_typing_on_is_one_visit(cast: Cast, now: datetime) -> None:
    for length in (9, 14, len(TYPED)):
        note_intent(cast.rob, text=TYPED[:length], suggested=0, at=now)
    assert PortalSession.objects.get().text == TYPED
    note_intent(cast.rob, text=TYPED, suggested=0, at=now + timedelta(hours=1))
    assert PortalSession.objects.count() == 2


def test_a_few_letters_are_no_intent(cast: Cast) -> None:
    assert note_intent(cast.rob, text="card", suggested=0) is None


def test_the_portal_keeps_what_is_typed_opened_and_sent(
    cast: Cast, article: Article, as_user: As
) -> None:
    rob = as_user(cast.rob)
    page = rob.post("/portal/suggestions/", {"title": TYPED}).content.decode()
    session = PortalSession.objects.get()
    opened = f"/portal/suggestions/{session.pk}/{article.pk}/"
    assert opened in page
    assert rob.post(opened).status_code == 204
    rob.post("/portal/report/", {"title": TYPED, "urgency": 2})
    session.refresh_from_db()
    assert (session.article, session.ticket) == (article, Ticket.objects.get())


def test_a_workaround_that_was_opened_counts_like_an_article(
    cast: Cast, as_user: As, now: datetime
) -> None:
    session = note_intent(cast.rob, text=TYPED, suggested=0, at=now - timedelta(days=3))
    at = f"/portal/suggestions/{session.pk}/workaround/"
    assert as_user(cast.rita).post(at).status_code == 404
    assert as_user(cast.rob).get(at).status_code == 405
    assert deflection(cast.mo, now).met == 0
    assert as_user(cast.rob).post(at).status_code == 204
    assert deflection(cast.mo, now).met == 1
    behind = as_user(cast.mo).get("/deflection/?kind=deflected").content.decode()
    assert "a workaround" in behind


def test_programs_get_suggestions_and_say_what_was_opened(
    cast: Cast, article: Article, api_as: Callable[[Person], APIClient]
) -> None:
    rob = api_as(cast.rob)
    found = rob.post("/api/v1/portal-sessions/", {"title": TYPED}).json()
    assert [one["id"] for one in found["articles"]] == [article.pk]
    at = f"/api/v1/portal-sessions/{found['session']}/opened/"
    assert api_as(cast.rita).post(at, {"article": article.pk}).status_code == 404
    assert rob.post(at, {"article": article.pk}).status_code == 204
    assert PortalSession.objects.get().article == article
    rob.post("/api/v1/tickets/", {"title": TYPED})
    assert PortalSession.objects.get().ticket == Ticket.objects.get()
    assert rob.post("/api/v1/portal-sessions/", {}).json() == {"title": ["This field is required."]}


def test_nobody_opens_for_another(cast: Cast, article: Article, as_user: As) -> None:
    session = note_intent(cast.rob, text=TYPED, suggested=1)
    answer = as_user(cast.rita).post(f"/portal/suggestions/{session.pk}/{article.pk}/")
    assert answer.status_code == 404


def test_the_number_opens_its_visits_and_says_that_it_is_inferred(
    cast: Cast, article: Article, as_user: As, now: datetime
) -> None:
    visit(cast.rob, now - timedelta(days=2), article)
    note_intent(cast.rita, text="invoice is wrong", suggested=0, at=now - timedelta(days=2))
    mo = as_user(cast.mo)
    page = mo.get("/deflection/").content.decode()
    assert "inferred" in page
    assert "invoice is wrong" in page
    behind = mo.get("/deflection/?kind=deflected").content.decode()
    assert TYPED in behind
    assert "invoice is wrong" not in behind


def test_visits_are_for_those_who_lead(
    cast: Cast, as_user: As, api_as: Callable[[Person], APIClient]
) -> None:
    note_intent(cast.rob, text=TYPED, suggested=0)
    assert as_user(cast.ann).get("/deflection/").status_code == 403
    assert api_as(cast.ann).get("/api/v1/portal-sessions/").json()["results"] == []
    assert len(api_as(cast.mo).get("/api/v1/portal-sessions/").json()["results"]) == 1
