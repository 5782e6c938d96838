"""Reading a body that anybody may have sent: pure checks before anything is stored."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import cast

MOST_BYTES = 1024 * 1024
DEEPEST = 60
# Names of headers that are not kept: whatever might hold or prove a secret, or name a person.
_SECRET = (
    "token",
    "secret",
    "signature",
    "auth",
    "cookie",
    "api-key",
    "apikey",
    "forwarded",
    "-ip",
)


class BadBody(Exception):
    """It is not what a tracker sends; the message is a sentence."""


def read_json(body: bytes) -> tuple[str, Mapping[str, object]]:
    """The text and the object in it; BadBody with the reason for anything else."""
    try:
        text = body.decode("utf-8")
        parsed = json.loads(text, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise BadBody("The body is not UTF-8.") from error
    except RecursionError as error:
        raise BadBody("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise BadBody("The body is not JSON.") from error
    if not isinstance(parsed, dict):
        raise BadBody("The body is not a JSON object.")
    _look_through(parsed)
    return text, cast("Mapping[str, object]", parsed)


def _refuse(name: str) -> object:
    raise ValueError(name)


def _look_through(parsed: object) -> None:
    """Raises BadBody for what neither database nor text can hold, and for deep nesting."""
    layer: list[object] = [parsed]
    for _ in range(DEEPEST):
        following: list[object] = []
        for value in layer:
            if isinstance(value, dict):
                following += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                following += value
            elif isinstance(value, str):
                _check_text(value)
        if not following:
            return
        layer = following
    raise BadBody("The JSON is nested too deeply.")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise BadBody("The body holds a NUL character.")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise BadBody("The body holds half a character.") from error


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say what a delivery is; none that might hold a secret."""
    return {
        name: value.replace("\x00", "")[:300]
        for name, value in headers.items()
        if (name.startswith("x-") or name == "content-type")
        and not any(word in name for word in _SECRET)
    }


def short_id(given: str, body: bytes) -> str:
    """A delivery's id as it is kept: the sender's where it is short and plain, else its digest."""
    if 0 < len(given) <= 100 and given.isascii() and given.isprintable():
        return given
    return sha256(given.encode("utf-8", "replace") or body).hexdigest()
