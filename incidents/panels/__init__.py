"""Boxes of this app on its own and on lower apps' pages, one subject a file."""

from incidents.panels import (
    articles,
    beside,
    clocks,
    components,
    copies,
    custom_fields,
    fields,
    links,
    similar,
)

__all__ = [
    "articles",
    "beside",
    "clocks",
    "components",
    "copies",
    "custom_fields",
    "fields",
    "links",
    "similar",
]
