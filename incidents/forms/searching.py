"""Words of the search."""

from django import forms


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
