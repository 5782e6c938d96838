"""Forms that change the version that was read: others' changes meanwhile are never overwritten."""

from typing import Any, Protocol

from django import forms
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render

from core.errors import DomainError, EditConflict
from core.pages import StepView, show_errors
from core.requests import SignedInRequest


class Versioned(Protocol):
    """A record whose edits are counted."""

    version: int


def with_version(form: forms.Form, record: Versioned) -> forms.Form:
    """The form with the record's version, and each field with the value it was read with.

    So only what was really changed is sent on, and others' changes to other fields stay.
    """
    for field in form.fields.values():
        field.show_hidden_initial = True
    form.fields["version"] = forms.IntegerField(
        widget=forms.HiddenInput, required=False, initial=record.version
    )
    return form


def chosen(form: forms.Form) -> dict[str, Any]:
    """The fields that differ from what was read, without those left as the other one has them.

    Of a form that says no version: every field.
    """
    said = form.cleaned_data
    names = [name for name in said if name != "version"]
    if said.get("version") is not None:
        names = [name for name in form.changed_data if name != "version"]
    return {name: said[name] for name in names if form.data.get(f"keep_{name}") != "theirs"}


class Editing(StepView):
    """Changes fields; another's change of the same field meanwhile is shown, never overwritten.

    Subclasses build their form `with_version` and send `chosen` fields and the version to their
    action in `take`.
    """

    template_name = "ui/edit.html"

    def version_of(self, record: Any) -> int:
        """The version the record has now."""
        return int(record.version)

    def refused(
        self, request: SignedInRequest, record: Any, form: forms.Form | None, error: DomainError
    ) -> HttpResponseBase:
        """On a conflict the form keeps what was typed, shows both values and asks."""
        if not isinstance(error, EditConflict):
            return super().refused(request, record, form, error)
        again = self.build_form(
            record, _upon(request.POST, error.version or self.version_of(record))
        )
        if again is None:
            raise TypeError("editing needs its form") from error
        again.is_valid()
        show_errors(again, error)
        context = {**self._context(record, again), "conflicts": error.conflicts}
        return render(request, self.template_name, context, status=error.status)


def _upon(typed: QueryDict, version: int) -> QueryDict:
    """What was typed, upon the version the record has now."""
    data = typed.copy()
    data["version"] = str(version)
    return data
