"""Forms that change the version that was read: others' changes meanwhile are never overwritten."""

from typing import Any, Protocol

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

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

    def told(self, record: Any, form: forms.Form) -> str:
        """What is said once it is saved."""
        return self.success_message

    def version_of(self, record: Any) -> int:
        """The version the record has now."""
        return int(record.version)

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Saves; on a conflict the form keeps what was typed, shows both values and asks."""
        record = get_object_or_404(self.records(request), pk=pk)
        form = self.build_form(record, request.POST)
        if form is None:
            raise TypeError("editing needs its form")
        if not form.is_valid():
            return self._draw(request, record, form, status=422)
        try:
            result = self.take(record, form)
        except EditConflict as conflict:
            typed = _upon(request.POST, conflict.version or self.version_of(record))
            again = self.build_form(record, typed)
            if again is None:
                raise TypeError("editing needs its form") from conflict
            again.is_valid()
            show_errors(again, conflict)
            return self._draw_conflict(request, record, again, conflict)
        except DomainError as error:
            show_errors(form, error)
            return self._draw(request, record, form, status=error.status)
        said = self.told(record, form)
        if said:
            messages.success(request, said)
        return redirect(self.success_url(record, result))

    def _draw_conflict(
        self, request: HttpRequest, record: Any, form: forms.Form, conflict: EditConflict
    ) -> HttpResponseBase:
        context = {
            "record": record,
            "form": form,
            "title": self.title,
            "submit_label": self.submit_label,
            "conflicts": conflict.conflicts,
        }
        return render(request, self.template_name, context, status=conflict.status)


def _upon(typed: QueryDict, version: int) -> QueryDict:
    """What was typed, upon the version the record has now."""
    data = typed.copy()
    data["version"] = str(version)
    return data
