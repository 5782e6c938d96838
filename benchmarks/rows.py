"""The rows of one batch of benchmark tickets, in the order COPY wants them."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Role
from analysis.vectors import default_embedder
from benchmarks.words import Texts
from catalogue.models import CalendarVersion, Component, PolicyVersion
from incidents.vectorspaces import wanted_model

TICKET = [
    "id",
    "kind",
    "title",
    "description",
    "requester_id",
    "organisation_id",
    "channel",
    "service_id",
    "component_id",
    "category",
    "impact",
    "urgency",
    "priority",
    "team_id",
    "assignee_id",
    "state",
    "state_category",
    "pending_reason",
    "version_seen",
    "resolution_code",
    "resolution_text",
    "csat_comment",
    "created_at",
    "updated_at",
    "resolution_due_at",
    "due_at",
    "next_target",
    "resolved_at",
    "closed_at",
    "reassignment_count",
    "reopen_count",
    "first_contact_resolution",
    "source",
    "source_number",
    "version",
    "approved_by_steps",
    "required_tasks",
]
MESSAGE = ["ticket_id", "author_id", "kind", "body", "channel", "created_at"]
INTERVAL = ["ticket_id", "state", "category", "reason", "started_at", "ended_at"]
CLOCK = [
    "ticket_id", "target", "number", "minutes", "policy_version_id", "calendar_version_id",
    "state", "started_at", "stopped_at", "due_at", "alert_at",
]  # fmt: skip
VECTOR = ["ticket_id", "model", "text_hash", "vector", "keys", "embedded_at"]
MESSAGES_EACH = 3
Row = tuple[object, ...]


class Batch:
    """Tickets `start` + 1 to `end` of `total`, spread over the last year; the newest are open."""

    def __init__(self, start: int, end: int, total: int) -> None:
        self.texts = Texts(start)
        self.chance = random.Random(start)
        self.total = total
        self.now = timezone.now()
        requesters = Person.objects.filter(roles=[Role.REQUESTER])
        self.requesters = list(requesters.values_list("pk", "organisation_id"))
        agents = Person.objects.filter(roles__contains=[Role.AGENT])
        self.agents = list(agents.values_list("pk", flat=True))
        self.components = list(Component.objects.values_list("pk", "service_id"))
        self.team = Team.objects.get(name="Desk").pk
        self.tickets: list[Row] = []
        self.messages: list[Row] = []
        self.intervals: list[Row] = []
        self.clocks: list[Row] = []
        self.versions = (
            PolicyVersion.objects.values_list("pk", flat=True)[0],
            CalendarVersion.objects.values_list("pk", flat=True)[0],
        )
        for pk in range(start + 1, end + 1):
            self._add(pk)

    def _add(self, pk: int) -> None:
        chance = self.chance
        age = timedelta(days=365 * (1 - pk / self.total), minutes=chance.randrange(600))
        created = self.now - age
        alive = pk > self.total * 0.97
        kind = "incident" if chance.random() < 0.6 else "service_request"
        requester, organisation = chance.choice(self.requesters)
        agent = chance.choice(self.agents)
        solved = None if alive else created + timedelta(hours=5)
        self.tickets.append(self._ticket(pk, kind, requester, organisation, agent, created, solved))
        state = self.tickets[-1][15]
        category = "open" if alive else "closed"
        self.intervals.append((pk, state, category, "", created, solved))
        due = created + timedelta(hours=8)
        self.clocks.append(
            (pk, "resolution", 0, 480, *self.versions, "running" if alive else "met", created,
             solved, due, due if alive else None)
        )  # fmt: skip
        for number in range(MESSAGES_EACH):
            author = agent if number else requester
            words = "internal_note" if number == 1 else "public_reply"
            self.messages.append((pk, author, words, self.texts.sentence(), "email", created))

    def _ticket(
        self,
        pk: int,
        kind: str,
        requester: int,
        organisation: int,
        agent: int,
        created: datetime,
        solved: datetime | None,
    ) -> Row:
        chance = self.chance
        component, service = chance.choice(self.components)
        at_work = "in_progress" if kind == "incident" else "fulfilling"
        alive = solved is None
        due = created + timedelta(hours=8)
        return (
            pk, kind, self.texts.title(), self.texts.sentence(), requester, organisation, "email",
            service, component, "", 2, 2, chance.choice((1, 2, 3, 3, 3, 4)), self.team,
            agent if chance.random() < 0.8 else None, at_work if alive else "closed",
            "open" if alive else "closed", "", "", "" if alive else "fixed", "", "", created,
            created, due, due if alive else None, "resolution" if alive else "", solved, solved,
            0, 0,
            None if alive else chance.random() < 0.5, "bench", pk, 1, False, 0,
        )  # fmt: skip

    def vectors(self) -> Iterator[Row]:
        """The meaning of each ticket under the model the product uses."""
        name = wanted_model()
        rows = default_embedder().embed([f"{row[2]}\n{row[3]}" for row in self.tickets])
        for ticket, vector in zip(self.tickets, rows, strict=True):
            numbers = "[" + ",".join(f"{value:.5f}" for value in vector) + "]"
            yield (ticket[0], name, f"bench-{ticket[0]}", numbers, "{}", self.now)
