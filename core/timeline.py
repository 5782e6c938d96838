"""Recording facts, and what follows from them after the commit."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from core.events import CATALOGUE, COMMON_FIELDS, EventKind
from core.models import Delivery, Event, subject_kind

logger = logging.getLogger(__name__)

type_json = str | int | float | bool | None | list["type_json"] | dict[str, "type_json"]
Handler = Callable[[Event], None]
HANDLERS: dict[str, dict[str, Handler]] = defaultdict(dict)
# Set by core.apps to the function that wakes a worker, so that nothing here imports tasks.
publishers: list[Callable[[Sequence[int]], None]] = []
_rule: ContextVar[dict[str, type_json] | None] = ContextVar("rule", default=None)


@contextmanager
def by_rule(name: str, url: str = "", *, kind: str = "rule") -> Iterator[None]:
    """Facts recorded inside say that this rule brought them about; the timeline links to it.

    `kind` is the word for what it is.
    """
    token = _rule.set({"name": name, "url": url, "kind": kind})
    try:
        yield
    finally:
        _rule.reset(token)


_cause: ContextVar[Event | None] = ContextVar("cause", default=None)


@contextmanager
def because_of(event: Event) -> Iterator[None]:
    """Whatever is recorded in this block names `event` as its cause."""
    token = _cause.set(event)
    try:
        yield
    finally:
        _cause.reset(token)


def handles(*kinds: EventKind) -> Callable[[Handler], Handler]:
    """Registers a function as a handler of these kinds.

    It runs in a background task, inside one transaction with its receipt, at least until it
    succeeds once. Effects outside the database must be written as rows, not done here.
    """

    def register(function: Handler) -> Handler:
        name = f"{function.__module__}.{function.__qualname__}"
        for kind in kinds:
            HANDLERS[kind.name][name] = function
        return function

    return register


def record(
    kind: EventKind,
    subject: models.Model,
    /,
    *,
    actor: models.Model | None,
    at: datetime | None = None,
    **payload: type_json,
) -> Event:
    """Writes one fact about `subject`; it commits with the caller's transaction or not at all.

    Raises ValueError for a kind outside the catalogue or a payload field the kind does not name.
    """
    if CATALOGUE.get(kind.name) is not kind:
        raise ValueError(f"{kind.name} is not in the catalogue of events")
    unknown = payload.keys() - kind.fields - COMMON_FIELDS
    if unknown:
        raise ValueError(f"{kind.name} does not carry {sorted(unknown)}")
    rule = _rule.get()
    if rule is not None:
        payload.setdefault("rule", rule)
    event = Event.objects.create(
        name=kind.name,
        at=at or timezone.now(),
        actor_id=None if actor is None else actor.pk,
        subject_kind=subject_kind(subject),
        subject_id=subject.pk,
        payload=payload,
        cause=_cause.get(),
    )
    duties = Delivery.objects.bulk_create(
        [Delivery(event=event, handler=name) for name in HANDLERS[kind.name]]
    )
    if duties:
        _Wake([duty.pk for duty in duties]).after_commit()
    return event


class _Wake:
    """A named callable for `on_commit`: Django's robust logging needs a `__qualname__`."""

    def __init__(self, delivery_ids: Sequence[int]) -> None:
        self.delivery_ids = delivery_ids
        self.__qualname__ = "wake_workers"

    def after_commit(self) -> None:
        transaction.on_commit(self, robust=True)

    def __call__(self) -> None:
        for publish in publishers:
            publish(self.delivery_ids)
