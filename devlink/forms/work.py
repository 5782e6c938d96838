"""Shapes of what people type about development work; rules live in the actions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import Person, Team
from accounts.roles import DEVELOPMENT_ROLES, Side
from catalogue.models import Component, Service
from changes.models import Change
from core.references import parse_reference
from devlink.actions.involvement import STAGES_OF
from devlink.models import Ask, InvolvementEvent, SignOff, Sprint, WorkItem
from devlink.points import POINTS_A_SPRINT, own_purses
from devlink.workflow import ASK, DECLINE_REASONS, WORK_ITEM
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Problem

# Of so many sprints at most a form says what is left.
POINTS_SHOWN = 3


def _words(label: str, *, help_text: str = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class WorkItemForm(forms.Form):
    """A new work item."""

    title = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=WorkItem.Kind.choices)
    description = _words("Description", required=False)
    component = forms.ModelChoiceField(Component.objects.none(), required=False)
    team = forms.ModelChoiceField(
        Team.objects.none(),
        required=False,
        help_text="Left out: the team of the component, or your own.",
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["component"].queryset = (  # type: ignore[attr-defined]  # a choice field
            Component.objects.visible_to(person).select_related("service")
        )
        self.fields["team"].queryset = (  # type: ignore[attr-defined]  # a choice field
            Team.objects.visible_to(person).filter(side=Side.DEVELOPMENT)
        )


class EditWorkItemForm(forms.Form):
    """What may be changed on a work item."""

    title = forms.CharField(max_length=200)
    description = _words("Description", required=False)
    component = forms.ModelChoiceField(Component.objects.none(), required=False)
    assignee = forms.ModelChoiceField(Person.objects.none(), required=False)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        developers = Person.objects.with_role(*DEVELOPMENT_ROLES)
        self.fields["component"].queryset = (  # type: ignore[attr-defined]  # a choice field
            Component.objects.visible_to(person)
        )
        self.fields["assignee"].queryset = developers  # type: ignore[attr-defined]  # a choice field


class CommentForm(forms.Form):
    """Something to say."""

    body = _words("Comment")


class AttachForm(forms.Form):
    """A record of support's, by its reference."""

    reference = forms.CharField(
        max_length=20, help_text="A ticket, problem, change or article, such as INC-42."
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_reference(self) -> Ticket | Problem | Change | Article:
        """The record behind the reference, among what the person may see."""
        found = parse_reference(self.cleaned_data["reference"])
        prefix, number = found or ("", 0)
        records: dict[str, QuerySet[Any]] = {
            "INC": Ticket.objects.visible_to(self.person),
            "REQ": Ticket.objects.visible_to(self.person),
            "PRB": Problem.objects.visible_to(self.person),
            "CHG": Change.objects.visible_to(self.person),
            "KB": Article.objects.visible_to(self.person),
        }
        if prefix not in records:
            raise forms.ValidationError("Give a reference such as INC-42, PRB-7, CHG-9 or KB-3.")
        record = records[prefix].filter(pk=number).first()
        if record is None:
            raise forms.ValidationError("There is no such record.")
        source: Ticket | Problem | Change | Article = record
        return source


class LinkWorkForm(forms.Form):
    """A work item, by its key."""

    key = forms.CharField(max_length=40, label="Work item", help_text="Its key, such as PAY-12.")

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_key(self) -> WorkItem:
        """The item behind the key, among what the person may see."""
        key = self.cleaned_data["key"]
        found = WorkItem.objects.visible_to(self.person).filter(key__iexact=key).first()
        if found is None:
            raise forms.ValidationError(f"There is no work item {key}.")
        return found


class ReasonForm(forms.Form):
    """Why."""

    reason = _words("Reason")


class PlanForm(forms.Form):
    """The sprint an item goes into; none takes it out."""

    sprint = forms.ModelChoiceField(
        Sprint.objects.none(), required=False, empty_label="Not in a sprint"
    )

    def __init__(self, person: Person, item: WorkItem, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sprints = Sprint.objects.visible_to(person).filter(team=item.team).exclude(state="closed")
        self.fields["sprint"].queryset = sprints  # type: ignore[attr-defined]  # a choice field


class PlanManyForm(forms.Form):
    """Items chosen from the backlog, and the sprint they go into; none takes them out."""

    items = forms.ModelMultipleChoiceField(
        WorkItem.objects.none(), error_messages={"required": "Choose at least one work item."}
    )
    sprint = forms.ModelChoiceField(
        Sprint.objects.none(), required=False, empty_label="Out of the sprint"
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sprints = Sprint.objects.visible_to(person).exclude(state="closed").select_related("team")
        self.fields["items"].queryset = WorkItem.objects.visible_to(person)  # type: ignore[attr-defined]  # a choice field
        # Those still being planned come first.
        self.fields["sprint"].queryset = sprints.order_by("-state", "starts_on", "pk")  # type: ignore[attr-defined]  # the same


class SprintForm(forms.Form):
    """A sprint to plan."""

    name = forms.CharField(max_length=80)
    team = forms.ModelChoiceField(Team.objects.none(), required=False)
    goal = _words("Goal", required=False)
    starts_on = _day("Starts on", help_text="Left out: next Monday, for two weeks.")
    ends_on = _day("Ends on")
    planning_at = _moment("Planning at")

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(person).filter(side=Side.DEVELOPMENT)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a choice field


class StartSprintForm(forms.Form):
    """Starting, with or without unanswered asks."""

    expire_unanswered = forms.BooleanField(
        label="Let unanswered asks expire; they are shown as unanswered", required=False
    )


def _support_teams(person: Person) -> QuerySet[Team]:
    """The support teams a person speaks for: their own, or any when they are in none of them.

    Who leads problems or the whole desk need not be a member of a team.
    """
    teams = Team.objects.visible_to(person).filter(side=Side.SUPPORT)
    own = teams.filter(pk__in=person.team_ids)
    return own if own.exists() else teams


def _points_in_words(person: Person, sprints: Sequence[Sprint] | None) -> str:
    """What the person's teams have left, and the rule."""
    if sprints is None:
        planned = Sprint.objects.visible_to(person).filter(state="planning")
        sprints = list(planned[:POINTS_SHOWN])
    held = [f"{one.in_words}." for one in own_purses(person, sprints)]
    rule = f"Each support team has {POINTS_A_SPRINT} points a sprint; what is left goes on once."
    return " ".join([*held, rule])


class AskForm(forms.Form):
    """What support asks for: which problem, in which sprint, with how many points, and why."""

    problem = forms.ModelChoiceField(Problem.objects.none())
    sprint = forms.ModelChoiceField(Sprint.objects.none(), help_text="Sprints being planned.")
    points = forms.IntegerField(min_value=1, max_value=POINTS_A_SPRINT, initial=20)
    rationale = _words("Why now", help_text="The evidence is frozen and attached by itself.")
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, help_text="Left out: your own team."
    )

    def __init__(
        self, person: Person, *args: Any, sprints: Sequence[Sprint] | None = None, **kwargs: Any
    ) -> None:
        """`sprints`: those whose points are said beside the field; left out, all being planned."""
        super().__init__(*args, **kwargs)
        self.fields["points"].help_text = _points_in_words(person, sprints)
        choices = {
            "problem": Problem.objects.visible_to(person).open().defer("search_vector"),
            "sprint": Sprint.objects.visible_to(person).filter(state="planning"),
            "team": _support_teams(person),
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a choice field


class DecisionForm(forms.Form):
    """The answer to an ask."""

    verdict = forms.ChoiceField(
        choices=[("accept", "Accept"), ("defer", "Defer"), ("decline", "Decline")],
        widget=forms.RadioSelect,
    )
    until = _day("Until (when deferred)")
    reason_code = forms.ChoiceField(
        label="Reason (when declined)", choices=[("", "—"), *DECLINE_REASONS], required=False
    )
    comment = _words("Comment", required=False)

    def __init__(self, ask: Ask, *args: Any, **kwargs: Any) -> None:
        """Offers what can follow on what was said so far."""
        super().__init__(*args, **kwargs)
        choices = [
            (name, label)
            for name, label in self.base_fields["verdict"].choices  # type: ignore[attr-defined]  # a choice field
            if ask.state in ASK.steps[name].sources
        ]
        self.fields["verdict"].choices = choices  # type: ignore[attr-defined]  # a choice field
        if ask.state not in ASK.steps["defer"].sources:
            del self.fields["until"]
        if ask.state not in ASK.steps["decline"].sources:
            del self.fields["reason_code"]


class QuestionForm(forms.Form):
    """A question to support."""

    body = _words("Question to support")


class AnswerForm(forms.Form):
    """Support's answer."""

    answer = _words("Answer")


class AskAgainForm(forms.Form):
    """Why it is asked once more."""

    rationale = _words("Why again", required=False)


class ReleaseForm(forms.Form):
    """A release to plan."""

    version = forms.CharField(max_length=40)
    name = forms.CharField(max_length=120, required=False)
    service = forms.ModelChoiceField(Service.objects.none(), required=False)
    planned_for = _moment("Planned for")
    notes = _words("Notes", required=False)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.visible_to(person)
        self.fields["service"].queryset = services  # type: ignore[attr-defined]  # a choice field


class EditReleaseForm(forms.Form):
    """What may be changed on a release."""

    name = forms.CharField(max_length=120, required=False)
    planned_for = _moment("Planned for")
    notes = _words("Notes", required=False)


class ReleaseItemForm(forms.Form):
    """A work item to put into a release."""

    work_item = forms.ModelChoiceField(WorkItem.objects.none())

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = WorkItem.objects.visible_to(person).filter(
            state__in=[*WORK_ITEM.in_category("open"), "done"]
        )
        self.fields["work_item"].queryset = items  # type: ignore[attr-defined]  # a choice field


class EvidenceForm(forms.Form):
    """What shows that a criterion is met, or why it is let go."""

    evidence = _words("Evidence")


class SignForm(forms.Form):
    """Support's word on a release."""

    verdict = forms.ChoiceField(choices=SignOff.Verdict.choices, widget=forms.RadioSelect)
    conditions = _words("What is missing (unless ready)", required=False)
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, help_text="Left out: your own team."
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = _support_teams(person)  # type: ignore[attr-defined]  # a choice field


class TellForm(forms.Form):
    """What support should know about a release."""

    note = _words("What support should know")


class InvolvementForm(forms.Form):
    """What support did where this system does not see it, or that it was not there."""

    kind = forms.ChoiceField(
        label="What support did",
        choices=[(kind, kind.label) for kind in InvolvementEvent.BY_HAND],
        widget=forms.RadioSelect,
    )
    stage = forms.ChoiceField(label="In which stage")
    happened_at = _moment("When (left out: now)")
    note = forms.CharField(
        label="What happened",
        max_length=300,
        help_text="Such as “Ann was in the planning meeting and named three customers”.",
    )

    def __init__(self, record: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = [(stage, stage.label) for stage in STAGES_OF[type(record)]]
        self.fields["stage"].choices = stages  # type: ignore[attr-defined]  # a choice field


class PulseForm(forms.Form):
    """One question, five answers."""

    score = forms.TypedChoiceField(
        label="How satisfied are you with your say in development?",
        coerce=int,
        choices=[
            (5, "5 – very satisfied"),
            (4, "4 – satisfied"),
            (3, "3 – neither"),
            (2, "2 – dissatisfied"),
            (1, "1 – very dissatisfied"),
        ],
        widget=forms.RadioSelect,
    )
