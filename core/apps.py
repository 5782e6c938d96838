"""Finds every app's handlers, panels and events, and connects the log to the workers."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import AppConfig, apps

# What every app may have to declare; each is imported by its name once the models are loaded.
PARTS = ("events", "notices", "operations", "handlers", "panels", "navigation")


class CoreConfig(AppConfig):
    """Runs last in effect: other apps only declare."""

    name = "core"

    def ready(self) -> None:
        from core import checks, tasks, timeline  # noqa: F401 (models must be loaded first)

        if tasks.publish not in timeline.publishers:
            timeline.publishers.append(tasks.publish)
        here = Path(self.path).parent
        ours = [config for config in apps.get_app_configs() if Path(config.path).parent == here]
        for config in ours:
            for name in PARTS:
                if find_spec(f"{config.name}.{name}"):
                    import_module(f"{config.name}.{name}")
