"""Drawing the boxes other apps add to a page; one that fails never takes it along."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.extensions import Panel, PanelMaker, panel_makers

logger = logging.getLogger(__name__)


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
    found = []
    for maker in panel_makers(record, slot):
        try:
            with _fence(0):
                made = maker(request, record)
        except Exception:
            # As below: the page goes on without it.
            logger.exception("box.failed", extra={"box": f"{maker.__module__}.{maker.__name__}"})
            continue
        if made is not None:
            found.append(made)
    return found


def _draw(
    maker: PanelMaker, request: HttpRequest, record: models.Model, budget_ms: int
) -> Box | None:
    name = f"{maker.__module__}.{maker.__name__}"
    try:
        with _fence(budget_ms):
            panel = maker(request, record)
            if panel is None:
                return None
            context = {**panel.context, "panel": panel, "record": record}
            html = render_to_string(panel.template, context, request)
            return Box(panel.key, panel.title, html)
    except Exception:
        # Any error of a box is its own app's; the person's page and form go on without it.
        logger.exception("box.failed", extra={"box": name})
        return Box(name, "", SafeString(""), failed=True)


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
