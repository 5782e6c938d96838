"""How far a run is, told to the people who watch it, and the ways it is told to stop."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread
from time import monotonic

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from problems.models import ClusterRun

# Seconds each stage took on 10,000 tickets: the guess before a desk has runs of its own.
USUAL_SECONDS: Mapping[str, float] = {
    "choosing": 1.0,
    "embedding": 4.0,
    "reading": 4.0,
    "vectors": 3.0,
    "neighbours": 1.0,
    "causes": 2.0,
    "themes": 1.0,
    "explaining": 2.0,
    "saving": 4.0,
}
LABELS: Mapping[str, str] = {
    "choosing": "choosing tickets",
    "joining": "comparing with known clusters",
    "embedding": "embedding",
    "reading": "reading",
    "vectors": "comparing words",
    "neighbours": "finding look-alikes",
    "causes": "grouping by cause",
    "themes": "grouping by theme",
    "explaining": "explaining the groups",
    "saving": "saving",
}
_EVERY_SECONDS = 0.5
BEAT_SECONDS = 20.0


class RunStoppedError(Exception):
    """The run must not go on."""


class CancelledError(RunStoppedError):
    """A person asked for the end."""


class TakenOverError(RunStoppedError):
    """This worker was taken for dead and another one has the run; nothing more may be written."""


class Reporter:
    """Called by every stage; writes the run's row now and then, and looks whether to stop.

    Doing so is the run's sign of life: a row without one for a while is taken over.
    """

    def __init__(self, run: ClusterRun) -> None:
        self.run_id = run.pk
        self.attempt = run.attempts
        self.seconds: dict[str, float] = {}
        self._stage = ""
        self._stage_began = monotonic()
        self._told = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Stage, and how many of how many are done in it."""
        now = monotonic()
        if stage != self._stage:
            self._close_stage(now)
            self._stage = stage
        elif now - self._told < _EVERY_SECONDS and done < total:
            return
        self._told = now
        self._look_for_orders()
        self._row().update(stage=stage, done=done, total=total, heartbeat_at=timezone.now())

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Signs of life while everything is written in one transaction, which hides what it says.

        They come from a thread with a connection of its own. To be entered before the transaction:
        the run's row is held at its end.
        """
        done = Event()
        beats = Thread(target=self._beat_until, args=[done], name="run-heartbeat", daemon=True)
        beats.start()
        try:
            yield
        finally:
            done.set()
            beats.join()

    def _beat_until(self, done: Event) -> None:
        try:
            while not done.wait(BEAT_SECONDS):
                self._row().update(heartbeat_at=timezone.now())
        finally:
            connection.close()

    def _row(self) -> QuerySet[ClusterRun]:
        return ClusterRun.objects.filter(pk=self.run_id, attempts=self.attempt, state="running")

    def finish(self) -> dict[str, float]:
        """Seconds by stage."""
        self._close_stage(monotonic())
        self._stage = ""
        return self.seconds

    def _close_stage(self, now: float) -> None:
        if self._stage:
            spent = self.seconds.get(self._stage, 0.0) + now - self._stage_began
            self.seconds[self._stage] = round(spent, 2)
        self._stage_began = now

    def _look_for_orders(self) -> None:
        row = (
            ClusterRun.objects.filter(pk=self.run_id)
            .values_list("attempts", "state", "cancel_requested")
            .first()
        )
        if row is None or row[0] != self.attempt or row[1] != "running":
            raise TakenOverError
        if row[2]:
            raise CancelledError


def usual_seconds() -> Mapping[str, float]:
    """Seconds by stage of the last finished run over everything, or the first guess."""
    last = (
        ClusterRun.objects.filter(state="done", scope_key="all", kind="window")
        .values_list("parameters", flat=True)
        .first()
    )
    seconds = (last or {}).get("seconds")
    return {**USUAL_SECONDS, **seconds} if seconds else USUAL_SECONDS


def share_done(run: ClusterRun, usual: Mapping[str, float]) -> float:
    """How much of the work is behind, from 0 to 1."""
    whole = sum(usual[stage] for stage in USUAL_SECONDS)
    behind = 0.0
    for stage in USUAL_SECONDS:
        if stage == run.stage:
            return (behind + usual[stage] * min(run.done / max(run.total, 1), 1.0)) / whole
        behind += usual[stage]
    return 0.0


def seconds_left(run: ClusterRun, usual: Mapping[str, float], now: datetime) -> int | None:
    """About how long it will still take; None while that cannot be said."""
    share = share_done(run, usual)
    if run.started_at is None or share < 0.02:
        return None
    elapsed = (now - run.started_at).total_seconds()
    return max(round(elapsed * (1 - share) / share), 1)
