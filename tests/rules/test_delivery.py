"""Rules and the log: two workers at once, a worker that is killed; always exactly once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection, transaction

from core.models import Delivery, Event
from core.tasks import deliver
from core.timeline import publishers
from incidents.models import Message, Ticket
from rules.models import RuleRun
from tests.conftest import Cast
from tests.make.rules import make_rule
from tests.make.tickets import make_ticket

pytestmark = pytest.mark.django_db(transaction=True)

HANDLER = "rules.handlers.run_rules"
DELIVER = """
import django
django.setup()
from core.tasks import deliver
deliver({duty})
"""


@contextmanager
def a_dead_broker() -> Iterator[None]:
    """Nobody is woken: deliveries wait until somebody asks for them."""
    kept = publishers[:]
    publishers.clear()
    try:
        yield
    finally:
        publishers.extend(kept)


def waiting_duty(cast: Cast) -> tuple[Ticket, Delivery]:
    """A ticket whose rules have not run yet."""
    make_rule(cast.mo, actions={"set": {"category": "Ruled"}, "note": {"body": "Seen."}})
    with a_dead_broker():
        ticket = make_ticket(cast.rob)
    event = Event.objects.about(ticket).get(name="incidents.ticket_opened")
    return ticket, Delivery.objects.get(event=event, handler=HANDLER)


def acted_once(ticket: Ticket) -> bool:
    ticket.refresh_from_db()
    notes = Message.objects.filter(ticket=ticket, body="Seen.").count()
    facts = Event.objects.about(ticket).filter(name="rules.rule_applied").count()
    return (RuleRun.objects.count(), notes, facts, ticket.category) == (1, 1, 1, "Ruled")


@pytest.mark.parametrize("turn", range(3))
def test_two_workers_that_deliver_the_same_event_act_once(cast: Cast, turn: int) -> None:
    ticket, duty = waiting_duty(cast)
    barrier = Barrier(2)

    def work() -> None:
        barrier.wait()
        deliver(duty.pk)
        connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    duty.refresh_from_db()
    assert duty.state == Delivery.State.DONE
    assert acted_once(ticket)


def test_a_worker_killed_in_the_middle_of_a_rule_leaves_nothing_and_the_next_one_acts_once(
    cast: Cast,
) -> None:
    ticket, duty = waiting_duty(cast)
    with transaction.atomic():
        # The worker does the rule's actions, then waits here for the table of its trace.
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE rules_rulerun IN EXCLUSIVE MODE")
        worker = _worker(duty.pk)
        _wait_until(lambda: _waits_for_the_trace(worker), "the worker is in the middle of it")
        worker.kill()
        worker.wait(timeout=10)
    assert not Message.objects.filter(ticket=ticket).exists()
    assert not RuleRun.objects.exists()
    _wait_until(lambda: _delivered(duty.pk), "another worker takes the delivery")
    assert acted_once(ticket)


def _worker(duty: int) -> subprocess.Popen[bytes]:
    """A process of its own that delivers, on this test's database."""
    name = str(connection.settings_dict["NAME"])
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings_test",
    }
    return subprocess.Popen([sys.executable, "-c", DELIVER.format(duty=duty)], env=environment)


def _waits_for_the_trace(worker: subprocess.Popen[bytes]) -> bool:
    assert worker.poll() is None, "the worker ended by itself"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'rules_rulerun'::regclass"
        )
        return cursor.fetchone() is not None


def _delivered(duty: int) -> bool:
    deliver(duty)
    return Delivery.objects.filter(pk=duty, state=Delivery.State.DONE).exists()


def _wait_until(happened: object, what: str) -> None:
    until = time.monotonic() + 30
    while not happened():  # type: ignore[operator]  # a callable of the tests above
        assert time.monotonic() < until, f"waited in vain until {what}"
        time.sleep(0.05)
