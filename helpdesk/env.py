"""Typed readers of environment variables; a bad value stops the start with one sentence."""

import os
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"", "0", "false", "no", "off"})


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default a missing variable stops the start."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """A yes or a no, written as 1/0, true/false, yes/no or on/off."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.strip().lower() in TRUE:
        return True
    if raw.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {raw!r}.")


def integer(name: str, default: int) -> int:
    """A whole number."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    try:
        return int(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from error


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def broker_url(redis_url: str) -> str:
    """The Celery broker behind a Redis URL (kombu spells Unix sockets its own way)."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        number = parse_qs(parts.query).get("db", ["0"])[0]
        return f"redis+socket://{parts.path}?virtual_host={number}"
    if parts.scheme in {"redis", "rediss"}:
        return redis_url
    raise ImproperlyConfigured(
        f"REDIS_URL must start with redis://, rediss:// or unix://, not {parts.scheme!r}."
    )


def cache_url(redis_url: str, database: int = 1) -> str:
    """The cache's database on the same Redis, away from the broker's keys."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        # Not urlunsplit: without a host it leaves the two slashes out, and the client refuses that.
        return f"unix://{parts.path}?{urlencode({'db': database})}"
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))
