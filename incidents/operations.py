"""Loads what can be done to many tickets at once: each module registers its own operations."""

from incidents.jobs import joining, marking, standard

__all__ = ["joining", "marking", "standard"]
