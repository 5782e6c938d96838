"""Times the product's pages against a floor page, at 10,000 and at 100,000 tickets.

`make bench` runs it; `SCALE=500000` measures at 10 tickets and at that size, `JSON=FILE` writes the
figures. Everything happens in a database of its own on the server that DATABASE_URL names.
"""

import argparse
import json
import os
import random
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg2

if TYPE_CHECKING:
    from benchmarks.server import Answer, Browser

DATABASE = "upstream_bench"
PORT = 8765
WARM_UP = 8
ROUNDS = 60
SCALES = (10_000, 100_000)
# So many times the floor page a page may take in the median.
GOALS = {
    "queue": 8.0,
    "ticket": 8.0,
    "create": 7.0,
    "search rare": 9.0,
    "search common": 9.0,
    "search beginning": 9.0,
    "search phrase": 9.0,
    "search name": 9.0,
    "search misspelt": 9.0,
    "sprint": 9.0,
    "proactivity": 7.0,
}
# What these pages show is of the same kind at every size, so they must take no more queries. A
# search that finds nothing among ten tickets has nothing to read about what it found.
SAME_QUERIES = {"queue", "ticket", "create", "search common", "proactivity"}
GROWTH_GOAL = 1.2
# From so many tickets on one page is like another: below, only queries are compared.
FEWEST_TO_TIME = 10_000
FEW = 10


@dataclass(frozen=True)
class Figures:
    """One page at one size. `ratio` is its median over the floor's median of the same run."""

    median_ms: float
    p95_ms: float
    queries: int
    bytes: int
    ratio: float


def own_database() -> str:
    """Makes the bench's database if needed and returns its URL."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{DATABASE}"))
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
    connection.close()
    return url


def measure(scale: int, rounds: int) -> tuple[dict[str, Figures], float]:
    """(figures by page, seconds it took to load) at this many tickets."""
    from benchmarks.loading import load  # noqa: PLC0415 (Django has to be set up first)
    from benchmarks.server import serve  # noqa: PLC0415 (the same)

    seconds = load(scale)
    with serve(PORT):
        return _figures(scale, rounds), seconds


def _figures(scale: int, rounds: int) -> dict[str, Figures]:
    from accounts.models import Person  # noqa: PLC0415 (Django has to be set up first)
    from benchmarks.server import Browser  # noqa: PLC0415 (the same)

    browser = Browser(PORT, Person.objects.get(email="agent0@bench.example"))
    visits = _visits(browser, scale)
    answers: dict[str, list[Answer]] = {name: [] for name in visits}
    # Every round visits every page once, so that a busy moment of the machine meets all of them.
    for turn in range(WARM_UP + rounds):
        for name, visit in visits.items():
            answer = visit()
            if answer.status not in {200, 302}:
                raise SystemExit(f"{name} answered {answer.status}")
            if turn >= WARM_UP:
                answers[name].append(answer)
    floor = statistics.median(one.seconds for one in answers["floor"])
    return {name: _summary(found, floor) for name, found in answers.items()}


def _summary(found: list["Answer"], floor: float) -> Figures:
    times = sorted(one.seconds for one in found)
    median = statistics.median(times)
    return Figures(
        median_ms=round(1000 * median, 2),
        p95_ms=round(1000 * times[int(0.95 * (len(times) - 1))], 2),
        queries=int(statistics.median(one.queries for one in found)),
        bytes=int(statistics.median(one.size for one in found)),
        ratio=round(median / floor, 2),
    )


def _visits(browser: "Browser", scale: int) -> dict[str, Callable[[], "Answer"]]:
    """What is done for each page: another ticket, word or text each time."""
    from benchmarks.loading import REQUESTERS  # noqa: PLC0415 (Django has to be set up first)
    from benchmarks.records import sprint_with_evidence  # noqa: PLC0415 (Django has to be set up)
    from benchmarks.words import COMMON, RARE_WORDS, Texts, rare_word  # noqa: PLC0415 (the same)

    texts, chance = Texts(scale), random.Random(scale)
    # The sprint's clusters need tickets to stand on.
    sprint = sprint_with_evidence() if scale >= FEWEST_TO_TIME else None
    get, post = browser.get, browser.post

    def draft() -> dict[str, object]:
        return {"title": texts.title(), "description": texts.sentence()}

    def create() -> "Answer":
        fields = {
            **draft(), "requester": f"person{chance.randrange(2000)}@bench.example", "impact": 2,
            "urgency": 2, "kind": "incident", "channel": "phone",
        }  # fmt: skip
        return post("/tickets/new/", fields)

    def search(word: str) -> "Answer":
        return get("/search/?" + urlencode({"q": word}))

    def rare() -> str:
        return rare_word(RARE_WORDS - 1 - chance.randrange(500))

    visits = {
        "floor": lambda: get("/floor/"),
        "queue": lambda: get("/tickets/"),
        "ticket": lambda: get(f"/tickets/{chance.randint(1, scale)}/"),
        "boxes beside": lambda: get(f"/tickets/{chance.randint(1, scale)}/boxes/", fragment=True),
        "log form": lambda: get("/tickets/new/"),
        "suggestions": lambda: post("/tickets/new/suggestions/", draft()),
        "create": create,
        "search rare": lambda: search(rare()),
        "search common": lambda: search(COMMON),
        "search beginning": lambda: search(f"{rare()[:4]} {COMMON[:5]}"),
        "search phrase": lambda: search(f'"{COMMON} cannot go" {rare()}'),
        "search name": lambda: search(f"person{chance.randrange(REQUESTERS)}@bench checkout"),
        "search misspelt": lambda: search(f"{rare()} chekcout"),
        "clusters": lambda: get("/clusters/"),
        "sprint": lambda: get(f"/sprints/{sprint}/"),
        "proactivity": lambda: get("/proactivity/"),
    }
    if sprint is None:
        del visits["sprint"]
    return visits


def show(results: dict[int, dict[str, Figures]]) -> None:
    """The table, with the goals beside it."""
    out = sys.stdout.write
    largest = max(results)
    for scale, figures in results.items():
        out(f"\n{scale:,} tickets\n")
        out(f"{'page':<17}{'median ms':>10}{'p95 ms':>9}{'queries':>9}{'bytes':>9}{'ratio':>8}\n")
        for name, one in figures.items():
            verdict = _verdict(name, results) if scale == largest else ""
            out(
                f"{name:<17}{one.median_ms:>10.1f}{one.p95_ms:>9.1f}{one.queries:>9}"
                f"{one.bytes:>9}{one.ratio:>7.1f}x{verdict}\n"
            )


def _verdict(name: str, results: dict[int, dict[str, Figures]]) -> str:
    """Whether the page meets its goal at the largest size, and what it did at the smallest."""
    if name not in GOALS:
        return ""
    smallest, largest = min(results), max(results)
    now, before = results[largest][name], results[smallest][name]
    met, words = now.ratio <= GOALS[name], f"  goal {GOALS[name]:.0f}x"
    if smallest != largest:
        words += f", queries at {smallest:,}: {before.queries}"
        met = met and (name not in SAME_QUERIES or now.queries <= before.queries)
    if FEWEST_TO_TIME <= smallest < largest:
        growth = now.median_ms / before.median_ms
        words += f", growth {growth:.2f} (at most {GROWTH_GOAL})"
        met = met and growth <= GROWTH_GOAL
    return f"{words}  {'ok' if met else 'MISSED'}"


def main() -> None:
    """Loads, serves, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = os.environ.get("SCALE", "")
    parser.add_argument(
        "--scale", type=int, nargs="*", default=[FEW, int(chosen)] if chosen else SCALES
    )
    words = parser.parse_args()
    os.environ["DATABASE_URL"] = own_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    import django  # noqa: PLC0415 (the settings are chosen just above)

    django.setup()
    results: dict[int, dict[str, Figures]] = {}
    for scale in words.scale:
        results[scale], seconds = measure(scale, words.rounds)
        sys.stdout.write(f"{scale:,} tickets were there after {seconds:.0f} s\n")
    show(results)
    if words.json:
        plain = {
            str(scale): {name: vars(one) for name, one in figures.items()}
            for scale, figures in results.items()
        }
        words.json.write_text(json.dumps(plain, indent=2) + "\n")


if __name__ == "__main__":
    main()
