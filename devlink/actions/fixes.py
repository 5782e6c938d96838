"""Fix claims: made when a fix ships, judged at weeks 4, 8 and 12, watched for a relapse."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from analysis.fixes import LOOKS, Assessment, Verdict
from analysis.rates import BASELINE_WEEKS
from core.timeline import record
from devlink import events
from devlink.actions.rows import locked
from devlink.causes import WEEK
from devlink.fixing import (
    WATCHED_WEEKS,
    as_json,
    assess,
    baseline_of,
    looks_due,
    minutes_per_ticket,
    weeks_since,
)
from devlink.models import FixClaim, FixLook, Release, WorkItem
from devlink.workflow import FIX_CLAIM
from problems.actions import (
    link_cluster_fix,
    reopen_problem,
    resolve_problem,
    settle_cluster,
    ship_cluster,
    start_problem_fix,
    watch_cluster,
)
from problems.models import Cluster
from problems.workflow import CLUSTER, PROBLEM

# Which step of the table leads to a verdict.
_STEPS = {
    Verdict.PARTIAL: "find_partial",
    Verdict.VERIFIED: "verify",
    Verdict.NOT_EFFECTIVE: "find_not_effective",
    Verdict.REGRESSED: "regress",
}
_FAILED = frozenset({Verdict.NOT_EFFECTIVE, Verdict.REGRESSED})
# States of a cluster whose fix did not do: the next one that ships begins anew.
_FAILED_BEFORE = frozenset({"partial", "not_effective", "regressed"})


@transaction.atomic
def claim_fixes(
    release: Release, *, actor: Person | None, at: datetime | None = None
) -> list[FixClaim]:
    """Every cause the deployed release is to end is shipped and watched, with a claim each.

    Claiming again returns what is there. A work item without a cluster claims nothing: there is
    nothing to count. Nor does one that was linked after the first look could have been made: it
    might have been chosen for its result.
    """
    release = locked(release)
    deployed_at = release.deployed_at or at or timezone.now()
    claims = []
    for item in WorkItem.objects.filter(releases=release).select_related(
        "problem__cluster", "cluster"
    ):
        cluster = item.cause
        known_in_time = item.linked_at is None or item.linked_at < deployed_at + LOOKS[0] * WEEK
        if cluster is not None and known_in_time:
            claims.append(_claim(release, item, cluster, actor=actor, deployed_at=deployed_at))
    return claims


def _claim(
    release: Release,
    item: WorkItem,
    cluster: Cluster,
    *,
    actor: Person | None,
    deployed_at: datetime,
) -> FixClaim:
    known = FixClaim.objects.filter(release=release, work_item=item, cluster=cluster).first()
    if known is not None:
        return known
    start, end = baseline_of(_chosen_at(item, cluster, deployed_at))
    claim = FixClaim.objects.create(
        cluster=cluster,
        problem=item.problem,
        work_item=item,
        release=release,
        deployed_at=deployed_at,
        baseline_from=start,
        baseline_to=end,
        sentence="Too early to say: the first look is four weeks after the release.",
        created_at=deployed_at,
    )
    _ship(cluster, actor=actor, at=deployed_at)
    if item.problem is not None and item.problem.state in PROBLEM.steps["start_fix"].sources:
        start_problem_fix(item.problem, actor=actor, at=deployed_at)
    record(
        events.FIX_CLAIMED,
        claim,
        actor=actor,
        at=deployed_at,
        cluster=cluster.title,
        key=item.key,
        release=release.version,
    )
    return claim


def _chosen_at(item: WorkItem, cluster: Cluster, deployed_at: datetime) -> datetime:
    """When people decided that this cause is worth a fix: what came before may be compared with.

    That is when the item was linked with it, or when the cause was confirmed or its problem opened
    before that, unless so long ago that those weeks say nothing of the time before the fix.
    """
    linked = min(item.linked_at or deployed_at, deployed_at)
    moments = [cluster.confirmed_at, item.problem.created_at if item.problem else None]
    recent = linked - BASELINE_WEEKS * WEEK
    return min([linked, *(one for one in moments if one is not None and one >= recent)])


def _ship(cluster: Cluster, *, actor: Person | None, at: datetime) -> None:
    """Takes the cluster to watching where its state allows, also when an earlier fix failed."""
    cluster.refresh_from_db()
    if cluster.state in _FAILED_BEFORE:
        link_cluster_fix(cluster, actor=actor, at=at)
    for step, act in (("ship", ship_cluster), ("watch", watch_cluster)):
        cluster.refresh_from_db()
        if cluster.state in CLUSTER.steps[step].sources:
            act(cluster, actor=actor, at=at)


@transaction.atomic
def judge_fix(claim: FixClaim, *, now: datetime | None = None) -> list[FixLook]:
    """Makes the looks that are due; between looks only a verified fix is watched for a relapse.

    Once a look verified it, later recounts do not end the watch. Returns the looks made, oldest
    first. The verdict goes to the claim, the cluster and the
    problem; a look is made once, however often this runs.
    """
    now = now or timezone.now()
    claim = locked(claim)
    weeks = weeks_since(claim, now)
    made = set(claim.looks.values_list("week", flat=True))
    looks = []
    for week in looks_due(claim, weeks=weeks, made=made):
        if claim.state not in ("watching", "partial"):
            break
        looks.append(_look(claim, week, assess(claim, weeks=week, now=now), now))
    if claim.state == "verified" and not looks and 0 < weeks <= WATCHED_WEEKS:
        relapse = assess(claim, weeks=weeks, now=now)
        if relapse.verdict is Verdict.REGRESSED and weeks not in made:
            looks.append(_look(claim, weeks, relapse, now))
    claim.looked_at = now
    claim.save(update_fields=["looked_at"])
    return looks


def _look(claim: FixClaim, week: int, assessment: Assessment, now: datetime) -> FixLook:
    """Writes the look down and takes its consequences."""
    result = as_json(assessment)
    look = FixLook.objects.create(
        claim=claim,
        week=week,
        verdict=assessment.verdict,
        sentence=assessment.sentence,
        result=result,
        created_at=now,
    )
    step = _STEPS.get(assessment.verdict)
    changed = step is not None and claim.state in FIX_CLAIM.steps[step].sources
    if step is not None and changed:
        claim.state = FIX_CLAIM.target(step, claim.state)
    claim.sentence = assessment.sentence
    claim.result = result
    claim.incidents_avoided = assessment.avoided.value
    claim.incidents_avoided_low = assessment.avoided.low
    claim.incidents_avoided_high = assessment.avoided.high
    claim.minutes_per_ticket = minutes_per_ticket(claim, now)
    claim.save(
        update_fields=[
            "state",
            "sentence",
            "result",
            "incidents_avoided",
            "incidents_avoided_low",
            "incidents_avoided_high",
            "minutes_per_ticket",
        ]
    )
    record(
        events.FIX_JUDGED,
        claim,
        actor=None,
        at=now,
        week=week,
        verdict=assessment.verdict,
        sentence=assessment.sentence,
        changed=changed,
    )
    if changed:
        _settle(claim, assessment.verdict, now)
    return look


def _settle(claim: FixClaim, verdict: Verdict, now: datetime) -> None:
    """The cluster takes the verdict; the problem is resolved by proof, and opened again by it."""
    cluster = claim.cluster
    cluster.refresh_from_db()
    if cluster.state in CLUSTER.steps[_STEPS[verdict]].sources:
        settle_cluster(cluster, actor=None, verdict=verdict.value, at=now)
    problem = claim.problem
    if problem is None:
        return
    problem.refresh_from_db()
    if verdict is Verdict.VERIFIED and problem.state in PROBLEM.steps["resolve"].sources:
        resolve_problem(problem, actor=None, note=claim.sentence, at=now)
    elif verdict in _FAILED and problem.state in PROBLEM.steps["reopen"].sources:
        reopen_problem(problem, actor=None, note=claim.sentence, at=now)
