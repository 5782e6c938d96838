"""The server an assistant starts itself: how it begins, what it writes where, how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from mcp import Client

from accounts.actions import revoke_api_key
from accounts.models import ApiToken, Person
from tests.conftest import Cast
from tests.databases import database_url
from tests.devlink.conftest import Cause

pytestmark = pytest.mark.django_db(transaction=True)

KeyOf = Callable[[Person], str]
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
STARTED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def call(number: int, name: str, **arguments: object) -> dict[str, object]:
    """A message that calls a tool."""
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


@contextmanager
def server(key: str | None, *, url: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """The command at work on this test's database; ended in any case."""
    environment = {name: value for name, value in os.environ.items() if name != "UPSTREAM_API_KEY"}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings_test",
        "DATABASE_URL": url or database_url(),
    }
    if key is not None:
        environment["UPSTREAM_API_KEY"] = key
    running = subprocess.Popen(
        [sys.executable, "manage.py", "mcp"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def command_of(pid: int) -> bytes:
    """The words a process was started with; empty when it is gone or only waits to be buried."""
    words = Path(f"/proc/{pid}/cmdline")
    return words.read_bytes() if words.exists() else b""


def exchanged(
    running: subprocess.Popen[bytes], *lines: bytes, awaited: set[int]
) -> dict[object, Any]:
    """Sends the lines, reads until these numbers are answered, and lets the server end."""
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"".join(line + b"\n" for line in lines))
    running.stdin.flush()
    answers: dict[object, Any] = {}
    while not awaited <= answers.keys():
        line = running.stdout.readline()
        assert line, f"ended after {answers}"
        one = json.loads(line)
        answers[one.get("id")] = one
    rest, _ = running.communicate(timeout=60)
    assert rest == b""
    return answers


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "Set UPSTREAM_API_KEY to an API key of yours: Profile, API keys."),
        ("up_wrong", "This API key is not valid. Make a new one under Profile, API keys."),
    ],
)
def test_without_a_key_it_says_one_sentence_and_ends(cast: Cast, key: str, sentence: str) -> None:
    with server(key) as running:
        out, err = running.communicate(timeout=60)
        assert (running.returncode, out, err.decode().strip()) == (1, b"", sentence)


def test_a_revoked_key_is_no_key(cast: Cast, key_of: KeyOf) -> None:
    key = key_of(cast.dev)
    revoke_api_key(ApiToken.objects.get(), actor=cast.dev)
    with server(key) as running:
        out, err = running.communicate(timeout=60)
        assert (running.returncode, out) == (1, b"")
        assert err.decode().startswith("This API key is not valid.")


def test_without_a_database_it_says_one_sentence_and_ends(cast: Cast, key_of: KeyOf) -> None:
    with server(key_of(cast.dev), url="postgresql://127.0.0.1:9/nothing") as running:
        out, err = running.communicate(timeout=60)
        assert (running.returncode, out) == (1, b"")
        assert err.decode().strip() == "The database cannot be reached; is DATABASE_URL right?"


def test_a_key_revoked_while_it_runs_ends_access(
    cast: Cast, cause: Cause, key_of: KeyOf, over_stdio: Callable[..., Any]
) -> None:
    def revoke() -> None:
        revoke_api_key(ApiToken.objects.get(), actor=cast.dev)

    async def talk(client: Client) -> tuple[Any, Any, Any]:
        before = await client.call_tool("find_causes", {})
        await sync_to_async(revoke)()
        after = await client.call_tool("find_causes", {})
        return before, after, (await client.list_tools(cache_mode="bypass")).tools

    before, after, tools = over_stdio(key_of(cast.dev), talk)
    assert (before.is_error, after.is_error, tools) == (False, True, [])
    assert after.content[0].text == "This API key is not valid."


def test_nothing_but_the_protocol_is_written_to_standard_output(
    cast: Cast, cause: Cause, key_of: KeyOf
) -> None:
    with server(key_of(cast.ann)) as running:
        lines = [HELLO, STARTED, call(2, "similar_tickets", text="Card form rejects my card")]
        answers = exchanged(running, *(json.dumps(one).encode() for one in lines), awaited={1, 2})
    assert len(answers[2]["result"]["structuredContent"]["tickets"]) == 3
    assert running.returncode == 0


def test_strange_lines_are_answered_and_the_next_one_too(cast: Cast, key_of: KeyOf) -> None:
    long = json.dumps(call(3, "similar_tickets", text="x" * 1_000_000)).encode()
    with server(key_of(cast.dev)) as running:
        answers = exchanged(
            running,
            json.dumps(HELLO).encode(),
            json.dumps(STARTED).encode(),
            b"not json",
            b"\x00\xff\xfe",
            b"[" * 50_000,
            b'{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": 7}}',
            long,
            rb'{"jsonrpc": "2.0", "id": 4, "method": "tools/call",'
            rb' "params": {"name": "similar_tickets", "arguments": {"text": "\u0000 \ud800"}}}',
            json.dumps(call(5, "no_such_tool")).encode(),
            json.dumps(call(6, "find_causes", limit=[1])).encode(),
            json.dumps(call(7, "find_causes")).encode(),
            awaited={1, 2, 3, 5, 6, 7},
        )
    assert "error" in answers[2]
    assert "20000 characters" in answers[3]["result"]["content"][0]["text"]
    assert "no tool" in answers[5]["result"]["content"][0]["text"]
    assert answers[6]["result"]["isError"] is True
    assert answers[7]["result"]["isError"] is False
    assert running.returncode == 0


def test_a_killed_client_leaves_no_process(cast: Cast, cause: Cause, key_of: KeyOf) -> None:
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, 'manage.py', 'mcp'], stdin=subprocess.PIPE)\n"
        f"child.stdin.write({json.dumps(HELLO).encode()!r} + b'\\n')\n"
        "child.stdin.flush()\n"
        "print(child.pid, file=sys.stderr, flush=True)\n"
        "child.wait()\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings_test",
        "DATABASE_URL": database_url(),
        "UPSTREAM_API_KEY": key_of(cast.dev),
    }
    client = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert client.stdout is not None
    assert client.stderr is not None
    pid = int(client.stderr.readline())
    try:
        assert json.loads(client.stdout.readline())["result"]["serverInfo"]["name"] == "upstream"
        client.send_signal(signal.SIGKILL)
        client.wait(timeout=10)
        # The pipe ends when the last process that holds it has ended: the server among them.
        rest, _ = client.communicate(timeout=20)
        assert rest == b""
        assert command_of(pid) == b""
    finally:
        client.kill()
        client.wait()
