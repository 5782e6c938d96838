"""Boxes of this app on its own and on lower apps' pages, one subject a file."""

from incidents.panels import articles, clocks, components, similar

__all__ = ["articles", "clocks", "components", "similar"]
