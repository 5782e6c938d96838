"""The root cause analysis as it is written down: whys, causes on the fishbone, the timeline."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.events import EventKind
from core.given import one_of, words
from core.references import parse_reference
from core.timeline import record
from problems import events, permissions
from problems.actions.rows import locked
from problems.models import Cause, PartOfAnalysis, Problem, TimelineEntry, Why
from problems.workflow import BRANCHES, STANDINGS

MOST_WHYS = 10
MOST_CAUSES = 80
MOST_ENTRIES = 300
MOST_DEPTH = 3
SHOWN = 80

Part = TypeVar("Part", bound=PartOfAnalysis)


def _held(problem: Problem, actor: Person | None) -> Problem:
    """The problem locked, so that two people write one after the other."""
    problem = locked(problem)
    permissions.require(actor, "write_analysis", problem)
    return problem


def _of(part: Part, actor: Person | None) -> tuple[Part, Problem]:
    """The part as it is now, and its problem, held."""
    problem = _held(part.problem, actor)  # type: ignore[attr-defined]  # every part has one
    found = type(part)._default_manager.filter(pk=part.pk).first()
    if found is None:
        raise TransitionNotAllowed("This has been removed meanwhile.")
    return found, problem


def _evidence(text: str) -> str:
    """A web address, a path of this site, or a reference; a DomainError for anything else."""
    text = words(text, "evidence", most=300)
    named = parse_reference(text)
    if named:
        return f"{named[0]}-{named[1]}"
    inside = text.startswith("/") and not text.startswith("//")
    if text and not inside and not text.lower().startswith(("https://", "http://")):
        raise DomainError("Give a web address or a reference such as INC-42.", field="evidence")
    if any(letter.isspace() or letter in "<>\"'" for letter in text):
        raise DomainError("An address has no blanks or quotes.", field="evidence")
    return text


def _told(kind: EventKind, problem: Problem, actor: Person | None, text: str) -> None:
    problem.updated_at = timezone.now()
    problem.save(update_fields=["updated_at"])
    shown = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    record(kind, problem, actor=actor, text=shown)


def _change(part: Part, wanted: dict[str, Any]) -> bool:
    changed = [name for name, value in wanted.items() if getattr(part, name) != value]
    for name in changed:
        setattr(part, name, wanted[name])
    if changed:
        part.save(update_fields=changed)
    return bool(changed)


@transaction.atomic
def add_why(problem: Problem, *, actor: Person | None, answer: str, evidence: str = "") -> Why:
    """Answers the next why."""
    problem = _held(problem, actor)
    if problem.whys.count() >= MOST_WHYS:
        raise DomainError(
            f"After {MOST_WHYS} whys the cause is not one of this kind.", field="answer"
        )
    last = problem.whys.aggregate(last=Max("position"))["last"] or 0
    made = Why.objects.create(
        problem=problem,
        position=last + 1,
        answer=words(answer, "answer", most=2_000, needed="Say why."),
        evidence=_evidence(evidence),
        person=actor,
    )
    _told(events.WHY_ADDED, problem, actor, made.answer)
    return made


@transaction.atomic
def change_why(why: Why, *, actor: Person | None, answer: str, evidence: str = "") -> Why:
    """Answers a why anew."""
    found, problem = _of(why, actor)
    answer = words(answer, "answer", most=2_000, needed="Say why.")
    if _change(found, {"answer": answer, "evidence": _evidence(evidence)}):
        _told(events.WHY_CHANGED, problem, actor, found.answer)
    return found


@transaction.atomic
def move_why(why: Why, *, actor: Person | None, up: bool) -> Why:
    """Changes places with the why before (or after) it; at an end nothing happens."""
    found, problem = _of(why, actor)
    whys = list(problem.whys.all())
    here = [one.pk for one in whys].index(found.pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(whys):
        whys[here], whys[there] = whys[there], whys[here]
        _number(whys)
        _told(events.WHY_CHANGED, problem, actor, found.answer)
    return found


def _number(whys: list[Why]) -> None:
    for position, one in enumerate(whys, start=1):
        one.position = position
    Why.objects.bulk_update(whys, ["position"])


@transaction.atomic
def remove_why(why: Why, *, actor: Person | None) -> Problem:
    """Takes an answer away; the later ones move up."""
    found, problem = _of(why, actor)
    found.delete()
    _number(list(problem.whys.all()))
    _told(events.WHY_REMOVED, problem, actor, found.answer)
    return problem


def _cause_words(
    problem: Problem,
    *,
    text: str,
    branch: str,
    parent: Cause | None,
    standing: str,
    falsifier: str,
    evidence: str,
) -> dict[str, Any]:
    """The checked fields of a cause; one below another stands on the same branch."""
    one_of(branch, BRANCHES, "branch")
    one_of(standing, STANDINGS, "standing")
    if parent is not None:
        if parent.problem_id != problem.pk:
            raise DomainError("That cause belongs to another problem.", field="parent")
        branch = parent.branch
    return {
        "text": words(text, "text", most=300, needed="Say what may have caused it."),
        "branch": branch,
        "parent": parent,
        "standing": standing,
        "falsifier": words(falsifier, "falsifier", most=300),
        "evidence": _evidence(evidence),
    }


def _depth(cause: Cause | None) -> int:
    depth = 0
    while cause is not None:
        depth, cause = depth + 1, cause.parent
    return depth


@transaction.atomic
def add_cause(
    problem: Problem,
    *,
    actor: Person | None,
    text: str,
    branch: str,
    parent: Cause | None = None,
    standing: str = "suspected",
    falsifier: str = "",
    evidence: str = "",
) -> Cause:
    """Puts a possible cause on the fishbone, on a branch or below another cause."""
    problem = _held(problem, actor)
    if problem.causes.count() >= MOST_CAUSES:
        raise DomainError(f"At most {MOST_CAUSES} causes on one fishbone.", field="text")
    if _depth(parent) >= MOST_DEPTH:
        raise DomainError(f"A fishbone is {MOST_DEPTH} levels deep at most.", field="parent")
    wanted = _cause_words(
        problem, text=text, branch=branch, parent=parent, standing=standing,
        falsifier=falsifier, evidence=evidence,
    )  # fmt: skip
    made = Cause.objects.create(problem=problem, person=actor, **wanted)
    _told(events.CAUSE_ADDED, problem, actor, made.text)
    return made


@transaction.atomic
def change_cause(
    cause: Cause,
    *,
    actor: Person | None,
    text: str,
    branch: str,
    standing: str,
    falsifier: str = "",
    evidence: str = "",
) -> Cause:
    """Says anew what a cause is and how it stands; causes below it come along."""
    found, problem = _of(cause, actor)
    wanted = _cause_words(
        problem, text=text, branch=branch, parent=found.parent, standing=standing,
        falsifier=falsifier, evidence=evidence,
    )  # fmt: skip
    if _change(found, wanted):
        _rebranch(found)
        _told(events.CAUSE_CHANGED, problem, actor, found.text)
    return found


def _rebranch(cause: Cause) -> None:
    for child in cause.children.all():
        if child.branch != cause.branch:
            child.branch = cause.branch
            child.save(update_fields=["branch"])
            _rebranch(child)


@transaction.atomic
def remove_cause(cause: Cause, *, actor: Person | None) -> Problem:
    """Takes a cause and those below it from the fishbone."""
    found, problem = _of(cause, actor)
    text = found.text
    found.delete()
    _told(events.CAUSE_REMOVED, problem, actor, text)
    return problem


def _moment(at: datetime) -> datetime:
    if at > timezone.now():
        raise DomainError("The timeline tells what has happened.", field="at")
    return at


@transaction.atomic
def add_timeline_entry(
    problem: Problem, *, actor: Person | None, at: datetime, text: str, evidence: str = ""
) -> TimelineEntry:
    """Writes a line of the timeline by hand."""
    problem = _held(problem, actor)
    if problem.entries.count() >= MOST_ENTRIES:
        raise DomainError(f"At most {MOST_ENTRIES} lines written by hand.", field="text")
    made = TimelineEntry.objects.create(
        problem=problem,
        at=_moment(at),
        text=words(text, "text", most=500, needed="Say what happened."),
        evidence=_evidence(evidence),
        person=actor,
    )
    _told(events.ENTRY_ADDED, problem, actor, made.text)
    return made


@transaction.atomic
def change_timeline_entry(
    entry: TimelineEntry, *, actor: Person | None, at: datetime, text: str, evidence: str = ""
) -> TimelineEntry:
    """Changes a line that was written by hand."""
    found, problem = _of(entry, actor)
    text = words(text, "text", most=500, needed="Say what happened.")
    if _change(found, {"at": _moment(at), "text": text, "evidence": _evidence(evidence)}):
        _told(events.ENTRY_CHANGED, problem, actor, found.text)
    return found


@transaction.atomic
def remove_timeline_entry(entry: TimelineEntry, *, actor: Person | None) -> Problem:
    """Takes a line away that was written by hand."""
    found, problem = _of(entry, actor)
    found.delete()
    _told(events.ENTRY_REMOVED, problem, actor, found.text)
    return problem
