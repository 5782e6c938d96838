"""How the people and components that answers name are found."""

from accounts.directory.finding import NobodyFound, find_person
from accounts.models import Person
from catalogue.fields.answers import AnswerError, Find
from catalogue.fields.definition import FieldType
from catalogue.models import Component


def finders(reader: Person) -> dict[FieldType, Find]:
    """How people and components are found among what the reader may see."""

    def person(text: str) -> int:
        try:
            return find_person(reader, text).pk
        except NobodyFound as error:
            raise AnswerError(error.message) from error

    def component(text: str) -> int:
        known = Component.objects.visible_to(reader)
        if text.isdecimal() and len(text) < 12 and known.filter(pk=int(text)).exists():
            return int(text)
        raise AnswerError("Choose one of the list.")

    return {FieldType.PERSON: person, FieldType.COMPONENT: component}
