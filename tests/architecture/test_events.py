"""The catalogue of events and those who use it."""

import re
from pathlib import Path

from django.conf import settings

from core.documentation import our_modules
from core.events import CATALOGUE, EventKind
from core.timeline import HANDLERS

APPS = (
    "core accounts notifications catalogue knowledge incidents rules fulfilment problems changes"
    " majors devlink dashboards"
)


def _source() -> str:
    files = [
        path
        for app in APPS.split()
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
        if path.name != "events.py"
    ]
    return "\n".join(path.read_text() for path in files)


def _kinds() -> list[tuple[str, EventKind]]:
    """Every kind an app defines, with the name of its constant."""
    return [
        (name, value)
        for module in our_modules("events")
        for name, value in vars(module).items()
        if isinstance(value, EventKind) and value.name.startswith(module.__name__.split(".")[0])
    ]


def test_an_event_is_named_after_the_app_that_records_it() -> None:
    assert len(_kinds()) == len(CATALOGUE)


def test_every_kind_is_recorded_somewhere() -> None:
    words = set(re.findall(r"\w+", _source()))
    unused = [name for name, _ in _kinds() if name not in words]
    assert unused == []


def test_handlers_listen_to_kinds_that_exist() -> None:
    listened = {name for name, handlers in HANDLERS.items() if handlers}
    assert listened <= CATALOGUE.keys()
