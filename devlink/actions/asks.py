"""What support asks of a sprint, and the answers development owes."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from devlink import events
from devlink.actions.involvement import Kind, Stage, note_involvement
from devlink.actions.packs import build_evidence_pack
from devlink.actions.rows import locked, team_of, words
from devlink.actions.work import commit_work_item, create_work_item, plan_work_item
from devlink.evidence import AskWords
from devlink.models import Ask, Decision, Sprint, WorkItem
from devlink.permissions import require
from devlink.points import POINTS_A_SPRINT, SPENT, purse
from devlink.workflow import ASK, DECLINE_REASONS
from problems.models import Problem


def _check_points(sprint: Sprint, team: Team, points: int) -> None:
    """The sprint's row is locked by the caller, so that two asks cannot spend the same points."""
    if not 1 <= points <= POINTS_A_SPRINT:
        raise DomainError(f"Stake 1 to {POINTS_A_SPRINT} points.", field="points")
    held = purse(team, sprint)
    if points > held.left:
        raise DomainError(
            f"{team.name} has {held.left} of {held.total} points left in {sprint.name}.",
            field="points",
        )


@transaction.atomic
def ask_for_fix(
    problem: Problem,
    *,
    actor: Person,
    sprint: Sprint,
    points: int,
    rationale: str,
    work_item: WorkItem | None = None,
    team: Team | None = None,
    at: datetime | None = None,
) -> Ask:
    """Support asks for a fix in a sprint that is being planned, with evidence and points.

    The evidence is frozen now. Without a work item, the problem's open one is asked for, or a new
    one is made in discovery. Each support team has 100 points a sprint and
    what the sprint before left (`devlink.points`).
    """
    problem, sprint = locked(problem), locked(sprint)
    require(actor, "ask", problem)
    if not problem.is_open:
        raise TransitionNotAllowed(f"{problem.reference} is {problem.state_label.lower()}.")
    _still_planned(sprint)
    rationale = words(rationale, field="rationale", missing="Say why this should be fixed now.")
    team = team_of(actor, Side.SUPPORT, given=team)
    _check_points(sprint, team, points)
    now = at or timezone.now()
    item = work_item or WorkItem.objects.filter(problem=problem).open().order_by("-pk").first()
    if item is None:
        item = create_work_item(
            actor=actor,
            title=problem.title,
            description=problem.description,
            problem=problem,
            team=sprint.team,
            state="discovery",
            at=now,
        )
    _askable(item, problem, sprint)
    pack = build_evidence_pack(
        problem,
        actor=actor,
        work_item=item,
        ask=AskWords(sprint=sprint.name, team=team.name, points=points, rationale=rationale),
        at=now,
    )
    ask = Ask.objects.create(
        problem=problem,
        work_item=item,
        sprint=sprint,
        team=team,
        pack=pack,
        points=points,
        rationale=rationale,
        created_by=actor,
        created_at=now,
    )
    record(
        events.ASK_MADE,
        ask,
        actor=actor,
        at=now,
        key=item.key,
        sprint=sprint.name,
        points=points,
        sprint_id=sprint.pk,
        work_item_id=item.pk,
    )
    for kind in (Kind.VOTED, Kind.CONTRIBUTED):
        note_involvement(sprint, actor=actor, stage=Stage.PRIORITIZATION, kind=kind, at=now)
    return ask


def _still_planned(sprint: Sprint) -> None:
    if not sprint.is_planning:
        raise TransitionNotAllowed(
            f"{sprint.name} is no longer being planned; ask for the next sprint."
        )


def _askable(item: WorkItem, problem: Problem, sprint: Sprint) -> None:
    """The item is open, about this problem, of the sprint's team and not asked for in it yet."""
    if item.problem_id != problem.pk:
        raise DomainError(f"{item.key} is not about {problem.reference}.", field="work_item")
    if not item.is_open:
        raise TransitionNotAllowed(f"{item.key} is {item.state_label.lower()}.")
    if item.team_id != sprint.team_id:
        raise DomainError(f"{sprint.name} belongs to another team.", field="sprint")
    if Ask.objects.filter(work_item=item, sprint=sprint).exists():
        raise DomainError(f"{item.key} is already asked for in {sprint.name}.", field="sprint")


@transaction.atomic
def ask_again(ask: Ask, *, actor: Person, rationale: str = "", at: datetime | None = None) -> Ask:
    """Support asks once more in the same sprint while it is being planned."""
    ask = locked(ask)
    sprint = locked(ask.sprint)
    require(actor, "ask_again", ask)
    target = ASK.target("ask_again", ask.state)
    _still_planned(sprint)
    if ask.team is not None and ask.state not in SPENT:
        _check_points(sprint, ask.team, ask.points)
    ask.state = target
    ask.answered_at = None
    ask.rationale = rationale.strip() or ask.rationale
    ask.save(update_fields=["state", "answered_at", "rationale"])
    record(
        events.ASK_REPEATED,
        ask,
        actor=actor,
        at=at,
        key=ask.work_item.key,
        sprint=sprint.name,
        work_item_id=ask.work_item_id,
    )
    return ask


@transaction.atomic
def accept_ask(ask: Ask, *, actor: Person, comment: str = "", at: datetime | None = None) -> Ask:
    """Development will do it: the item joins the sprint and discovery ends.

    A deferred ask whose sprint is over is accepted into no sprint; the team plans it.
    """
    ask, now = _answer(ask, "accept", actor, at)
    item = ask.work_item
    if item.state == "discovery":
        item = commit_work_item(item, actor=actor, at=now)
    if ask.sprint.state != "closed":
        plan_work_item(item, actor=actor, sprint=ask.sprint, at=now)
    decide(ask, Decision.Verdict.ACCEPTED, actor, now, comment=comment)
    record(
        events.ASK_ACCEPTED,
        ask,
        actor=actor,
        at=now,
        comment=comment.strip() or "it goes into the sprint",
        key=item.key,
        sprint=ask.sprint.name,
    )
    return ask


@transaction.atomic
def defer_ask(
    ask: Ask,
    *,
    actor: Person,
    until: date | None,
    comment: str = "",
    at: datetime | None = None,
) -> Ask:
    """Not now, but by a date: a deferred ask always has one."""
    ask, now = _answer(ask, "defer", actor, at)
    if until is None:
        raise DomainError("A deferred ask needs a date.", field="until")
    if until <= timezone.localdate(now):
        raise DomainError("Choose a date after today.", field="until")
    decide(ask, Decision.Verdict.DEFERRED, actor, now, until=until, comment=comment)
    record(
        events.ASK_DEFERRED,
        ask,
        actor=actor,
        at=now,
        until=until.isoformat(),
        comment=comment.strip() or "no comment",
        key=ask.work_item.key,
    )
    return ask


@transaction.atomic
def decline_ask(
    ask: Ask,
    *,
    actor: Person,
    reason_code: str,
    comment: str = "",
    at: datetime | None = None,
) -> Ask:
    """Development says no, and why; the points go back to the team that asked."""
    ask, now = _answer(ask, "decline", actor, at)
    reasons = dict(DECLINE_REASONS)
    if reason_code not in reasons:
        raise DomainError("Choose a reason.", field="reason_code")
    decide(ask, Decision.Verdict.DECLINED, actor, now, reason_code=reason_code, comment=comment)
    record(
        events.ASK_DECLINED,
        ask,
        actor=actor,
        at=now,
        reason_code=reason_code,
        reason_label=reasons[reason_code],
        comment=comment.strip() or "no comment",
        key=ask.work_item.key,
    )
    return ask


def _answer(ask: Ask, step: str, actor: Person, at: datetime | None) -> tuple[Ask, datetime]:
    """Takes the step that answers the ask; returns it with the moment of the answer."""
    ask = locked(ask)
    require(actor, step, ask)
    now = at or timezone.now()
    ask.state = ASK.target(step, ask.state)
    ask.answered_at = now
    ask.save(update_fields=["state", "answered_at"])
    return ask, now


def decide(
    ask: Ask,
    verdict: Decision.Verdict,
    actor: Person,
    now: datetime,
    *,
    reason_code: str = "",
    until: date | None = None,
    comment: str = "",
) -> None:
    """Adds the decision; earlier ones stay readable."""
    Decision.objects.create(
        ask=ask,
        verdict=verdict,
        reason_code=reason_code,
        until=until,
        comment=comment.replace("\x00", "").strip(),
        person=actor,
        created_at=now,
    )
