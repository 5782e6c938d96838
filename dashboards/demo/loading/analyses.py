"""Root cause analyses of the demo: whys, fishbone, timeline, tasks, what was told, the review."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from dashboards.demo.loading.chronicle import Chronicle, World
from problems import actions
from problems.models import Cause, KnownError, Problem

_FILE = Path(__file__).parents[1] / "improvement" / "analyses.toml"
_Row = dict[str, Any]
_WRITTEN = timedelta(days=5)
_REVIEWED = timedelta(days=3)


def tell_analyses(world: World, chronicle: Chronicle) -> None:
    """Adds each analysis to the chronicle, after the problem it belongs to was opened."""
    known = {one.key: one for one in world.plan.improvement.problems}
    rows = cast("list[_Row]", tomllib.loads(_FILE.read_text(encoding="utf-8"))["analysis"])
    for row in rows:
        analysis = _Analysis(world, row)
        problem = known[row["problem"]]
        chronicle.add(problem.opened_at + _WRITTEN, analysis.write)
        chronicle.add(problem.opened_at + timedelta(days=row["verified"]), analysis.verify)
        if "told" in row:
            chronicle.add(chronicle.now - timedelta(days=row["told"]), analysis.tell)
        if "review" in row and problem.finished_at is not None:
            chronicle.add(problem.finished_at + _REVIEWED, analysis.review)


class _Analysis:
    """One analysis, written down part by part."""

    def __init__(self, world: World, row: _Row) -> None:
        self.world = world
        self.row = row
        self.person = world.person("priya.nair")

    @property
    def problem(self) -> Problem:
        return Problem.objects.get(pk=self.world.problems[self.row["problem"]].pk)

    def write(self, at: datetime) -> None:
        """The workspace as it stands when the cause is understood."""
        problem, me = self.problem, self.person
        actions.edit_problem(problem, actor=me, falsifier=self.row["falsifier"])
        for why in self.row["whys"]:
            actions.add_why(problem, actor=me, **why)
        placed: dict[str, Cause] = {}
        for cause in self.row["causes"]:
            words = {name: cause[name] for name in ("branch", "text", "standing", "falsifier")}
            parent = placed.get(cause.get("below", ""))
            placed[cause["key"]] = actions.add_cause(problem, actor=me, parent=parent, **words)
        for entry in self.row["entries"]:
            moment = problem.created_at + timedelta(days=entry["days"])
            actions.add_timeline_entry(
                problem, actor=me, at=moment, text=entry["text"], evidence=entry["evidence"]
            )
        for task in self.row["tasks"]:
            due = task.get("due")
            made = actions.add_problem_task(
                problem,
                actor=me,
                title=task["title"],
                kind=task["kind"],
                assignee=problem.owner,
                due_at=None if due is None else self.world.plan.now + timedelta(days=due),
            )
            if task["done"]:
                actions.do_problem_task(made, actor=problem.owner or me, at=at)

    def verify(self, at: datetime) -> None:
        """The workaround was tried, and the article says what the known error says."""
        known = KnownError.objects.filter(problem=self.problem).first()
        if known is None:
            return
        actions.verify_workaround(known, actor=self.person, at=at)
        if known.article is None:
            actions.write_known_error_article(self.problem, actor=self.person, at=at)

    def tell(self, at: datetime) -> None:
        """Open tickets that were there are told the workaround."""
        problem = self.problem
        for ticket in actions.open_tickets_of(problem).filter(created_at__lt=at).order_by("pk"):
            actions.send_workaround(
                problem, actor=self.person, ticket=ticket, body=problem.workaround, at=at
            )

    def review(self, at: datetime) -> None:
        """What was learnt, published, and what is to be done."""
        problem, me, row = self.problem, self.person, self.row["review"]
        if problem.is_open:
            return
        texts = {name: row[name] for name in actions.REVIEW_TEXTS}
        actions.write_problem_review(problem, actor=me, at=at, **texts)
        actions.publish_problem_review(problem, actor=me, at=at)
        for one in row["follow_ups"]:
            made = actions.add_problem_action(
                problem,
                actor=me,
                at=at,
                title=one["title"],
                priority=one["priority"],
                assignee=problem.owner,
                due_on=(self.world.plan.now + timedelta(days=one["due"])).date(),
            )
            if "done" in one:
                actions.complete_problem_action(made, actor=me, note=one["done"], at=at)
