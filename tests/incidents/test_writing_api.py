"""Writing on a ticket over the API: what the writing box does, under the same rules."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import Person
from incidents import actions
from incidents.models import Draft, Message, Ticket
from tests.conftest import Cast

As = Callable[[Person], APIClient]


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_draft_is_saved_read_thrown_away_and_taken_back(
    ticket: Ticket, cast: Cast, api_as: As
) -> None:
    ann, address = api_as(cast.ann), f"/api/v1/tickets/{ticket.pk}/draft/"
    first = ann.put(address, {"body": "At the desk"})
    assert (first.status_code, first.data["version"]) == (200, 1)
    ann.put(address, {"body": "On the phone"})
    assert [(one["body"], one["other"]) for one in ann.get(address).data] == [
        ("On the phone", False),
        ("At the desk", True),
    ]
    assert api_as(cast.pia).get(address).data == []
    assert ann.delete(address).status_code == 204
    gone = Draft.objects.get(body="On the phone")
    assert ann.post(f"/api/v1/drafts/{gone.pk}/restore/").data["discarded_at"] is None
    assert api_as(cast.pia).post(f"/api/v1/drafts/{gone.pk}/restore/").status_code == 404
    assert len(ann.get("/api/v1/drafts/").data["results"]) == 2


def test_a_draft_s_files_are_sent_with_the_message(ticket: Ticket, cast: Cast, api_as: As) -> None:
    ann = api_as(cast.ann)
    files = f"/api/v1/tickets/{ticket.pk}/draft/files/"
    assert ann.post(files, {}, format="multipart").status_code == 400
    kept = ann.post(files, {"attachments": SimpleUploadedFile("a.txt", b"-")}, format="multipart")
    assert kept.status_code == 201
    sent = ann.post(
        f"/api/v1/tickets/{ticket.pk}/messages/",
        {"body": "See the file", "with_draft": True, "then": "wait:requester"},
    )
    assert sent.status_code == 201
    assert sent.data["attachments"][0]["token"] == kept.data[0]["token"]
    assert not Draft.objects.exists()
    ticket.refresh_from_db()
    assert ticket.state == "pending"


def test_a_message_upon_unread_ones_is_a_conflict(ticket: Ticket, cast: Cast, api_as: As) -> None:
    actions.reply_to_ticket(ticket, actor=cast.pia, body="It is the gateway.")
    address = f"/api/v1/tickets/{ticket.pk}/messages/"
    answer = api_as(cast.ann).post(address, {"body": "Restart it", "seen": 0})
    assert answer.status_code == 409
    assert "Pia replied" in answer.data["detail"][0]
    seen = Message.objects.get().pk
    assert api_as(cast.ann).post(address, {"body": "Thanks", "seen": seen}).status_code == 201


def test_people_in_copy(ticket: Ticket, cast: Cast, api_as: As) -> None:
    ann, address = api_as(cast.ann), f"/api/v1/tickets/{ticket.pk}/copies/"
    refused = ann.post(address, {"person": cast.stan.pk})
    assert (refused.status_code, set(refused.data)) == (422, {"copy_to"})
    ann.post(address, {"person": cast.stan.pk, "outside_confirmed": True})
    assert [one["person"]["name"] for one in ann.get(address).data] == ["Stan"]
    seen = api_as(cast.rob).get(address).data
    assert [one["person"]["name"] for one in seen] == ["Somebody outside your organisation"]
    assert api_as(cast.stan).post(address, {"copy_to": ["Rob"]}).status_code == 403
    ended = ann.post(f"/api/v1/tickets/{ticket.pk}/end-copy/", {"person": cast.stan.pk})
    assert ended.data == []


def test_choices_preview_and_presence(ticket: Ticket, cast: Cast, api_as: As) -> None:
    actions.can_reply(actor=cast.ann, title="Hello", body="Hi {{requester.name}}")
    ann, below = api_as(cast.ann), f"/api/v1/tickets/{ticket.pk}"
    assert [one["text"] for one in ann.get(f"{below}/choices/").data] == ["Hi Rob"]
    shown = ann.post(f"{below}/preview/", {"body": "**b** <script>"})
    assert shown.data["before"] == "<p><strong>b</strong> &lt;script&gt;</p>\n"
    assert ann.post(f"{below}/presence/", {"doing": "question"}).data == []
    others = api_as(cast.pia).post(f"{below}/presence/", {})
    assert others.data[0]["words"] == "Ann is asking the developers"
    assert ann.post(f"{below}/presence/", {"doing": "dancing"}).status_code == 400
    assert api_as(cast.rob).get(f"{below}/choices/").status_code == 403
