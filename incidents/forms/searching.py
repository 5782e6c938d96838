"""Words of the search."""

from collections.abc import Iterable
from typing import Any

from django import forms

from incidents.models.searching import language_label


class SynonymsForm(forms.Form):
    """Words that mean the same."""

    words = forms.CharField(
        label="Words that mean the same",
        max_length=1_500,
        help_text="Words or short phrases, divided by commas: laptop, notebook, portable computer.",
    )


class StopWordsForm(forms.Form):
    """Words to leave out."""

    words = forms.CharField(
        label="Words to leave out",
        max_length=1_000,
        help_text="Single words, divided by commas: please, hello, regards.",
    )


class LanguagesForm(forms.Form):
    """Languages besides English."""

    languages = forms.MultipleChoiceField(
        label="Languages besides English",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A search finds the forms of a word in these languages. Every ticket is written "
        "anew in the background; searches go on meanwhile.",
    )

    def __init__(self, *args: Any, offered: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["languages"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 (for the type checker)
        field.choices = [(name, language_label(name)) for name in offered]
