"""Known errors: a problem that has been analysed but not resolved, with what helps meanwhile."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from core.errors import DomainError
from core.timeline import record
from knowledge.models import Article
from problems import events, permissions
from problems.actions.rows import locked
from problems.actions.versions import KNOWN_ERROR_FIELDS, count_edit, refuse_conflicts
from problems.models import KnownError, Problem
from problems.workflow import PROBLEM


class KnownErrorFields(TypedDict, total=False):
    """What a known error says."""

    symptom: str
    root_cause: str
    workaround: str
    solution: str
    error_code: str
    component: Component | None
    affected_versions: str
    fixed_in_release: str
    article: Article | None


# What a problem says as well.
SHARED = ("root_cause", "workaround")
_REQUIRED = {
    "symptom": "Say what people notice.",
    "root_cause": "Say what causes it.",
}


@transaction.atomic
def record_known_error(
    problem: Problem,
    *,
    actor: Person | None,
    symptom: str,
    root_cause: str,
    workaround: str = "",
    solution: str = "",
    error_code: str = "",
    component: Component | None = None,
    affected_versions: str = "",
    fixed_in_release: str = "",
    article: Article | None = None,
    at: datetime | None = None,
) -> Problem:
    """The cause is understood and not yet removed: everybody at the desk can help meanwhile.

    A problem has one known error; recorded again after a reopening it is brought up to date. While
    a fix is in progress the problem stays there.
    """
    problem = locked(problem)
    permissions.require(actor, "record_known_error", problem)
    noted = problem.state in PROBLEM.steps["note_known_error"].sources
    step = "note_known_error" if noted else "record_known_error"
    problem.state = PROBLEM.target(step, problem.state)
    _require_words({"symptom": symptom, "root_cause": root_cause})
    now = at or timezone.now()
    before = KnownError.objects.filter(problem=problem).first()
    read = {name: getattr(before, name, None) for name in KnownErrorFields.__annotations__}
    same = before is not None and before.workaround == workaround.strip()
    known, _ = KnownError.objects.update_or_create(
        problem=problem,
        defaults={
            "symptom": symptom.strip(),
            "root_cause": root_cause.strip(),
            "workaround": workaround.strip(),
            "solution": solution.strip(),
            "error_code": error_code.strip(),
            "component": component or problem.component,
            "affected_versions": affected_versions.strip(),
            "fixed_in_release": fixed_in_release.strip(),
            "article": article or (before.article if before else None),
            **({} if same else {"workaround_verified_at": None, "workaround_verified_by": None}),
        },
    )
    problem.root_cause = known.root_cause
    problem.workaround = known.workaround
    problem.confirmed_at = problem.confirmed_at or now
    problem.updated_at = now
    changed = [name for name, value in read.items() if getattr(known, name) != value]
    _count(problem, changed, actor=actor, at=now)
    problem.save(
        update_fields=[
            "state", "root_cause", "workaround", "confirmed_at", "updated_at", "version",
        ]
    )  # fmt: skip
    record(
        events.KNOWN_ERROR_RECORDED,
        problem,
        actor=actor,
        at=now,
        known_error_id=known.pk,
        reference=known.reference,
    )
    return problem


def _count(problem: Problem, changed: Iterable[str], *, actor: Person | None, at: datetime) -> None:
    names = [KNOWN_ERROR_FIELDS.get(name, name) for name in changed]
    count_edit(problem, names, actor=actor, at=at)


@transaction.atomic
def return_to_known_error(
    problem: Problem, *, actor: Person | None, at: datetime | None = None
) -> Problem:
    """Nobody works on the fix any more; what is known goes on helping."""
    problem = locked(problem)
    permissions.require(actor, "record_known_error", problem)
    problem.state = PROBLEM.target("return_to_known_error", problem.state)
    if not KnownError.objects.filter(problem=problem).exists():
        raise DomainError(f"{problem.reference} has no known error yet: record it first.")
    problem.updated_at = at or timezone.now()
    problem.save(update_fields=["state", "updated_at"])
    record(events.KNOWN_ERROR_RETURNED, problem, actor=actor, at=at)
    return problem


def _require_words(values: dict[str, str]) -> None:
    for name, sentence in _REQUIRED.items():
        if name in values and not values[name].strip():
            raise DomainError(sentence, field=name)


@transaction.atomic
def edit_known_error(
    known_error: KnownError,
    *,
    actor: Person | None,
    version: int | None = None,
    **fields: Unpack[KnownErrorFields],
) -> KnownError:
    """Changes what the known error says; a changed workaround has to be verified anew.

    With the `version` of the problem that was read, EditConflict carries both values of a field
    that somebody else changed since.
    """
    problem = locked(known_error.problem)
    known = locked(known_error)
    permissions.require(actor, "edit_known_error", problem)
    unknown = fields.keys() - KnownErrorFields.__annotations__.keys()
    if unknown:
        raise TypeError(f"a known error has no {sorted(unknown)} to edit")
    _require_words({n: v for n, v in fields.items() if isinstance(v, str)})
    given: dict[str, Any] = {**fields}
    changed = [name for name, value in given.items() if getattr(known, name) != value]
    wanted = {name: given[name] for name in changed}
    refuse_conflicts(problem, version, known, wanted, kept_as=KNOWN_ERROR_FIELDS)
    if not changed:
        return known
    for name in changed:
        setattr(known, name, given[name])
    if "workaround" in changed:
        known.workaround_verified_at = known.workaround_verified_by = None
    known.save()
    problem.root_cause, problem.workaround = known.root_cause, known.workaround
    problem.updated_at = timezone.now()
    _count(problem, changed, actor=actor, at=problem.updated_at)
    problem.save(update_fields=["root_cause", "workaround", "updated_at", "version"])
    said = ", ".join(name.replace("_", " ") for name in changed)
    record(events.KNOWN_ERROR_EDITED, problem, actor=actor, fields=said, reference=known.reference)
    return known


def write_through(problem: Problem, names: Iterable[str]) -> None:
    """What a problem and its known error both say is one truth: the known error follows.

    The caller holds the problem, saves it and records the fact. A changed workaround has to be
    verified anew, and a known error keeps a root cause.
    """
    known = KnownError.objects.select_for_update(of=("self",)).filter(problem=problem).first()
    shared = [name for name in SHARED if name in names and known is not None]
    if known is None or not shared:
        return
    for name in shared:
        setattr(known, name, getattr(problem, name))
    _require_words({name: getattr(known, name) for name in shared})
    if "workaround" in shared:
        known.workaround_verified_at = known.workaround_verified_by = None
    known.save()


@transaction.atomic
def verify_workaround(
    known_error: KnownError, *, actor: Person | None, at: datetime | None = None
) -> KnownError:
    """Somebody tried the workaround and it helped."""
    known = locked(known_error)
    permissions.require(actor, "verify_workaround", known.problem)
    if not known.workaround:
        raise DomainError("There is no workaround to verify.")
    known.workaround_verified_at = at or timezone.now()
    known.workaround_verified_by = actor
    known.save(update_fields=["workaround_verified_at", "workaround_verified_by"])
    record(events.WORKAROUND_VERIFIED, known.problem, actor=actor, at=at)
    return known
