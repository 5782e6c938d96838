"""A few saved views, so that the queues are those of a desk at work."""

from __future__ import annotations

from datetime import datetime

from dashboards.demo.loading.directory import Directory
from dashboards.demo.people import COMPANY_DOMAIN
from incidents.models import SavedView
from incidents.saved_views.actions import ViewFields, save_view
from incidents.saved_views.counting import recount_view

# Name, conditions, and how it is shown; for everybody.
_SHARED: tuple[tuple[str, str, ViewFields], ...] = (
    ("Late or due today", "state=unresolved&due_before=today", {"sort": "sla"}),
    ("Critical and high", "state=unresolved&priority=1&priority=2", {"pinned": True}),
    ("Not answered yet", "state=unresolved&answered=false", {"sort": "oldest"}),
    ("Waiting for development", "state=development", {"grouping": "component"}),
    ("Reopened this month", "state=any&reopened=true&updated_after=-30d", {"sort": "-updated"}),
    ("Board of the fortnight", "horizon=2", {"layout": "board", "grouping": "state"}),
)


def load_views(directory: Directory, at: datetime) -> int:
    """Views for everybody, one of a team and one of an agent; each counted."""
    manager = directory.people[f"adam.whitlock@{COMPANY_DOMAIN}"]
    agent = directory.people[f"nia.okafor@{COMPANY_DOMAIN}"]
    team = directory.teams["money"]
    views: list[SavedView] = []
    for place, (name, query, shown) in enumerate(_SHARED):
        fields: ViewFields = {"name": name, "query": query, "position": place, **shown}
        views.append(save_view(actor=manager, personal=False, at=at, **fields))
    views.append(
        save_view(
            actor=manager,
            personal=False,
            team=team,
            at=at,
            name="Our queue by assignee",
            query=f"state=unresolved&team={team.pk}",
            grouping="assignee",
        )
    )
    views.append(
        save_view(
            actor=agent,
            at=at,
            name="Mine, waiting for an answer",
            query="assignee=me&state=waiting",
            columns=["priority", "pending_reason", "organisation", "updated"],
        )
    )
    for view in views:
        recount_view(view.pk)
    return SavedView.objects.count()
