"""Names for filters and forms, remembered for half a minute: they change seldom."""

from collections.abc import Iterable
from typing import TypedDict, cast

from django.core.cache import cache
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Organisation, Team
from catalogue.models import Component, Service

Choice = tuple[int, str]
KEY = "incidents.choices"
KEPT_SECONDS = 30
MOST_ORGANISATIONS = 300


class Choices(TypedDict):
    """Number and name of every record a list can be narrowed to.

    Components carry their service's name in front. Organisations are the first by name; the
    search finds tickets of the others.
    """

    teams: list[Choice]
    services: list[Choice]
    components: list[Choice]
    organisations: list[Choice]


def all_choices() -> Choices:
    """The names as they were at most half a minute ago."""
    kept = cache.get(KEY)
    if kept is None:
        kept = _read()
        cache.set(KEY, kept, KEPT_SECONDS)
    return cast("Choices", kept)


def _read() -> Choices:
    components = Component.objects.order_by("service__name", "name")
    return {
        "teams": list(Team.objects.values_list("pk", "name")),
        "services": list(Service.objects.values_list("pk", "name")),
        "components": [
            (pk, f"{service} › {name}")
            for pk, service, name in components.values_list("pk", "service__name", "name")
        ],
        "organisations": list(Organisation.objects.values_list("pk", "name")[:MOST_ORGANISATIONS]),
    }


def options(rows: Iterable[tuple[object, object]], chosen: str) -> SafeString:
    """The options of a select; drawing each through a template would cost more than the page."""
    marked = ((value, "selected" if str(value) == chosen else "", label) for value, label in rows)
    return mark_safe(  # noqa: S308 (escaped by format_html_join)
        format_html_join("", '<option value="{}" {}>{}</option>', marked)
    )
