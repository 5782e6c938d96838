"""Loads what can be done to many tickets at once: each module registers its own operations."""

from incidents.jobs import asked, joining, standard

__all__ = ["asked", "joining", "standard"]
