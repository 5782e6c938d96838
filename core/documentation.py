"""Reference pages written from the tables in code, so that they cannot fall behind."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.conf import settings

from core.events import CATALOGUE
from core.workflow import Workflow


def our_modules(name: str) -> Iterator[ModuleType]:
    """The module `name` of every app of ours that has one, in the order of INSTALLED_APPS."""
    for config in apps.get_app_configs():
        ours = Path(config.path).parent == Path(settings.BASE_DIR)
        if ours and find_spec(f"{config.name}.{name}"):
            yield import_module(f"{config.name}.{name}")


def workflows() -> list[tuple[str, Workflow]]:
    """(app, workflow) of every table in the house."""
    found = []
    for module in our_modules("workflow"):
        for value in vars(module).values():
            if isinstance(value, Workflow):
                found.append((module.__name__.split(".")[0], value))
    return found


def workflow_page() -> str:
    """docs/workflows.md: a diagram and a table of steps for each workflow."""
    parts = [
        "# Workflows",
        "Written by `make docs` from the tables in each app's `workflow.py`; a test fails when "
        "this page is stale. Clocks and lists read a state's category.",
    ]
    for app, flow in workflows():
        parts.append(f"## {flow.name.replace('_', ' ').capitalize()} (`{app}/workflow.py`)")
        parts.append(_diagram(flow))
        rows = [
            f"| `{one.name}` | {one.label} | {', '.join(sorted(one.sources))} | {one.target} |"
            for one in flow.steps.values()
        ]
        parts.append("\n".join(["| step | label | from | to |", "|---|---|---|---|", *rows]))
        states = [
            f"| {state.name} | {state.label} | {state.category} |" for state in flow.states.values()
        ]
        parts.append("\n".join(["| state | label | category |", "|---|---|---|", *states]))
    return "\n\n".join(parts) + "\n"


def _diagram(flow: Workflow) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {flow.initial}"]
    for one in flow.steps.values():
        lines += [f"    {source} --> {one.target}: {one.label}" for source in sorted(one.sources)]
    return "\n".join([*lines, "```"])


def event_page() -> str:
    """docs/events.md: every kind of fact, who may read it, and what it carries."""
    rows = []
    for kind in sorted(CATALOGUE.values(), key=lambda one: one.name):
        carried = ", ".join(f"`{name}`" for name in sorted(kind.fields))
        rows.append(
            f"| `{kind.name}` | {kind.sentence} | {carried} | {'yes' if kind.public else 'no'} |"
        )
    return "\n".join(
        [
            "# Events",
            "",
            "Written by `make docs` from each app's `events.py`; a test fails when this page is "
            "stale. The log is timeline, audit and outbox in one (ADR 0003).",
            "",
            "| event | sentence | carries | shown to requesters |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def pages() -> dict[str, str]:
    """File name under docs/ → text, for every generated page."""
    return {"workflows.md": workflow_page(), "events.md": event_page()}
