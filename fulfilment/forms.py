"""What people fill in about requests."""

from typing import Any

from django import forms

from accounts.directory.finding import NobodyFound, find_person
from accounts.models import Organisation, Person, Team
from accounts.roles import Role
from catalogue.models import BusinessCalendar, IntakeForm, Service
from fulfilment.models import ApprovalRule, PlanRule, RequestItem
from incidents.copies import CopiesField

_NOTE = forms.Textarea(attrs={"rows": 3})
_NAMED = {"placeholder": "Name or e-mail", "autocomplete": "off"}


class PersonField(forms.CharField):
    """Somebody by name or e-mail address, found among those the reader may see."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 300)
        kwargs.setdefault("widget", forms.TextInput(attrs=_NAMED))
        super().__init__(**kwargs)
        self.reader: Person | None = None

    def clean(self, value: Any) -> Person | None:
        text = str(super().clean(value) or "").strip()
        if not text or self.reader is None:
            return None
        return named(self.reader, text)


class PeopleField(PersonField):
    """Several people, one a line or with commas between."""

    def clean(self, value: Any) -> Any:
        text = str(forms.CharField.clean(self, value) or "")
        parts = [one.strip() for one in text.replace("\n", ",").split(",") if one.strip()]
        if self.reader is None:
            return []
        return list(dict.fromkeys(named(self.reader, part) for part in parts))


def named(reader: Person, text: str) -> Person:
    """The person of this name or address; a ValidationError when there is none or several."""
    try:
        return find_person(reader, text)
    except NobodyFound as error:
        raise forms.ValidationError(f"{text}: {error.message}") from error


class ReaderForm(forms.Form):
    """A form whose person fields look among what its reader may see."""

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PersonField):
                field.reader = reader


class RequestForm(ReaderForm):
    """What stands beside the item's own form."""

    requester = PersonField(label="For whom", required=False, help_text="Empty: for yourself.")
    note = forms.CharField(
        label="Anything else we should know?", required=False, max_length=20_000, widget=_NOTE
    )
    copy_to = CopiesField()

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        # The desk asks for others, and puts people in copy on the ticket.
        del self.fields["copy_to" if reader.is_support else "requester"]


class ApproveForm(forms.Form):
    """A word with an approval."""

    comment = forms.CharField(label="Comment", required=False, max_length=5000, widget=_NOTE)


class RejectForm(forms.Form):
    """Why not."""

    comment = forms.CharField(
        label="Why not?",
        max_length=5000,
        widget=_NOTE,
        help_text="The requester reads this.",
    )


class DelegateForm(ReaderForm):
    """Who decides instead."""

    to = PersonField(label="Who decides instead of you?")


class SkipForm(forms.Form):
    """Why a task is not needed."""

    reason = forms.CharField(label="Why is it not needed?", max_length=250)


class ItemForm(forms.Form):
    """What describes an item of the catalogue."""

    name = forms.CharField(max_length=120)
    summary = forms.CharField(
        label="In one line", max_length=200, required=False, help_text="Stands on the card."
    )
    category = forms.CharField(
        max_length=80, help_text="The heading it stands under, such as “Equipment”."
    )
    icon = forms.ChoiceField(choices=RequestItem.Icon.choices)
    service = forms.ModelChoiceField(queryset=Service.objects.none())
    description = forms.CharField(
        required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    form = forms.ModelChoiceField(
        label="What is asked",
        queryset=IntakeForm.objects.none(),
        required=False,
        empty_label="Nothing but a note",
    )
    expected_days = forms.IntegerField(
        label="Working days until it is there", min_value=0, max_value=250, initial=3
    )
    audience = forms.ChoiceField(label="Who may ask", choices=RequestItem.Audience.choices)
    organisations = forms.ModelMultipleChoiceField(
        queryset=Organisation.objects.none(),
        required=False,
        help_text="For “chosen organisations”.",
    )
    is_active = forms.BooleanField(label="Offered in the catalogue", required=False, initial=True)

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "service", Service.objects.visible_to(reader))
        free = IntakeForm.objects.visible_to(reader).filter(service=None)
        set_rows(self, "form", free)
        set_rows(self, "organisations", Organisation.objects.visible_to(reader))

    @staticmethod
    def values_of(item: RequestItem) -> dict[str, Any]:
        """The present values, as the form begins with."""
        values = {name: getattr(item, name) for name in ItemForm.base_fields}
        return {**values, "organisations": item.organisations.all()}


class ApprovalRuleForm(ReaderForm):
    """One approval step of an item."""

    label = forms.CharField(label="Name of the step", max_length=80)
    asks = forms.ChoiceField(label="Who is asked", choices=ApprovalRule.Asks.choices)
    people = PeopleField(
        label="Named people",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Names or e-mail addresses with commas between.",
    )
    team = forms.ModelChoiceField(queryset=Team.objects.none(), required=False)
    role = forms.ChoiceField(choices=[("", "–"), *Role.choices], required=False)
    quorum = forms.ChoiceField(label="Who must agree", choices=ApprovalRule.Quorum.choices)
    count = forms.IntegerField(
        label="How many",
        min_value=1,
        max_value=100,
        initial=1,
        help_text="For “a number of them”.",
    )
    percent = forms.IntegerField(
        label="Which percentage",
        min_value=1,
        max_value=100,
        initial=50,
        required=False,
        help_text="For “a percentage of them”: of those asked, rounded up.",
    )
    calendar = forms.ModelChoiceField(
        label="Hours are counted in",
        queryset=BusinessCalendar.objects.none(),
        required=False,
        empty_label="Plain hours, nights and weekends included",
        help_text="A calendar, such as that of the team or the service: its working hours, as they "
        "are when the step begins.",
    )
    due_hours = forms.IntegerField(
        label="Hours to decide", min_value=1, max_value=10_000, required=False
    )
    remind_hours = forms.IntegerField(
        label="Remind after hours", min_value=1, max_value=10_000, required=False
    )
    on_timeout = forms.ChoiceField(
        label="When nobody decides in time", choices=ApprovalRule.OnTimeout.choices
    )

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        set_rows(self, "team", Team.objects.visible_to(reader))
        set_rows(self, "calendar", BusinessCalendar.objects.visible_to(reader))

    def clean(self) -> dict[str, Any]:
        """Only a step that is decided by a percentage needs one."""
        said = super().clean() or self.cleaned_data
        if said.get("percent") is None:
            if said.get("quorum") == ApprovalRule.Quorum.PERCENT and "percent" not in self.errors:
                self.add_error("percent", "Say which percentage.")
            said.pop("percent", None)
        return said

    @staticmethod
    def values_of(rule: ApprovalRule) -> dict[str, Any]:
        """The present values, as the form begins with."""
        values = {name: getattr(rule, name) for name in ApprovalRuleForm.base_fields}
        people = ", ".join(rule.people.values_list("email", flat=True))
        return {**values, "people": people}


class PlanRuleForm(forms.Form):
    """One task of an item's plan."""

    title = forms.CharField(label="What is to be done", max_length=150)
    instructions = forms.CharField(required=False, max_length=20_000, widget=_NOTE)
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="The request's own team"
    )
    after = forms.ModelChoiceField(
        label="Begins after",
        queryset=PlanRule.objects.none(),
        required=False,
        empty_label="At once",
    )
    due_hours = forms.IntegerField(
        label="Hours until it is due", min_value=1, max_value=10_000, required=False
    )
    required = forms.BooleanField(
        label="The request is not fulfilled without it", required=False, initial=True
    )

    def __init__(
        self, item: RequestItem, rule: PlanRule | None, *args: Any, reader: Person, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        before = item.plan_rules.all()
        if rule is not None:
            before = before.filter(position__lt=rule.position)
        set_rows(self, "team", Team.objects.visible_to(reader))
        set_rows(self, "after", before)

    @staticmethod
    def values_of(rule: PlanRule) -> dict[str, Any]:
        """The present values, as the form begins with."""
        return {name: getattr(rule, name) for name in PlanRuleForm.base_fields}


def set_rows(form: forms.Form, name: str, rows: Any) -> None:
    """Says which rows a field offers."""
    form.fields[name].queryset = rows  # type: ignore[attr-defined]  # a field of rows
