"""Who has a ticket open right now, and what they do there; kept in the cache, for seconds only.

Without the cache nobody is seen, and everything else works: presence is a courtesy.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import time
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from accounts.models import Person
from incidents.models import Ticket

logger = logging.getLogger(__name__)

# A beat comes every five seconds; two may be lost before somebody is taken for gone.
BEAT_SECONDS = 5
GONE_AFTER = 16
DOING = {
    "viewing": "is viewing",
    "public_reply": "is writing a reply",
    "internal_note": "is writing an internal note",
    "question": "is asking the developers",
    "editing": "is editing fields",
}
GONE = "gone"


@dataclass(frozen=True)
class Present:
    """Somebody else at the ticket."""

    name: str
    doing: str

    @property
    def words(self) -> str:
        """`Ivo is writing a reply`."""
        return f"{self.name} {DOING[self.doing]}"

    @property
    def is_writing(self) -> bool:
        return self.doing != "viewing"


def _key(ticket: Ticket) -> str:
    return f"incidents.presence.{ticket.pk}"


def beat(ticket: Ticket, person: Person, doing: str) -> Sequence[Present]:
    """Says what this person does at the ticket (or `gone`); returns the others there."""
    try:
        present = _read(ticket)
        present.pop(str(person.pk), None)
        if doing in DOING:
            present[str(person.pk)] = [person.name, doing, time()]
        # Two beats at once may lose one of them; it comes again in five seconds.
        cache.set(_key(ticket), present, GONE_AFTER)
    except (RedisError, OSError):
        logger.info("presence is not kept: the cache is away")
        return []
    return _others(present, person)


def others_at(ticket: Ticket, person: Person) -> Sequence[Present]:
    """Who else is at the ticket; those who write stand first."""
    try:
        return _others(_read(ticket), person)
    except (RedisError, OSError):
        logger.info("presence is not read: the cache is away")
        return []


def _read(ticket: Ticket) -> dict[str, Any]:
    since = time() - GONE_AFTER
    kept = cache.get(_key(ticket)) or {}
    return {pk: one for pk, one in kept.items() if one[2] >= since}


def _others(present: dict[str, Any], person: Person) -> Sequence[Present]:
    found = [Present(one[0], one[1]) for pk, one in present.items() if pk != str(person.pk)]
    return sorted(found, key=lambda one: (not one.is_writing, one.name))
