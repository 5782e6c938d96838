"""Forms of the pages on which people and organisations are arranged."""

from typing import Any

from django import forms

from accounts.directory.finding import NobodyFound, find_person
from accounts.models import Organisation, Person


class PersonArrangedForm(forms.Form):
    """What is arranged about a person."""

    manager = forms.CharField(
        label="Manager",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Name or e-mail"}),
        help_text="Decides on what this person asks for, where a step asks the manager. Empty: the "
        "managers of the house decide.",
    )
    sees_organisation = forms.BooleanField(
        label="Sees all tickets of their organisation in the portal", required=False
    )

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader

    def clean_manager(self) -> Person | None:
        """The person meant; empty means none."""
        text = str(self.cleaned_data["manager"])
        if not text:
            return None
        try:
            return find_person(self.reader, text)
        except NobodyFound as error:
            raise forms.ValidationError(error.message) from error

    @staticmethod
    def values_of(person: Person) -> dict[str, Any]:
        """The present values, as the form begins with."""
        manager = person.manager.email if person.manager else ""
        return {"manager": manager, "sees_organisation": person.sees_organisation}


class OrganisationArrangedForm(forms.Form):
    """What is arranged about an organisation."""

    copies_outside = forms.BooleanField(
        label="Its people may put anybody in copy by e-mail address",
        required=False,
        help_text="Otherwise only colleagues of their organisation. Whoever is in copy reads the "
        "public part of the ticket.",
    )

    @staticmethod
    def values_of(organisation: Organisation) -> dict[str, Any]:
        """The present values, as the form begins with."""
        return {"copies_outside": organisation.copies_outside}
