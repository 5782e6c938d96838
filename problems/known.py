"""Which known errors a text may be about, by its words and by their error codes."""

import re

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex

from accounts.models import Person
from analysis.text import tokens
from problems.models import Problem

SHARED_WORDS = 0.5
READ_FOR_WORDS = 400
MOST_LOOKED_AT = 50
MOST_KNOWN_ERRORS = 3


def _worded_like(rows: QuerySet[Problem], words: set[str]) -> QuerySet[Problem]:
    """Those of the problems with any of the words in the title or the symptom, newest first."""
    alike = Q(pk__in=[])
    for word in sorted(words)[:12]:
        alike |= Q(title__icontains=word) | Q(known_error__symptom__icontains=word)
    return rows.filter(alike).order_by("-pk")[:MOST_LOOKED_AT]


def _shares_words(problem: Problem, words: set[str]) -> bool:
    """True when half of the words stand in the problem's title or its symptom."""
    known = getattr(problem, "known_error", None)
    theirs = set(tokens(f"{problem.title} {known.symptom if known else ''}"))
    return len(words) >= 2 and len(words & theirs) >= SHARED_WORDS * len(words)


def _coded_like(rows: QuerySet[Problem], text: str) -> list[Problem]:
    """Those whose error code stands in the text as a word of its own, in the order of the text."""
    lowered = text.replace("\x00", " ").lower()
    found = (
        rows.filter(known_error__error_code__gt="")
        .annotate(place=StrIndex(Value(lowered), Lower("known_error__error_code")))
        .filter(place__gt=0)
        .order_by("place", "pk")[:MOST_LOOKED_AT]
    )
    return [one for one in found if _says(lowered, one.known_error.error_code.lower())]


def _says(text: str, code: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(code)}(?!\w)", text) is not None


def problems_like(rows: QuerySet[Problem], text: str, *, limit: int) -> list[Problem]:
    """Those of the problems this text may be about: first those whose error code stands in it, then
    those that share half of the words of its first line. Two statements."""
    found = _coded_like(rows, text)
    title = text.strip().partition("\n")[0]
    named = set(tokens(title[:READ_FOR_WORDS]))
    for one in _worded_like(rows, set(tokens(text[:READ_FOR_WORDS]))):
        if one not in found and _shares_words(one, named):
            found.append(one)
    return found[:limit]


def known_errors_like(person: Person, text: str, *, limit: int) -> list[Problem]:
    """Open problems with a known error this text may be about, as `problems_like` orders them.

    Empty when there are none, or none the person may see.
    """
    known = (
        Problem.objects.visible_to(person)
        .open()
        .filter(known_error__isnull=False)
        .select_related("known_error", "component")
    )
    return problems_like(known, text, limit=limit)


def helpful_problems_like(person: Person, text: str, *, limit: int) -> list[Problem]:
    """The same with problems that have a workaround but no known error yet."""
    helpful = (
        Problem.objects.visible_to(person)
        .open()
        .filter(Q(known_error__isnull=False) | ~Q(workaround=""))
        .select_related("known_error", "component")
    )
    return problems_like(helpful, text, limit=limit)
