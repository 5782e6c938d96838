"""What setting a custom field on many tickets has to be told."""

from typing import Any

from django import forms

from catalogue.fields.definition import FieldType
from catalogue.models import IntakeForm, Service
from incidents.forms.params import ParamsForm


class CustomFieldManyForm(ParamsForm):
    """A custom field of a service and its value for all; an empty value empties it."""

    field = forms.ChoiceField(label="Custom field")
    value = forms.CharField(
        required=False,
        max_length=500,
        help_text="As on the form of one ticket; several choices between commas. Empty: none.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.visible_to(self.reader)
        asked = IntakeForm.objects.filter(service__in=services, current__isnull=False)
        self.fields["field"].choices = [  # type: ignore[attr-defined]  # a choice field
            (f"{form.pk}.{one.key}", f"{form.service}: {one.label}")
            for form in asked.select_related("service", "current").order_by("service__name")
            for one in (form.current.read().fields if form.current else ())
            if one.type != FieldType.FILE
        ]
