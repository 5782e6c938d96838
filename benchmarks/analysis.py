"""Measure quality and speed of the analysis: `python -m benchmarks.analysis [--only NAME]`.

Prints one table with the goal beside each figure. The labelled data is looked for in SHARED_DATA
or in ../shared/data beside the project; what needs absent data is named and left out. One setting
serves all sets. Each measure runs in a process of its own and is kept in KEPT until the code
changes, so that a run that was stopped goes on where it was; FRESH=1 measures all anew. JSON=FILE
in the environment, or --json FILE, writes the same figures. MILLION=1 adds the large run.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from benchmarks.analysis_comparison import measure_comparison
from benchmarks.analysis_data import DataMissingError
from benchmarks.analysis_figures import Figure
from benchmarks.analysis_measures import (
    measure_demo,
    measure_duplicates,
    measure_intents,
    measure_jobs,
    measure_stability,
)
from benchmarks.analysis_neural import measure_neural
from benchmarks.analysis_scale import measure_join, measure_million, measure_speed
from benchmarks.analysis_statistics import measure_bursts, measure_calibration, measure_fixes

MEASURES: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "duplicates": measure_duplicates,
    "intents": measure_intents,
    "neural": measure_neural,
    "demo": measure_demo,
    "jobs": measure_jobs,
    "stability": measure_stability,
    "fixes": measure_fixes,
    "calibration": measure_calibration,
    "bursts": measure_bursts,
    "speed": measure_speed,
    "join": measure_join,
    "million": measure_million,
    "comparison": measure_comparison,
}
PROJECT = Path(__file__).resolve().parents[1]
KEPT = PROJECT / ".local" / "bench-analysis.json"


def _line(figure: Figure) -> str:
    goal = ""
    if figure.goal is not None:
        goal = f"{'≥' if figure.at_least else '≤'} {figure.goal:g}"
    value = f"{figure.value:.{figure.digits}f}"
    return f"  {figure.name:<52} {value:>9}  {goal:<8} {figure.verdict}".rstrip()


def _measure(name: str) -> list[Figure]:
    figures: list[Figure] = []
    try:
        for figure in MEASURES[name]():
            figures.append(figure)
            print(_line(figure), flush=True)
    except DataMissingError as missing:
        print(f"  left out: {missing}", flush=True)
    return figures


def _fingerprint() -> str:
    """Return what changes with the code that is measured or that measures."""
    digest = hashlib.sha256()
    for path in sorted([*PROJECT.glob("analysis/*.py"), *PROJECT.glob("benchmarks/analysis*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Kept:
    """Figures of earlier, interrupted runs of the same code."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        self.figures: dict[str, list[Figure]] = {}
        if KEPT.is_file() and not os.environ.get("FRESH"):
            told = json.loads(KEPT.read_text(encoding="utf-8"))
            if told["code"] == fingerprint:
                self.figures = {
                    name: [Figure(**one) for one in found]
                    for name, found in told["figures"].items()
                }

    def add(self, name: str, found: list[Figure]) -> None:
        """Remember what was measured; what was left out is tried again."""
        if not found:
            return
        self.figures[name] = found
        KEPT.parent.mkdir(exist_ok=True)
        told = {
            "code": self._fingerprint,
            "figures": {n: [asdict(one) for one in f] for n, f in self.figures.items()},
        }
        KEPT.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _figures_of(name: str, at: int, count: int, kept: _Kept) -> list[Figure]:
    print(f"{name} ({at} of {count})", flush=True)
    if name in kept.figures:
        for figure in kept.figures[name]:
            print(_line(figure))
        print("  kept from an earlier run of the same code", flush=True)
        return kept.figures[name]
    began = time.perf_counter()
    # A process of its own, so that memory peaks and caches do not carry over.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(_measure, name).result()
    kept.add(name, found)
    print(f"  took {time.perf_counter() - began:.0f} s", flush=True)
    return found


def _as_json(figures: Mapping[str, list[Figure]]) -> str:
    told = {
        name: {
            one.name: {"value": one.value, "goal": one.goal, "verdict": one.verdict}
            for one in found
        }
        for name, found in figures.items()
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Run the chosen measures; the answer is 0 even where a goal is missed: it is a report."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.analysis")
    parser.add_argument("--only", action="append", choices=sorted(MEASURES), metavar="NAME")
    parser.add_argument("--json", default=os.environ.get("JSON", ""), metavar="FILE")
    chosen = parser.parse_args(arguments)
    names = chosen.only or list(MEASURES)
    kept = _Kept(_fingerprint())
    figures = {
        name: _figures_of(name, at, len(names), kept) for at, name in enumerate(names, start=1)
    }
    if chosen.json:
        Path(chosen.json).write_text(_as_json(figures), encoding="utf-8")
    judged = [one for found in figures.values() for one in found if one.verdict]
    met = sum(one.verdict == "pass" for one in judged)
    print(f"{met} of {len(judged)} goals met")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
