"""Keeps a set of child processes alive and takes all of them down together."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from launcher.config import Config
from launcher.processes import start_child, stop_children
from launcher.programs import Program

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# A child that lived this long was healthy: its next death starts with the short pause again.
HEALTHY_SECONDS = 60.0
STOP_PATIENCE = 10.0
LOOK_EVERY = 0.2


class Stopped(Exception):
    """A signal asked this process to end."""

    def __init__(self, sign: signal.Signals) -> None:
        super().__init__(sign.name)
        self.sign = sign


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into one `Stopped`; later ones do not disturb the clean-up.

    SIGINT is set even where it was ignored: a background shell starts its children like that.
    """
    signs = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # Ignored means nohup: the person wants us to outlive the terminal.
        signs.append(signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> None:
        for sign in signs:
            signal.signal(sign, signal.SIG_IGN)
        raise Stopped(signal.Signals(number))

    before = {sign: signal.signal(sign, stop) for sign in signs}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@dataclass
class Watched:
    """A program, its present process, and when it may be started again."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    due: float | None = None


class Supervisor:
    """Starts programs, restarts those that die with growing pauses, stops all at the end."""

    def __init__(
        self, config: Config, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self._config = config
        self._environment = environment
        self._say = say
        self._watched: list[Watched] = []

    def start(self, programs: Sequence[Program]) -> None:
        """Start all programs at once."""
        for program in programs:
            process = self._launch(program)
            self._watched.append(Watched(program, process, time.monotonic()))

    def watch(self, every_look: Callable[[], None]) -> None:
        """Look after the programs until a signal ends it; call `every_look` each time round."""
        while True:
            self.look()
            every_look()
            time.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Note who died and restart who is due."""
        now = time.monotonic()
        for watched in self._watched:
            if watched.due is not None:
                if now >= watched.due:
                    watched.process = self._launch(watched.program)
                    watched.started, watched.due = now, None
            elif (code := watched.process.poll()) is not None:
                self._note_death(watched, code, now)

    def alive(self, name: str) -> bool:
        """Whether the named program runs at this moment."""
        return any(w.program.name == name and w.process.poll() is None for w in self._watched)

    def stop(self) -> None:
        """Stop every program and whatever they started."""
        stop_children([watched.process for watched in self._watched], patience=STOP_PATIENCE)
        self._watched.clear()

    def _note_death(self, watched: Watched, code: int, now: float) -> None:
        if now - watched.started > HEALTHY_SECONDS:
            watched.pause = FIRST_PAUSE
        watched.due = now + watched.pause
        log = self._config.logs / f"{watched.program.name}.log"
        self._say(
            f"{watched.program.name} ended with {_describe(code)}; starting it again in "
            f"{watched.pause:.0f} s (log: {log})"
        )
        watched.pause = min(watched.pause * 2, LONGEST_PAUSE)

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        return start_child(
            program.command,
            log=self._config.logs / f"{program.name}.log",
            env=self._environment,
            cwd=self._config.root,
        )


def _describe(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
