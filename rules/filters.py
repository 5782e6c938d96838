"""What a list of runs can be narrowed to."""

import django_filters as filters
from django import forms

from core.choices import visible_choices
from incidents.models import Ticket
from rules.models import Rule, RuleRun


class RuleRunFilter(filters.FilterSet):
    """One rule, one ticket, one outcome."""

    rule = filters.ModelChoiceFilter(label="Rule", queryset=visible_choices(Rule))
    ticket = filters.ModelChoiceFilter(
        label="Ticket number", queryset=visible_choices(Ticket), widget=forms.NumberInput
    )
    outcome = filters.ChoiceFilter(label="Outcome", choices=RuleRun.Outcome.choices)

    class Meta:
        model = RuleRun
        fields: list[str] = []
