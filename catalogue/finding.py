"""How the people and components that answers name are found."""

from django.db.models import Q

from accounts.models import Person
from catalogue.fields.answers import AnswerError, Find
from catalogue.fields.definition import FieldType
from catalogue.models import Component


def finders(reader: Person) -> dict[FieldType, Find]:
    """How people and components are found among what the reader may see."""

    def person(text: str) -> int:
        people = Person.objects.visible_to(reader).filter(is_active=True)
        named = Q(pk=int(text)) if text.isdecimal() and len(text) < 12 else Q(email__iexact=text)
        found = list(people.filter(named | Q(name__iexact=text)).values_list("pk", flat=True)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise AnswerError("Several people are called that: use the e-mail address.")
        raise AnswerError("Nobody by that name or e-mail address.")

    def component(text: str) -> int:
        known = Component.objects.visible_to(reader)
        if text.isdecimal() and len(text) < 12 and known.filter(pk=int(text)).exists():
            return int(text)
        raise AnswerError("Choose one of the list.")

    return {FieldType.PERSON: person, FieldType.COMPONENT: component}
