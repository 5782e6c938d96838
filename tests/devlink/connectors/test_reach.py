"""Where connectors may go: refused before a packet leaves, counted on a server on loopback."""

import socket

import pytest

from devlink.connectors import registry
from devlink.connectors.addresses import system_addresses
from devlink.connectors.base import Access, ConnectorError
from devlink.connectors.http import Client
from tests.devlink.connectors.server import Reply, serving

PUBLIC = "93.184.215.14"
ANY = "0.0.0.0"  # noqa: S104
PROJECTS = {"github": "acme/shop", "gitlab": "acme/shop", "jira": "SHOP"}
KINDS = list(PROJECTS)


def client(base_url: str, *found: str, allow_private: bool = False) -> Client:
    """A client for which every name leads to these addresses."""
    return Client(
        base_url,
        project="it",
        headers={},
        token="tok",
        allow_private=allow_private,
        resolve=lambda *_: list(found),
        seconds=2,
    )


@pytest.fixture
def server():
    """A server nobody may reach."""
    with serving(lambda asked: Reply(200, {})) as found:
        yield found


LOOPBACK_NAMES = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    ANY,
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "127.000.000.001",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
    "[::1%25lo]",
    "localhost",
]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", LOOPBACK_NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_loopback_in_any_writing_is_refused(server, kind: str, host: str, scheme: str) -> None:
    access = Access(f"{scheme}://{host}:{server.port}", PROJECTS[kind], "tok")
    connector = registry.connector_for(kind, access)
    with pytest.raises(ConnectorError) as raised:
        connector.check()
    assert raised.value.permanent
    assert server.connections == 0


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize(
    "host", [name for name in LOOPBACK_NAMES if name not in {"127.0.0.1", "[::1]", "localhost"}]
)
def test_an_odd_writing_is_refused_even_where_loopback_is_allowed(
    server, host: str, *, allow_private: bool
) -> None:
    asking = client(f"https://{host}:{server.port}", allow_private=allow_private)
    with pytest.raises(ConnectorError) as raised:
        asking.get("/")
    assert raised.value.permanent
    assert server.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        ANY,
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "198.18.0.1",
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "::ffff:93.184.215.14",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:a00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
    ],
)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(ConnectorError, match="not an address on the public network") as raised:
        client("https://tracker.example", address).get("/")
    assert raised.value.permanent


def test_a_name_that_leads_inside_and_outside_is_refused(server) -> None:
    with pytest.raises(ConnectorError, match="public network"):
        client(f"https://tracker.example:{server.port}", PUBLIC, "127.0.0.1").get("/")
    assert server.connections == 0


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", ANY])
def test_what_serves_no_tracker_is_refused_even_where_the_house_is_allowed(address: str) -> None:
    with pytest.raises(ConnectorError, match="public network"):
        client("https://tracker.example", address, allow_private=True).get("/")


def test_a_name_that_changes_its_address_does_not_lead_elsewhere(server) -> None:
    answers = iter([["127.0.0.1"], [PUBLIC], [PUBLIC]])
    asking = Client(
        f"http://tracker.example:{server.port}",
        project="it",
        headers={},
        token="tok",
        allow_private=True,
        resolve=lambda *_: next(answers),
    )
    assert asking.get("/").status == 200
    assert server.asked[0].headers["host"] == f"tracker.example:{server.port}"
    assert len(list(answers)) == 2


def test_a_redirect_inside_is_refused(server) -> None:
    moved = Reply(302, {}, {"Location": f"http://169.254.169.254:{server.port}/latest"})
    with serving(lambda asked: moved) as first, pytest.raises(ConnectorError, match="another"):
        client(first.address, "127.0.0.1", allow_private=True).get("/")


NO_ADDRESSES = [
    "",
    "tracker.example",
    "//tracker.example",
    "gopher://tracker.example",
    "file:///etc/passwd",
    "ftp://tracker.example",
    "https://",
    "https://user@tracker.example",
    "https://user:word@tracker.example",
    "https://tracker.example@127.0.0.1",
    "https://tracker.example\\@127.0.0.1",
    "https://tracker .example",
    "https://tracker.example\t.org",
    "https://tracker.example\r\nHost: other",
    "https://tracker.example:99999",
    "https://tracker.example:x",
    "https://tracker.example:0",
    "https://träcker.example",
    "https://127.0.0.1/",
    "https://[::1",
]


@pytest.mark.parametrize("base_url", NO_ADDRESSES)
def test_what_is_no_plain_web_address_is_refused(base_url: str) -> None:
    with pytest.raises(ConnectorError, match="address") as raised:
        client(base_url, PUBLIC).get("/x")
    assert raised.value.permanent


@pytest.mark.parametrize("base_url", NO_ADDRESSES[1:])
@pytest.mark.parametrize("kind", KINDS)
def test_a_connector_with_no_plain_web_address_asks_nothing(kind: str, base_url: str) -> None:
    connector = registry.connector_for(kind, Access(base_url, PROJECTS[kind], "tok"))
    with pytest.raises(ConnectorError, match="address") as raised:
        connector.check()
    assert raised.value.permanent


@pytest.mark.parametrize("port", [1, 22, 25, 53, 110, 143, 465, 587, 993, 3306, 5432, 6379, 11211])
def test_a_port_on_which_no_tracker_answers_is_refused(port: int) -> None:
    for allowed in (False, True):
        with pytest.raises(ConnectorError, match="public network"):
            client(f"https://tracker.example:{port}", PUBLIC, allow_private=allowed).get("/")


def test_without_https_nothing_is_sent() -> None:
    with pytest.raises(ConnectorError, match="https") as raised:
        client("http://tracker.example", PUBLIC).get("/")
    assert raised.value.permanent


def test_without_https_nothing_leaves_the_house() -> None:
    with pytest.raises(ConnectorError, match="https"):
        client("http://tracker.example", PUBLIC, allow_private=True).get("/")


def test_a_refusal_tells_nothing_of_what_is_open(server) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        ports = [server.port, unused.getsockname()[1]]
    told = set()
    for port in ports:
        with pytest.raises(ConnectorError) as raised:
            client(f"https://tracker.example:{port}", "127.0.0.1").get("/")
        told.add(raised.value.message)
    assert len(told) == 1


def test_a_certificate_nobody_signed_is_refused(server) -> None:
    with pytest.raises(ConnectorError, match="could not be reached"):
        client(f"https://localhost:{server.port}", "127.0.0.1", allow_private=True).get("/")
    assert server.asked == []


def test_the_system_s_resolver_is_asked_and_may_know_nothing() -> None:
    assert "127.0.0.1" in system_addresses("localhost", 80, 5)
    assert list(system_addresses("tracker.invalid", 80, 5)) == []
    assert list(system_addresses("x" * 300, 80, 5)) == []


def test_the_next_address_is_tried_where_the_first_is_silent(server) -> None:
    asking = client(
        f"http://tracker.example:{server.port}", "127.0.0.2", "127.0.0.1", allow_private=True
    )
    assert asking.get("/").status == 200
