"""What the readers of ownership, chains and influence may choose."""

from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Service
from devlink.influence import PERIODS, USUAL_PERIOD


class TeamForm(forms.Form):
    """One support team, or the whole desk."""

    team = forms.ModelChoiceField(
        label="Team", queryset=Team.objects.none(), required=False, empty_label="The whole desk"
    )

    def __init__(self, reader: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(reader).filter(side=Side.SUPPORT)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField

    @property
    def chosen_team(self) -> Team | None:
        """The team chosen; None for the whole desk, and for nonsense in the address."""
        self.is_valid()
        team: Team | None = self.cleaned_data.get("team")
        return team


class InfluenceForm(TeamForm):
    """Also the length of the period, which ends today."""

    field_order = ("days", "team")
    days = forms.TypedChoiceField(
        label="Period", choices=list(PERIODS.items()), coerce=int, required=False
    )

    def __init__(self, reader: Person, given: QueryDict) -> None:
        # So that the list of periods shows the one the page is drawn for.
        chosen = given.copy()
        chosen.setdefault("days", str(USUAL_PERIOD.days))
        super().__init__(reader, chosen)

    @property
    def chosen_days(self) -> int:
        """The length of the period in days; half a year unless said otherwise."""
        self.is_valid()
        return int(self.cleaned_data.get("days") or USUAL_PERIOD.days)


class OwnershipForm(forms.Form):
    """One service or all."""

    service = forms.ModelChoiceField(
        label="Service", queryset=Service.objects.none(), required=False, empty_label="All services"
    )

    def __init__(self, reader: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.visible_to(reader)
        self.fields["service"].queryset = services  # type: ignore[attr-defined]  # as above
