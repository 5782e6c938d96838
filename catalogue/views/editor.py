"""Building forms without code: sections and fields, conditions by lists, a preview beside."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.actions import change_draft, create_form, publish_form
from catalogue.asking import AskedForm
from catalogue.fields import editing
from catalogue.fields.definition import (
    TYPE_LABELS,
    FormDefinition,
    FormError,
    FormField,
    read_form,
    write_form,
)
from catalogue.fields.wording import condition_words
from catalogue.forms.intake import FieldForm, NewFormForm, SectionForm
from catalogue.models import IntakeForm
from catalogue.permissions import may_arrange
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest


def _form(request: SignedInRequest, pk: int) -> IntakeForm:
    """A form one may arrange: 404 for requesters, 403 for other staff."""
    rows = IntakeForm.objects.visible_to(request.user)
    record = get_object_or_404(rows.select_related("service", "current"), pk=pk)
    if not may_arrange(request.user):
        raise PermissionDenied
    return record


@require_http_methods(["GET", "HEAD", "POST"])
def intake_forms(request: SignedInRequest) -> HttpResponseBase:
    """Every form, and a new one."""
    if not may_arrange(request.user):
        raise PermissionDenied
    form = NewFormForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_form(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(made)
    rows = IntakeForm.objects.visible_to(request.user).select_related("service", "current")
    context = {
        "rows": [(one, len(read_form(one.draft).fields)) for one in rows],
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "catalogue/forms.html", context, status=status)


@require_safe
def intake_form(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One form: its sections and fields, and how it will be asked."""
    return _draw(request, _form(request, pk))


def _draw(request: SignedInRequest, record: IntakeForm) -> HttpResponse:
    definition = read_form(record.draft)
    sections = [
        {
            "place": place,
            "section": section,
            "fields": [_described(one, definition) for one in section.fields],
        }
        for place, section in enumerate(definition.sections)
    ]
    context = {
        "record": record,
        "sections": sections,
        "preview": AskedForm(definition, reader=request.user, prefix="preview"),
        "new_section": SectionForm(auto_id="new_section_%s"),
    }
    return render(request, "catalogue/form_editor.html", context)


def _described(field: FormField, definition: FormDefinition) -> dict[str, Any]:
    return {
        "field": field,
        "type": TYPE_LABELS[field.type],
        "shown": condition_words(field.shown_when, definition),
        "needed": condition_words(field.required_when, definition),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def field(request: SignedInRequest, pk: int, key: str = "") -> HttpResponseBase:
    """One field; without a key a new one at the end of a section."""
    record = _form(request, pk)
    definition = read_form(record.draft)
    known = definition.by_key.get(key)
    if key and known is None:
        raise Http404
    form = FieldForm(definition, known, request.POST or None)
    if request.method == "POST" and form.is_valid():
        section = _number(request.GET.get("section", ""))

        def change(draft: FormDefinition) -> FormDefinition:
            written = form.read()
            if known is not None:
                return editing.replace_field(draft, known.key, written)
            return editing.add_field(draft, section, written)

        if _changed(request, record, change, form):
            return redirect(record)
    status = 422 if form.is_bound else 200
    context = {"record": record, "form": form, "title": known.label if known else "New field"}
    return render(request, "catalogue/form_field.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: SignedInRequest, pk: int, place: int) -> HttpResponseBase:
    """The heading of a section."""
    record = _form(request, pk)
    definition = read_form(record.draft)
    if place >= len(definition.sections):
        raise Http404
    known = definition.sections[place]
    form = SectionForm(request.POST or None, initial={"title": known.title, "text": known.text})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if _changed(request, record, lambda d: editing.rename_section(d, place, **said), form):
            return redirect(record)
    context = {"record": record, "form": form, "title": "Section", "submit_label": "Save"}
    return render(request, "ui/step.html", context, status=422 if form.is_bound else 200)


Change = Callable[[FormDefinition], FormDefinition]


def _changed(
    request: SignedInRequest, record: IntakeForm, change: Change, form: forms.Form | None = None
) -> bool:
    """Keeps a changed draft; False, with the reason shown, when it cannot work."""
    try:
        changed = write_form(change(read_form(record.draft)))
        change_draft(record, actor=request.user, definition=changed)
    except (FormError, DomainError) as error:
        if form is None:
            messages.error(request, error.message)
        else:
            form.add_error(None, error.message)
        return False
    return True


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 0


@require_POST
def rearrange(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Moves or removes a field or a section, or adds a section."""
    record = _form(request, pk)
    key, place = request.POST.get("key", ""), _number(request.POST.get("place", ""))
    changes: dict[str, Change] = {
        "field_up": lambda d: editing.move_field(d, key, up=True),
        "field_down": lambda d: editing.move_field(d, key, up=False),
        "remove_field": lambda d: editing.remove_field(d, key),
        "section_up": lambda d: editing.move_section(d, place, up=True),
        "section_down": lambda d: editing.move_section(d, place, up=False),
        "remove_section": lambda d: editing.remove_section(d, place),
        "add_section": lambda d: editing.add_section(d, request.POST.get("title", "")[:120]),
    }
    change = changes.get(request.POST.get("change", ""))
    if change is None:
        raise Http404
    _changed(request, record, change)
    return redirect(record)


@require_POST
def publish(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """From now on the draft is asked."""
    record = _form(request, pk)
    try:
        published = publish_form(record, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        number = published.current.number if published.current else 0
        messages.success(request, f"Version {number} is asked from now on.")
    return redirect(record)
