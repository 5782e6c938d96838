"""People in copy: they read what the requester reads, and nothing else."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from incidents import actions
from incidents.models import Message, Ticket
from notifications.models import Notification, OutgoingMail
from tests.conftest import Cast

AfterCommit = Callable[..., object]


def test_people_in_copy_are_told_of_public_replies(
    ticket: Ticket, cast: Cast, after_commit: AfterCommit
) -> None:
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="It is the gateway.")
    assert Notification.objects.get(person=cast.rita).title == f"Ann wrote on {ticket.reference}"
    assert OutgoingMail.objects.filter(to=cast.rita.email).exists()


def test_an_internal_note_never_reaches_people_in_copy(
    ticket: Ticket, cast: Cast, after_commit: AfterCommit, as_user: Callable[[Person], Client]
) -> None:
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    with after_commit():
        for kind in (Message.Kind.NOTE, Message.Kind.QUESTION):
            actions.reply_to_ticket(ticket, actor=cast.ann, body="Zanzibar", kind=kind)
    assert not Notification.objects.filter(person__in=[cast.rita, cast.rob]).exists()
    assert not OutgoingMail.objects.exists()
    page = as_user(cast.rita).get(f"/portal/{ticket.pk}/").content.decode()
    assert "Zanzibar" not in page


def test_a_colleague_in_copy_reads_and_answers(
    ticket: Ticket, cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    assert as_user(cast.rita).get(f"/portal/{ticket.pk}/").status_code == 404
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    browser = as_user(cast.rita)
    assert browser.get(f"/portal/{ticket.pk}/").status_code == 200
    browser.post(f"/portal/{ticket.pk}/reply/", {"body": "Me too"})
    assert Message.objects.get().author == cast.rita
    actions.end_copy(ticket, actor=cast.ann, person=cast.rita)
    assert browser.get(f"/portal/{ticket.pk}/").status_code == 404


def test_people_outside_need_a_confirmation(ticket: Ticket, cast: Cast) -> None:
    with pytest.raises(DomainError, match="Stan is of Elsewhere, outside Acme") as refused:
        actions.add_copies(ticket, actor=cast.ann, people=[cast.stan])
    assert refused.value.field == "copy_to"
    actions.add_copies(ticket, actor=cast.ann, people=[cast.stan], outside_confirmed=True)
    assert Ticket.objects.visible_to(cast.stan).filter(pk=ticket.pk).exists()


def test_who_is_neither_of_the_desk_nor_the_requester_puts_nobody_in_copy(
    ticket: Ticket, cast: Cast
) -> None:
    for person in (cast.rita, cast.dev, cast.stan):
        with pytest.raises(NotPermitted):
            actions.add_copies(ticket, actor=person, people=[cast.rita])


def test_copying_twice_is_once(ticket: Ticket, cast: Cast) -> None:
    for _ in range(2):
        actions.add_copies(ticket, actor=cast.ann, people=[cast.rita, cast.rob])
    assert [copy.person for copy in ticket.copies.all()] == [cast.rita]


def test_who_is_put_in_copy_with_a_reply_hears_of_that_reply(
    ticket: Ticket, cast: Cast, after_commit: AfterCommit, as_user: Callable[[Person], Client]
) -> None:
    browser = as_user(cast.ann)
    words = {"kind": "public_reply", "body": "Hello both", "copy_to": "Rita, nobody@x.example"}
    refused = browser.post(f"/tickets/{ticket.pk}/reply/", words)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Nobody known is called “nobody@x.example”" in page
    assert "Hello both" in page
    with after_commit():
        browser.post(
            f"/tickets/{ticket.pk}/reply/", words | {"copy_to": "Rita <rita@acme.example>"}
        )
    assert Notification.objects.filter(person=cast.rita, title__startswith="Ann wrote").exists()
    page = browser.get(ticket.get_absolute_url()).content.decode()
    assert "and 1 in copy" in page
    browser.post(
        f"/tickets/{ticket.pk}/reply/", {"kind": "public_reply", "do": f"end_copy:{cast.rita.pk}"}
    )
    assert not ticket.copies.exists()


def test_an_answer_goes_to_the_requester_whoever_wrote_last(
    ticket: Ticket, cast: Cast, after_commit: AfterCommit
) -> None:
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    actions.reply_to_ticket(ticket, actor=cast.rita, body="Me too")
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="It is the gateway.")
    told = set(OutgoingMail.objects.values_list("to", flat=True))
    assert told == {cast.rob.email, cast.rita.email}


def test_the_mail_of_somebody_who_cannot_sign_in_quotes_what_they_could_read_before(
    ticket: Ticket, cast: Cast, after_commit: AfterCommit
) -> None:
    with after_commit():
        actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Which card?\nA German one?")
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Zanzibar", kind=Message.Kind.NOTE)
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Try another card.")
    mails = OutgoingMail.objects.filter(to=cast.rita.email).order_by("pk")
    last = mails.last()
    assert last is not None
    assert "Zanzibar" not in last.body
    written, _, earlier = last.body.partition("Try another card.\n\nOn ")
    assert "Which card?" not in written
    assert "Ann wrote:\n> Which card?\n> A German one?\n" in earlier


def test_the_mail_of_somebody_who_signs_in_holds_no_words_of_the_ticket(
    ticket: Ticket, cast: Cast, after_commit: AfterCommit
) -> None:
    cast.rita.set_password("correct horse battery")
    cast.rita.save()
    with after_commit():
        actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Which card?")
    mails = OutgoingMail.objects.filter(body__contains="Which card?")
    assert list(mails.values_list("to", flat=True)) == [cast.rob.email]
