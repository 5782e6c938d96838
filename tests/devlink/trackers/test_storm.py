"""A storm of deliveries, each several times and in any order, while workers are killed.

STORM=10000 makes it as large as the reliability plan asks for.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import quantiles
from threading import Event as Signal
from threading import Thread

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from devlink.models import Tracker, TrackerDelivery, WorkItem
from tests.databases import database_url
from tests.devlink.trackers.memory import signed

UNIQUE = int(os.environ.get("STORM", "150"))
CLIENTS = 8
KILL_EVERY = 3.0


def start_worker(tracker: Tracker) -> "subprocess.Popen[str]":
    """A process of its own, on this test's database, that has begun to read."""
    worker = subprocess.Popen(
        [sys.executable, "tests/devlink/trackers/storm_worker.py", str(tracker.pk)],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "PYTHONPATH": str(settings.BASE_DIR),
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings_test",
            "DATABASE_URL": database_url(),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


@contextmanager
def dying_workers(tracker: Tracker) -> Iterator[list[int]]:
    """One worker after the other, each killed three seconds after it began to read."""
    over = Signal()
    kills: list[int] = []

    def keep_killing() -> None:
        while not over.is_set():
            worker = start_worker(tracker)
            over.wait(KILL_EVERY)
            worker.kill()
            worker.wait()
            kills.append(worker.pid)
        connection.close()

    thread = Thread(target=keep_killing)
    thread.start()
    try:
        yield kills
    finally:
        over.set()
        thread.join()


def post_all(tracker: Tracker, secret: str, ids: Sequence[str]) -> list[tuple[int, float]]:
    """What each of these deliveries was answered, and after how many seconds."""
    browser = Client()
    answers = []
    for one in ids:
        words = signed(secret, {"item": one}, f"delivery-{one}")
        began = time.monotonic()
        answers.append((browser.post(tracker.webhook_path, **words).status_code, began))
        answers[-1] = (answers[-1][0], time.monotonic() - began)
    connection.close()
    return answers


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_delivery_has_its_effect_exactly_once(
    made: tuple[Tracker, str], record_property: pytest.FixtureRequest
) -> None:
    tracker, secret = made
    chance = random.Random(14)
    unique = [str(number) for number in range(UNIQUE)]
    posts = [one for one in unique for _ in range(chance.randint(1, 5))]
    chance.shuffle(posts)
    shares = [posts[place::CLIENTS] for place in range(CLIENTS)]
    began = time.monotonic()
    with dying_workers(tracker) as kills:
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = [
                answer
                for found in pool.map(lambda ids: post_all(tracker, secret, ids), shares)
                for answer in found
            ]
        posted = time.monotonic() - began
        until = time.monotonic() + UNIQUE * 0.5 + 60
        while TrackerDelivery.objects.exclude(state="done").exists():
            assert time.monotonic() < until, "some are never read"
            time.sleep(0.2)
    read = time.monotonic() - began
    assert {status for status, _ in answers} == {202}
    assert len(answers) == len(posts)
    assert TrackerDelivery.objects.count() == UNIQUE
    assert sorted(WorkItem.objects.values_list("external_id", flat=True)) == sorted(unique)
    assert set(WorkItem.objects.values_list("state", flat=True)) == {"in_progress"}
    assert kills
    figures = {
        "deliveries": len(posts),
        "unique": UNIQUE,
        "kills": len(kills),
        "seconds to post": round(posted, 1),
        "seconds until all were read": round(read, 1),
        "milliseconds, 95th percentile": round(
            1000 * quantiles([seconds for _, seconds in answers], n=20)[-1]
        ),
    }
    record_property("storm", json.dumps(figures))
    sys.stdout.write(f"\n{json.dumps(figures)}\n")
