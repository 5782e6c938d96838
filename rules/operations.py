"""Running a macro on many tickets at once."""

from typing import Any, cast

from django import forms

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import Params, ParamsForm, operation
from incidents.models import Ticket
from rules.actions import run_macro
from rules.models import Macro


class MacroParams(ParamsForm):
    """Which macro."""

    macro = forms.ModelChoiceField(queryset=Macro.objects.none())

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        field = cast("forms.ModelChoiceField[Macro]", self.fields["macro"])
        field.queryset = Macro.objects.visible_to(reader).kept()

    def params(self) -> Params:
        """The macro by number."""
        return {"macro": self.cleaned_data["macro"].pk}


def _apply(ticket: Ticket, person: Person, params: Params) -> None:
    """The macro as it is now; a ticket it cannot be done to is refused with its sentence."""
    macro = Macro.objects.visible_to(person).kept().filter(pk=params["macro"]).first()
    if macro is None:
        raise DomainError("This macro is not there any more.", field="macro")
    run_macro(macro, actor=person, ticket=ticket)


def _describe(params: Params) -> str:
    macro = Macro.objects.filter(pk=params["macro"]).first()
    return f"Run the macro “{macro.name}”" if macro else "Run a macro"


operation(
    "apply_macro",
    label="Run a macro",
    apply=_apply,
    form=MacroParams,
    describe=_describe,
    undo_note="A macro may write to people and end tickets: it cannot be undone.",
    order=90,
)
