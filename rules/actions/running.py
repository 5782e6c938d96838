"""Rules at work: what a fact or a moment sets off on one ticket, all or nothing for each rule."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.models import Event
from core.timeline import because_of, by_rule, record
from incidents.models import Ticket
from rules.actions.rules import pause_rule
from rules.activators import BY_EVENT
from rules.chains import MOST_DEPTH, Chain, chain_of
from rules.conditions import holding
from rules.effects import do_actions
from rules.events import RULE_APPLIED
from rules.models import Rule, RuleCheck, RuleRun, RuleVersion
from rules.moments import occurrence_of

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Cause:
    """What sets a rule off: a fact and the chain it ends, or a moment."""

    event: Event | None = None
    chain: Chain | None = None
    occurrence: datetime | None = None


@transaction.atomic
def run_event_rules(event: Event) -> list[RuleRun]:
    """Runs every rule this fact sets off whose conditions hold, in order; returns what came of it.

    Conditions are read again after a rule changed the ticket, so that a later rule sees it. Commits
    with the receipt of the delivery, or not at all.
    """
    activators = BY_EVENT.get(event.name, [])
    versions = _versions_for([one.key for one in activators])
    if not versions or event.subject_kind != Ticket._meta.label_lower:
        return []
    ticket = _held(event.subject_id)
    if ticket is None:
        return []
    fit = {one.key for one in activators if one.fits(event, ticket)}
    waiting = deque(version for version in versions if version.activator in fit)
    if not waiting:
        return []
    cause = Cause(event=event, chain=chain_of(event))
    with because_of(event):
        runs, missed = _run_in_order(waiting, ticket, cause)
    if missed:
        RuleCheck.objects.get_or_create(event=event, defaults={"ticket": ticket, "missed": missed})
    return runs


@transaction.atomic
def run_time_rule(version: RuleVersion, ticket_id: int, *, now: datetime) -> RuleRun | None:
    """Runs a rule whose moment has come for a ticket; None when it has not (any more)."""
    ticket = _held(ticket_id)
    if ticket is None:
        return None
    occurrence = occurrence_of(ticket, version, now)
    if occurrence is None or not holding(ticket, [version]):
        return None
    return _run(version, ticket, Cause(occurrence=occurrence))


def _versions_for(keys: list[str]) -> list[RuleVersion]:
    active = Rule.objects.active().filter(current__activator__in=keys)
    rules = active.in_order().select_related("current__saved_by")
    versions: list[RuleVersion] = []
    authors: dict[int, Person] = {}
    for rule in rules:
        version = rule.version
        version.rule = rule
        # One object for each author, so that what it remembers is asked once.
        version.saved_by = authors.setdefault(version.saved_by_id, version.saved_by)
        versions.append(version)
    return versions


def _held(ticket_id: int) -> Ticket | None:
    """The ticket, which nobody changes while its rules are at work."""
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("team", "requester")
    return rows.filter(pk=ticket_id).first()


def _run_in_order(
    waiting: deque[RuleVersion], ticket: Ticket, cause: Cause
) -> tuple[list[RuleRun], list[int]]:
    runs: list[RuleRun] = []
    missed: list[int] = []
    held = holding(ticket, waiting)
    while waiting:
        version = waiting.popleft()
        if version.pk not in held:
            missed.append(version.pk)
            continue
        run = _run(version, ticket, cause)
        runs.append(run)
        if run.outcome != RuleRun.Outcome.DONE:
            continue
        if version.stop_after:
            break
        if waiting:
            ticket = Ticket.objects.select_related("team", "requester").get(pk=ticket.pk)
            held = holding(ticket, waiting)
    return runs, missed


def _run(version: RuleVersion, ticket: Ticket, cause: Cause) -> RuleRun:
    """One rule on one ticket, unless the guard holds it back."""
    run = RuleRun(
        rule=version.rule,
        version=version,
        ticket=ticket,
        event=cause.event,
        origin=cause.chain.origin if cause.chain else None,
        depth=cause.chain.depth if cause.chain else 0,
        occurrence=cause.occurrence,
        at=timezone.now(),
    )
    stopped = _guard(version, ticket, cause)
    if stopped is None:
        _apply(run)
    else:
        run.outcome, run.reason = RuleRun.Outcome.HELD, stopped
    run.save()
    return run


def _guard(version: RuleVersion, ticket: Ticket, cause: Cause) -> str | None:
    """Why the rule must not run now; None when it may. What is a mistake pauses it."""
    chain = cause.chain
    if chain is not None and _ran_in(chain, version, ticket, cause):
        if not chain.holds(version.rule_id) or not _would_change(version, ticket):
            return "It ran before in the same chain of events."
        return _trip(
            version,
            ticket,
            f"On {ticket.reference} it would have run again because of what it set off itself: "
            f"{_ran_words(chain, ticket)} → “{version.rule.name}”. These rules undo each other.",
        )
    if chain is not None and chain.depth >= MOST_DEPTH:
        return _trip(
            version,
            ticket,
            f"On {ticket.reference} {chain.depth} rules had set each other off before it: "
            f"{_ran_words(chain, ticket)}. More than {MOST_DEPTH} is a mistake.",
        )
    hour = RuleRun.objects.filter(rule=version.rule_id, at__gte=timezone.now() - HOUR)
    if hour.filter(outcome=RuleRun.Outcome.DONE).count() >= version.most_per_hour:
        return _trip(
            version,
            ticket,
            f"It ran {version.most_per_hour:,} times within an hour, which is its limit.",
        )
    return None


def _ran_in(chain: Chain, version: RuleVersion, ticket: Ticket, cause: Cause) -> bool:
    """True when the rule ran for this ticket since the chain began."""
    if chain.origin == cause.event:
        return False
    ran = RuleRun.objects.filter(origin=chain.origin, rule=version.rule_id, ticket=ticket)
    return chain.holds(version.rule_id) or ran.exclude(outcome=RuleRun.Outcome.HELD).exists()


def _ran_words(chain: Chain, ticket: Ticket) -> str:
    """The rules that ran since the chain began, in their order."""
    done = RuleRun.objects.filter(origin=chain.origin, ticket=ticket, outcome=RuleRun.Outcome.DONE)
    names = done.order_by("pk").values_list("rule__name", flat=True)[:10]
    return " → ".join(f"“{name}”" for name in names)


def _trip(version: RuleVersion, ticket: Ticket, reason: str) -> str:
    pause_rule(version.rule, reason=reason, ticket_id=ticket.pk)
    return reason


def _would_change(version: RuleVersion, ticket: Ticket) -> bool:
    """True when the rule's lasting actions would change the ticket again; changes nothing.

    Whatever changes a ticket records a fact of it.
    """
    changed = False
    facts = Event.objects.about(ticket)
    known = facts.count()
    try:
        with transaction.atomic():
            do_actions(ticket, version.actions, actor=None, only_lasting=True)
            changed = facts.count() > known
            transaction.set_rollback(True)
    except DomainError:
        return False
    return changed


def _apply(run: RuleRun) -> None:
    """Does the actions; when one is refused, none of them was done and the run says why."""
    version = run.version
    try:
        with transaction.atomic():
            run.fact = record(
                RULE_APPLIED,
                run.ticket,
                actor=None,
                name=run.rule.name,
                rule_id=run.rule_id,
                version=version.number,
                what=version.what,
            )
            with because_of(run.fact), by_rule(run.rule.name, run.rule.get_absolute_url()):
                do_actions(run.ticket, version.actions, actor=None)
    except DomainError as error:
        run.fact = None
        run.outcome, run.reason = RuleRun.Outcome.REFUSED, error.message
        return
    run.outcome, run.done = RuleRun.Outcome.DONE, version.action_words
    after = Ticket.objects.filter(pk=run.ticket_id).values_list("updated_at", flat=True)
    run.finished_at = after.get()
