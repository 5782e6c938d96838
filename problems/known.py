"""Which known errors a text may be about, by its words and by their error codes."""

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex

from accounts.models import Person
from analysis.text import tokens
from problems.models import Problem

SHARED_WORDS = 0.5
COMPARED_CHARACTERS = 400


def worded_like(rows: QuerySet[Problem], words: set[str]) -> QuerySet[Problem]:
    """Those of the problems with any of the words in the title or the symptom, newest first."""
    alike = Q(pk__in=[])
    for word in sorted(words)[:12]:
        alike |= Q(title__icontains=word) | Q(known_error__symptom__icontains=word)
    return rows.filter(alike).order_by("-pk")[:50]


def shares_words(problem: Problem, words: set[str]) -> bool:
    """True when half of the words stand in the problem's title or its symptom."""
    known = getattr(problem, "known_error", None)
    theirs = set(tokens(f"{problem.title} {known.symptom if known else ''}"))
    return len(words) >= 2 and len(words & theirs) >= SHARED_WORDS * len(words)


def known_errors_like(person: Person, text: str, *, limit: int) -> list[Problem]:
    """Open problems with a known error this text may be about.

    First those whose error code stands in the text, then those that share half of the words of its
    first line. Empty when there are none, or none the person may see.
    """
    known = (
        Problem.objects.visible_to(person)
        .open()
        .filter(known_error__isnull=False)
        .select_related("known_error", "component")
    )
    coded = (
        known.exclude(known_error__error_code="")
        .annotate(place=StrIndex(Value(text), F("known_error__error_code")))
        .filter(place__gt=0)
        .order_by("place", "pk")[:limit]
    )
    found = list(coded)
    title = text.strip().partition("\n")[0]
    named = set(tokens(title[:COMPARED_CHARACTERS]))
    for one in worded_like(known, set(tokens(text[:COMPARED_CHARACTERS]))):
        if one not in found and shares_words(one, named):
            found.append(one)
    return found[:limit]
