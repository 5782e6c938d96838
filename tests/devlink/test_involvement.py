"""The ledger: what support took part in, each subject counted once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import DomainError, NotPermitted
from devlink.actions import (
    answer_pulse,
    build_evidence_pack,
    comment_on_work_item,
    commit_work_item,
    note_view,
    plan_work_item,
    start_sprint,
)
from devlink.measures import measure
from devlink.models import InvolvementEvent, PulseAnswer, PulseParticipation, Sprint
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.work import make_release, make_work_item


def test_the_same_kind_of_act_counts_once_a_side(cast: Cast) -> None:
    item = make_work_item(cast.dev, kind="story")
    for person in (cast.ann, cast.pia, cast.ann, cast.dev):
        comment_on_work_item(item, actor=person, body="Hm.")
    rows = InvolvementEvent.objects.filter(work_item=item)
    assert {(row.actor_side, row.stage) for row in rows} == {
        ("support", "requirements"),
        ("development", "requirements"),
    }
    assert rows.count() == 2
    assert all(row.by_system for row in rows)


def test_another_stage_is_another_act(cast: Cast) -> None:
    item = make_work_item(cast.dev, kind="story")
    comment_on_work_item(item, actor=cast.ann, body="Hm.")
    item = commit_work_item(item, actor=cast.dev)
    comment_on_work_item(item, actor=cast.ann, body="Hm.")
    stages = InvolvementEvent.objects.filter(work_item=item).values_list("stage", flat=True)
    assert set(stages) == {"requirements", "design"}


def test_speaking_up_in_planning_counts_for_the_sprint(cast: Cast, sprint: Sprint) -> None:
    item = plan_work_item(make_work_item(cast.dev), actor=cast.dev, sprint=sprint)
    comment_on_work_item(item, actor=cast.ann, body="Please.")
    start_sprint(sprint, actor=cast.dev)
    now = timezone.now()
    counted = measure("prioritised", cast.mo, now - timedelta(days=1), now + timedelta(days=1))
    assert (counted.met, counted.n) == (1, 1)


def test_speaking_up_after_the_start_does_not(cast: Cast, sprint: Sprint) -> None:
    item = plan_work_item(make_work_item(cast.dev), actor=cast.dev, sprint=sprint)
    start_sprint(sprint, actor=cast.dev)
    comment_on_work_item(item, actor=cast.ann, body="Too late.")
    assert not InvolvementEvent.objects.filter(sprint=sprint).exists()


def test_evidence_in_discovery_counts_for_the_requirement(cast: Cast, cause: Cause) -> None:
    item = make_work_item(cast.dev, kind="requirement", problem=cause.problem)
    build_evidence_pack(cause.problem, actor=cast.pia)
    row = InvolvementEvent.objects.get(work_item=item)
    assert (row.stage, row.kind, row.actor) == ("requirements", "contributed_evidence", cast.pia)


def test_looking_is_noted_once_a_day_and_is_not_taking_part(cast: Cast) -> None:
    release = make_release(cast.rel)
    now = timezone.now()
    for person, at in (
        (cast.ann, now),
        (cast.ann, now + timedelta(hours=5)),
        (cast.ann, now + timedelta(hours=25)),
        (cast.pia, now),
        (cast.dev, now),
    ):
        note_view(release, actor=person, at=at)
    assert InvolvementEvent.objects.filter(kind="viewed").count() == 3
    assert not InvolvementEvent.objects.involving_support().exists()


def test_the_pulse_is_answered_once_a_quarter(cast: Cast) -> None:
    answer_pulse(actor=cast.ann, score=2)
    with pytest.raises(DomainError, match="answered this quarter"):
        answer_pulse(actor=cast.ann, score=5)
    answer_pulse(actor=cast.ann, score=4, at=timezone.now() + timedelta(days=100))
    answer_pulse(actor=cast.dev, score=3)
    assert PulseAnswer.objects.filter(side="support").count() == 2


def test_what_was_answered_cannot_be_told_from_who(cast: Cast) -> None:
    answer_pulse(actor=cast.ann, score=2)
    names = {field.name for field in PulseAnswer._meta.get_fields()}
    assert names == {"id", "quarter", "side", "score"}
    assert PulseParticipation.objects.get().person == cast.ann
    for person in (cast.pia, cast.mo, cast.max, cast.dev, cast.rel):
        answer_pulse(actor=person, score=3)
    gaps = list(PulseAnswer.objects.order_by("pk").values_list("pk", flat=True))
    assert gaps[-1] - gaps[0] > len(gaps)
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload::text FROM core_event WHERE name LIKE '%pulse%'")
        assert cursor.fetchall() == []


@pytest.mark.parametrize("score", [0, 6])
def test_the_pulse_has_five_answers(cast: Cast, score: int) -> None:
    with pytest.raises(DomainError) as refused:
        answer_pulse(actor=cast.ann, score=score)
    assert refused.value.field == "score"


def test_requesters_are_not_asked(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        answer_pulse(actor=cast.rob, score=3)
