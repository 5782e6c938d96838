"""What a support team may stake in a sprint: a hundred points, and what the sprint before left.

Points left over when a sprint starts go on to the same development team's next sprint, once: they
are spent first there, and what is still left of them then is gone. So nobody ever holds more than
200. Points of declined and expired asks are as if they had never been staked. While the sprint
before is still being planned nothing goes on from it: it may yet be spent there.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum

from accounts.models import Person, Team
from devlink.models import Ask, Sprint

POINTS_A_SPRINT = 100
# Points staked on these are spent; a declined or expired ask gives them back.
SPENT = ("open", "needs_info", "accepted", "deferred")


@dataclass(frozen=True)
class Purse:
    """A support team's points in one sprint."""

    team: Team
    sprint: Sprint
    carried_over: int
    spent: int

    @property
    def total(self) -> int:
        return POINTS_A_SPRINT + self.carried_over

    @property
    def left(self) -> int:
        """Never below zero: development may say yes after all to an ask whose points were spent
        elsewhere meanwhile."""
        return max(0, self.total - self.spent)

    @property
    def in_words(self) -> str:
        """One sentence's worth, such as “Desk has 140 of 200 points left in Sprint 48, 100 of them
        carried over”."""
        carried = (
            f", {self.carried_over} of them carried over from the sprint before"
            if self.carried_over
            else ""
        )
        return (
            f"{self.team.name} has {self.left} points left in {self.sprint.name}"
            f" of {self.total}{carried}"
        )


def purses(teams: Iterable[Team], sprints: Iterable[Sprint]) -> list[Purse]:
    """The purse of each support team in each of these sprints. Two queries however many."""
    sprints, teams = list(sprints), list(teams)
    if not sprints or not teams:
        return []
    history: dict[int, list[Sprint]] = defaultdict(list)
    every = Sprint.objects.filter(team_id__in={one.team_id for one in sprints})
    for one in every.only("pk", "team", "state", "starts_on").order_by("starts_on", "pk"):
        history[one.team_id].append(one)
    staked = (
        Ask.objects.filter(team__in=teams, state__in=SPENT)
        .filter(sprint__team_id__in=list(history))
        .order_by()
        .values_list("team_id", "sprint_id")
        .annotate(Sum("points"))
    )
    spent: dict[tuple[int, int], int] = {
        (team, sprint): points for team, sprint, points in staked if team is not None
    }
    return [
        Purse(
            team,
            sprint,
            _carried_over(history[sprint.team_id], sprint, team.pk, spent),
            spent.get((team.pk, sprint.pk), 0),
        )
        for sprint in sprints
        for team in teams
    ]


def _carried_over(
    history: list[Sprint], sprint: Sprint, team: int, spent: dict[tuple[int, int], int]
) -> int:
    """What of the sprint before's own hundred goes on to this one; older points are spent first."""
    carried = 0
    for one in history:
        if one.pk == sprint.pk:
            break
        left = carried + POINTS_A_SPRINT - spent.get((team, one.pk), 0)
        carried = 0 if one.is_planning else max(0, min(POINTS_A_SPRINT, left))
    return carried


def purse(team: Team, sprint: Sprint) -> Purse:
    """One team's points in one sprint."""
    return purses([team], [sprint])[0]


def own_purses(person: Person, sprints: Iterable[Sprint]) -> list[Purse]:
    """What the person's own support teams may stake, team by team."""
    if not person.team_ids:
        return []
    return purses(person.teams.filter(side="support").order_by("name"), sprints)
