"""Loads what can be done to many tickets at once: each module registers its own operations."""

from incidents.jobs import standard

__all__ = ["standard"]
