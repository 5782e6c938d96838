"""Trackers in trouble: what is worth another try, what somebody has to mend, what is never told."""

import logging
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from devlink.connectors.base import Access, ConnectorError, ItemKind, NewItem
from devlink.connectors.http import MOST_BYTES, Client, TooLarge
from tests.devlink.connectors.board import TOKEN
from tests.devlink.connectors.server import Reply, serving
from tests.devlink.connectors.worlds import World

NEW = NewItem("Title", "Body", ItemKind.BUG, "marker-1")


def ask(world: World) -> ConnectorError:
    """The error a list ends with."""
    with pytest.raises(ConnectorError) as raised:
        list(world.connector().list_releases())
    return raised.value


def client(address: str, **more: object) -> Client:
    """A client that may speak to loopback."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return Client(address, project="it", headers=headers, token=TOKEN, allow_private=True, **more)


def test_a_project_that_is_gone_is_permanent_and_named(remote: World) -> None:
    connector = remote.connector(project=remote.board.project.replace("s", "z").replace("S", "Z"))
    for call in (
        connector.check,
        lambda: list(connector.list_items()),
        lambda: connector.fetch_item(remote.key_of(1)),
    ):
        with pytest.raises(ConnectorError, match=r"(?i)zhop") as raised:
            call()
        assert raised.value.permanent


@pytest.mark.parametrize("project", ["", "..", "../..", "a/../../b", "a b", "a/b?c", "a#b", "ä/b"])
def test_what_cannot_be_a_project_is_not_asked_about(remote: World, project: str) -> None:
    connector = remote.connector(project=project)
    with pytest.raises(ConnectorError, match="project must be") as raised:
        list(connector.list_items())
    assert raised.value.permanent
    assert remote.server.connections == 0


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_a_busy_or_broken_tracker_is_tried_again(remote: World, status: int) -> None:
    remote.server.next = [Reply(status, {"message": "no"})]
    error = ask(remote)
    assert not error.permanent
    assert error.retry_after is None


@pytest.mark.parametrize("status", [429, 503])
def test_it_is_left_alone_for_as_many_seconds_as_it_says(remote: World, status: int) -> None:
    remote.server.next = [Reply(status, {}, {"Retry-After": "73"})]
    assert ask(remote).retry_after == 73


def test_it_is_left_alone_until_the_instant_it_says(remote: World) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    remote.server.next = [Reply(429, {}, {"Retry-After": at})]
    assert ask(remote).retry_after == pytest.approx(300, abs=5)


@pytest.mark.parametrize("name", ["X-RateLimit-Reset", "RateLimit-Reset"])
@pytest.mark.parametrize("write", [lambda at: str(int(at.timestamp())), datetime.isoformat])
def test_it_is_left_alone_until_its_limit_is_reset(remote: World, name: str, write) -> None:
    at = datetime.now(UTC) + timedelta(minutes=10)
    remote.server.next = [Reply(429, {}, {name: write(at)})]
    assert ask(remote).retry_after == pytest.approx(600, abs=5)


@pytest.mark.parametrize("wish", ["1e9", "soon", "-5", "9" * 400, "nan"])
def test_a_senseless_wish_is_no_wish(remote: World, wish: str) -> None:
    remote.server.next = [Reply(429, {}, {"Retry-After": wish})]
    assert ask(remote).retry_after is None


def test_no_tracker_is_left_alone_for_more_than_a_day(remote: World) -> None:
    remote.server.next = [Reply(429, {}, {"Retry-After": "99999999"})]
    assert ask(remote).retry_after == 24 * 3600


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, {}),
        ({"Retry-After": "60"}, {}),
        ({}, {"message": "You have exceeded a secondary rate limit."}),
    ],
)
def test_a_refusal_for_asking_too_much_is_tried_again(remote: World, headers, body) -> None:
    remote.server.next = [Reply(403, body, headers)]
    assert not ask(remote).permanent


def test_a_missing_right_is_permanent_and_told_in_the_tracker_s_words(remote: World) -> None:
    remote.server.next = [
        Reply(403, {"message": "Resource not accessible"}, {"X-RateLimit-Remaining": "7"})
    ]
    with pytest.raises(ConnectorError, match="lacks a right") as raised:
        list(remote.connector().list_items())
    assert raised.value.permanent
    assert "Resource not accessible" in raised.value.message


def test_a_refused_item_is_told_in_the_tracker_s_words(remote: World) -> None:
    refusal = Reply(400, {"errorMessages": [], "errors": {"team": ["Team is required."]}})
    answering = remote.server.answering
    remote.server.answering = lambda asked: refusal if asked.method == "POST" else answering(asked)
    with pytest.raises(ConnectorError, match="team: Team is required") as raised:
        remote.connector().create_item(NEW)
    assert raised.value.permanent


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_tried_again(remote: World, body: bytes) -> None:
    remote.server.next = [Reply(200, body)]
    error = ask(remote)
    assert not error.permanent
    assert "not JSON" in error.message


@pytest.mark.parametrize(
    "body",
    [[], {}, None, 5, "x", [1, None, []], {"values": 3}, [{"id": 1e400}], [{"tag_name": []}]],
)
def test_json_of_any_other_shape_breaks_nothing(remote: World, body: object) -> None:
    for call in ("list_items", "list_sprints", "list_releases", "list_deployments"):
        remote.server.answering = lambda asked: Reply(200, body)
        for row in getattr(remote.connector(), call)():
            assert row.key


def test_a_connection_cut_off_is_tried_again(remote: World) -> None:
    remote.server.next = [Reply(reset=True)]
    error = ask(remote)
    assert not error.permanent
    assert "could not be reached" in error.message


def test_a_tracker_that_is_down_is_tried_again() -> None:
    with serving(lambda asked: Reply()) as server:
        address = server.address
    with pytest.raises(ConnectorError, match="could not be reached") as raised:
        client(address).get("/")
    assert not raised.value.permanent


def test_a_name_nobody_knows_is_tried_again() -> None:
    with pytest.raises(ConnectorError, match=r"tracker\.invalid could not be found") as raised:
        client("https://tracker.invalid", resolve=lambda *_: []).get("/")
    assert not raised.value.permanent


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"a": "b" * 500}, drip=0.05),
        Reply(200, {}, hang=3),
        Reply(200, {}, {"Content-Length": "500"}, hang=3),
    ],
)
def test_a_slow_answer_is_cut_off_in_time(reply: Reply) -> None:
    with serving(lambda asked: reply) as server:
        began = time.monotonic()
        with pytest.raises(ConnectorError, match="did not answer within") as raised:
            client(server.address, seconds=0.6).get("/")
        assert time.monotonic() - began < 1.5
    assert not raised.value.permanent


def test_headers_that_trickle_are_cut_off_in_time() -> None:
    reply = Reply(body=b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500, drip=0.05, raw=True)
    with serving(lambda asked: reply) as server:
        began = time.monotonic()
        with pytest.raises(ConnectorError, match="did not answer within"):
            client(server.address, seconds=0.6).get("/")
        assert time.monotonic() - began < 1.5


def test_slow_redirects_share_the_time_of_one_answer() -> None:
    reply = Reply(302, {}, {"Location": "/again"}, hang=0.35)
    with serving(lambda asked: reply) as server:
        began = time.monotonic()
        with pytest.raises(ConnectorError, match="did not answer within"):
            client(server.address, seconds=0.6).get("/")
        assert time.monotonic() - began < 1.5


def test_no_time_left_for_a_redirect_is_no_answer_in_time() -> None:
    reply = Reply(302, {}, {"Location": "/again"})

    def slow(host: str, port: int, seconds: float) -> list[str]:
        time.sleep(seconds)
        return ["127.0.0.1"]

    with serving(lambda asked: reply) as server:
        address = server.address.replace("127.0.0.1", "tracker.example")
        with pytest.raises(ConnectorError, match="did not answer within"):
            client(address, seconds=0.2, resolve=slow).get("/")


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    def hanging(host: str, port: int, seconds: float) -> list[str]:
        assert seconds <= 0.5
        return []

    with pytest.raises(ConnectorError, match="could not be found"):
        client("https://tracker.example", resolve=hanging, seconds=0.5).get("/")


@pytest.mark.parametrize("headers", [{}, {"Content-Length": str(10**10)}])
def test_a_huge_answer_is_cut_off_at_a_megabyte(headers: dict[str, str]) -> None:
    reply = Reply(200, b"x" * (MOST_BYTES * 3), headers)
    with serving(lambda asked: reply) as server, pytest.raises(TooLarge) as raised:
        client(server.address).get("/")
    assert not raised.value.permanent


def test_a_page_too_large_is_asked_for_in_smaller_ones(remote: World) -> None:
    for number in range(40):
        remote.add_item(f"Item {number}", body=f"{number} " + "x" * 60_000)
    found = [item.title for item in remote.connector().list_items()]
    assert found == [f"Item {number}" for number in range(40)]


def test_a_packed_answer_is_not_unpacked() -> None:
    reply = Reply(200, b"\x1f\x8b" + b"\x00" * 100, {"Content-Encoding": "gzip"})
    with serving(lambda asked: reply) as server:
        with pytest.raises(ConnectorError, match="packed"):
            client(server.address).get("/")
        assert server.asked[0].headers["accept-encoding"] == "identity"


def test_three_redirects_are_followed_and_no_more() -> None:
    def answering(asked) -> Reply:
        step = int(asked.path.strip("/"))
        return Reply(302, {}, {"Location": f"/{step - 1}"}) if step else Reply(200, "here")

    with serving(answering) as server:
        assert client(server.address).get("/3").json() == "here"
        with pytest.raises(ConnectorError, match="circles"):
            client(server.address).get("/4")


def test_a_redirect_to_the_bare_site_is_followed() -> None:
    with serving(lambda asked: Reply(200, asked.path)) as server:
        server.next = [Reply(302, {}, {"Location": server.address})]
        assert client(server.address).get("/x").json() == "/"


def test_a_redirect_to_another_host_is_not_followed() -> None:
    with serving(lambda asked: Reply()) as other:
        reply = Reply(302, {}, {"Location": f"{other.address}/stolen"})
        match = "another address"
        with (
            serving(lambda asked: reply) as server,
            pytest.raises(ConnectorError, match=match) as e,
        ):
            client(server.address).get("/")
        assert e.value.permanent
        assert other.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303])
def test_something_written_is_not_sent_on_by_a_redirect_of_old(status: int) -> None:
    reply = Reply(status, {}, {"Location": "/elsewhere"})
    with serving(lambda asked: reply) as server:
        with pytest.raises(ConnectorError, match="moved"):
            client(server.address).send("POST", "/issues", {})
        assert server.connections == 1


def test_something_written_goes_to_where_a_project_moved() -> None:
    def answering(asked) -> Reply:
        moved = Reply(307, {}, {"Location": "/new"})
        return moved if asked.path == "/old" else Reply(200, asked.body)

    with serving(answering) as server:
        assert client(server.address).send("POST", "/old", {"a": 1}).json() == {"a": 1}


@pytest.mark.parametrize("token", ["", "tok\nX-Evil: 1", "tok\r", "tök", "tok\x00"])
def test_a_token_that_cannot_be_one_is_not_sent(remote: World, token: str) -> None:
    connector = remote.connector(token=token)
    with pytest.raises(ConnectorError, match="token") as raised:
        connector.fetch_item(remote.key_of(1))
    assert raised.value.permanent
    assert remote.server.connections == 0


@pytest.mark.parametrize("body", [{}, [], {"id": None, "iid": [], "number": "x", "key": 5}])
def test_an_item_made_with_a_senseless_answer_is_tried_again(remote: World, body: object) -> None:
    answering = remote.server.answering
    made = Reply(201, body)
    remote.server.answering = lambda asked: made if asked.method == "POST" else answering(asked)
    with pytest.raises(ConnectorError) as raised:
        remote.connector().create_item(NEW)
    assert not raised.value.permanent


def _failures() -> list[Reply]:
    said = {"message": f"Bad token {TOKEN}", "errorMessages": [f"{TOKEN} is bad"]}
    return [
        *(Reply(status, said) for status in (400, 401, 403, 404, 422, 429, 500)),
        Reply(200, f"<html>{TOKEN}".encode()),
        Reply(302, {}, {"Location": f"http://elsewhere.example/?{TOKEN}"}),
        Reply(reset=True),
        Reply(200, b"x", {"Content-Encoding": TOKEN}),
    ]


@pytest.mark.parametrize("reply", _failures(), ids=lambda reply: f"{reply.status}")
def test_the_token_is_in_no_error_and_no_log(
    remote: World, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    connector = remote.connector()
    remote.server.answering = lambda asked: reply
    with pytest.raises(ConnectorError) as raised:
        list(connector.list_items())
    told = "".join(traceback.format_exception(raised.value))
    told += repr(raised.value) + repr(vars(raised.value)) + repr(raised.value.__context__)
    assert TOKEN not in told + caplog.text


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_what_a_tracker_repeats_of_the_sign_in_is_not_told(remote: World, status: int) -> None:
    connector = remote.connector()
    remote.server.answering = lambda asked: Reply(status, {"message": f"Bad {asked.headers}"})
    with pytest.raises(ConnectorError) as raised:
        list(connector.list_items())
    sent = remote.server.asked[0].headers["authorization"].split()[1]
    assert "Bad" in raised.value.message
    assert sent not in raised.value.message


@pytest.mark.parametrize("location", ["", "http://[::1", "//", "http://127.0.0.1:x/", "/\\a b"])
def test_a_redirect_to_nowhere_is_refused(remote: World, location: str) -> None:
    remote.server.answering = lambda asked: Reply(302, {}, {"Location": location})
    assert ask(remote).message


def test_the_token_is_in_no_representation(world: World) -> None:
    connector = world.connector()
    shown = [repr(connector), str(connector), repr(world.access)]
    shown += [repr(value) for value in vars(connector).values() if not isinstance(value, str)]
    assert not [words for words in shown if TOKEN in words]


def test_nothing_but_the_origin_ever_gets_the_token() -> None:
    with serving(lambda asked: Reply(200, {})) as server:
        client(server.address).get("/x")
        assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
        assert repr(Access(server.address, "p", TOKEN)).count(TOKEN) == 0
