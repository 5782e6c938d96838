"""Tells the life of one ticket step by step, obeying the workflow table, and stops at now."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from dashboards.demo.planned import (
    Payload,
    PlannedFact,
    PlannedInterval,
    PlannedMessage,
    PlannedTouch,
)
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES, WORKFLOWS, category_of

_REASONS = dict(PENDING_REASONS)
_CODES = dict(RESOLUTION_CODES)
_KIND_LABELS = {"public_reply": "public reply", "internal_note": "internal note"}
_NOT_ELIGIBLE = ("duplicate", "no_response", "withdrawn")
_FIRST_HOUR, _LAST_HOUR = 7, 18


class NowReached(Exception):
    """The next step would lie in the future: the ticket stays as it is."""


def office_time(at: datetime, dice: random.Random) -> datetime:
    """The moment itself in office hours, otherwise some minutes into the next working day."""
    if at.weekday() < 5 and _FIRST_HOUR <= at.hour < _LAST_HOUR:
        return at
    if at.hour >= _LAST_HOUR or at.weekday() >= 5:
        at += timedelta(days=1)
    while at.weekday() >= 5:
        at += timedelta(days=1)
    return at.replace(hour=_FIRST_HOUR, minute=dice.randint(5, 59), second=dice.randint(0, 59))


class Story:
    """The growing history of one ticket."""

    def __init__(
        self, kind: str, opened_at: datetime, now: datetime, by: str, dice: random.Random
    ) -> None:
        self.kind = kind
        self.now = now
        self.dice = dice
        self.at = opened_at
        self.around_the_clock = False
        self.state = WORKFLOWS[kind].initial
        self.reason = ""
        self.team = ""
        self.assignee = ""
        self.messages: list[PlannedMessage] = []
        self.intervals: list[PlannedInterval] = []
        self.touches: list[PlannedTouch] = []
        self.facts: list[PlannedFact] = []
        self.assigned_at: datetime | None = None
        self.first_response_at: datetime | None = None
        self.resolved_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.resolution: tuple[str, str] = ("", "")
        self.reassignments = 0
        self.reopens = 0
        self.first_contact: bool | None = None
        self.requester_wrote = False
        self._open_interval(by)

    def _open_interval(self, actor: str) -> None:
        category = category_of(self.kind, self.state, self.reason)
        if self.intervals:
            last = self.intervals[-1]
            self.intervals[-1] = PlannedInterval(
                last.state, last.category, last.reason, last.started_at, self.at, last.actor
            )
        self.intervals.append(
            PlannedInterval(self.state, category, self.reason, self.at, None, actor)
        )

    @property
    def category(self) -> str:
        """The category behind the present state."""
        return category_of(self.kind, self.state, self.reason)

    def tell(
        self, name: str, actor: str, payload: Payload | None = None, message: int = -1
    ) -> None:
        """Adds a fact to the log at the present moment."""
        self.facts.append(PlannedFact(f"incidents.{name}", self.at, actor, payload or {}, message))

    def later(self, hours: float, *, office: bool = True) -> None:
        """Moves on, to office hours unless told otherwise; raises NowReached past now."""
        moment = self.at + timedelta(hours=max(hours, 0.01))
        if office and not self.around_the_clock:
            moment = office_time(moment, self.dice)
        self.until(max(moment, self.at + timedelta(seconds=20)))

    def until(self, moment: datetime) -> None:
        """Moves to a moment; raises NowReached when it has not come yet."""
        if moment > self.now:
            raise NowReached
        self.at = max(moment, self.at)

    def busy(self, person: str, minutes: float) -> None:
        """Somebody works on the ticket, up to the present moment."""
        started = max(self.at - timedelta(minutes=minutes), self.intervals[0].started_at)
        if started < self.at:
            self.touches.append(PlannedTouch(person, started, self.at))

    def step(self, name: str, actor: str, reason: str = "") -> None:
        """Takes a step of the workflow table; TransitionNotAllowed when the story is wrong."""
        target = WORKFLOWS[self.kind].target(name, self.state)
        if target == self.state and reason == self.reason:
            return
        self.state, self.reason = target, reason
        self._open_interval(actor)

    def add(self, author: str, body: str, channel: str, kind: str = "public_reply") -> None:
        """Words given together with a step: in the conversation, without a fact of their own."""
        if body:
            self.messages.append(PlannedMessage(self.at, author, kind, body, channel))

    def say(self, author: str, body: str, channel: str, kind: str = "public_reply") -> None:
        """A message somebody wrote."""
        self.add(author, body, channel, kind)
        self.tell(
            "ticket_replied",
            author,
            {"message_kind": kind, "kind_label": _KIND_LABELS[kind]},
            len(self.messages) - 1,
        )

    def reply(self, agent: str, body: str, channel: str) -> None:
        """An agent answers in public."""
        self.first_response_at = self.first_response_at or self.at
        self.say(agent, body, channel)

    def hear(self, requester: str, body: str, channel: str) -> None:
        """The requester writes."""
        self.requester_wrote = True
        self.say(requester, body, channel)

    def note(self, agent: str, body: str) -> None:
        """An internal note."""
        self.say(agent, body, "portal", "internal_note")

    def assign(self, by: str, team: str, team_label: str, to: str, to_label: str) -> None:
        """Gives the ticket to a team and a person; counts when it had a team before."""
        before = (self.assignee, self.team)
        self.reassignments += bool(self.team) and team != self.team
        self.team, self.assignee = team, to
        self.assigned_at = self.assigned_at or self.at
        # The loader turns addresses and keys into ids.
        payload: Payload = {
            "to": f"{to_label} · {team_label}",
            "assignee_id": to,
            "team_id": team,
            "previous_assignee_id": before[0],
            "previous_team_id": before[1],
        }
        self.tell("ticket_assigned", by, payload)
        if self.kind == "incident" and self.state in ("new", "assigned"):
            self.step("assign", by)

    def hold(self, by: str, reason: str) -> None:
        """Waits for somebody."""
        self.step("wait", by, reason)
        self.tell(
            "ticket_on_hold", by, {"reason": reason, "reason_label": _REASONS[reason].lower()}
        )

    def _was_first_contact(self, code: str) -> bool | None:
        """The rule of `incidents.actions.resolving.first_contact`."""
        if code in _NOT_ELIGIBLE:
            return None
        answers = sum(message.kind == "public_reply" for message in self.messages)
        waited = any(part.category.startswith("waiting") for part in self.intervals)
        quick = not (waited or self.reopens or self.reassignments or self.requester_wrote)
        return quick and answers <= 1

    def resolve(self, by: str, code: str, text: str) -> None:
        """Resolves or fulfils the ticket."""
        self.step("resolve", by)
        self.resolution = (code, text)
        self.resolved_at = self.at
        self.first_contact = self._was_first_contact(code)
        self.tell(
            "ticket_resolved",
            by,
            {
                "code": code,
                "code_label": _CODES[code],
                "text": text,
                "first_contact": self.first_contact,
            },
        )

    def reopen(self, by: str, note: str) -> None:
        """The requester says it is not solved."""
        code, text = self.resolution
        self.step("reopen", by)
        self.reopens += 1
        self.resolved_at = self.closed_at = None
        self.resolution = ("", "")
        self.first_contact = False
        self.tell("ticket_reopened", by, {"note": note, "code_before": code, "text_before": text})

    def close(self, by: str) -> None:
        """Closes a resolved ticket."""
        self.step("close", by)
        self.closed_at = self.at
        self.tell("ticket_closed", by)
