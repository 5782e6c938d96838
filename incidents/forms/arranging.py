"""Forms by which the desk is arranged."""

from typing import Any

from django import forms

from accounts.models import Person, Team
from catalogue.models import Service
from incidents.forms.steps import set_rows
from incidents.models import Checklist, Tag, TeamPolicy


class PolicyForm(forms.Form):
    """How a team works."""

    assignment = forms.ChoiceField(
        label="New tickets are given to", choices=TeamPolicy.Method, widget=forms.RadioSelect
    )
    capacity = forms.IntegerField(
        label="Most tickets in work for one person",
        required=False,
        help_text="Empty for no limit. Tickets that wait for somebody do not count.",
    )
    ownership_minutes = forms.IntegerField(
        label="Working minutes an owner may leave a ticket untouched",
        required=False,
        help_text="Then it goes back to the queue. Empty for never.",
    )
    follow_up = forms.ChoiceField(
        label="When the requester answers a ticket that is over",
        choices=TeamPolicy.FollowUp,
        widget=forms.RadioSelect,
    )
    reopen_days = forms.IntegerField(
        label="Days within which it is reopened",
        help_text="Counted from the resolution, for the third choice above.",
    )
    close_after_days = forms.IntegerField(
        label="Days until a resolved ticket is closed",
        required=False,
        help_text="The resolved notice says the day. Empty for never.",
    )
    asks_rating = forms.BooleanField(
        label="Ask the requester how it was, once, with the resolved notice", required=False
    )

    @staticmethod
    def values_of(policy: TeamPolicy) -> dict[str, Any]:
        """The present values, as the form begins with."""
        return {name: getattr(policy, name) for name in PolicyForm.base_fields}


class ChecklistEditForm(forms.Form):
    """A checklist with its tasks, one a line."""

    name = forms.CharField(label="Name", max_length=120)
    service = forms.ModelChoiceField(
        queryset=Service.objects.none(), required=False, empty_label="Every service"
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="Every team"
    )
    titles = forms.CharField(
        label="Tasks", widget=forms.Textarea(attrs={"rows": 8}), help_text="One a line, in order."
    )

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "service", Service.objects.visible_to(reader))
        set_rows(self, "team", Team.objects.visible_to(reader))

    @staticmethod
    def values_of(checklist: Checklist) -> dict[str, Any]:
        """The present values, as the form begins with."""
        titles = "\n".join(item.title for item in checklist.items.all())
        return {
            "name": checklist.name,
            "service": checklist.service_id,
            "team": checklist.team_id,
            "titles": titles,
        }


class ReasonsForm(forms.Form):
    """The reasons offered with a rating, one a line."""

    labels = forms.CharField(
        label="Reasons",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One a line, in the order offered. A reason that is left out is not offered "
        "any more and stays on the ratings it was given with.",
    )


class RenameTagForm(forms.Form):
    """The tag's new name."""

    name = forms.CharField(label="New name", max_length=80)


class MergeTagForm(forms.Form):
    """The tag that stays."""

    into = forms.ModelChoiceField(label="Into", queryset=Tag.objects.none(), empty_label="Choose…")

    def __init__(self, *args: Any, reader: Person, tag: Tag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "into", Tag.objects.visible_to(reader).exclude(pk=tag.pk))
