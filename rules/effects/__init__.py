"""The actions of rules and macros: one class each, registered here in the order they run."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Person
from core.errors import DomainError
from incidents.models import Ticket
from rules.effects.assigning import Assign
from rules.effects.base import Effect, EffectForm
from rules.effects.following import AddFollowers
from rules.effects.marking import MarkWithTags
from rules.effects.merging import MergeSame
from rules.effects.setting import SetFields
from rules.effects.stepping import TakeStep
from rules.effects.telling import Tell
from rules.effects.writing import AddNote, SendReply

__all__ = [
    "EFFECTS",
    "Done",
    "Effect",
    "EffectForm",
    "check_actions",
    "do_actions",
    "go_back",
    "say_actions",
    "undo_actions",
]

# Fields before words, words before the step that may end the conversation. Who is made a follower
# is so after the words: nobody hears of one run twice. A merged ticket takes no step any more.
EFFECTS: dict[str, Effect] = {
    one.name: one
    for one in (
        SetFields(),
        MarkWithTags(),
        Assign(),
        AddNote(),
        SendReply(),
        AddFollowers(),
        Tell(),
        TakeStep(),
        MergeSame(),
    )
}
Actions = Mapping[str, Mapping[str, Any]]
# What the way back of each action needs to know, by the action's name.
Done = dict[str, dict[str, Any]]


def check_actions(told: object, *, by_agent: bool) -> dict[str, dict[str, Any]]:
    """What is to be done, checked and fit to be stored, in the order it will be done.

    `told` maps names of actions to their words. Raises DomainError whose field is
    `action.word` ("set.priority"), or `actions` when nothing is to be done.
    """
    if not isinstance(told, Mapping):
        raise DomainError("Name actions and what each is told.", field="actions")
    unknown = told.keys() - EFFECTS.keys()
    if unknown:
        known = ", ".join(EFFECTS)
        raise DomainError(
            f"There is no action “{min(map(str, unknown))}”. Known are: {known}.", field="actions"
        )
    checked = {}
    for name, effect in EFFECTS.items():
        words = _words(effect, told[name]) if name in told else {}
        if words:
            _check(effect, words, by_agent=by_agent)
            checked[name] = words
    if not checked:
        raise DomainError("Choose at least one action.", field="actions")
    return checked


def _words(effect: Effect, told: object) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        raise DomainError("Name the words of this action.", field=effect.name)
    form = effect.form_class(dict(told))
    for name in told.keys() - form.fields.keys():
        known = ", ".join(form.fields)
        raise DomainError(
            f"“{name}” is no word of it. Known are: {known}.", field=f"{effect.name}.{name}"
        )
    for name, sentences in form.errors.items():
        raise DomainError(str(sentences[0]), field=f"{effect.name}.{name}")
    return form.words()


def _check(effect: Effect, words: dict[str, Any], *, by_agent: bool) -> None:
    try:
        effect.check(words, by_agent=by_agent)
    except DomainError as error:
        raise DomainError(error.message, field=f"{effect.name}.{error.field}") from error


def say_actions(actions: Actions) -> list[str]:
    """Each action in words."""
    return [EFFECTS[name].say(words) for name, words in _in_order(actions)]


def do_actions(
    ticket: Ticket, actions: Actions, *, actor: Person | None, only_lasting: bool = False
) -> Done:
    """Does the actions in their order; the first that is refused raises its DomainError.

    The caller's transaction holds the ticket and decides what becomes of the others. Returns what
    `undo_actions` needs to know.
    """
    done: Done = {}
    for name, words in _in_order(actions):
        effect = EFFECTS[name]
        if effect.lasting or not only_lasting:
            before = effect.do(_as_it_is(ticket), words, actor)
            if before is not None:
                done[name] = before
    return done


def go_back(actions: Actions) -> bool:
    """True when all of these actions can be undone."""
    return all(EFFECTS[name].goes_back(words) for name, words in _in_order(actions))


def undo_actions(ticket: Ticket, done: Done, *, actor: Person | None) -> list[str]:
    """Takes actions back, the last one first; the first that is refused raises its DomainError.

    Returns a sentence for each thing that stays because somebody changed it since.
    """
    stays: list[str] = []
    for name in reversed(EFFECTS):
        if name in done:
            stays += EFFECTS[name].undo(_as_it_is(ticket), done[name], actor)
    return stays


def _in_order(actions: Actions) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return [(name, actions[name]) for name in EFFECTS if name in actions]


def _as_it_is(ticket: Ticket) -> Ticket:
    """The ticket as the action before left it, with what texts speak of."""
    named = Ticket.objects.select_related(
        "requester", "organisation", "assignee", "team", "service", "component"
    )
    return named.get(pk=ticket.pk)
