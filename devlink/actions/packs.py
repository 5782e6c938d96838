"""Evidence packs: frozen once, superseded by newer versions, never changed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.timeline import record
from devlink import events
from devlink.actions.involvement import Kind, Stage, note_involvement
from devlink.actions.rows import locked
from devlink.evidence import AskWords, canonical, digest, freeze
from devlink.models import EvidencePack, WorkItem
from devlink.permissions import require
from problems.models import Problem


@transaction.atomic
def build_evidence_pack(
    problem: Problem,
    *,
    actor: Person | None,
    work_item: WorkItem | None = None,
    ask: AskWords | None = None,
    at: datetime | None = None,
) -> EvidencePack:
    """Freezes what support knows about a problem now; the newest pack supersedes the one before.

    Without a work item the pack goes to the problem's open one, if there is any.
    """
    problem = locked(problem)
    require(actor, "build_pack", problem)
    now = at or timezone.now()
    if work_item is None:
        work_item = WorkItem.objects.filter(problem=problem).open().order_by("-pk").first()
    before = EvidencePack.objects.filter(problem=problem).order_by("-version").first()
    content = freeze(problem, as_of=now, ask=ask)
    pack = EvidencePack.objects.create(
        problem=problem,
        cluster=problem.cluster,
        work_item=work_item,
        version=1 if before is None else before.version + 1,
        supersedes=before,
        as_of=now,
        content=content,
        sha256=digest(canonical(content)),
        created_by=actor,
        created_at=now,
    )
    record(
        events.PACK_BUILT,
        problem,
        actor=actor,
        at=now,
        version=pack.version,
        sha256=pack.sha256,
        problem_id=problem.pk,
        work_item_id=work_item.pk if work_item else None,
    )
    if work_item is not None:
        _note(work_item, actor, now)
    return pack


def _note(item: WorkItem, actor: Person | None, now: datetime) -> None:
    """Evidence counts as taking part: in the requirements while they are discussed, and in the
    planning of the sprint the item is planned for."""
    stage = Stage.REQUIREMENTS if item.state == "discovery" else Stage.PRIORITIZATION
    note_involvement(item, actor=actor, stage=stage, kind=Kind.CONTRIBUTED, at=now)
    if item.sprint is not None and item.sprint.is_planning:
        note_involvement(
            item.sprint, actor=actor, stage=Stage.PRIORITIZATION, kind=Kind.CONTRIBUTED, at=now
        )
