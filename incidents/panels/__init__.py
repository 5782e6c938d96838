"""Boxes of this app on its own and on lower apps' pages, one subject a file."""

from incidents.panels import articles, components, links, similar

__all__ = ["articles", "components", "links", "similar"]
from incidents.panels import clocks

__all__ = ["articles", "clocks", "components", "similar"]
