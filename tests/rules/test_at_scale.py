"""Among very many tickets a preview, a dry run and a rule of time read a bounded number of rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import Tag, Ticket
from rules.actions import do_dry_run, request_dry_run, start_dry_run
from rules.conditions import sets_of
from rules.previewing import MOST_COUNTED, _look, preview
from rules.tasks import run_time_rules
from tests.conftest import Cast
from tests.make.many import copy_tickets, rows_read
from tests.make.rules import make_rule
from tests.make.tickets import make_ticket

MANY = 100_000


def most_read(asked: CaptureQueriesContext) -> int:
    reads = [one["sql"] for one in asked.captured_queries if one["sql"].startswith("SELECT")]
    return max(rows_read(sql) for sql in reads if '"incidents_ticket"' in sql)


@pytest.fixture
def many(cast: Cast) -> None:
    """Copies of a ticket of long ago; every tenth is marked, ten of them are rare."""
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


@pytest.mark.slow
def test_a_preview_reads_no_table_more_than_once(many: None, cast: Cast) -> None:
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
            preview(cast.mo, conditions, match)
        assert most_read(asked) <= MANY + 1, conditions
        on_tickets = [
            one for one in asked.captured_queries if 'FROM "incidents_ticket"' in one["sql"]
        ]
        # One reading for each set, one of the newest of a large one, one of the ten rows shown.
        assert len(on_tickets) <= 2 * max(1, len(conditions)) + 1, conditions


@pytest.mark.slow
def test_a_preview_of_few_among_many_never_walks_back_from_the_newest(
    many: None, cast: Cast
) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = preview(cast.mo, ["tag=rare"], "all")
    assert (found.count, found.more, len(found.rows)) == (10, False, 10)
    assert [row.pk for row in found.rows] == sorted((row.pk for row in found.rows), reverse=True)
    assert most_read(asked) <= 1_000


@pytest.mark.slow
def test_a_preview_stops_counting(many: None, cast: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = preview(cast.mo, ["state=unresolved"], "all")
    assert (found.count, found.more) == (MOST_COUNTED, True)
    newest = Ticket.objects.order_by("-pk").values_list("pk", flat=True)[:10]
    assert [row.pk for row in found.rows] == list(newest)
    assert most_read(asked) <= MOST_COUNTED + 100


@pytest.mark.slow
@pytest.mark.parametrize("activator", ["since_requester_reply", "in_state", "since_created"])
def test_moments_are_looked_for_where_they_are_written(
    activator: str, many: None, cast: Cast
) -> None:
    make_ticket(cast.rob, at=timezone.now() - timedelta(days=2))
    rule = make_rule(cast.mo, activator=activator, minutes=60)
    run = start_dry_run(
        request_dry_run(rule.version, actor=cast.mo).pk, silent_before=timezone.now()
    )
    assert run is not None
    with CaptureQueriesContext(connection) as asked:
        do_dry_run(run)
        run_time_rules()
    assert most_read(asked) <= 1_000


def test_any_of_several_sets_counts_each_ticket_once(cast: Cast) -> None:
    one = make_ticket(cast.rob, title="printer", channel="phone")
    two = make_ticket(cast.rob, title="printer")
    count, newest = _look(sets_of(cast.mo, ["channel=phone", "q=printer"], "any"))
    assert (count, newest) == (2, [two.pk, one.pk])
