"""Who else is at a ticket, and what one is told before sending."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Person
from incidents import actions
from incidents.models import Message, Ticket
from tests.conftest import Cast

AsUser = Callable[[Person], Client]


def beat(browser: Client, ticket: Ticket, **words: object) -> dict[str, Any]:
    answer = browser.post(f"/tickets/{ticket.pk}/presence/", words)
    assert answer.status_code == 200
    return answer.json()


def test_others_see_who_views_and_who_writes_what(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    ann, pia = as_user(cast.ann), as_user(cast.pia)
    assert beat(ann, ticket, doing="viewing")["present"].strip().endswith("#}") is False
    assert "Ann is viewing" in beat(pia, ticket, doing="public_reply")["present"]
    assert "Pia is writing a reply" in beat(ann, ticket, doing="internal_note")["present"]
    assert "Ann is writing an internal note" in beat(pia, ticket)["present"]
    assert "Ann is writing an internal note" in pia.get(ticket.get_absolute_url()).content.decode()
    beat(ann, ticket, doing="gone")
    assert "Ann" not in beat(pia, ticket)["present"]


def test_presence_is_no_business_of_requesters(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    address = f"/tickets/{ticket.pk}/presence/"
    assert as_user(cast.rob).post(address, {}).status_code == 403
    assert as_user(cast.stan).post(address, {}).status_code == 404


def test_without_the_cache_nobody_is_seen_and_everything_works(
    ticket: Ticket, cast: Cast, as_user: AsUser, settings: Settings
) -> None:
    browser = as_user(cast.ann)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert beat(browser, ticket)["present"].strip() == ""
    caches["default"].close()


def test_somebody_who_answered_meanwhile_is_named_before_sending(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    actions.reply_to_ticket(ticket, actor=cast.pia, body="It is the gateway.")
    said = beat(browser, ticket, seen=0)
    assert said["unread"].startswith("Pia replied ")
    assert said["unread"].endswith(" s ago: read it first.")
    words = {"kind": "public_reply", "body": "Restart it, please", "seen": 0}
    answer = browser.post(f"/tickets/{ticket.pk}/reply/", words)
    page = answer.content.decode()
    assert answer.status_code == 409
    for part in ("Pia replied", "It is the gateway.", "Restart it, please", "Send anyway"):
        assert part in page
    assert Message.objects.count() == 1
    browser.post(f"/tickets/{ticket.pk}/reply/", words | {"seen": said["newest"]})
    assert Message.objects.count() == 2


@pytest.mark.parametrize(("by", "kind"), [("ann", "public_reply"), ("pia", "internal_note")])
def test_one_s_own_messages_and_notes_hold_nobody_up(
    ticket: Ticket, cast: Cast, as_user: AsUser, by: str, kind: str
) -> None:
    actions.reply_to_ticket(ticket, actor=cast.everyone[by], body="Before")
    words = {"kind": kind, "body": "Now", "seen": 0}
    answer = as_user(cast.ann).post(f"/tickets/{ticket.pk}/reply/", words)
    assert answer.status_code == 302


def test_after_sending_the_next_ticket_of_the_list_opens(
    ticket: Ticket, cast: Cast, as_user: AsUser, opened: Callable[..., Ticket]
) -> None:
    below = opened()
    rows = sorted([ticket, below], key=lambda one: (one.resolution_due_at, -one.pk))
    first, second = (rows[0], rows[1])
    browser = as_user(cast.ann)
    words = {"kind": "internal_note", "body": "Done", "go_next": "on"}
    answer = browser.post(f"/tickets/{first.pk}/reply/?from=priority%3D3", words)
    assert answer["Location"] == f"/tickets/{second.pk}/?from=priority%3D3"
    page = browser.get(answer["Location"]).content.decode()
    assert 'name="go_next" checked' in page


def test_send_and_wait_is_one_press(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    words = {"kind": "public_reply", "body": "Which bank?", "do": "send:wait"}
    as_user(cast.ann).post(f"/tickets/{ticket.pk}/reply/", words)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.pending_reason) == ("pending", "requester")
