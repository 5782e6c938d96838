"""Splitting a message into a ticket of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents import actions
from incidents.models import Attachment, Message, Ticket, TicketRelation
from incidents.searching import search_tickets
from notifications.models import Notification
from tests.conftest import Cast


@pytest.fixture
def said(ticket: Ticket, cast: Cast) -> list[Message]:
    """Rob asks something else, Ann answers and keeps a note, Rob goes on."""
    upload = SimpleUploadedFile("invoice.pdf", b"pdf")
    return [
        actions.reply_to_ticket(ticket, actor=cast.rob, body="My invoice too", files=[upload]),
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Let me look"),
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Zanzibar", kind="internal_note"),
        actions.reply_to_ticket(ticket, actor=cast.rob, body="Thanks"),
    ]


def test_one_message_moves_with_its_files_and_nothing_is_lost(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    before = Message.objects.count(), Attachment.objects.count()
    new = actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="Invoice is wrong")
    assert [message.pk for message in new.messages.all()] == [said[0].pk]
    assert new.messages.get().attachments.get().name == "invoice.pdf"
    assert ticket.messages.count() == 3
    assert (Message.objects.count(), Attachment.objects.count()) == before
    assert (new.requester, new.component, new.team) == (cast.rob, ticket.component, ticket.team)


def test_the_new_ticket_begins_with_the_message_its_files_and_where_it_came_from(
    ticket: Ticket, said: list[Message], cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    new = actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="Invoice is wrong")
    assert new.description == "My invoice too"
    staff = as_user(cast.ann).get(new.get_absolute_url()).content.decode()
    requester = as_user(cast.rob).get(f"/portal/{new.pk}/").content.decode()
    for page in (staff, requester):
        conversation = page[page.index("msg-head") :]
        assert conversation.count("My invoice too") == 1
        assert conversation.count("invoice.pdf") == 1
        assert ticket.reference in conversation
    assert f'written on <a href="{ticket.get_absolute_url()}">{ticket.reference}</a>' in staff


def test_who_may_not_read_the_first_ticket_is_not_told_its_number_beside_the_words(
    ticket: Ticket, said: list[Message], cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    new = actions.split_ticket(
        ticket,
        actor=cast.ann,
        message=said[0],
        title="Invoice",
        requester=cast.stan,
        confirmed=True,
    )
    page = as_user(cast.stan).get(f"/portal/{new.pk}/").content.decode()
    assert "My invoice too" in page
    assert "written on" not in page


def test_an_internal_message_never_becomes_what_the_requester_reads(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    new = actions.split_ticket(ticket, actor=cast.ann, message=said[2], title="Invoice")
    assert new.description == ""
    assert [message.kind for message in new.messages.all()] == ["internal_note"]
    assert not Message.objects.visible_to(cast.rob).filter(ticket=new).exists()


def test_what_a_ticket_begins_with_is_not_split_off_again(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    new = actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="Invoice")
    with pytest.raises(DomainError, match="begins with this message") as refused:
        actions.split_ticket(new, actor=cast.ann, message=new.messages.get(), title="x")
    assert refused.value.field == "message"


def test_merged_elsewhere_the_first_words_stand_once_with_their_files(
    ticket: Ticket, said: list[Message], cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    new = actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="Invoice is wrong")
    target = actions.open_ticket(actor=cast.ann, requester=cast.rob, title="All invoices")
    actions.merge_ticket(new, actor=cast.ann, into=target)
    page = as_user(cast.ann).get(target.get_absolute_url()).content.decode()
    conversation = page[page.index("msg-head") :]
    assert conversation.count("My invoice too") == 1
    assert conversation.count("invoice.pdf") == 1


def test_those_after_it_come_along_when_asked_and_notes_stay_notes(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    new = actions.split_ticket(
        ticket, actor=cast.ann, message=said[1], title="Invoice", following=True
    )
    moved = list(new.messages.values_list("pk", "kind"))
    assert moved == [(one.pk, one.kind) for one in said[1:]]
    assert "Zanzibar" not in [one.body for one in Message.objects.visible_to(cast.rob)]


def test_the_clock_starts_when_the_requester_wrote_and_an_answer_counts(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    new = actions.split_ticket(
        ticket, actor=cast.ann, message=said[0], title="Invoice", following=True
    )
    assert new.created_at == said[0].created_at
    assert new.first_response_at == said[1].created_at


def test_both_tickets_are_linked_and_tell_of_it(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    new = actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="Invoice")
    relation = TicketRelation.objects.get()
    assert {relation.from_ticket, relation.to_ticket} == {ticket, new}
    sentences = {
        one.pk: [event.sentence for event in Event.objects.about(one)] for one in (ticket, new)
    }
    assert f"moved 1 message to the new ticket {new.reference}" in sentences[ticket.pk]
    assert f"split this ticket off {ticket.reference}, with 1 message" in sentences[new.pk]


def test_both_are_found_by_their_own_words_alone(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    new = actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="Wrong amount")
    tickets = Ticket.objects.visible_to(cast.ann)
    assert list(search_tickets(tickets, "invoice", cast.ann)) == [new]
    assert list(search_tickets(tickets, "zanzibar", cast.ann)) == [ticket]


def test_a_requester_who_could_not_read_the_words_needs_a_confirmation(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    def split(*, confirmed: bool) -> Ticket:
        return actions.split_ticket(
            ticket,
            actor=cast.ann,
            message=said[0],
            title="Invoice",
            requester=cast.stan,
            following=True,
            confirmed=confirmed,
        )

    with pytest.raises(DomainError, match="read 3 public messages of others") as refused:
        split(confirmed=False)
    assert refused.value.field == "confirmed"
    assert split(confirmed=True).organisation == cast.elsewhere


def test_a_message_is_split_off_its_own_ticket_by_support_only(
    ticket: Ticket, said: list[Message], cast: Cast
) -> None:
    for person in (cast.rob, cast.dev):
        with pytest.raises(NotPermitted):
            actions.split_ticket(ticket, actor=person, message=said[0], title="x")
    target = actions.open_ticket(actor=cast.ann, requester=cast.rob, title="Another")
    with pytest.raises(DomainError, match=f"Choose a message of {target.reference}"):
        actions.split_ticket(target, actor=cast.ann, message=said[0], title="x")
    actions.merge_ticket(ticket, actor=cast.ann, into=target)
    with pytest.raises(TransitionNotAllowed, match="Please go on there"):
        actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="x")


def test_the_requester_hears_the_number_of_the_ticket_split_off(
    ticket: Ticket,
    said: list[Message],
    cast: Cast,
    after_commit: Callable[[], AbstractContextManager[None]],
) -> None:
    Notification.objects.all().delete()
    with after_commit():
        new = actions.split_ticket(ticket, actor=cast.ann, message=said[0], title="Invoice")
    told = Notification.objects.get(person=cast.rob)
    assert (told.title, told.url) == (
        f"We have logged {new.reference} for you",
        new.get_absolute_url(),
    )


def test_the_page_keeps_what_was_typed_and_leads_to_the_new_ticket(
    ticket: Ticket, said: list[Message], cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    browser, address = as_user(cast.ann), f"/tickets/{ticket.pk}/split/"
    assert "My invoice too" in browser.get(f"{address}?message={said[0].pk}").content.decode()
    words = {"message": said[0].pk, "title": "Invoice", "requester": "nobody@x.example"}
    refused = browser.post(address, words)
    assert refused.status_code == 422
    assert 'value="Invoice"' in refused.content.decode()
    assert "Nobody by that name" in refused.content.decode()
    done = browser.post(address, {**words, "requester": cast.rob.email})
    new = Ticket.objects.get(title="Invoice")
    assert done["Location"] == new.get_absolute_url()


def test_the_api_splits_and_names_the_field_at_fault(
    ticket: Ticket, said: list[Message], cast: Cast, api_as: Callable[[Person], APIClient]
) -> None:
    program, address = api_as(cast.ann), f"/api/v1/tickets/{ticket.pk}/split/"
    words = {"message": said[0].pk, "title": "Invoice", "requester": cast.stan.pk}
    refused = program.post(address, words)
    assert (refused.status_code, list(refused.json())) == (422, ["confirmed"])
    made = program.post(address, {**words, "confirmed": True})
    assert (made.status_code, made.json()["requester"]["id"]) == (201, cast.stan.pk)
