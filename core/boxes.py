"""Drawing the boxes other apps add to a page; one that fails never takes it along."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.db import connection, models, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.extensions import Panel, PanelMaker, panel_makers

logger = logging.getLogger(__name__)

Made = TypeVar("Made")


@dataclass(frozen=True)
class Box:
    """A drawn box. `failed` boxes have no content: the page says that they are not available."""

    key: str
    title: str
    html: SafeString
    failed: bool = False


def draw_boxes(
    request: HttpRequest, record: models.Model, slot: str, *, budget_ms: int = 0, only: str = ""
) -> list[Box]:
    """The boxes this person gets for this record, drawn and in order.

    With `budget_ms` no statement of a box may take longer. A box that fails, for whatever reason,
    is logged and comes back as `failed`; the others and the page are not touched. `only` names the
    one function whose box is asked for.
    """
    makers = [one for one in panel_makers(record, slot) if only in ("", one.__name__)]
    drawn = (_draw(maker, request, record, budget_ms) for maker in makers)
    return [box for box in drawn if box is not None]


def gather(request: HttpRequest, record: models.Model, slot: str) -> list[Panel]:
    """What other apps say of this record as data of their panels, undrawn.

    One that fails is logged and left out, as with boxes.
    """
    made = (
        _attempt(_name_of(maker), 0, partial(maker, request, record), None)
        for maker in panel_makers(record, slot)
    )
    return [one for one in made if one is not None]


def _draw(
    maker: PanelMaker, request: HttpRequest, record: models.Model, budget_ms: int
) -> Box | None:
    def draw() -> Box | None:
        panel = maker(request, record)
        if panel is None:
            return None
        context = {**panel.context, "panel": panel, "record": record}
        return Box(panel.key, panel.title, render_to_string(panel.template, context, request))

    name = _name_of(maker)
    failed: Box | None = Box(name, "", SafeString(""), failed=True)
    return _attempt(name, budget_ms, draw, failed)


def _name_of(maker: PanelMaker) -> str:
    return f"{maker.__module__}.{maker.__name__}"


def _attempt(name: str, budget_ms: int, make: Callable[[], Made], failed: Made) -> Made:
    """What is made, or `failed` when that went wrong, for whatever reason, which is logged."""
    try:
        with _fence(budget_ms):
            return make()
    except Exception:
        # Any error of a box is its own app's; the person's page and form go on without it.
        logger.exception("box.failed", extra={"box": name})
        return failed


@contextmanager
def _fence(budget_ms: int) -> Iterator[None]:
    """Keeps a failed statement from spoiling the next one, and limits how long one may take.

    Outside a transaction each statement stands for itself already: nothing to do without a limit.
    """
    if not budget_ms and not connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        if budget_ms:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [budget_ms])
        yield
