"""Writing macros, and running one on a ticket."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.timeline import because_of, by_rule, record
from incidents.models import Ticket
from rules.effects import (
    Done,
    check_actions,
    do_actions,
    go_back,
    say_actions,
    undo_actions,
)
from rules.events import MACRO_APPLIED, MACRO_RETIRED, MACRO_SAVED, MACRO_UNDONE
from rules.models import Macro, MacroVersion
from rules.permissions import require_macro

LONGEST_NAME = 120


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
    """Writes a new macro (None), or the next version of one; what it was before is kept."""
    at = at or timezone.now()
    if macro is None:
        macro = Macro(owner=actor, created_at=at)
    else:
        macro = _locked(macro)
        _require(actor, macro)
    _add_version(macro, actor, at, said)
    return macro


@transaction.atomic
def restore_macro(macro: Macro, *, actor: Person, number: int) -> Macro:
    """Makes an old version the newest again, name and readers included, as a version of its own."""
    macro = _locked(macro)
    _require(actor, macro)
    old = macro.versions.select_related("team").filter(number=number).first()
    if old is None:
        raise DomainError(f"There is no version {number}.", field="number")
    said = MacroWords(name=old.name, scope=old.scope, team=old.team, actions=old.actions)
    _add_version(macro, actor, timezone.now(), said, restored_from=number)
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
def run_macro(
    macro: Macro, *, actor: Person, ticket: Ticket, version: MacroVersion | None = None
) -> Done:
    """Does the macro's actions on the ticket as the agent; when one is refused, none is done.

    The newest version unless another is given. Returns what `undo_macro` needs to know.
    """
    macro = _runnable(macro, actor)
    version = version or macro.version
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    fact = record(
        MACRO_APPLIED,
        ticket,
        actor=actor,
        macro=version.name,
        macro_id=macro.pk,
        version=version.number,
        what=version.what,
    )
    with because_of(fact), _named(version):
        return do_actions(ticket, version.actions, actor=actor)


@transaction.atomic
def undo_macro(version: MacroVersion, *, actor: Person, ticket: Ticket, done: Done) -> list[str]:
    """Takes back what a run of this version did to the ticket and nobody changed since.

    Returns a sentence for each thing that stays because somebody did.
    """
    if not go_back(version.actions):
        raise DomainError("This macro writes, tells or ends something: there is no way back.")
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    fact = record(
        MACRO_UNDONE,
        ticket,
        actor=actor,
        macro=version.name,
        macro_id=version.macro_id,
        version=version.number,
    )
    with because_of(fact), _named(version):
        return undo_actions(ticket, done, actor=actor)


def _named(version: MacroVersion) -> AbstractContextManager[None]:
    """Every fact inside names the macro and its version."""
    name = f"{version.name}, version {version.number}"
    return by_rule(name, reverse("rules:macro", args=[version.macro_id]), kind="macro")


def _runnable(macro: Macro, actor: Person) -> Macro:
    found = Macro.objects.visible_to(actor).kept().select_related("current").filter(pk=macro.pk)
    fresh = found.first()
    if fresh is None:
        raise NotPermitted("This macro is not yours to run.")
    return fresh


def _add_version(
    macro: Macro,
    actor: Person,
    at: datetime,
    said: MacroWords,
    restored_from: int | None = None,
) -> None:
    """Writes what is said as the next version; the macro must be the actor's before and after."""
    name = " ".join(said["name"].split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise DomainError(f"Give it a name of at most {LONGEST_NAME} characters.", field="name")
    if said["scope"] not in Macro.Scope.values:
        raise DomainError("Choose one of the list.", field="scope")
    team = said.get("team") if said["scope"] == Macro.Scope.TEAM else None
    if said["scope"] == Macro.Scope.TEAM and team is None:
        raise DomainError("Choose the team.", field="team")
    actions = check_actions(said["actions"], by_agent=True)
    macro.name, macro.scope, macro.team = name, said["scope"], team
    _require(actor, macro)
    macro.save()
    last = macro.versions.aggregate(last=Max("number"))["last"] or 0
    macro.current = MacroVersion.objects.create(
        macro=macro,
        number=last + 1,
        name=name,
        scope=macro.scope,
        team=team,
        actions=actions,
        action_words=say_actions(actions),
        restored_from=restored_from,
        saved_by=actor,
        saved_at=at,
    )
    macro.save(update_fields=["current"])
    record(MACRO_SAVED, macro, actor=actor, at=at, version=last + 1, restored=restored_from)


def _require(actor: Person, macro: Macro) -> None:
    require_macro(actor, macro.scope, owner_id=macro.owner_id, team_id=macro.team_id)


def _locked(macro: Macro) -> Macro:
    fresh = Macro.objects.select_for_update().get(pk=macro.pk)
    if fresh.retired_at is not None:
        raise TransitionNotAllowed("This macro was retired.")
    return fresh
