"""Among very many tickets a preview, a dry run and a rule of time read a bounded number of rows."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from incidents.models import Tag, Ticket
from rules.actions import do_dry_run, request_dry_run, start_dry_run
from rules.previewing import MOST_COUNTED, preview
from rules.tasks import run_time_rules
from tests.conftest import Cast, make_cast
from tests.make.many import copy_tickets, rows_read
from tests.make.rules import make_rule
from tests.make.tickets import make_ticket

MANY = 100_000
# Filling takes a while: one process does all of these tests, each in a transaction of its own.
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.xdist_group("many")]


def most_read(asked: CaptureQueriesContext) -> int:
    reads = [one["sql"] for one in asked.captured_queries if one["sql"].startswith("SELECT")]
    return max(rows_read(sql) for sql in reads if '"incidents_ticket"' in sql)


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, and copies of a ticket of long ago; every tenth is marked, ten are rare."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        _fill(cast)
        yield cast
        transaction.set_rollback(True)


def _fill(cast: Cast) -> None:
    make_ticket(cast.rob, at=timezone.now() - timedelta(days=90))
    copy_tickets(MANY)
    common, rare = Tag.objects.create(name="common"), Tag.objects.create(name="rare")
    with connection.cursor() as cursor:
        for tag, every in ((common, 10), (rare, 10_000)):
            cursor.execute(
                "INSERT INTO incidents_tickettag (ticket_id, tag_id, created_at) "
                "SELECT id, %s, now() FROM incidents_ticket WHERE id %% %s = 0",
                [tag.pk, every],
            )
        cursor.execute("ANALYZE incidents_tickettag, incidents_tag")


def test_a_preview_reads_no_table_more_than_once(many: Cast) -> None:
    for conditions, match in (
        ([], "all"),
        (["state=unresolved"], "all"),
        (["priority=1"], "all"),
        (["category=nothing-of-it"], "all"),
        (["tag=common"], "all"),
        (["tag=rare"], "all"),
        (["tag=nothing-of-it"], "all"),
        (["tag_not=common"], "all"),
        (["q=zzzz"], "all"),
        (["q=printer", "tag=common", "channel=phone"], "all"),
        (["q=zzzz", "tag=rare", "category=x"], "any"),
    ):
        with CaptureQueriesContext(connection) as asked:
            preview(many.mo, conditions, match)
        assert most_read(asked) <= MANY + 1, conditions
        on_tickets = [
            one for one in asked.captured_queries if 'FROM "incidents_ticket"' in one["sql"]
        ]
        # One reading for each set, one of the newest of a large one, one of the ten rows shown.
        assert len(on_tickets) <= 2 * max(1, len(conditions)) + 1, conditions


def test_a_preview_of_few_among_many_never_walks_back_from_the_newest(many: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = preview(many.mo, ["tag=rare"], "all")
    assert (found.count, found.more, len(found.rows)) == (10, False, 10)
    assert [row.pk for row in found.rows] == sorted((row.pk for row in found.rows), reverse=True)
    assert most_read(asked) <= 1_000


def test_a_preview_stops_counting(many: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = preview(many.mo, ["state=unresolved"], "all")
    assert (found.count, found.more) == (MOST_COUNTED, True)
    newest = Ticket.objects.order_by("-pk").values_list("pk", flat=True)[:10]
    assert [row.pk for row in found.rows] == list(newest)
    assert most_read(asked) <= MOST_COUNTED + 100


@pytest.mark.parametrize("activator", ["since_requester_reply", "in_state", "since_created"])
def test_moments_are_looked_for_where_they_are_written(activator: str, many: Cast) -> None:
    make_ticket(many.rob, at=timezone.now() - timedelta(days=2))
    rule = make_rule(many.mo, activator=activator, minutes=60)
    run = start_dry_run(
        request_dry_run(rule.version, actor=many.mo).pk, silent_before=timezone.now()
    )
    assert run is not None
    with CaptureQueriesContext(connection) as asked:
        do_dry_run(run)
        run_time_rules()
    assert most_read(asked) <= 1_000
