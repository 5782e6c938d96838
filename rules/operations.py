"""Running a macro on many tickets at once."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import Params, ParamsForm, operation
from incidents.models import Ticket
from rules.actions import run_macro, undo_macro
from rules.effects import go_back
from rules.models import Macro, MacroVersion


class MacroParams(ParamsForm):
    """Which macro."""

    macro = forms.ModelChoiceField(queryset=Macro.objects.none())

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        field = cast("forms.ModelChoiceField[Macro]", self.fields["macro"])
        field.queryset = Macro.objects.visible_to(reader).kept().select_related("current")

    def params(self) -> Params:
        """The macro and its version of now, by their numbers: every ticket gets the same."""
        macro = self.cleaned_data["macro"]
        return {"macro": macro.pk, "version": macro.version.number}


def _version(params: Params) -> MacroVersion | None:
    """The version a job runs; a job without one runs the newest."""
    versions = MacroVersion.objects.filter(macro=params["macro"]).select_related("macro")
    if "version" in params:
        versions = versions.filter(number=params["version"])
    return versions.order_by("-number").first()


def _apply(ticket: Ticket, person: Person, params: Params) -> Params:
    """The version chosen; a ticket it cannot be done to is refused with its sentence."""
    version = _version(params)
    kept = Macro.objects.visible_to(person).kept()
    if version is None or not kept.filter(pk=version.macro_id).exists():
        raise DomainError("This macro is not there any more.", field="macro")
    done = run_macro(version.macro, actor=person, ticket=ticket, version=version)
    return {"version": version.pk, "done": done}


def _undo(ticket: Ticket, person: Person, before: Params) -> Sequence[str]:
    version = MacroVersion.objects.get(pk=before["version"])
    return undo_macro(version, actor=person, ticket=ticket, done=before["done"])


def _goes_back(params: Params) -> bool:
    version = _version(params)
    return version is not None and go_back(version.actions)


def _describe(params: Params) -> str:
    version = _version(params)
    return f"Run the macro “{version.name}”, version {version.number}" if version else "Run a macro"


operation(
    "apply_macro",
    label="Run a macro",
    apply=_apply,
    undo=_undo,
    goes_back=_goes_back,
    form=MacroParams,
    describe=_describe,
    undo_note="For ten minutes you can undo a macro that sets fields, tags, assigns, adds "
    "followers or puts on hold. One that writes, notifies or takes another step cannot be undone.",
    order=90,
)
