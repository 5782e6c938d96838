"""Measure quality and speed of the analysis: `python -m benchmarks.analysis [--only NAME]`.

Prints one table with the goal beside each figure. The labelled data is looked for in SHARED_DATA
or in ../shared/data beside the project; what needs absent data is named and left out. One setting
serves all sets. JSON=FILE in the environment, or --json FILE, writes the same figures.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.analysis_data import DataMissingError
from benchmarks.analysis_measures import (
    Figure,
    measure_demo,
    measure_duplicates,
    measure_intents,
    measure_jobs,
    measure_join,
    measure_speed,
    measure_stability,
)
from benchmarks.analysis_statistics import measure_bursts, measure_fixes

# Speed comes first: the peak memory of a process never falls again.
MEASURES: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "speed": measure_speed,
    "join": measure_join,
    "duplicates": measure_duplicates,
    "intents": measure_intents,
    "demo": measure_demo,
    "jobs": measure_jobs,
    "stability": measure_stability,
    "fixes": measure_fixes,
    "bursts": measure_bursts,
}


def _line(figure: Figure) -> str:
    goal = ""
    if figure.goal is not None:
        goal = f"{'≥' if figure.at_least else '≤'} {figure.goal:g}"
    value = f"{figure.value:.{figure.digits}f}"
    return f"  {figure.name:<44} {value:>9}  {goal:<8} {figure.verdict}".rstrip()


def _measure(name: str) -> list[Figure]:
    began = time.perf_counter()
    print(name, flush=True)
    figures: list[Figure] = []
    try:
        for figure in MEASURES[name]():
            figures.append(figure)
            print(_line(figure), flush=True)
    except DataMissingError as missing:
        print(f"  left out: {missing}")
    print(f"  took {time.perf_counter() - began:.0f} s", flush=True)
    return figures


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
    figures = {name: _measure(name) for name in chosen.only or MEASURES}
    if chosen.json:
        Path(chosen.json).write_text(_as_json(figures), encoding="utf-8")
    judged = [one for found in figures.values() for one in found if one.verdict]
    met = sum(one.verdict == "ok" for one in judged)
    print(f"{met} of {len(judged)} goals met")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
