"""What development did about a problem, as moments and as lines of its timeline."""

from datetime import datetime

from django.db.models import Max, Min, Q

from accounts.models import Person
from devlink.models import Ask, Release
from problems.models import Cluster, Problem
from problems.timeline import Line


def moments_of(record: Problem | Cluster) -> list[tuple[str, datetime]]:
    """When support first asked for a fix, and when development last said no."""
    about = {"problem": record} if isinstance(record, Problem) else {"problem__cluster": record}
    asks = Ask.objects.filter(**about).aggregate(
        asked=Min("created_at"),
        declined=Max("answered_at", filter=Q(state="declined")),
    )
    found = (("asked for", asks["asked"]), ("declined", asks["declined"]))
    return [(label, moment) for label, moment in found if moment is not None]


def timeline_lines(problem: Problem, person: Person) -> list[Line]:
    """Asks with their answers, and releases that went live with work against the problem."""
    lines = []
    asks = Ask.objects.visible_to(person).filter(problem=problem).select_related("sprint")
    for ask in asks:
        url = ask.get_absolute_url()
        lines.append(Line(ask.created_at, f"asked for a fix in {ask.sprint.name}", "ask", url))
        if ask.answered_at is not None:
            said = f"{ask.state_label.lower()} for {ask.sprint.name}"
            lines.append(Line(ask.answered_at, f"the ask was {said}", "ask", url))
    releases = (
        Release.objects.visible_to(person)
        .filter(work_items__problem=problem, deployed_at__isnull=False)
        .distinct()
    )
    for one in releases:
        if one.deployed_at is not None:
            text = f"release {one.version} went live with work against it"
            lines.append(Line(one.deployed_at, text, "release", one.get_absolute_url()))
    return lines
