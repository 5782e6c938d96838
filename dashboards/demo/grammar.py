"""Turns a hand-written fragment with choices and slots into a sentence; same dice, same words."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from datetime import datetime

_CHOICE = re.compile(r"\[([^\[\]{}]*(?:\{[a-z0-9_]+\}[^\[\]{}]*)*\|[^\[\]]*)\]")
_SLOT = re.compile(r"(?<!\{)\{([a-z0-9_]+)\}(?!\})")

BANKS = (
    "Meridian Bank",
    "Volksbank Nord",
    "Caja Sur",
    "Banco Real",
    "Polbank",
    "Hanse Sparkasse",
    "Union Direct",
    "Credit Ouest",
    "Nordlys Bank",
    "their savings bank",
)
BROWSERS = ("Firefox", "Chrome", "Edge", "Safari", "Chrome on Linux", "Edge 141", "Firefox ESR")
CARRIERS = ("Telvia", "Mobilo", "O3", "NetOne", "Vodaline", "BlueTel")
COUNTRIES = ("Austria", "France", "Poland", "the Netherlands", "Spain", "Italy", "Belgium")
ENDPOINTS = ("/v2/customers", "/v2/orders", "/v2/invoices", "/v1/payments", "/v2/articles")
HOSTS = ("wiki.int", "files01", "the intranet", "build-04", "hr.int", "the file server")
IPHONES = ("iPhone 16", "iPhone 15 Pro", "iPhone 17", "iPhone 14", "an iPhone 16 Pro")
ANDROIDS = ("Pixel 9", "Galaxy A55", "Galaxy S24", "Zebra TC22", "a Nokia XR21", "Xperia 10")
LAPTOPS = ("ThinkPad T14", "Latitude 7450", "EliteBook 840", "MacBook Air", "the new Latitude")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NAMES = (
    "Anna Berg",
    "M. Schulte",
    "Tom Hale",
    "Eva Novak",
    "Paolo Rossi",
    "Lena Kurz",
    "S. Iqbal",
    "Mia Dahl",
    "Oscar Pinto",
    "Karin Wolff",
    "Tim Baker",
    "Nora Quinn",
    "J. Mazur",
    "Ivan Petrov",
)
PLANS = ("Team", "Business", "Professional", "Scale", "Starter")
PRINTERS = ("PRN-3-12", "the printer on 2", "PRN-1-04", "the copier in the hall", "PRN-5-01")
REPORTS = (
    "the sales report",
    "all transactions",
    "the customer list",
    "open items",
    "the VAT report",
    "order lines",
    "the stock list",
    "the monthly overview",
    "Revenue by branch",
)
ROOMS = ("Oslo", "Lima", "Kyoto", "Porto", "the big one on 4", "Dublin")
USERS = ("m.weber", "jsmith", "anna.k", "t.hale", "svc_import", "r.garcia", "k.ito", "ops2")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
CURRENCIES = ("EUR {}", "€{}", "{} EUR", "£{}", "{} €")


class Facts:
    """A ticket's particulars: an order number stays, a bank may change within a sentence."""

    def __init__(self, dice: random.Random, at: datetime, domain: str) -> None:
        self.dice = dice
        self.at = at
        self.domain = domain
        self._kept: dict[str, str] = {}

    def __getitem__(self, slot: str) -> str:
        if slot in _FRESH:
            return _FRESH[slot](self)
        if slot not in self._kept:
            self._kept[slot] = _KEPT[slot](self)
        return self._kept[slot]

    def number(self, low: int, high: int) -> int:
        """A whole number between the two, both included."""
        return self.dice.randint(low, high)

    def one_of(self, options: tuple[str, ...]) -> str:
        """One of the options."""
        return self.dice.choice(options)


def _amount(facts: Facts) -> str:
    value = f"{facts.dice.lognormvariate(4.6, 1.1):.2f}"
    return facts.one_of(CURRENCIES).format(value)


_KEPT: dict[str, Callable[[Facts], str]] = {
    "order": lambda f: f.one_of(("", "#", "W-", "SO", "")) + str(f.number(10400, 998000)),
    "invoice": lambda f: f.one_of(("INV-", "RE-", "2026-", "F")) + str(f.number(1050, 99800)),
    "last4": lambda f: str(f.number(1003, 9987)),
    "name": lambda f: f.one_of(NAMES),
    "user": lambda f: f.one_of(USERS),
    "file": lambda f: f"SETTLE_{f.at:%Y%m%d}_{f.number(1, 4):02}.txt",
    "version": lambda f: f"7.{f.number(2, 9)}.{f.number(0, 4)}",
    "domain": lambda f: f.domain,
    "laptop": lambda f: f.one_of(LAPTOPS),
    "iphone": lambda f: f.one_of(IPHONES),
    "android": lambda f: f.one_of(ANDROIDS),
    "endpoint": lambda f: f.one_of(ENDPOINTS),
    "report": lambda f: f.one_of(REPORTS),
    "carrier": lambda f: f.one_of(CARRIERS),
    "room": lambda f: f.one_of(ROOMS),
    "printer": lambda f: f.one_of(PRINTERS),
    "plan": lambda f: f.one_of(PLANS),
}
_FRESH: dict[str, Callable[[Facts], str]] = {
    "amount": _amount,
    "n": lambda f: str(f.number(7, 58)),
    "small": lambda f: f.one_of(("2", "3", "4", "5", "6", "three", "four", "two")),
    "time": lambda f: f"{f.number(6, 17):02}:{f.number(0, 59):02}",
    "stamp": lambda f: f"{f.at:%Y-%m-%d} {f.number(5, 18):02}:{f.number(0, 59):02}:07Z",
    "bank": lambda f: f.one_of(BANKS),
    "browser": lambda f: f.one_of(BROWSERS),
    "month": lambda f: MONTHS[(f.at.month - f.number(2, 3)) % 12],
    "weekday": lambda f: f.one_of(WEEKDAYS),
    "country": lambda f: f.one_of(COUNTRIES),
    "host": lambda f: f.one_of(HOSTS),
}


def lines_of(text: str) -> tuple[str, ...]:
    """The fragments in a block of text, one a line."""
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())


def expand(fragment: str, facts: Facts) -> str:
    """The fragment with choices made and slots filled; raises KeyError on an unknown slot."""
    while (found := _CHOICE.search(fragment)) is not None:
        chosen = facts.dice.choice(found.group(1).split("|"))
        fragment = fragment[: found.start()] + chosen + fragment[found.end() :]
    return _SLOT.sub(lambda slot: facts[slot.group(1)], fragment)


def some_of(fragments: Iterable[str], count: int, facts: Facts) -> list[str]:
    """Up to `count` different fragments, expanded."""
    pool = list(fragments)
    return [expand(fragment, facts) for fragment in facts.dice.sample(pool, min(count, len(pool)))]


def weights_of(text: str) -> dict[str, int]:
    """Reads 'portal:6 email:4' into numbers."""
    pairs = (part.split(":") for part in text.split())
    return {name: int(weight) for name, weight in pairs}


def weighted(dice: random.Random, weights: dict[str, int]) -> str:
    """One key, drawn by weight."""
    return dice.choices(list(weights), list(weights.values()))[0]
