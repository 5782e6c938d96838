"""Keeping a secret that has to be used again, such as the token of another system.

Nothing but what Python and Django bring: a key stream of HMAC-SHA256 over a random nonce and a
counter, and a second HMAC over nonce and cipher text that is checked before anything is read
(encrypt, then authenticate). Both keys come from SECRET_KEY; SECRET_KEY_FALLBACKS still open what
was sealed before the key was changed.
"""

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import count

from django.conf import settings
from django.utils.crypto import salted_hmac

from core.errors import DomainError

_MARK = "v1."
_NONCE, _TAG = 16, 32


class Unreadable(DomainError):
    """A sealed text that no known key opens: damaged, or of another installation."""


def seal(text: str, *, purpose: str) -> str:
    """The text made unreadable without SECRET_KEY; empty stays empty.

    What was sealed for one purpose cannot be opened for another.
    """
    if not text:
        return ""
    stream_key, tag_key = _keys(purpose, settings.SECRET_KEY)
    nonce = os.urandom(_NONCE)
    cipher = _mixed(stream_key, nonce, text.encode())
    tag = _tag(tag_key, nonce, cipher)
    return _MARK + urlsafe_b64encode(nonce + tag + cipher).decode("ascii")


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed; raises Unreadable when it was not sealed by this installation."""
    if not sealed:
        return ""
    try:
        raw = urlsafe_b64decode(sealed.removeprefix(_MARK).encode("ascii"))
    except ValueError as error:
        raise Unreadable("A stored secret is damaged; enter it again.") from error
    nonce, tag, cipher = raw[:_NONCE], raw[_NONCE : _NONCE + _TAG], raw[_NONCE + _TAG :]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        stream_key, tag_key = _keys(purpose, secret)
        if hmac.compare_digest(tag, _tag(tag_key, nonce, cipher)):
            return _mixed(stream_key, nonce, cipher).decode()
    raise Unreadable("A stored secret was kept under another SECRET_KEY; enter it again.")


def _keys(purpose: str, secret: str) -> tuple[bytes, bytes]:
    return (
        salted_hmac(f"core.secrecy.stream:{purpose}", b"", secret, algorithm="sha256").digest(),
        salted_hmac(f"core.secrecy.tag:{purpose}", b"", secret, algorithm="sha256").digest(),
    )


def _tag(key: bytes, nonce: bytes, cipher: bytes) -> bytes:
    return hmac.digest(key, nonce + cipher, hashlib.sha256)


def _mixed(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """Data xor key stream: the same call hides and shows."""
    stream = bytearray()
    for number in count():
        if len(stream) >= len(data):
            break
        stream += hmac.digest(key, nonce + number.to_bytes(8, "big"), hashlib.sha256)
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))
