"""What the palette offers to somebody who types a few words."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Person
from core.extensions import administration_for
from core.marking import plain
from core.time_limits import TookTooLong
from dashboards.search import Results, search
from dashboards.search_kinds import Hit

MOST_OF_A_KIND = 5


@dataclass(frozen=True)
class Option:
    """One line of the palette, leading to a page."""

    group: str
    label: str
    hint: str
    url: str


def offer(person: Person, text: str) -> tuple[list[Option], str]:
    """Pages of the administration and records that fit the text, and a sentence when there is
    something to say about how they were found.
    """
    if not text.strip():
        return [], ""
    options = list(_arranged(person, text))
    try:
        results = search(person, text)
    except TookTooLong as error:
        return options, error.message
    return [*options, *_records(results)], _note(results)


def _arranged(person: Person, text: str) -> Iterator[Option]:
    words = text.lower().split()
    for heading, entries in administration_for(frozenset(person.roles)):
        for entry in entries:
            if all(word in f"{entry.label} {heading}".lower() for word in words):
                yield Option("Admin", entry.label, heading, reverse(entry.url_name))


def _records(results: Results) -> Iterator[Option]:
    for group in results.groups:
        for hit in group.hits[:MOST_OF_A_KIND]:
            yield Option(group.label, _label(hit), hit.state_label or hit.note, hit.url)


def _label(hit: Hit) -> str:
    return f"{hit.reference} {plain(hit.title)}".strip()


def _note(results: Results) -> str:
    if results.shown_for and results.hits:
        return f"Nothing fits exactly; these fit “{results.shown_for}”."
    return results.note
