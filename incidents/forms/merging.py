"""Forms that make one ticket of two, two of one, or say how they relate."""

import re
from typing import Any

from django import forms
from django.utils.text import Truncator

from accounts.models import Person
from incidents.forms.opening import RequesterField
from incidents.forms.params import Params, ParamsForm
from incidents.forms.steps import set_rows
from incidents.models import Message, RelationKind, Ticket
from incidents.models.relations import INVERSE_LABELS
from incidents.targets import ticket_meant

_LIST = re.compile(r"[,;\s]+")
MOST_NAMED = 200


class TicketField(forms.CharField):
    """One ticket by its reference or number; the reader must be able to see it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.reader: Person | None = None

    def clean(self, value: Any) -> Ticket | None:
        text = str(super().clean(value) or "")
        if not text or self.reader is None:
            return None
        found = ticket_meant(self.reader, text)
        if found is None:
            raise forms.ValidationError(f"There is no ticket {text}. Write it like INC-42.")
        return found


class TicketsField(forms.CharField):
    """Several tickets by their references or numbers, between commas, blanks or line ends."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 4_000)
        super().__init__(**kwargs)
        self.reader: Person | None = None

    def clean(self, value: Any) -> list[Ticket]:
        words = [one for one in _LIST.split(str(super().clean(value) or "")) if one]
        if self.reader is None:
            return []
        if len(words) > MOST_NAMED:
            raise forms.ValidationError(f"At most {MOST_NAMED} tickets at once.")
        found = {word: ticket_meant(self.reader, word) for word in dict.fromkeys(words)}
        missing = [word for word, ticket in found.items() if ticket is None]
        if missing:
            raise forms.ValidationError(f"There is no such ticket: {', '.join(missing[:5])}.")
        return [ticket for ticket in found.values() if ticket is not None]


class MergeForm(forms.Form):
    """Which ticket handles both, and who may read what."""

    into = TicketField(widget=forms.HiddenInput)
    opened = forms.BooleanField(required=False)

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].reader = reader  # type: ignore[attr-defined]  # a TicketField


class AnswerMergedForm(forms.Form):
    """Words for the requester of a merged ticket."""

    body = forms.CharField(label="Your words", widget=forms.Textarea(attrs={"rows": 6}))


class SplitForm(forms.Form):
    """Which messages become a ticket of their own, about what and whose."""

    message = forms.ModelChoiceField(
        label="First message", queryset=Message.objects.none(), empty_label=None
    )
    following = forms.BooleanField(label="And everything written after it", required=False)
    title = forms.CharField(label="Title of the new ticket", max_length=250)
    requester = RequesterField(
        label="Requester",
        required=False,
        help_text="Empty: whoever wrote the message, when it came from the requester's side.",
        widget=forms.TextInput(
            attrs={"list": "people", "autocomplete": "off", "placeholder": "Name or e-mail"}
        ),
    )
    confirmed = forms.BooleanField(
        label="This person may read public messages of others among them", required=False
    )

    def __init__(self, *args: Any, reader: Person, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requester"].reader = reader  # type: ignore[attr-defined]  # a RequesterField
        rows = Message.objects.visible_to(reader).filter(ticket=ticket, split_from__isnull=True)
        set_rows(self, "message", rows.select_related("author").order_by("id"))
        self.fields["message"].label_from_instance = _in_brief  # type: ignore[attr-defined]  # a ModelChoiceField


def _in_brief(message: Message) -> str:
    who = message.author.name if message.author else "Upstream"
    kind = "" if message.is_public else f" ({message.get_kind_display().lower()})"
    return f"{who}{kind}: {Truncator(' '.join(message.body.split())).chars(80)}"


# A kind as it is read from the ticket at hand: its name, its label, whether it starts at the other.
LINK_CHOICES: dict[str, tuple[str, str, bool]] = {
    **{kind.value: (kind.value, kind.label, False) for kind in RelationKind},
    **{
        f"{kind.value}_inverse": (kind.value, INVERSE_LABELS[kind], True)
        for kind in RelationKind
        if kind != RelationKind.RELATES_TO
    },
}


class LinkForm(forms.Form):
    """How this ticket relates to which others."""

    kind = forms.ChoiceField(
        label="This ticket is",
        choices=[(name, label) for name, (_, label, _) in LINK_CHOICES.items()],
        initial=RelationKind.RELATES_TO,
    )
    others = TicketsField(
        label="Tickets",
        required=False,
        help_text="One or more, such as INC-42, INC-57.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    chosen = forms.ModelMultipleChoiceField(queryset=Ticket.objects.none(), required=False)

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["others"].reader = reader  # type: ignore[attr-defined]  # a TicketsField
        set_rows(self, "chosen", Ticket.objects.visible_to(reader))

    def clean(self) -> dict[str, Any]:
        """At least one ticket, named or chosen."""
        words = super().clean() or {}
        named = [*words.get("others", []), *words.get("chosen", [])]
        words["others"] = list({one.pk: one for one in named}.values())
        if not named and not self.errors:
            self.add_error("others", "Name or choose at least one ticket.")
        return words


class FollowForm(forms.Form):
    """Which followers are resolved with their ticket, and whose words differ."""

    def __init__(self, *args: Any, followers: list[Ticket], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.followers = followers
        for one in followers:
            self.fields[f"take_{one.pk}"] = forms.BooleanField(
                label=str(one),
                required=False,
                initial=True,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )
            self.fields[f"text_{one.pk}"] = forms.CharField(
                label=f"Own text for {one.reference}",
                required=False,
                max_length=100_000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> list[tuple[Ticket, forms.BoundField, forms.BoundField]]:
        """Each follower with its two fields."""
        return [(one, self[f"take_{one.pk}"], self[f"text_{one.pk}"]) for one in self.followers]

    def chosen(self) -> tuple[list[int], dict[str, str]]:
        """(numbers of those to resolve, their own texts by number)."""
        words = self.cleaned_data
        taken = [one.pk for one in self.followers if words[f"take_{one.pk}"]]
        own = {str(pk): words[f"text_{pk}"] for pk in taken if words[f"text_{pk}"].strip()}
        return taken, own


class OneTicketForm(ParamsForm):
    """The one ticket an operation on many leads to."""

    ticket = TicketField(label="Ticket", help_text="Such as INC-42.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ticket"].reader = self.reader  # type: ignore[attr-defined]  # a TicketField

    def params(self) -> Params:
        """The ticket by its reference."""
        return {**self.cleaned_data, "ticket": self.cleaned_data["ticket"].reference}


class MergeManyForm(OneTicketForm):
    """Where a selection is merged into."""

    opened = forms.BooleanField(
        label="The people of all these tickets may read the public messages of all",
        required=False,
        help_text="Otherwise the words of other requesters stay with staff.",
    )


class LinkManyForm(OneTicketForm):
    """What a selection is linked to, and how."""

    kind = forms.ChoiceField(
        label="They are", choices=RelationKind.choices, initial=RelationKind.CHILD_OF
    )


class ResolveLikeForm(OneTicketForm):
    """The resolved ticket whose code and text hold for a selection; `own` maps the number of a
    ticket to a text of its own.
    """

    own = forms.JSONField(required=False, widget=forms.HiddenInput)

    def clean_own(self) -> dict[str, str]:
        """Texts by number; a DomainError's sentence for anything else."""
        own = self.cleaned_data["own"] or {}
        sound = isinstance(own, dict) and all(
            key.isdecimal() and isinstance(text, str) for key, text in own.items()
        )
        if not sound:
            raise forms.ValidationError("Give texts by the number of their ticket.")
        return own
