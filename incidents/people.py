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


def colleagues_beginning_with(reader: Person, text: str) -> QuerySet[Person]:
    """The same among the active people of the reader's own organisation, without the reader."""
    begins = Q(name__iregex=name_pattern(text)) | Q(email__iregex=name_pattern(text))
    return Person.objects.colleagues_of(reader).filter(begins).order_by("name")


def known_named(reader: Person, text: str, *, field: str) -> Person:
    """The one person meant among those the reader may see; a DomainError at `field` otherwise."""
    people = list(named(reader, text).select_related("organisation")[:2])
    if not people:
        raise DomainError(f"Nobody known is called “{text[:80]}”.", field=field)
    if len(people) > 1:
        raise DomainError(
            f"Several people are called “{text[:80]}”: use the e-mail address.", field=field
        )
    return people[0]


def colleague_named(reader: Person, text: str, *, field: str) -> tuple[Person | None, str]:
    """(the colleague meant, or None; the e-mail address in `text`, or nothing).

    Only the reader's own organisation is looked at: nobody else can be found by typing.
    """
    inside = _IN_BRACKETS.search(text)
    address = inside[1] if inside else text.strip() if "@" in text else ""
    colleagues = Person.objects.colleagues_of(reader)
    if address:
        found = colleagues.filter(email__iexact=address)
    else:
        found = colleagues.filter(name__iexact=text.strip())
    people = list(found[:2])
    if len(people) > 1:
        raise DomainError(
            f"Several people are called “{text[:80]}”: use the e-mail address.", field=field
        )
    return (people[0] if people else None), address


def parts_of(text: str) -> list[str]:
    """The names and addresses of a list with commas."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]
