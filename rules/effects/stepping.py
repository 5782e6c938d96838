"""Taking a ticket through a step."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms

from accounts.models import Person
from core.errors import DomainError
from incidents.actions import close_ticket, resolve_ticket, start_ticket
from incidents.jobs import reversible
from incidents.models import Ticket
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES
from rules.effects.base import Before, Effect, EffectForm, Words
from rules.substitution import check_text, fill_in

_NONE = ("", "–")
STEPS = [("start", "Start work"), ("wait", "Wait"), ("resolve", "Resolve"), ("close", "Close")]


class StepForm(EffectForm):
    """The step and the words it needs."""

    step = forms.ChoiceField(choices=[("", "Stay as it is"), *STEPS], required=False)
    reason = forms.ChoiceField(label="Waits for", choices=[_NONE, *PENDING_REASONS], required=False)
    code = forms.ChoiceField(
        label="Resolution code", choices=[_NONE, *RESOLUTION_CODES], required=False
    )
    text = forms.CharField(
        label="Resolution",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The requester reads it.",
    )


def _start(ticket: Ticket, words: Words, actor: Person | None) -> Any:
    return start_ticket(ticket, actor=actor)


def _wait(ticket: Ticket, words: Words, actor: Person | None) -> Any:
    return reversible.wait(ticket, actor, {"reason": words["reason"]})


def _resolve(ticket: Ticket, words: Words, actor: Person | None) -> Any:
    text = fill_in(words["text"], ticket, actor)
    return resolve_ticket(ticket, actor=actor, code=words["code"], text=text)


def _close(ticket: Ticket, words: Words, actor: Person | None) -> Any:
    return close_ticket(ticket, actor=actor)


_DOERS: dict[str, Callable[[Ticket, Words, Person | None], Any]] = {
    "start": _start,
    "wait": _wait,
    "resolve": _resolve,
    "close": _close,
}
_NEEDS: dict[str, tuple[tuple[str, str], ...]] = {
    "start": (),
    "wait": (("reason", "Say what it waits for."),),
    "resolve": (
        ("code", "Choose a resolution code."),
        ("text", "Say what was done: the requester reads it."),
    ),
    "close": (),
}


class TakeStep(Effect):
    """Start, wait, resolve or close."""

    name = "step"
    label = "Change the state"
    form_class = StepForm

    def check(self, words: Words, *, by_agent: bool) -> None:
        if "step" not in words:
            raise DomainError("Choose the step these words are for.", field="step")
        for name, sentence in _NEEDS[words["step"]]:
            if name not in words:
                raise DomainError(sentence, field=name)
        check_text(words.get("text", ""), "text", by_agent=by_agent)

    def say(self, words: Words) -> str:
        step = words["step"]
        if step == "wait":
            return f"put on hold: {dict(PENDING_REASONS)[words['reason']].lower()}"
        if step == "resolve":
            return f"resolve: {dict(RESOLUTION_CODES)[words['code']].lower()}"
        return dict(STEPS)[step].lower()

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        done = _DOERS[words["step"]](ticket, words, actor)
        return done if self.goes_back(words) else None

    def goes_back(self, words: Words) -> bool:
        return bool(words["step"] == "wait")

    def undo(self, ticket: Ticket, done: dict[str, Any], actor: Person | None) -> Sequence[str]:
        return reversible.wait_no_more(ticket, actor, done)
