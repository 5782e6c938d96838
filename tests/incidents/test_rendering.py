"""How stored words are shown: new ones first, pictures in place, nothing fetched from afar."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Person
from incidents import actions
from incidents.models import Message, Ticket
from incidents.rendering import show_message
from tests.conftest import Cast

AsUser = Callable[[Person], Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_quoted_mail_is_folded_for_the_desk_and_for_the_requester(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    body = (
        "Danke, es geht.\n\nAm 03.02.2025 um 10:12 schrieb Ann:\n> Bitte noch einmal versuchen.\n"
    )
    actions.reply_to_ticket(ticket, actor=cast.rob, body=body)
    for person, address in (
        (cast.ann, f"/tickets/{ticket.pk}/"),
        (cast.rob, f"/portal/{ticket.pk}/"),
    ):
        page = as_user(person).get(address).content.decode()
        fold = page.index('<details class="quoted">')
        assert page.index("Danke, es geht.") < fold < page.index("Bitte noch einmal versuchen.")
        assert "Show quoted text" in page


def test_a_message_that_only_forwards_is_not_folded(ticket: Ticket, cast: Cast) -> None:
    body = "From: Lena\nSent: Monday\nTo: Desk\nSubject: Cards\n\nOld words"
    shown = show_message(actions.reply_to_ticket(ticket, actor=cast.ann, body=body))
    assert not shown.quoted
    assert "Old words" in shown.before


@pytest.mark.parametrize(
    "body",
    [
        "![tracked](https://evil.example/pixel.png)",
        "![inline](cid:image001.png@01D9)",
        "<img src=https://evil.example/x onerror=alert(1)>",
        "![](attachment:AAAAAAAAAAAAAAAAAAAA)",
        "![x](data:image/png;base64,AAAA)",
    ],
)
def test_a_picture_that_is_not_attached_is_words(ticket: Ticket, cast: Cast, body: str) -> None:
    shown = show_message(actions.reply_to_ticket(ticket, actor=cast.rob, body=body))
    assert "<img" not in shown.before


def test_a_picture_of_another_message_is_not_shown_by_its_token(ticket: Ticket, cast: Cast) -> None:
    note = actions.reply_to_ticket(
        ticket,
        actor=cast.ann,
        kind=Message.Kind.NOTE,
        body="Internal",
        files=[SimpleUploadedFile("secret.png", PNG, content_type="image/png")],
    )
    token = note.attachments.get().token
    reply = actions.reply_to_ticket(
        ticket,
        actor=cast.ann,
        body=f"![x](attachment:{token})",
        files=[SimpleUploadedFile("other.png", PNG, content_type="image/png")],
    )
    assert "<img" not in show_message(reply).before


@pytest.mark.parametrize(
    "body",
    [
        "Schöne Grüße =20 und mehr",
        "a=3D1",
        "日本語のメッセージ",
        "line one\nline two",
        "5 < 6 & 7 > 2",
    ],
)
def test_odd_letters_are_shown_as_they_are_stored(ticket: Ticket, cast: Cast, body: str) -> None:
    shown = show_message(actions.reply_to_ticket(ticket, actor=cast.rob, body=body))
    plain = shown.before.replace("<br>\n", "\n").replace("<p>", "").replace("</p>", "").strip()
    assert plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == body
