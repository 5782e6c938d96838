"""Fills a database with tickets, three messages each, their search rows and vectors, by COPY."""

import csv
import io
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, Organisation, Person, Team
from accounts.roles import Role, Side
from benchmarks.rows import CLOCK, INTERVAL, MESSAGE, TICKET, VECTOR, Batch
from catalogue.actions import (
    CalendarHours,
    PolicyTerms,
    TargetTerms,
    make_calendar,
    make_policy,
)
from catalogue.models import Component, Service
from dashboards.tasks import refresh_all_figures
from incidents.actions import look_after_index
from incidents.models import SearchIndex, TicketSearch, TicketVector
from incidents.search_index import index_tickets
from incidents.searching import read_words

BATCH = 10_000
ORGANISATIONS, REQUESTERS, AGENTS, SERVICES = 50, 2000, 100, 8
# Built once after loading: filling these row by row costs many times as much.
LATE_INDEXES = (
    "incidents_vec_nearest_256",
    "incidents_search_everything",
    "incidents_search_public",
)


def load(tickets: int, *, say: Callable[[str], object] = sys.stderr.write) -> float:
    """Brings the database to `tickets` tickets (adds, never removes); returns seconds."""
    began = time.monotonic()
    call_command("migrate", verbosity=0)
    _people()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM incidents_ticket")
        present = cursor.fetchone()[0]
        if present < tickets:
            _drop_late_indexes(cursor)
            for start in range(present, tickets, BATCH):
                end = min(start + BATCH, tickets)
                _load_batch(cursor, start, end, tickets)
                say(f"\r{end:,} of {tickets:,} tickets, {time.monotonic() - began:.0f} s")
            say("\n")
            cursor.execute(
                "SELECT setval('incidents_ticket_id_seq', max(id)) FROM incidents_ticket"
            )
        cursor.execute("SET maintenance_work_mem = '3GB'")
        _make_late_indexes(lambda name: say(f"{name}, {time.monotonic() - began:.0f} s\n"))
        while read_words():
            pass
        look_after_index()
        SearchIndex.objects.update(finished_at=timezone.now())
        cursor.execute("VACUUM ANALYZE")
    refresh_all_figures()
    return time.monotonic() - began


def _promises() -> None:
    """Targets of every kind for every priority, in office hours."""
    week = [((480, 1080),)] * 5 + [(), ()]
    hours = CalendarHours(zone="Europe/Berlin", week=week, country="DE")
    calendar = make_calendar(actor=None, name="Office hours", hours=hours)
    targets = [
        TargetTerms(priority, kind, minutes, calendar)
        for priority in range(1, 6)
        for kind, minutes in (
            ("first_response", 60 * priority),
            ("next_response", 90 * priority),
            ("resolution", 480 * priority),
        )
    ]
    make_policy(actor=None, name="Standard", terms=PolicyTerms(targets=targets))


def _people() -> None:
    if Person.objects.filter(email="agent0@bench.example").exists():
        return
    house = Organisation.objects.create(name="Bench", is_internal=True)
    customers = Organisation.objects.bulk_create(
        [Organisation(name=f"Organisation {n}") for n in range(ORGANISATIONS)]
    )
    desk = Team.objects.create(name="Desk", side=Side.SUPPORT)
    roles = [Role.AGENT, Role.PROBLEM_MANAGER, Role.MANAGER]
    agents = Person.objects.bulk_create(
        [
            Person(
                email=f"agent{n}@bench.example", name=f"Agent {n}", organisation=house, roles=roles
            )
            for n in range(AGENTS)
        ]
    )
    Membership.objects.bulk_create([Membership(person=one, team=desk) for one in agents])
    Person.objects.bulk_create(
        [
            Person(
                email=f"person{n}@bench.example",
                name=f"Person {n}",
                organisation=customers[n % ORGANISATIONS],
                roles=[Role.REQUESTER],
            )
            for n in range(REQUESTERS)
        ]
    )
    _promises()
    for n in range(SERVICES):
        service = Service.objects.create(name=f"Service {n}", key=f"service-{n}", support_team=desk)
        for part in range(3):
            Component.objects.create(
                service=service,
                name=f"Component {n}.{part}",
                key=f"component-{n}-{part}",
                support_team=desk,
            )


def _drop_late_indexes(cursor: Any) -> None:
    for name in LATE_INDEXES:
        cursor.execute(f'DROP INDEX IF EXISTS "{name}"')


def _make_late_indexes(say: Callable[[str], object]) -> None:
    """Makes them as the models say: a run that was cut short may have left none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
        present = {name for (name,) in cursor.fetchall()}
    for model in (TicketVector, TicketSearch):
        for index in model._meta.indexes:
            if index.name in LATE_INDEXES and index.name not in present:
                with connection.schema_editor() as editor:
                    editor.add_index(model, index)
                say(index.name)


def _load_batch(cursor: Any, start: int, end: int, total: int) -> None:
    batch = Batch(start, end, total)
    _copy(cursor, "incidents_ticket", TICKET, batch.tickets)
    _copy(cursor, "incidents_message", MESSAGE, batch.messages)
    _copy(cursor, "incidents_statusinterval", INTERVAL, batch.intervals)
    _copy(cursor, "incidents_ticketclock", CLOCK, batch.clocks)
    _copy(cursor, "incidents_ticketvector", VECTOR, batch.vectors())
    index_tickets(range(start + 1, end + 1))


def _copy(
    cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerows([r"\N" if value is None else value for value in row] for row in rows)
    buffer.seek(0)
    cursor.copy_expert(
        f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", buffer
    )
