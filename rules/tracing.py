"""Which rule did this, and why another did not: what the trace of a ticket reads."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone

from core.models import Event
from core.wording import absolute
from incidents.models import Ticket
from incidents.selecting import describe, which_fit
from rules.activators import BY_KEY, words_for
from rules.conditions import reaches
from rules.models import Rule, RuleCheck, RuleRun, RuleVersion
from rules.moments import occurrence_of


@dataclass(frozen=True)
class Traced:
    """A run and the facts that followed from it."""

    run: RuleRun
    facts: list[Event]


def traced(runs: Sequence[RuleRun]) -> list[Traced]:
    """The runs with the facts each caused; one statement."""
    facts: dict[int, list[Event]] = defaultdict(list)
    causes = [run.fact_id for run in runs if run.fact_id]
    for event in Event.objects.filter(cause__in=causes).order_by("pk"):
        facts[event.cause_id or 0].append(event)
    return [Traced(run, facts[run.fact_id or -1]) for run in runs]


@dataclass(frozen=True)
class Answer:
    """One thing that must be so for a rule to act: whether it is, and the words for it.

    None for what merely happened.
    """

    holds: bool | None
    asked: str
    found: str = ""


def explain(rule: Rule, ticket: Ticket) -> list[Answer]:
    """Why the rule did or did not act on the ticket: each thing it asks for, on the ticket now."""
    version = rule.version
    answers = [
        Answer(rule.is_active, "The rule is switched on", _standing(rule)),
        _set_off(version, ticket),
        *_conditions(version, ticket),
    ]
    if not reaches(version, ticket):
        words = f"{version.saved_by.name}, who saved the rule, is no member of {ticket.team}"
        answers.append(Answer(holds=False, asked="The rule reaches its team", found=words))
    return [*answers, *_what_happened(rule, ticket)]


def _standing(rule: Rule) -> str:
    return f"paused: {rule.pause_reason}" if rule.paused_at else f"it is {rule.standing}"


def _set_off(version: RuleVersion, ticket: Ticket) -> Answer:
    """Whether a fact or a moment has set it off."""
    asked = words_for(version.activator, version.minutes)
    activator = BY_KEY.get(version.activator)
    if activator is None:
        now = timezone.now()
        came = occurrence_of(ticket, version, now)
        found = (
            "it counts from " + absolute(came)
            if came
            else ("the moment has not come since the rule was switched on, or the rule has had it")
        )
        return Answer(came is not None, asked, found)
    facts = Event.objects.about(ticket).filter(name__in=[kind.name for kind in activator.kinds])
    for event in facts.select_related("actor").order_by("-pk")[:50]:
        if activator.fits(event, ticket):
            on = version.rule.on_since
            late = on is not None and event.at >= on
            found = f"last at {absolute(event.at)}"
            return Answer(late, asked, found if late else f"{found}, before it was switched on")
    return Answer(holds=False, asked=asked, found="never happened on this ticket")


def _conditions(version: RuleVersion, ticket: Ticket) -> list[Answer]:
    """Each condition, taken apart into its parameters; one statement for all of them."""
    parts = [(query, _parts(query)) for query in version.conditions]
    every = {one for query, single in parts for one in (query, *single)}
    fit = which_fit(ticket, every)
    answers = []
    for query, single in parts:
        if len(single) < 2:
            answers.append(Answer(query in fit, _words(query)))
            continue
        answers += [Answer(one in fit, _words(one)) for one in single]
    if version.match == RuleVersion.Match.ANY and len(parts) > 1:
        one_holds = any(query in fit for query, _ in parts)
        answers.append(Answer(one_holds, "Any one of these conditions is enough"))
    return answers or [Answer(holds=True, asked="No condition: every ticket")]


def _parts(query: str) -> list[str]:
    asked = QueryDict(query)
    return [
        urlencode([(name, value) for value in values if value])
        for name, values in asked.lists()
        if any(values)
    ]


def _words(query: str) -> str:
    return ", ".join(f"{label}: {value}" for label, value in describe(query)) or "Every ticket"


def _what_happened(rule: Rule, ticket: Ticket) -> Iterator[Answer]:
    """What the trace remembers of this rule on this ticket, newest first."""
    runs = RuleRun.objects.filter(rule=rule, ticket=ticket)
    for run in runs.order_by("-pk")[:5]:
        words = run.reason or "; ".join(run.done)
        yield Answer(None, f"{run.get_outcome_display()} at {absolute(run.at)}", words)
    versions = dict(rule.versions.values_list("pk", "number"))
    checks = RuleCheck.objects.filter(ticket=ticket, missed__overlap=list(versions))
    for check in checks.select_related("event").order_by("-pk")[:5]:
        number = next(versions[pk] for pk in check.missed if pk in versions)
        words = f"version {number} was set off when somebody {check.event.sentence}"
        yield Answer(None, f"Conditions did not hold at {absolute(check.at)}", words)
