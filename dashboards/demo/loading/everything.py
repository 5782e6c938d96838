"""Loads the whole demo in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from changes.suspects import find_suspects
from core.models import Delivery, Event
from dashboards.demo.loading.analyses import tell_analyses
from dashboards.demo.loading.causes import load_clusters, tell_decisions
from dashboards.demo.loading.changes import tell_changes
from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.loading.development import (
    tell_asks,
    tell_questions,
    tell_sprints,
    tell_voices,
    tell_work_items,
)
from dashboards.demo.loading.directory import load_directory
from dashboards.demo.loading.joined import load_joins
from dashboards.demo.loading.knowledge import load_article_uses, tell_knowledge
from dashboards.demo.loading.ledger import load_noted, tell_by_hand
from dashboards.demo.loading.loop import load_loop
from dashboards.demo.loading.majors import tell_majors
from dashboards.demo.loading.owners import leave_gaps
from dashboards.demo.loading.problems import date_links_back, tell_problems
from dashboards.demo.loading.pulse import tell_pulse
from dashboards.demo.loading.releases import tell_releases
from dashboards.demo.loading.replies import load_canned_replies
from dashboards.demo.loading.requests import tell_requests
from dashboards.demo.loading.rules import load_rules
from dashboards.demo.loading.search import load_search_words
from dashboards.demo.loading.teamwork import load_teamwork
from dashboards.demo.loading.tickets import load_tickets
from dashboards.demo.loading.told import load_notifications
from dashboards.demo.loading.views import load_views
from dashboards.demo.plan import SEED, DemoPlan, make_plan
from dashboards.figures import refresh_figures
from problems.models import Cluster

Progress = Callable[[str, int, int], None]


def load_demo(now: datetime, *, seed: int = SEED, progress: Progress) -> dict[str, int]:
    """Plans and writes the demo as of `now`; returns how many rows of what. All or nothing."""
    plan = make_plan(now, seed)
    progress("plan", len(plan.tickets), len(plan.tickets))
    with transaction.atomic():
        before = Event.objects.aggregate(last=Max("pk"))["last"] or 0
        counts = _load(plan, progress)
        _settle(before)
    return counts


def _load(plan: DemoPlan, progress: Progress) -> dict[str, int]:
    first = min(ticket.created_at for ticket in plan.tickets)
    world = World(plan, load_directory(first - timedelta(days=30)))
    world.tickets = load_tickets(plan.tickets, world.directory, plan.now, progress)
    clusters = load_clusters(world, progress)
    chronicle = Chronicle(plan.now)
    tell_knowledge(world, chronicle)
    tell_problems(world, chronicle)
    tell_decisions(world, chronicle)
    tell_sprints(world, chronicle)
    tell_work_items(world, chronicle)
    tell_voices(world, chronicle)
    tell_asks(world, chronicle)
    tell_questions(world, chronicle)
    tell_releases(world, chronicle)
    tell_analyses(world, chronicle)
    tell_changes(world, chronicle)
    tell_majors(world, chronicle)
    tell_pulse(world, chronicle)
    tell_requests(world, chronicle)
    tell_by_hand(world, chronicle)
    chronicle.play(progress)
    load_noted(world)
    load_article_uses(world)
    load_joins(world)
    load_canned_replies()
    date_links_back()
    leave_gaps()
    load_notifications(world)
    words = load_loop(world)
    load_teamwork(world)
    load_search_words(plan.now)
    views = load_views(world.directory, plan.now)
    load_rules(world)
    find_suspects(Cluster.objects.live())
    refresh_figures(first.date(), plan.now.date())
    return {
        "tickets": len(world.tickets),
        "clusters": clusters,
        "problems": len(world.problems),
        "articles": len(world.articles),
        "work items": len(world.items),
        "sprints": len(world.sprints),
        "releases": len(world.releases),
        "changes": len(world.changes),
        "words owed": words,
        "views": views,
    }


def _settle(before: int) -> None:
    """What these events call for is history too: nobody is told now of what is long past."""
    Delivery.objects.filter(event_id__gt=before, state=Delivery.State.PENDING).update(
        state=Delivery.State.DONE, settled_at=timezone.now(), attempts=1
    )
