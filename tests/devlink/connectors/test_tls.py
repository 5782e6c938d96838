"""Certificates: of the name that was entered, though the connection goes to a judged address."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devlink.connectors.base import ConnectorError
from devlink.connectors.http import Client
from devlink.connectors.wire import trusted_authorities
from tests.devlink.connectors.server import FakeServer, Reply, serving

NAME = "tracker.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and the certificate it signed for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path_factory.mktemp("tls") / "tracker.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def server(certificate: Path) -> Iterator[FakeServer]:
    """A server that speaks https only."""
    with serving(lambda asked: Reply(200, "here")) as found:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        found.socket = context.wrap_socket(found.socket, server_side=True)
        yield found


@pytest.fixture
def _trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusted_authorities.cache_clear()
    yield
    trusted_authorities.cache_clear()


def ask(host: str, server: FakeServer) -> object:
    """What it answers under this name."""
    asking = Client(
        f"https://{host}:{server.port}",
        project="it",
        headers={},
        token="tok",
        allow_private=True,
        resolve=lambda *_: ["127.0.0.1"],
    )
    return asking.get("/").json()


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_of_the_name_is_enough_at_any_address(server: FakeServer) -> None:
    assert ask(NAME, server) == "here"
    assert server.asked[0].headers["host"] == f"{NAME}:{server.port}"


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused(server: FakeServer, host: str) -> None:
    with pytest.raises(ConnectorError, match="certificate") as raised:
        ask(host, server)
    assert not raised.value.permanent
    assert server.asked == []


def test_a_certificate_nobody_here_trusts_is_refused(server: FakeServer) -> None:
    with pytest.raises(ConnectorError, match="SSL_CERT_FILE"):
        ask(NAME, server)
    assert server.asked == []
