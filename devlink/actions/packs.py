"""Evidence packs: frozen once, superseded by newer versions, never changed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from core.timeline import record
from devlink import events
from devlink.actions.involvement import Kind, Stage, note_involvement
from devlink.actions.rows import locked
from devlink.evidence import AskWords, canonical, differ, digest, freeze
from devlink.models import EvidencePack, Sprint, WorkItem
from devlink.permissions import require
from devlink.workflow import ASK
from problems.models import Problem


def build_packs_for_planning(sprint: Sprint, *, at: datetime | None = None) -> int:
    """Freezes what is known about every problem the sprint's planning will speak of.

    Those are the problems of open asks and of items planned for the sprint. Each pack is built in
    a transaction of its own, so that a run that dies is taken up where it stopped; afterwards the
    sprint says that it is done. Returns how many new versions there are.
    """
    built = 0
    asks = sprint.asks.filter(state__in=ASK.in_category("open"))
    items = WorkItem.objects.filter(problem__isnull=False).filter(
        Q(sprint=sprint) | Q(pk__in=asks.values("work_item_id"))
    )
    for item in items.open().select_related("problem").order_by("pk"):
        built += refresh_evidence_pack(item, actor=None, at=at) is not None
    _note_built(sprint, at or timezone.now())
    return built


@transaction.atomic
def _note_built(sprint: Sprint, at: datetime) -> None:
    sprint = locked(sprint)
    sprint.packs_built_at = at
    sprint.save(update_fields=["packs_built_at"])


@transaction.atomic
def refresh_evidence_pack(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> EvidencePack | None:
    """A new version of the item's evidence if something that matters changed since the newest.

    None when nothing did (`devlink.evidence.differ`), or the item is about no problem. What was
    asked for last stays in it.
    """
    if item.problem is None:
        return None
    problem = locked(item.problem)
    now = at or timezone.now()
    before = _newest(problem)
    words = _words_of(item)
    content = freeze(problem, as_of=now, ask=words)
    if before is not None and not differ(before.content, content):
        return None
    return build_evidence_pack(
        problem, actor=actor, work_item=item, ask=words, at=now, content=content
    )


def _words_of(item: WorkItem) -> AskWords | None:
    """What support asked for last."""
    ask = item.asks.select_related("sprint", "team").order_by("-pk").first()
    if ask is None:
        return None
    team = ask.team.name if ask.team else ""
    return AskWords(ask.sprint.name, team, ask.points, ask.rationale)


def _newest(problem: Problem) -> EvidencePack | None:
    return EvidencePack.objects.filter(problem=problem).order_by("-version").first()


@transaction.atomic
def build_evidence_pack(
    problem: Problem,
    *,
    actor: Person | None,
    work_item: WorkItem | None = None,
    ask: AskWords | None = None,
    at: datetime | None = None,
    content: Mapping[str, object] | None = None,
) -> EvidencePack:
    """Freezes what support knows about a problem now; the newest pack supersedes the one before.

    `content` is what was frozen at this moment, for who has it already. Without a
    work item the pack goes to the problem's open one, if there is any.
    """
    problem = locked(problem)
    require(actor, "build_pack", problem)
    now = at or timezone.now()
    if work_item is None:
        work_item = WorkItem.objects.filter(problem=problem).open().order_by("-pk").first()
    before = _newest(problem)
    if content is None:
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
