"""The base of what operations on many tickets have to be told."""

from typing import Any

from django import forms

from accounts.models import Person

Params = dict[str, Any]


class ParamsForm(forms.Form):
    """What an operation has to be told; one shape for the page and the API.

    Built as `form(data, reader=person)`. Subclasses say in `params` what is kept with the job, as
    plain JSON: records by their number.
    """

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader

    def params(self) -> Params:
        """The cleaned words as plain JSON."""
        return dict(self.cleaned_data)
