"""The event log: timeline, audit and outbox."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core import tasks, timeline
from core.events import CATALOGUE, EventKind, define
from core.models import Delivery, Event
from core.timeline import HANDLERS, handles, record
from tests.conftest import Cast


@pytest.fixture
def rang(cast: Cast) -> Iterator[EventKind]:
    """A kind of event of our own, taken out of the catalogue afterwards; nothing else happened."""
    Event.objects.all().delete()
    kind = define("tests.bell_rang", "rang {times} times", "times", public=True)
    yield kind
    del CATALOGUE[kind.name]
    HANDLERS.pop(kind.name, None)


def test_a_fact_and_the_change_it_tells_of_commit_together(cast: Cast, rang: EventKind) -> None:
    with transaction.atomic():
        record(rang, cast.acme, actor=cast.ann, times=3)
        assert Event.objects.exists()
        transaction.set_rollback(True)
    assert not Event.objects.exists()


def test_the_timeline_says_it_in_words(cast: Cast, rang: EventKind) -> None:
    record(rang, cast.acme, actor=cast.ann, times=3)
    event = Event.objects.about(cast.acme).public().get()
    assert event.sentence == "rang 3 times"
    assert event.actor == cast.ann


def test_an_unknown_kind_or_field_is_refused(cast: Cast, rang: EventKind) -> None:
    with pytest.raises(ValueError, match="not in the catalogue"):
        record(EventKind("tests.unknown", "?"), cast.acme, actor=None)
    with pytest.raises(ValueError, match="does not carry"):
        record(rang, cast.acme, actor=None, colour="red")


def test_a_handler_runs_once_however_often_it_is_delivered(
    cast: Cast, rang: EventKind, after_commit: Callable[[], AbstractContextManager[None]]
) -> None:
    seen: list[int] = []

    @handles(rang)
    def listen(event: Event) -> None:
        seen.append(event.subject_id)

    with after_commit():
        record(rang, cast.acme, actor=None, times=1)
    duty = Delivery.objects.get()
    tasks.deliver(duty.pk)
    assert seen == [cast.acme.pk]
    assert duty.state == Delivery.State.DONE


def test_a_failing_handler_leaves_no_effect_and_is_tried_again(
    cast: Cast,
    rang: EventKind,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]],
) -> None:
    @handles(rang)
    def rename_then_fail(event: Event) -> None:
        cast.acme.name = "Half done"
        cast.acme.save()
        raise RuntimeError("the line is dead")

    with django_capture_on_commit_callbacks(execute=True):
        record(rang, cast.acme, actor=None, times=1)
    duty = Delivery.objects.get()
    cast.acme.refresh_from_db()
    assert cast.acme.name == "Acme"
    assert (duty.state, duty.attempts) == (Delivery.State.PENDING, 1)
    assert "the line is dead" in duty.error
    assert duty.due_at > timezone.now()


def test_after_the_last_try_the_delivery_is_dead_and_says_why(cast: Cast, rang: EventKind) -> None:
    @handles(rang)
    def fail(event: Event) -> None:
        raise RuntimeError("never works")

    record(rang, cast.acme, actor=None, times=1)
    Delivery.objects.update(attempts=tasks.MOST_ATTEMPTS - 1)
    tasks.deliver(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.DEAD


def test_the_sweeper_publishes_what_a_dead_broker_lost_and_leases_it(
    cast: Cast, rang: EventKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    handles(rang)(print)
    record(rang, cast.acme, actor=None, times=1)
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    published: list[int] = []
    monkeypatch.setattr(tasks, "publish", published.extend)
    tasks.sweep()
    tasks.sweep()
    assert published == [Delivery.objects.get().pk]


def test_a_dead_broker_does_not_fail_the_request(
    cast: Cast,
    rang: EventKind,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]],
) -> None:
    def unreachable(ids: object) -> None:
        raise ConnectionError("no broker")

    handles(rang)(print)
    monkeypatch.setattr(timeline, "publishers", [unreachable])
    with django_capture_on_commit_callbacks(execute=True):
        record(rang, cast.acme, actor=None, times=1)
    assert Delivery.objects.get().state == Delivery.State.PENDING
