"""Boxes of this app on its own and on lower apps' pages, one subject a file."""

from incidents.panels import articles, beside, components, similar

__all__ = ["articles", "beside", "components", "similar"]
