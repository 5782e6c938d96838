"""What marking many tickets has to be told: tags, and one custom field."""

from typing import Any

from django import forms

from catalogue.fields.definition import FieldType
from catalogue.models import IntakeForm, Service
from incidents.forms.params import Params, ParamsForm
from incidents.models.tags import MOST_LETTERS, normalised


class TagManyForm(ParamsForm):
    """Tags to put on and tags to take off."""

    add = forms.CharField(label="Put on", required=False, max_length=400)
    remove = forms.CharField(
        label="Take off", required=False, max_length=400, help_text="Several between blanks."
    )

    def _tags(self, name: str) -> str:
        words = [normalised(one) for one in self.cleaned_data[name].replace(",", " ").split()]
        tags = list(dict.fromkeys(one for one in words if one))
        if any(len(one) > MOST_LETTERS for one in tags):
            raise forms.ValidationError(f"At most {MOST_LETTERS} characters each.")
        return " ".join(tags)

    def clean_add(self) -> str:
        """Names as they are kept."""
        return self._tags("add")

    def clean_remove(self) -> str:
        """Names as they are kept."""
        return self._tags("remove")

    def clean(self) -> Params:
        given = dict(self.cleaned_data)
        if not self.errors and not given["add"] and not given["remove"]:
            self.add_error("add", "Name at least one tag.")
        return given


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
            for one in form.current.read().fields
            if one.type != FieldType.FILE
        ]
