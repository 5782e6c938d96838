"""What a dashboard's reader may choose."""

from collections.abc import Mapping

from django import forms

from catalogue.models import Service
from dashboards.proactivity import PERIODS


class PeriodForm(forms.Form):
    """Length of the period and one service or all."""

    days = forms.TypedChoiceField(
        label="Period", choices=list(PERIODS.items()), coerce=int, required=False
    )
    service = forms.ModelChoiceField(
        label="Service", queryset=Service.objects.none(), required=False, empty_label="All services"
    )

    def __init__(
        self,
        *args: object,
        services: object,
        periods: Mapping[int, str] = PERIODS,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through to Django
        self.fields["days"].choices = list(periods.items())  # type: ignore[attr-defined]  # a choice field
        field = self.fields["service"]
        field.queryset = services  # type: ignore[attr-defined]  # it is a ModelChoiceField
