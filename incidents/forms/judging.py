"""The form behind “this is it” and “not this”."""

from typing import cast

from django import forms

from accounts.models import Person
from incidents.models import Likeness, Ticket

TAKE_BACK = "take_back"


class JudgeForm(forms.Form):
    """Another ticket, and whether it is the same matter."""

    other = forms.ModelChoiceField(
        queryset=Ticket.objects.none(),
        error_messages={"invalid_choice": "There is no such ticket, or you may not see it."},
    )
    kind = forms.ChoiceField(choices=[*Likeness.Kind.choices, (TAKE_BACK, "Take it back")])

    def __init__(self, data: object, *, reader: Person) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict
        field = cast("forms.ModelChoiceField[Ticket]", self.fields["other"])
        field.queryset = Ticket.objects.visible_to(reader)
