"""Boxes of this app on its own and on lower apps' pages, one subject a file."""

from incidents.panels import articles, components, custom_fields, similar

__all__ = ["articles", "components", "custom_fields", "similar"]
