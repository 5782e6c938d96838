"""Loads the whole demo in one transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dashboards.demo.loading.directory import load_directory
from dashboards.demo.loading.tickets import Progress, load_tickets
from dashboards.demo.plan import SEED, make_plan


def load_demo(now: datetime, *, seed: int = SEED, progress: Progress) -> dict[str, int]:
    """Plans and writes the demo as of `now`; returns how many rows of what. All or nothing."""
    plan = make_plan(now, seed)
    progress("plan", len(plan.tickets), len(plan.tickets))
    with transaction.atomic():
        directory = load_directory()
        tickets = load_tickets(plan.tickets, directory, progress)
    return {
        "tickets": len(tickets),
        "organisations": len(directory.organisations),
        "people": len(directory.people),
    }
