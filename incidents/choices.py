"""Names for the filters of a list, remembered for half a minute: they change seldom."""

from collections.abc import Callable

from django.core.cache import cache

from accounts.models import Organisation, Team
from catalogue.models import Component, Service

Choices = list[tuple[int, str]]
KEPT_SECONDS = 30
MOST_ORGANISATIONS = 300


def _remembered(name: str, read: Callable[[], Choices]) -> Choices:
    key = f"incidents.choices.{name}"
    kept = cache.get(key)
    if kept is None:
        kept = read()
        cache.set(key, kept, KEPT_SECONDS)
    return [(number, label) for number, label in kept]


def teams() -> Choices:
    """Every team; the tickets behind a restricted one stay hidden."""
    return _remembered("teams", lambda: list(Team.objects.values_list("pk", "name")))


def services() -> Choices:
    """Every service."""
    return _remembered("services", lambda: list(Service.objects.values_list("pk", "name")))


def components() -> Choices:
    """Every component with its service in front."""
    rows = Component.objects.order_by("service__name", "name")
    return _remembered(
        "components",
        lambda: [
            (pk, f"{service} › {name}")
            for pk, service, name in rows.values_list("pk", "service__name", "name")
        ],
    )


def organisations() -> Choices:
    """The first organisations by name; the search finds tickets of the others."""
    rows = Organisation.objects.values_list("pk", "name")[:MOST_ORGANISATIONS]
    return _remembered("organisations", lambda: list(rows))
