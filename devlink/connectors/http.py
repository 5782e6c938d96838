"""The one way of connectors to a tracker: bounded in time, size and reach, silent about tokens."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

import httpcore2

from devlink.connectors.addresses import Resolve, judged, system_addresses
from devlink.connectors.base import ConnectorError
from devlink.connectors.reading import dig, text
from devlink.connectors.wire import Deadline, JudgedNetwork

TOTAL_SECONDS = 10.0
MOST_BYTES = 1_000_000
MOST_REDIRECTS = 3
LONGEST_WAIT = 24 * 3600.0
"""However long a tracker wants to be left alone, it is asked again after a day."""

_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_BUSY = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.LOCKED,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_KEEP_METHOD = {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}
_MOVED = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, *_KEEP_METHOD}
# Where the vendors say why they refuse.
_REASONS = ("message", "error", "errorMessages", "errors")
_DEEPEST_REASON = 3
_REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining")
_RESET = ("x-ratelimit-reset", "ratelimit-reset")

Query = Mapping[str, str | int]


class TooLarge(ConnectorError):
    """The answer has more bytes than we take; a smaller page may fit."""


class Refusal(ConnectorError):
    """The tracker understood and says no, with this status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, permanent=True)
        self.status = status


class Missing(Refusal):
    """The tracker knows nothing under this address, or shows it to others only."""


@dataclass(frozen=True)
class Answer:
    """What came back: a good status, header names in lower case, a body within bounds."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> object:
        """The body read as JSON; what is none may be a page of somebody in between."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError):
            found = _BROKEN
        if found is _BROKEN:
            raise ConnectorError(
                "The tracker answered with something that is not JSON; is the address right?",
                permanent=False,
            )
        return found


_BROKEN = object()


class Client:
    """Speaks JSON with one tracker, under one base address, with one set of credentials.

    `headers` hold the credentials; they go to the origin of the base address and nowhere else.
    `project` names in errors what the administrator entered. With `allow_private` the tracker may
    stand in the house's own network, and there without https too.
    """

    def __init__(
        self,
        base_url: str,
        *,
        project: str,
        headers: Mapping[str, str],
        token: str,
        allow_private: bool = False,
        resolve: Resolve = system_addresses,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._base = base_url.strip().rstrip("/")
        self._project = project
        self._host = host_of(self._base)
        self._headers: dict[str, str] = {
            "Accept": "application/json",
            "User-Agent": "Upstream",
            **headers,
            # Nothing packed, so that a byte received is a byte and not a thousand.
            "Accept-Encoding": "identity",
        }
        self._token = token
        self._allow_private = allow_private
        self._resolve = resolve
        self._seconds = seconds

    def __repr__(self) -> str:
        return f"<Client of {self._base.rpartition('@')[2]}>"

    def get(self, path: str, query: Query | None = None) -> Answer:
        """The answer to a question; ConnectorError for anything but a good one."""
        return self._ask("GET", self._address(path, query), b"")

    def find(
        self, path: str, query: Query | None = None, *, absent: Iterable[int] = ()
    ) -> Answer | None:
        """The same, and None where there is nothing, or the answer has an `absent` status."""
        try:
            return self.get(path, query)
        except Missing:
            return None
        except Refusal as refusal:
            if refusal.status in absent:
                return None
            raise

    def send(self, method: str, path: str, body: object) -> Answer:
        """The answer to something written."""
        return self._ask(method, self._address(path, None), json.dumps(body).encode())

    def _address(self, path: str, query: Query | None) -> str:
        return f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")

    def _ask(self, method: str, url: str, body: bytes) -> Answer:
        self._check_credentials()
        deadline = Deadline(self._seconds)
        origin = self._origin(self._split(url))
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._ask_once(method, url, body, deadline)
            if answer.status not in _MOVED:
                return self._judge(answer)
            url = _joined(url, answer.headers.get("location", ""))
            if self._origin(self._split(url)) != origin:
                raise ConnectorError(
                    f"{self._host} sends us on to another address, where the token must not go; "
                    "enter the address under which the tracker itself answers.",
                    permanent=True,
                )
            if method != "GET" and answer.status not in _KEEP_METHOD:
                raise ConnectorError(
                    f"{self._project} has moved; enter its new name.", permanent=True
                )
        raise ConnectorError(f"{self._host} sends us round in circles.", permanent=False)

    def _ask_once(self, method: str, url: str, body: bytes, deadline: Deadline) -> Answer:
        address = self._split(url)
        host, port = address.hostname or "", self._port(address)
        sent = [("Host", address.netloc), *self._headers.items()]
        if body:
            sent.append(("Content-Type", "application/json"))
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        try:
            addresses = judged(
                host,
                port,
                allow_private=self._allow_private,
                must_be_private=address.scheme == "http",
                resolve=self._resolve,
                seconds=deadline.left(),
            )
            with (
                JudgedNetwork(addresses, deadline).pool() as pool,
                pool.stream(
                    method,
                    httpcore2.URL(scheme=address.scheme, host=host, port=port, target=target),
                    headers=[(name.encode(), value.encode()) for name, value in sent],
                    content=body or None,
                ) as response,
            ):
                headers = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                return Answer(response.status, headers, self._body(headers, response))
        except httpcore2.TimeoutException:
            failure = f"{self._host} did not answer within {self._seconds:.0f} seconds."
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            failure = f"{self._host} could not be reached."
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                failure = (
                    f"{self._host} shows a certificate that is not trusted here; the variable "
                    "SSL_CERT_FILE names the authorities to trust."
                )
        raise ConnectorError(failure, permanent=False)

    def _body(self, headers: Mapping[str, str], response: httpcore2.Response) -> bytes:
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise ConnectorError(
                f"{self._host} answered with a packed text, which was not asked for.",
                permanent=False,
            )
        announced = headers.get("content-length", "")
        if announced.isdigit() and len(announced) < 20 and int(announced) > MOST_BYTES:
            raise self._too_large()
        body = bytearray()
        for part in response.iter_stream():
            body += part
            if len(body) > MOST_BYTES:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"{self._host} answered with more than a megabyte.", permanent=False)

    def _check_credentials(self) -> None:
        if not self._token:
            raise ConnectorError("There is no token yet; enter one.", permanent=True)
        for value in (self._token, *self._headers.values()):
            if not value.isascii() or not value.isprintable():
                raise ConnectorError(
                    "The token or the user has characters no token has; enter it again.",
                    permanent=True,
                )

    def _split(self, url: str) -> SplitResult:
        """The parts of an address that can mean one thing only."""
        proper = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>^`{|}')
        try:
            parts = urlsplit(url if proper else "")
            known = bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known or "@" in parts.netloc or parts.scheme not in {"http", "https"}:
            raise ConnectorError(
                "The tracker's address must be a web address such as https://tracker.example.org.",
                permanent=True,
            )
        if parts.scheme == "http" and not self._allow_private:
            raise ConnectorError(
                f"{parts.hostname} must be reached by https, "
                "or the token could be read on the way.",
                permanent=True,
            )
        return parts

    @staticmethod
    def _port(parts: SplitResult) -> int:
        return parts.port or (443 if parts.scheme == "https" else 80)

    def _origin(self, parts: SplitResult) -> tuple[str, str, int]:
        return parts.scheme, (parts.hostname or "").rstrip("."), self._port(parts)

    def _judge(self, answer: Answer) -> Answer:
        """The answer when it is a good one, else what it means for whoever asked."""
        status = answer.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR or _is_limited(answer):
            raise ConnectorError(
                f"{self._host} is busy or out of order just now (status {status}).",
                permanent=False,
                retry_after=_wait(answer, time.time()),
            )
        if status == HTTPStatus.UNAUTHORIZED:
            raise Refusal(
                f"{self._host} does not accept the token: it is wrong, has expired or was "
                "revoked. Make a new one and enter it.",
                status,
            )
        said = self._said(answer)
        if status == HTTPStatus.FORBIDDEN:
            raise Refusal(
                f"The token lacks a right for {self._project} on {self._host}{said}", status
            )
        if status in _GONE:
            raise Missing(
                f"{self._host} knows no {self._project}, or does not show it to this token{said}",
                status,
            )
        raise Refusal(f"{self._host} refuses what was asked (status {status}){said}", status)

    def _said(self, answer: Answer) -> str:
        """The tracker's own reason as the end of a sentence, without the token."""
        try:
            found: object = json.loads(answer.body)
        except (ValueError, RecursionError):
            return "."
        reasons = (_words(dig(found, name)) for name in _REASONS)
        reason = "; ".join(dict.fromkeys(filter(None, reasons)))
        for secret in (self._token, *self._headers.get("Authorization", "").split()[1:]):
            reason = reason.replace(secret, "…")
        reason = " ".join(reason.split())[:200].rstrip(".")
        return f": {reason}." if reason else "."


def host_of(base_url: str) -> str:
    """The host and port in what was entered as an address, for people to read and to compare."""
    rest = base_url.partition("://")[2] or base_url
    return rest.partition("/")[0].rpartition("@")[2].casefold()


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _words(found: object, depth: int = 0) -> str:
    """What a tracker says in texts, lists of texts and texts under names."""
    if depth > _DEEPEST_REASON:
        return ""
    if isinstance(found, dict):
        said = ((text(name), _words(value, depth + 1)) for name, value in found.items())
        return ", ".join(f"{name}: {words}" for name, words in said if words)
    if isinstance(found, list):
        return ", ".join(filter(None, (_words(value, depth + 1) for value in found)))
    return text(found)


def _is_limited(answer: Answer) -> bool:
    """Whether a refusal only means: not so much at once."""
    if answer.status != HTTPStatus.FORBIDDEN:
        return False
    spent = any(answer.headers.get(name) == "0" for name in _REMAINING)
    return spent or "retry-after" in answer.headers or b"rate limit" in answer.body.lower()


def _wait(answer: Answer, now: float) -> float | None:
    """For how many seconds the tracker wants to be left alone; None when it does not say."""
    wanted = _seconds(answer.headers.get("retry-after", ""), now, counts_from=0.0)
    for name in _RESET:
        if wanted is None:
            wanted = _seconds(answer.headers.get(name, ""), now, counts_from=now)
    return None if wanted is None else min(max(wanted, 0.0), LONGEST_WAIT)


def _seconds(header: str, now: float, *, counts_from: float) -> float | None:
    """The seconds from now that a header means: a number, an instant of the web or of ISO 8601."""
    if header.isascii() and header.isdigit() and len(header) < 20:
        return float(header) - counts_from
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(header)
        except ValueError:
            continue
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now
    return None
