"""Who sent a webhook: comparisons in constant time, and False for whatever is not well formed."""

import base64
import binascii
import hashlib
import hmac
import re

_HEX = re.compile(r"sha256=([0-9a-f]{64})")
_STANDARD = re.compile(r"v1,[A-Za-z0-9+/]{43}=(?: v1,[A-Za-z0-9+/]{43}=)*")
_KEY_MARK = "whsec_"


def is_signed(secret: str, header: str, body: bytes) -> bool:
    """Whether the header is `sha256=` and the HMAC-SHA256 of the body; once, nothing else."""
    given = _HEX.fullmatch(header)
    if not secret or given is None:
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given[1])


def is_same(secret: str, header: str) -> bool:
    """Whether the header is the secret itself."""
    return bool(secret) and hmac.compare_digest(
        secret.encode("utf-8", "replace"), header.encode("utf-8", "replace")
    )


def is_signing_key(secret: str) -> bool:
    """Whether the secret signs deliveries after the Standard Webhooks way."""
    return secret.startswith(_KEY_MARK)


def is_signed_standard(secret: str, header: str, signed: bytes) -> bool:
    """Whether one of the header's `v1,` signatures is that of the signed text."""
    try:
        key = base64.b64decode(secret.removeprefix(_KEY_MARK), validate=True)
    except (ValueError, binascii.Error):
        return False
    if not key or _STANDARD.fullmatch(header) is None:
        return False
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    return any(hmac.compare_digest(expected, given) for given in header.split(" "))


def digest_id(body: bytes) -> str:
    """An id for a delivery that brought none: the same body is the same delivery."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def known_id(header: str, body: bytes) -> str:
    """The id a delivery brought, when it is short enough to keep and printable."""
    given = header.strip()
    fits = 0 < len(given) <= 100 and given.isascii() and given.isprintable()
    return given if fits else digest_id(body)
