"""Requesters put people in copy: colleagues, and others by address where that is allowed."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Organisation, Person
from core.errors import DomainError, NotPermitted
from incidents import actions
from incidents.models import Message, TeamPolicy, Ticket
from notifications.models import Notification, OutgoingMail
from tests.conftest import Cast

As = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]
Play = Callable[[], AbstractContextManager[None]]


def in_copy(ticket: Ticket) -> list[str]:
    return [copy.person.email for copy in ticket.copies.select_related("person")]


def allow_addresses(organisation: Organisation) -> None:
    organisation.copies_outside = True
    organisation.save(update_fields=["copies_outside"])


def test_a_report_puts_a_colleague_in_copy_who_then_sees_it(
    cast: Cast, as_user: As, after_commit: Play
) -> None:
    said = {"title": "Card declined", "urgency": 2, "copy_to": "Rita <rita@acme.example>, "}
    with after_commit():
        as_user(cast.rob).post("/portal/report/", said)
    ticket = Ticket.objects.get()
    assert in_copy(ticket) == ["rita@acme.example"]
    assert Notification.objects.get(person=cast.rita).title == (
        f"Rob put you in copy of {ticket.reference}"
    )
    rita = as_user(cast.rita)
    assert "Card declined" in rita.get("/portal/").content.decode()
    assert rita.get(f"/portal/{ticket.pk}/").status_code == 200


def test_somebody_unknown_is_said_at_the_field_and_nothing_is_opened(
    cast: Cast, as_user: As
) -> None:
    said = {"title": "Card declined", "description": "Long", "urgency": 2, "copy_to": "Stan"}
    answer = as_user(cast.rob).post("/portal/report/", said)
    assert answer.status_code == 422
    assert "Nobody in your organisation" in answer.context["form"].errors["copy_to"][0]
    assert "Long" in answer.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("address", ["stan@elsewhere.example", "nobody@nowhere.example"])
def test_an_address_outside_is_refused_alike_whether_or_not_it_is_known(
    address: str, ticket: Ticket, cast: Cast
) -> None:
    with pytest.raises(DomainError) as refused:
        actions.add_copies(ticket, actor=cast.rob, named=[address])
    assert refused.value.field == "copy_to"
    assert refused.value.message == (
        f"Nobody in your organisation is known by “{address}”. Only colleagues can be put in copy."
    )
    assert not Person.objects.filter(email="nobody@nowhere.example").exists()


def test_names_of_other_organisations_are_offered_to_nobody_who_types(
    cast: Cast, as_user: As, api_as: ApiAs
) -> None:
    def offered(person: Person, text: str) -> list[str]:
        answer = as_user(person).get("/portal/colleagues/", {"q": text}).json()
        return [one["name"] for one in answer["people"]]

    assert offered(cast.rob, "ri") == ["Rita"]
    assert offered(cast.rob, "st") == offered(cast.rob, "stan@elsewhere.example") == []
    assert offered(cast.rob, "r") == []
    allow_addresses(cast.acme)
    assert offered(cast.rob, "stan") == []
    Person.objects.filter(pk=cast.stan.pk).update(organisation=None)
    assert offered(Person.objects.get(pk=cast.stan.pk), "ri") == []
    found = api_as(cast.rob).get("/api/v1/people/?q=stan").json()["results"]
    assert found == []
    rows = api_as(cast.rob).get("/api/v1/people/?q=ri").json()["results"]
    assert [(one["name"], "manager" in one) for one in rows] == [("Rita", False)]


@pytest.mark.parametrize("address", ["stan@elsewhere.example", "New.Person@nowhere.example"])
def test_an_organisation_may_allow_anybody_by_address_and_shows_no_name(
    address: str, ticket: Ticket, cast: Cast, as_user: As, api_as: ApiAs
) -> None:
    allow_addresses(cast.acme)
    rob = as_user(cast.rob)
    answer = rob.post(f"/portal/{ticket.pk}/copy/", {"copy_to": address}, follow=True)
    assert in_copy(ticket) == [address.lower()]
    page = answer.content.decode()
    assert address.lower() in page
    assert "Stan" not in page
    [shown] = api_as(cast.rob).get(f"/api/v1/tickets/{ticket.pk}/copies/").json()
    assert shown["person"]["name"] == address.lower()
    person = Person.objects.get(email=address.lower())
    assert Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()


def test_what_is_no_address_is_said_at_the_field(ticket: Ticket, cast: Cast) -> None:
    allow_addresses(cast.acme)
    with pytest.raises(DomainError, match="no e-mail address") as refused:
        actions.add_copies(ticket, actor=cast.rob, named=["stan@@x"])
    assert refused.value.field == "copy_to"


def test_who_cannot_sign_in_reads_public_words_in_the_mail_and_never_a_note(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    allow_addresses(cast.acme)
    actions.add_copies(ticket, actor=cast.rob, named=["new@nowhere.example"])
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="It is the gateway.")
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Zanzibar", kind=Message.Kind.NOTE)
    mail = OutgoingMail.objects.get(to="new@nowhere.example")
    assert "It is the gateway." in mail.body
    assert not OutgoingMail.objects.filter(body__contains="Zanzibar").exists()


def test_a_reply_puts_in_copy_and_the_one_notice_is_the_reply(
    ticket: Ticket, cast: Cast, as_user: As, after_commit: Play
) -> None:
    with after_commit():
        as_user(cast.rob).post(
            f"/portal/{ticket.pk}/reply/", {"body": "Rita knows more", "copy_to": "Rita"}
        )
    told = Notification.objects.filter(person=cast.rita).values_list("title", flat=True)
    assert list(told) == [f"Rob wrote on {ticket.reference}"]


def test_the_requester_takes_people_out_again_and_they_see_it_no_more(
    ticket: Ticket, cast: Cast, as_user: As
) -> None:
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    actions.add_copies(ticket, actor=cast.ann, people=[cast.stan], outside_confirmed=True)
    rob, rita = as_user(cast.rob), as_user(cast.rita)
    page = rob.get(f"/portal/{ticket.pk}/").content.decode()
    assert "Take Rita out of copy" in page
    assert "Somebody outside your organisation" in page
    assert "Stan" not in page
    address = f"/portal/{ticket.pk}/end-copy/"
    assert rita.post(address, {"person": cast.stan.pk}).status_code == 403
    rob.post(address, {"person": cast.stan.pk})
    assert rita.post(address, {"person": cast.rita.pk}).headers["Location"] == "/portal/"
    assert in_copy(ticket) == []
    assert rita.get(f"/portal/{ticket.pk}/").status_code == 404
    assert as_user(cast.stan).get(f"/portal/{ticket.pk}/").status_code == 404


def test_somebody_in_copy_adds_nobody(ticket: Ticket, cast: Cast, as_user: As) -> None:
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    rita = as_user(cast.rita)
    page = rita.get(f"/portal/{ticket.pk}/").content.decode()
    assert 'name="copy_to"' not in page
    assert rita.post(f"/portal/{ticket.pk}/copy/", {"copy_to": "Rob"}).status_code == 403
    with pytest.raises(NotPermitted):
        actions.add_copies(ticket, actor=cast.rita, named=["Rob"])


def test_an_answer_after_the_end_takes_people_in_copy_along(ticket: Ticket, cast: Cast) -> None:
    TeamPolicy.objects.create(team=cast.desk, follow_up=TeamPolicy.FollowUp.NEW_TICKET)
    Ticket.objects.filter(pk=ticket.pk).update(team=cast.desk)
    actions.add_copies(ticket, actor=cast.rob, people=[cast.rita])
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Restarted.")
    later = actions.reply_to_ticket(ticket, actor=cast.rita, body="Again").ticket
    assert later.pk != ticket.pk
    assert in_copy(later) == ["rita@acme.example"]


def test_programs_put_people_in_copy_when_opening_replying_and_afterwards(
    cast: Cast, api_as: ApiAs
) -> None:
    rob = api_as(cast.rob)
    made = rob.post("/api/v1/tickets/", {"title": "Broken", "copy_to": ["rita@acme.example"]})
    assert made.status_code == 201
    at = f"/api/v1/tickets/{made.json()['id']}"
    ticket = Ticket.objects.get()
    assert in_copy(ticket) == ["rita@acme.example"]
    ended = rob.post(f"{at}/end-copy/", {"person": cast.rita.pk})
    assert ended.json() == []
    said = rob.post(f"{at}/messages/", {"body": "Hello", "copy_to": ["Rita"]})
    assert said.status_code == 201
    rob.post(f"{at}/end-copy/", {"person": cast.rita.pk})
    [shown] = rob.post(f"{at}/copies/", {"person": cast.rita.pk}).json()
    assert shown["person"] == {"id": cast.rita.pk, "name": "Rita"}
    bad = rob.post("/api/v1/tickets/", {"title": "Broken", "copy_to": ["Stan"]})
    assert (bad.status_code, list(bad.json())) == (422, ["copy_to"])
    assert Ticket.objects.count() == 1
    assert rob.post(f"{at}/copies/", {"person": cast.stan.pk}).status_code == 400
    assert rob.post(f"{at}/copies/", {}).json() == {"person": ["Say who is put in copy."]}
    assert rob.post(f"{at}/end-copy/", {"person": 0}).status_code == 400
    assert list(rob.post(f"{at}/end-copy/", {"person": 999_999}).json()) == ["person"]
