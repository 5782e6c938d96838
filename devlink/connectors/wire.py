"""Connections that go only where they may, and end in time.

They stand on httpcore2, the lower half of httpx2, because only there a connection can be made to
the very address that was judged, and one deadline be held over every read of an answer.
"""

import functools
import logging
import ssl
import time
from collections.abc import Iterable

import httpcore2

# Its debug log shows the headers of answers, into which a tracker may have put what it was sent.
logging.getLogger("httpcore2").setLevel(logging.INFO)


@functools.cache
def trusted_authorities() -> ssl.SSLContext:
    """The authorities this machine trusts; SSL_CERT_FILE names those of the house."""
    return httpcore2.default_ssl_context()


class Deadline:
    """An instant on the steady clock by which everything has to be over."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds left; a time-out when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left


class Stream(httpcore2.NetworkStream):
    """A connection on which each read and write ends by the deadline, however slow the trickle."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left())
        return Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class JudgedNetwork(httpcore2.NetworkBackend):
    """Connects to the judged addresses only, whatever the name would lead to by now."""

    def __init__(self, addresses: Iterable[str], deadline: Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._system = httpcore2.SyncBackend()

    def pool(self) -> httpcore2.ConnectionPool:
        """Connections over this network; closing it closes them."""
        return httpcore2.ConnectionPool(ssl_context=trusted_authorities(), network_backend=self)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: httpcore2.ConnectError | None = None
        for address in self._addresses:
            try:
                inner = self._system.connect_tcp(
                    address, port, self._deadline.left(), local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failure = error
            else:
                return Stream(inner, self._deadline)
        raise failure or httpcore2.ConnectError
