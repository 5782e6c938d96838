"""Writing macros, and running one on a ticket."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.timeline import because_of, record
from incidents.models import Ticket
from rules.effects import check_actions, do_actions, say_actions
from rules.events import MACRO_APPLIED, MACRO_RETIRED, MACRO_SAVED
from rules.models import Macro
from rules.permissions import require_macro


class MacroWords(TypedDict):
    """What a macro is."""

    name: str
    scope: str
    team: NotRequired[Team | None]
    actions: dict[str, dict[str, Any]]


@transaction.atomic
def save_macro(
    macro: Macro | None, *, actor: Person, at: datetime | None = None, **said: Unpack[MacroWords]
) -> Macro:
    """Writes a new macro (None) or changes one."""
    at = at or timezone.now()
    if macro is None:
        macro = Macro(owner=actor, created_at=at)
    else:
        macro = _locked(macro)
        _require(actor, macro)
    _fill(macro, said)
    _require(actor, macro)
    macro.updated_at = at
    macro.save()
    record(MACRO_SAVED, macro, actor=actor, at=at)
    return macro


@transaction.atomic
def retire_macro(macro: Macro, *, actor: Person) -> Macro:
    """Takes a macro out of the menus."""
    macro = _locked(macro)
    _require(actor, macro)
    macro.retired_at = timezone.now()
    macro.save(update_fields=["retired_at"])
    record(MACRO_RETIRED, macro, actor=actor)
    return macro


@transaction.atomic
def run_macro(macro: Macro, *, actor: Person, ticket: Ticket) -> Ticket:
    """Does the macro's actions on the ticket as the agent; when one is refused, none is done."""
    if not Macro.objects.visible_to(actor).kept().filter(pk=macro.pk).exists():
        raise NotPermitted("This macro is not yours to run.")
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    fact = record(
        MACRO_APPLIED,
        ticket,
        actor=actor,
        macro=macro.name,
        macro_id=macro.pk,
        what=macro.what,
    )
    with because_of(fact):
        do_actions(ticket, macro.actions, actor=actor)
    return ticket


def _fill(macro: Macro, said: MacroWords) -> None:
    name = " ".join(said["name"].split())
    if not 0 < len(name) <= 120:
        raise DomainError("Give it a name of at most 120 characters.", field="name")
    if said["scope"] not in Macro.Scope.values:
        raise DomainError("Choose one of the list.", field="scope")
    team = said.get("team") if said["scope"] == Macro.Scope.TEAM else None
    if said["scope"] == Macro.Scope.TEAM and team is None:
        raise DomainError("Choose the team.", field="team")
    macro.name, macro.scope, macro.team = name, said["scope"], team
    macro.actions = check_actions(said["actions"], by_agent=True)
    macro.action_words = say_actions(macro.actions)


def _require(actor: Person, macro: Macro) -> None:
    require_macro(actor, macro.scope, owner_id=macro.owner_id, team_id=macro.team_id)


def _locked(macro: Macro) -> Macro:
    fresh = Macro.objects.select_for_update().get(pk=macro.pk)
    if fresh.retired_at is not None:
        raise TransitionNotAllowed("This macro was retired.")
    return fresh
