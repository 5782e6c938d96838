"""The requester's side: report, follow, answer, confirm, rate; nothing internal shows."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from incidents.actions import (
    assign_ticket,
    hand_ticket_to_development,
    offer_fix,
    reply_to_ticket,
    resolve_ticket,
)
from incidents.models import Message, Ticket
from tests.conftest import Cast

As = Callable[[Person], Client]


def test_a_requester_reports_and_follows_a_problem(cast: Cast, as_user: As) -> None:
    rob = as_user(cast.rob)
    answer = rob.post(
        "/portal/report/",
        {
            "title": "Card declined",
            "description": "At **checkout**.",
            "component": cast.checkout.pk,
            "urgency": 1,
        },
        follow=True,
    )
    ticket = Ticket.objects.get()
    assert answer.redirect_chain[-1][0] == f"/portal/{ticket.pk}/"
    assert (ticket.requester, ticket.urgency, ticket.team) == (cast.rob, 1, cast.desk)
    assert "Received" in answer.content.decode()
    assert "Card declined" in rob.get("/portal/").content.decode()


def test_a_report_without_a_title_keeps_what_was_typed(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.rob).post(
        "/portal/report/", {"title": "", "description": "A long story", "urgency": 2}
    )
    assert answer.status_code == 422
    assert "A long story" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_notes_and_questions_to_development_never_show(
    cast: Cast, as_user: As, ticket: Ticket, note: Message
) -> None:
    reply_to_ticket(ticket, actor=cast.ann, body="Xylophone?", kind=Message.Kind.QUESTION)
    page = as_user(cast.rob).get(f"/portal/{ticket.pk}/").content.decode()
    assert "Zanzibar" not in page
    assert "Xylophone" not in page
    assert "Zanzibar" not in as_user(cast.rob).get("/portal/?q=Zanzibar").content.decode().replace(
        'value="Zanzibar"', ""
    )


def test_a_colleague_sees_it_only_when_the_organisation_is_open_to_them(
    cast: Cast, as_user: As, ticket: Ticket
) -> None:
    assert as_user(cast.rita).get(f"/portal/{ticket.pk}/").status_code == 404
    Person.objects.filter(pk=cast.rita.pk).update(sees_organisation=True)
    assert as_user(cast.rita).get(f"/portal/{ticket.pk}/").status_code == 200


def test_the_requester_confirms_the_fix(cast: Cast, as_user: As, ticket: Ticket) -> None:
    hand_ticket_to_development(ticket, actor=cast.ann)
    offer_fix(ticket, actor=None, release="4.19.0")
    rob = as_user(cast.rob)
    assert "Does it work for you now?" in rob.get(f"/portal/{ticket.pk}/").content.decode()
    rob.post(f"/portal/{ticket.pk}/confirm/")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resolution_code) == ("resolved", "fixed")


@pytest.mark.parametrize("words", ["", "Same error"])
def test_still_broken_is_one_click_and_brings_it_back(
    cast: Cast, as_user: As, ticket: Ticket, words: str
) -> None:
    hand_ticket_to_development(ticket, actor=cast.ann)
    offer_fix(ticket, actor=None, release="4.19.0")
    rob = as_user(cast.rob)
    page = rob.get(f"/portal/{ticket.pk}/").content.decode()
    # A plain form on the page itself: the keyboard reaches it, and no script is needed.
    assert f'<form method="post" action="/portal/{ticket.pk}/still-broken/"' in page
    rob.post(f"/portal/{ticket.pk}/still-broken/", {"note": words})
    ticket.refresh_from_db()
    assert ticket.state == "in_progress"
    assert [one.body for one in ticket.messages.all()] == [words] * bool(words)


def test_an_answer_reaches_the_desk(cast: Cast, as_user: As, ticket: Ticket) -> None:
    picture = SimpleUploadedFile("card.txt", b"declined")
    rob = as_user(cast.rob)
    said = {"body": "It is a Visa card.", "attachments": [picture]}
    rob.post(f"/portal/{ticket.pk}/reply/", said)
    message = ticket.messages.get()
    assert message.body == "It is a Visa card."
    assert [one.name for one in message.attachments.all()] == ["card.txt"]
    assert "card.txt" in rob.get(f"/portal/{ticket.pk}/").content.decode()


def test_a_solved_ticket_is_rated_from_one_to_five(cast: Cast, as_user: As, ticket: Ticket) -> None:
    assign_ticket(ticket, actor=cast.ann, assignee=cast.ann)
    resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Restarted.")
    rob = as_user(cast.rob)
    assert rob.post(f"/portal/{ticket.pk}/rate/", {"score": 9}).status_code == 422
    rob.post(f"/portal/{ticket.pk}/rate/", {"score": 5, "comment": "Quick"})
    ticket.refresh_from_db()
    assert (ticket.csat_score, ticket.csat_comment) == (5, "Quick")


def test_the_list_costs_the_same_at_three_and_at_twenty(
    cast: Cast, as_user: As, opened: Callable, django_assert_num_queries: Callable
) -> None:
    for _ in range(3):
        opened()
    rob = as_user(cast.rob)
    rob.get("/portal/")
    with CaptureQueriesContext(connection) as few:
        rob.get("/portal/")
    for _ in range(17):
        opened()
    with django_assert_num_queries(len(few.captured_queries)):
        rob.get("/portal/")


def test_the_state_is_explained_with_the_way_ahead(cast: Cast, as_user: As, ticket: Ticket) -> None:
    hand_ticket_to_development(ticket, actor=cast.ann)
    page = as_user(cast.rob).get(f"/portal/{ticket.pk}/").content.decode()
    for words in ("With development", "development has been asked", "Please check"):
        assert words in page


def test_a_list_is_ones_own_unless_the_organisation_is_asked_for(
    cast: Cast, as_user: As, ticket: Ticket
) -> None:
    assert ticket.title not in as_user(cast.rita).get("/portal/?whose=all").content.decode()
    Person.objects.filter(pk=cast.rita.pk).update(sees_organisation=True)
    rita = as_user(Person.objects.get(pk=cast.rita.pk))
    assert ticket.title not in rita.get("/portal/").content.decode()
    assert ticket.title in rita.get("/portal/?whose=all").content.decode()


def test_a_report_carries_its_pictures(cast: Cast, as_user: As) -> None:
    picture = SimpleUploadedFile("screen.png", b"png")
    rob = as_user(cast.rob)
    rob.post("/portal/report/", {"title": "Broken", "urgency": 2, "attachments": [picture]})
    ticket = Ticket.objects.get()
    assert "screen.png" in rob.get(f"/portal/{ticket.pk}/").content.decode()
