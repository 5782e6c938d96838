"""Finds people by what somebody typed: “Name <address>”, an address, or a full name."""

import re

from django.db.models import Q, QuerySet

from accounts.models import Person
from core.errors import DomainError
from incidents.searching.asking import name_pattern

_IN_BRACKETS = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$")
_BETWEEN = re.compile(r"[,;\n]+")
MOST_TOGETHER = 30


def named(reader: Person, text: str) -> QuerySet[Person]:
    """Active people the reader may see who are meant by `text`; several when a name is common."""
    people = Person.objects.visible_to(reader).filter(is_active=True)
    inside = _IN_BRACKETS.search(text)
    if inside or "@" in text:
        return people.filter(email=(inside[1] if inside else text).strip().lower())
    return people.filter(name__iexact=text.strip())


def beginning_with(reader: Person, text: str) -> QuerySet[Person]:
    """Active people the reader may see one of whose names, or whose address, begins so."""
    # Served by the indexes of names and addresses, however many people there are.
    begins = Q(name__iregex=name_pattern(text)) | Q(email__iregex=name_pattern(text))
    return Person.objects.visible_to(reader).filter(begins, is_active=True).order_by("name")


def named_all(reader: Person, text: str, *, field: str) -> list[Person]:
    """Everybody of a list with commas; a DomainError at `field` says who is not known."""
    found: dict[int, Person] = {}
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    if len(parts) > MOST_TOGETHER:
        raise DomainError(f"At most {MOST_TOGETHER} people at once.", field=field)
    for part in parts:
        people = list(named(reader, part).select_related("organisation")[:2])
        if not people:
            raise DomainError(f"Nobody known is called “{part[:80]}”.", field=field)
        if len(people) > 1:
            raise DomainError(
                f"Several people are called “{part[:80]}”: use the e-mail address.", field=field
            )
        found[people[0].pk] = people[0]
    return list(found.values())
