"""Finds the one person somebody means."""

from django.db.models import Q

from accounts.models import Person


class NobodyFound(LookupError):
    """Nobody, or more than one person, is meant; the message is for whoever typed it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def find_person(reader: Person, text: str) -> Person:
    """The active person of this number, e-mail address or full name among those the reader sees.

    Raises NobodyFound: what one may not see is answered like what is not there.
    """
    text = text.strip()
    people = Person.objects.visible_to(reader).filter(is_active=True)
    number = text.isdecimal() and len(text) < 12
    named = Q(pk=int(text)) if number else Q(email__iexact=text)
    found = list(people.filter(named | Q(name__iexact=text))[:2])
    if not found:
        raise NobodyFound("Nobody by that name or e-mail address.")
    if len(found) > 1:
        raise NobodyFound("Several people are called that: use the e-mail address.")
    return found[0]
