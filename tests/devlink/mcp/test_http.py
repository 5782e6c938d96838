"""The address of the web server: who may use it, and what it does with strange requests."""

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import httpx2
import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.actions import revoke_api_key
from accounts.models import ApiToken, Person
from core.models import Event
from tests.conftest import Cast
from tests.devlink.conftest import Cause

KeyOf = Callable[[Person], str]
ADDRESS = "/mcp/"
ACCEPT = "application/json, text/event-stream"
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "find_causes", "arguments": {}},
}


def send(browser: Browser, body: object, key: str = "", **headers: str) -> Any:
    """Posts a message; bytes go as they are."""
    words = {"accept": ACCEPT, **headers}
    if key:
        words["authorization"] = f"Bearer {key}"
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return browser.post(ADDRESS, raw, content_type="application/json", headers=words)


def test_one_request_needs_no_session(
    cast: Cast, cause: Cause, client: Browser, key_of: KeyOf
) -> None:
    answer = send(client, CALL, key_of(cast.dev))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    result = answer.json()["result"]
    assert result["structuredContent"]["causes"][0]["reference"] == cause.problem.reference
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert "no-store" in answer["Cache-Control"]
    assert "Mcp-Session-Id" not in answer


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("key", ["", "up_wrong", "up_\x00", "up_é"])
def test_without_a_key_nobody_gets_in(
    cast: Cast, cause: Cause, client: Browser, method: str, key: str
) -> None:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    answer = getattr(client, method)(ADDRESS, headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert not Event.objects.filter(name="devlink.assistant_called").exists()


def test_a_session_of_a_browser_is_no_key(cast: Cast, as_user: Callable[..., Browser]) -> None:
    assert send(as_user(cast.ada), CALL).status_code == 401


def test_a_key_that_is_over_or_whose_holder_left_is_no_key(
    cast: Cast, client: Browser, key_of: KeyOf
) -> None:
    key = key_of(cast.dev)
    assert send(client, CALL, key).status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert send(client, CALL, key).status_code == 401
    ApiToken.objects.update(expires_at=None)
    Person.objects.filter(pk=cast.dev.pk).update(is_active=False)
    assert send(client, CALL, key).status_code == 401


def test_a_revoked_key_ends_access_at_once(cast: Cast, client: Browser, key_of: KeyOf) -> None:
    key = key_of(cast.dev)
    assert send(client, CALL, key).status_code == 200
    revoke_api_key(ApiToken.objects.get(), actor=cast.dev)
    refused = send(client, CALL, key)
    assert (refused.status_code, refused.json()) == (401, {"detail": "This API key is not valid."})


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://testserver", 200),
        ("http://evil.example", 403),
        ("null", 403),
        ("http://testserver.evil.example", 403),
    ],
)
def test_pages_of_other_sites_are_refused(
    cast: Cast, client: Browser, key_of: KeyOf, origin: str, status: int
) -> None:
    assert send(client, CALL, key_of(cast.dev), origin=origin).status_code == status


def test_there_is_nothing_to_listen_to(cast: Cast, client: Browser, key_of: KeyOf) -> None:
    answer = client.get(ADDRESS, headers={"authorization": f"Bearer {key_of(cast.dev)}"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_large_request_is_refused_unread(cast: Cast, client: Browser, key_of: KeyOf) -> None:
    answer = send(client, {**CALL, "padding": "x" * 1_000_000}, key_of(cast.dev))
    assert answer.status_code == 413
    assert "256 KB" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x00\x00",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "no/such", "params": {}}',
        b'{"jsonrpc": "2.0", "id": ' + b"9" * 5000 + b', "method": "tools/list"}',
        b'[{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}]',
        b"null",
    ],
)
@pytest.mark.parametrize("version", ["", "2025-11-25", "2026-07-28", "1999-01-01", "\x00"])
def test_strange_messages_are_refused_and_the_next_one_is_answered(
    cast: Cast, client: Browser, key_of: KeyOf, body: bytes, version: str
) -> None:
    key = key_of(cast.dev)
    headers = {"mcp-protocol-version": version} if version else {}
    answer = send(client, body, key, **headers)
    assert 400 <= answer.status_code < 500 or "error" in answer.json()
    assert send(client, CALL, key).json()["result"]["isError"] is False


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\ud800"', '"\\ud800\\udc00"', "[]", "1e999"])
def test_strange_texts_are_answered(cast: Cast, client: Browser, key_of: KeyOf, text: str) -> None:
    raw = json.dumps(CALL).replace("find_causes", "similar_tickets")
    answer = send(client, raw.replace("{}", f'{{"text": {text}}}').encode(), key_of(cast.ann))
    assert answer.status_code in {200, 400}
    assert "Traceback" not in answer.content.decode()


def test_a_wrong_type_of_content_is_refused(cast: Cast, client: Browser, key_of: KeyOf) -> None:
    headers = {"authorization": f"Bearer {key_of(cast.dev)}", "accept": ACCEPT}
    answer = client.post(ADDRESS, b"{}", content_type="text/plain", headers=headers)
    assert 400 <= answer.status_code < 500


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_do_not_mix(
    cast: Cast, cause: Cause, live_server: LiveServer, key_of: KeyOf
) -> None:
    keys = {person.pk: key_of(person) for person in (cast.dev, cast.ann, cast.pia, cast.rob)}
    seen: dict[int, set[bool]] = {pk: set() for pk in keys}

    def ask(pk: int) -> None:
        headers = {"Authorization": f"Bearer {keys[pk]}", "Accept": ACCEPT}
        with httpx2.Client(headers=headers, timeout=60) as web:
            for _ in range(5):
                answer = web.post(f"{live_server.url}{ADDRESS}", json=CALL).json()
                seen[pk].add(answer["result"]["isError"])

    threads = [Thread(target=ask, args=(pk,)) for pk in keys]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == {pk: {pk == cast.rob.pk} for pk in keys}
    noted = Event.objects.filter(name="devlink.assistant_called")
    assert {pk: noted.filter(actor_id=pk).count() for pk in keys} == dict.fromkeys(keys, 5)
