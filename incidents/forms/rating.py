"""The form by which requesters rate the help, in the portal and by the link of the mail."""

from typing import Any, ClassVar

from django import forms

from incidents.models import CsatReason


class RateForm(forms.Form):
    """How it went, why, and anything else."""

    SCORES: ClassVar[list[tuple[int, str]]] = [
        (5, "5 – very satisfied"),
        (4, "4 – satisfied"),
        (3, "3 – neither"),
        (2, "2 – dissatisfied"),
        (1, "1 – very dissatisfied"),
    ]

    score = forms.TypedChoiceField(
        label="How satisfied are you?", coerce=int, choices=SCORES, widget=forms.RadioSelect
    )
    reason = forms.ModelChoiceField(
        label="What was it mostly about?",
        queryset=CsatReason.objects.offered(),
        required=False,
        empty_label="No particular reason",
    )
    comment = forms.CharField(
        label="What should we know?",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    # The resolution one is asked about; the link of a mail carries it itself.
    resolution = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not CsatReason.objects.offered().exists():
            del self.fields["reason"]
