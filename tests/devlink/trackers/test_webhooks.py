"""Whoever knows the secret is heard once; nobody else leaves a trace."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Person
from devlink.actions import add_tracker, disable_tracker, forget_old_deliveries
from devlink.models import Tracker, TrackerDelivery
from tests.conftest import Cast
from tests.devlink.trackers.memory import World, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """A program that knows nothing of us: no cookies, and strict about forgeries."""
    return Client(enforce_csrf_checks=True)


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_a_signed_delivery_is_kept_and_answered_at_once(
    tracker: Tracker, secret: str, client: Client, world: World
) -> None:
    # The first request of a process also loads every address of the product.
    client.post(tracker.webhook_path, **signed("other", {"item": "7"}))
    began = time.monotonic()
    answer = client.post(tracker.webhook_path, **signed(secret, {"item": "7"}, "d-1"))
    assert time.monotonic() - began < 0.3
    assert answer.status_code == 202
    kept = TrackerDelivery.objects.get()
    assert (kept.delivery_id, kept.event, kept.state) == ("d-1", "changed", "waiting")
    assert world.calls == []


def test_the_same_delivery_again_is_accepted_and_does_nothing(
    tracker: Tracker, secret: str, client: Client
) -> None:
    posts = [
        client.post(tracker.webhook_path, **signed(secret, {"item": "7"}, "d-1")).status_code
        for _ in range(5)
    ]
    assert posts == [202] * 5
    assert TrackerDelivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one(tracker: Tracker, secret: str) -> None:
    def post(_: int) -> int:
        answer = Client().post(tracker.webhook_path, **signed(secret, {"item": "7"}, "d-1"))
        connection.close()
        return answer.status_code

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(post, range(50))) == {202}
    assert TrackerDelivery.objects.count() == 1


def test_a_replay_after_31_days_is_known(tracker: Tracker, secret: str, client: Client) -> None:
    post = signed(secret, {"item": "7"}, "d-1")
    client.post(tracker.webhook_path, **post)
    kept = TrackerDelivery.objects.get()
    assert forget_old_deliveries(now=kept.received_at + timedelta(days=29)) == 0
    assert forget_old_deliveries(now=kept.received_at + timedelta(days=31)) == 1
    kept.refresh_from_db()
    assert (kept.body, kept.headers, kept.state) == ("", {}, "failed")
    assert client.post(tracker.webhook_path, **post).status_code == 202
    assert TrackerDelivery.objects.get().state == "failed"


def wrong_ones(secret: str) -> dict[str, dict[str, object]]:
    good = signed(secret, {"item": "7"})
    return {
        "no signature": {**good, "headers": {}},
        "another secret": signed("other", {"item": "7"}),
        "an empty secret": signed("", {"item": "7"}),
        "another body": {**good, "data": b'{"item": "8"}'},
        "the same in other bytes": {**good, "data": b'{"item":"7"}'},
        "not ascii": {**good, "headers": {}, "HTTP_X_MEMORY_SIGNATURE": "\u00e4" * 64},
        "only the old kind": {**good, "headers": {"X-Hub-Signature": "sha1=0"}},
    }


@pytest.mark.parametrize("name", list(wrong_ones("")))
def test_a_wrong_signature_is_refused_and_nothing_is_kept(
    tracker: Tracker, secret: str, client: Client, name: str
) -> None:
    answer = client.post(tracker.webhook_path, **wrong_ones(secret)[name])
    assert answer.status_code == 401
    assert TrackerDelivery.objects.count() == 0
    assert secret not in answer.content.decode()


@pytest.mark.parametrize("empty", ["", "v1.AAAA"])
def test_a_tracker_without_a_readable_secret_hears_nobody(
    tracker: Tracker, client: Client, empty: str
) -> None:
    Tracker.objects.update(sealed_secret=empty)
    assert client.post(tracker.webhook_path, **signed("", {"item": "7"})).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"nonsense",
        b"\xff\xfe",
        b'{"item": "\xe4"}',
        b'{"a": "\x00"}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"a": NaN}',
        b'{"a": ' + b"9" * 5000 + b"}",
        deep(500),
        deep(100_000),
        b'{"a":' + b"[" * 400_000,
        b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
    ],
    ids=range(16),
)
def test_hostile_bodies_are_refused(
    tracker: Tracker, secret: str, client: Client, body: bytes
) -> None:
    answer = client.post(tracker.webhook_path, **signed(secret, body))
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert TrackerDelivery.objects.count() == 0


def test_odd_but_harmless_bodies_are_kept(tracker: Tracker, secret: str, client: Client) -> None:
    for number, body in enumerate(
        [b'{"a": 1e400}', b'{"a": 1, "a": 2}', b'{"a": "\\ud83d\\ude42"}', deep(40), b"{}"]
    ):
        answer = client.post(tracker.webhook_path, **signed(secret, body, str(number)))
        assert answer.status_code == 202, body
    assert TrackerDelivery.objects.count() == 5


def test_a_megabyte_is_the_most(tracker: Tracker, secret: str, client: Client) -> None:
    fits = b'{"a": "' + b"x" * (1024 * 1024 - 9) + b'"}'
    assert client.post(tracker.webhook_path, **signed(secret, fits, "1")).status_code == 202
    longer = b'{"a": "' + b"x" * (1024 * 1024 - 8) + b'"}'
    assert client.post(tracker.webhook_path, **signed(secret, longer, "2")).status_code == 413
    much = b"x" * (25 * 1024 * 1024)
    assert client.post(tracker.webhook_path, **signed(secret, much, "3")).status_code == 413
    assert TrackerDelivery.objects.count() == 1


def test_an_unknown_address_is_no_door(client: Client, tracker: Tracker, secret: str) -> None:
    post = signed(secret, {"item": "7"})
    assert client.post(f"/webhooks/trackers/{uuid4()}/", **post).status_code == 404
    assert client.post(f"/webhooks/deployments/{tracker.public_id}/", **post).status_code == 404
    assert client.get(tracker.webhook_path).status_code == 405


def test_another_trackers_secret_is_no_good(
    cast: Cast, tracker: Tracker, client: Client, world: World
) -> None:
    _, other = add_tracker(
        actor=cast.ada, kind="memory", name="B", team=cast.payments_team, project="house/shop"
    )
    assert client.post(tracker.webhook_path, **signed(other, {"item": "7"})).status_code == 401


def test_what_comes_while_it_is_disabled_waits(
    tracker: Tracker, secret: str, client: Client
) -> None:
    disable_tracker(tracker, actor=None, reason="Being moved")
    assert client.post(tracker.webhook_path, **signed(secret, {"item": "7"})).status_code == 202
    assert TrackerDelivery.objects.get().state == "waiting"


@pytest.mark.parametrize("given", ["", "x" * 5000, "a b\tc", "\u00e4"])
def test_ids_of_any_kind_tell_deliveries_apart(
    tracker: Tracker, secret: str, client: Client, given: str
) -> None:
    headers = {"HTTP_X_MEMORY_DELIVERY": given}
    for item in ("7", "7"):
        post = signed(secret, {"item": item})
        del post["headers"]["X-Memory-Delivery"]
        assert client.post(tracker.webhook_path, **post, **headers).status_code == 202
    assert TrackerDelivery.objects.count() == 1


def test_secrets_in_headers_are_not_kept(
    tracker: Tracker, secret: str, client: Client, as_user: Callable[[Person], Client], cast: Cast
) -> None:
    canary = "canary-in-a-header"
    headers = {"Authorization": canary, "X-Gitlab-Token": canary, "Cookie": canary}
    headers |= {"X-Api-Key": canary, "X-Hub-Signature-256": canary, "X-Event-Key": "push"}
    client.post(tracker.webhook_path, **signed(secret, {"item": "7"}, "d-1", **headers))
    kept = TrackerDelivery.objects.get()
    assert canary not in str(vars(kept))
    assert kept.headers["x-event-key"] == "push"
    page = as_user(cast.ada).get(tracker.get_absolute_url()).content.decode()
    assert "d-1" in page
    assert canary not in page
