"""Replies, notes, files, and who finds them."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django.fixtures import Settings

from core.errors import DomainError, NotPermitted
from core.models import Event
from incidents import actions
from incidents.actions._files import clean_name
from incidents.models import Attachment, Message, Ticket, TicketSearch
from incidents.search_index import index_tickets
from incidents.searching import search_tickets
from tests.conftest import Cast
from tests.incidents.conftest import Opener


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def found_by(person: object, words: str) -> list[Ticket]:
    return list(search_tickets(Ticket.objects.visible_to(person), words, person))


def test_the_first_public_answer_of_support_is_the_first_response(
    ticket: Ticket, cast: Cast
) -> None:
    now = timezone.now()
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Hello?", at=now)
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Hm", kind=Message.Kind.NOTE, at=now)
    ticket.refresh_from_db()
    assert ticket.first_response_at is None
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Hi", at=now + timedelta(minutes=1))
    actions.reply_to_ticket(ticket, actor=cast.pia, body="Hi", at=now + timedelta(minutes=2))
    ticket.refresh_from_db()
    assert ticket.first_response_at == now + timedelta(minutes=1)


def test_the_requester_s_answer_ends_the_wait_for_it(ticket: Ticket, cast: Cast) -> None:
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="requester")
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Here it is")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.pending_reason) == ("in_progress", "")
    assert Event.objects.about(ticket).filter(name="incidents.ticket_resumed").exists()


def test_the_requester_s_answer_does_not_end_another_wait(ticket: Ticket, cast: Cast) -> None:
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="supplier")
    actions.reply_to_ticket(ticket, actor=cast.rob, body="And?")
    ticket.refresh_from_db()
    assert ticket.state == "pending"


def test_a_word_of_the_requester_reopens_what_is_resolved(ticket: Ticket, cast: Cast) -> None:
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Still the same")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopen_count) == ("in_progress", 1)


def test_a_closed_ticket_takes_notes_only_from_staff(ticket: Ticket, cast: Cast) -> None:
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    actions.close_ticket(ticket, actor=cast.ann)
    with pytest.raises(DomainError) as refused:
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Hello")
    assert ticket.reference in refused.value.message
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Noted", kind=Message.Kind.NOTE)


@pytest.mark.parametrize("kind", [Message.Kind.NOTE, Message.Kind.QUESTION])
def test_requesters_write_publicly_only(ticket: Ticket, cast: Cast, kind: str) -> None:
    with pytest.raises(NotPermitted):
        actions.reply_to_ticket(ticket, actor=cast.rob, body="Psst", kind=kind)


def test_developers_write_to_the_desk_and_not_to_the_requester(shared: Ticket, cast: Cast) -> None:
    actions.reply_to_ticket(shared, actor=cast.dev, body="Which bank?", kind=Message.Kind.NOTE)
    with pytest.raises(NotPermitted):
        actions.reply_to_ticket(shared, actor=cast.dev, body="Which bank?")


@pytest.mark.parametrize(
    ("words", "field"),
    [({"body": " "}, "body"), ({"body": "x" * 100_001}, "body"), ({"kind": "rumour"}, "kind")],
)
def test_bad_words_are_refused_at_their_field(
    ticket: Ticket, cast: Cast, words: dict[str, str], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        actions.reply_to_ticket(ticket, actor=cast.ann, **{"body": "Hello", **words})
    assert refused.value.field == field
    assert not Message.objects.exists()


def test_an_answer_and_its_step_come_together_or_not_at_all(ticket: Ticket, cast: Cast) -> None:
    actions.answer_ticket(
        ticket, actor=cast.ann, body="Which bank?", kind="public_reply", then="wait:requester"
    )
    ticket.refresh_from_db()
    assert ticket.pending_reason == "requester"
    with pytest.raises(DomainError):
        actions.answer_ticket(
            ticket, actor=cast.ann, body="Once more", kind="public_reply", then="wait:requester"
        )
    assert Message.objects.count() == 1
    actions.answer_ticket(
        ticket, actor=cast.ann, body="Pay by invoice", kind="public_reply", then="resolve:fixed"
    )
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resolution_text) == ("resolved", "Pay by invoice")


def test_files_are_kept_under_random_names(ticket: Ticket, cast: Cast) -> None:
    message = actions.reply_to_ticket(
        ticket,
        actor=cast.rob,
        body="",
        files=[SimpleUploadedFile("../../etc/log.txt", b"words", content_type="text/html")],
    )
    kept = Attachment.objects.get(message=message)
    assert (kept.name, kept.size) == ("log.txt", 5)
    assert "log" not in kept.file.name
    assert len(kept.token) >= 40
    assert kept.file.read() == b"words"


def test_a_file_that_is_too_large_keeps_nothing(
    ticket: Ticket, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 4
    with pytest.raises(DomainError) as refused:
        actions.reply_to_ticket(
            ticket,
            actor=cast.rob,
            body="See",
            files=[SimpleUploadedFile("a.txt", b"ok"), SimpleUploadedFile("b.txt", b"words")],
        )
    assert refused.value.field == "attachments"
    assert not Message.objects.exists()
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\x\\report.pdf", "report.pdf"),
        ("exe.\u202egpj", "exe.gpj"),
        ("a\u200b\x00b.txt", "ab.txt"),
        ("", "file"),
        ("..", "file"),
        ("y" * 500 + ".log", "y" * 196 + ".log"),
    ],
)
def test_a_file_s_name_is_fit_to_be_shown(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_notes_are_found_by_staff_and_by_nobody_else(
    ticket: Ticket, note: Message, cast: Cast
) -> None:
    assert found_by(cast.ann, "zanzibar") == [ticket]
    assert found_by(cast.rob, "zanzibar") == []
    assert found_by(cast.rob, "declined card") == [ticket]
    assert found_by(cast.rob, ticket.reference) == [ticket]
    assert found_by(cast.stan, ticket.reference) == []


def test_search_knows_a_change_at_once(ticket: Ticket, cast: Cast) -> None:
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Try the marmalade")
    assert found_by(cast.rob, "marmalade") == [ticket]
    ticket.refresh_from_db()
    actions.edit_ticket(ticket, actor=cast.ann, version=ticket.version, title="Quince trouble")
    assert found_by(cast.rob, "quince") == [ticket]
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Rhubarb")
    assert found_by(cast.rob, "rhubarb") == [ticket]


def test_many_tickets_are_indexed_in_one_statement(
    opened: Opener, cast: Cast, django_assert_num_queries: object
) -> None:
    tickets = [opened() for _ in range(3)]
    TicketSearch.objects.all().delete()
    with django_assert_num_queries(1):  # type: ignore[operator]
        index_tickets([ticket.pk for ticket in tickets])
    assert TicketSearch.objects.count() == 3
    index_tickets([])


def test_first_contact_resolution_needs_one_contact(opened: Opener, cast: Cast) -> None:
    def resolved(ticket: Ticket, code: str = "user_guided") -> bool | None:
        after = actions.resolve_ticket(ticket, actor=cast.ann, code=code, text="Done")
        return after.first_contact_resolution

    assert resolved(opened()) is True
    answered = opened()
    actions.reply_to_ticket(answered, actor=cast.ann, body="Do this")
    assert resolved(answered) is True
    asked_back = opened()
    actions.reply_to_ticket(asked_back, actor=cast.rob, body="And then?")
    assert resolved(asked_back) is False
    waited = opened()
    actions.put_ticket_on_hold(waited, actor=cast.ann, reason="supplier")
    assert resolved(waited) is False
    noted = opened()
    actions.reply_to_ticket(noted, actor=cast.ann, body="Hm", kind=Message.Kind.NOTE)
    assert resolved(noted) is True
    assert resolved(opened(), code="duplicate") is None


def test_a_ticket_handed_to_another_team_is_no_first_contact(opened: Opener, cast: Cast) -> None:
    ticket = opened()
    actions.assign_ticket(ticket, actor=cast.ann, team=cast.payments_team)
    after = actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    assert (after.reassignment_count, after.first_contact_resolution) == (1, False)
