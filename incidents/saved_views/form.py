"""What a saved view is told."""

from typing import Any

from django import forms

from accounts.models import Person, Team
from incidents.models import SavedView
from incidents.saved_views.actions import may_share

ME, EVERYBODY = "me", "everybody"


class ViewForm(forms.Form):
    """A view's name, whose it is, and where it stands; what it holds travels along unseen."""

    name = forms.CharField(max_length=80)
    scope = forms.ChoiceField(label="For", widget=forms.RadioSelect, initial=ME)
    pinned = forms.BooleanField(
        label="Pinned", required=False, help_text="Pinned views stand above the others."
    )
    position = forms.IntegerField(
        min_value=0,
        max_value=999,
        initial=0,
        required=False,
        help_text="Views stand in this order, and by name where it is the same.",
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput, max_length=6_000)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._teams = {
            f"team-{team.pk}": team
            for team in Team.objects.visible_to(person)
            if may_share(person, team)
        }
        scope = self.fields["scope"]
        choices = [(ME, "Me alone"), *((key, team.name) for key, team in self._teams.items())]
        if may_share(person, None):
            choices.append((EVERYBODY, "Everybody who works here"))
        scope.choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def place(self) -> dict[str, Any]:
        """Whose the view is, in the action's words."""
        scope = self.cleaned_data["scope"]
        return {"personal": scope == ME, "team": self._teams.get(scope)}

    def fields_of_view(self) -> dict[str, Any]:
        """Name and place, in the action's words."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "pinned": given["pinned"],
            "position": given["position"] or 0,
        }

    @staticmethod
    def initial_of(view: SavedView) -> dict[str, Any]:
        """The form as the view is now."""
        scope = ME if view.owner_id else (f"team-{view.team_id}" if view.team_id else EVERYBODY)
        return {
            "name": view.name,
            "scope": scope,
            "pinned": view.pinned,
            "position": view.position,
        }
