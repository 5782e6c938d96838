"""What is typed in the root cause analysis."""

from typing import Any, cast

from django import forms
from django.utils import timezone

from problems.models import Cause, Problem
from problems.workflow import BRANCHES, STANDINGS

EVIDENCE_HELP = "What it rests on: a web address or a reference such as INC-42."


class EvidenceForm(forms.Form):
    """The base of what may rest on something."""

    evidence = forms.CharField(required=False, max_length=300, help_text=EVIDENCE_HELP)


class WhyForm(EvidenceForm):
    """One answer of the five whys."""

    answer = forms.CharField(
        label="Why?", max_length=2_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    field_order: tuple[str, ...] = ("answer", "evidence")


class ChangeCauseForm(EvidenceForm):
    """A possible cause, and how it stands."""

    text = forms.CharField(label="What may have caused it", max_length=300)
    branch = forms.ChoiceField(choices=BRANCHES)
    standing = forms.ChoiceField(choices=STANDINGS, initial="suspected")
    falsifier = forms.CharField(label="What would prove it wrong?", required=False, max_length=300)
    field_order: tuple[str, ...] = ("text", "branch", "standing", "falsifier", "evidence")


class CauseForm(ChangeCauseForm):
    """A new cause, on a branch or below another one."""

    parent = forms.ModelChoiceField(
        label="Below", queryset=Cause.objects.none(), required=False,
        empty_label="Straight on its branch",
        help_text="A cause below another stands on that one's branch.",
    )  # fmt: skip
    field_order: tuple[str, ...] = (
        "text", "branch", "parent", "standing", "falsifier", "evidence",
    )  # fmt: skip

    def __init__(self, *args: Any, problem: Problem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Cause]", self.fields["parent"])
        field.queryset = problem.causes.get_queryset()


class EntryForm(EvidenceForm):
    """A line of the timeline."""

    at = forms.DateTimeField(
        label="When",
        initial=timezone.localtime,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    text = forms.CharField(label="What happened", max_length=500)
    field_order: tuple[str, ...] = ("at", "text", "evidence")


class FalsifierForm(forms.Form):
    """The root cause as it is understood, and what would prove it wrong."""

    root_cause = forms.CharField(
        label="Root cause",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    falsifier = forms.CharField(
        label="What would prove it wrong?",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="An observation that would not fit if this were the cause.",
    )
