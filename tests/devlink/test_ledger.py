"""The ledger: what is noted where, what is written down by hand, asking to join the next one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from changes.actions import confirm_cause
from changes.models import Change
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from devlink.actions import (
    ask_to_join,
    comment_on_work_item,
    commit_work_item,
    create_sprint,
    decline_ask,
    meet_criterion,
    note_view,
    plan_work_item,
    record_involvement,
    sign_readiness,
    start_sprint,
)
from devlink.ledger import system_share, taking_part
from devlink.models import Ask, InvolvementEvent, JoinRequest, Release, Sprint
from knowledge.actions import revise_article, write_article
from notifications.models import Notification
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.make.work import make_release, make_sprint, make_work_item

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]
Kind, Stage = InvolvementEvent.Kind, InvolvementEvent.Stage


def _started(cast: Cast, name: str = "Sprint 47") -> Sprint:
    return start_sprint(create_sprint(actor=cast.dev, name=name), actor=cast.dev)


def _acts(**about: object) -> set[tuple[str, str, str]]:
    rows = InvolvementEvent.objects.filter(**about)
    return {(one.actor_side, one.stage, one.kind) for one in rows}


def test_briefing_testing_and_a_refusal_are_noted_where_they_happen(
    cast: Cast, release: Release
) -> None:
    Release.objects.filter(pk=release.pk).update(state="readiness")
    for key in ("agents_briefed", "tried_by_support"):
        meet_criterion(release.readiness.get(key=key), actor=cast.ann, evidence="Seen.")
    sign_readiness(release, actor=cast.ann, verdict="not_ready", conditions="No backout yet.")
    assert _acts(release=release) == {
        ("support", "operationalizing", "trained"),
        ("support", "testing", "tested"),
        ("support", "releasing", "vetoed"),
    }
    took = {one.kind for one in InvolvementEvent.objects.filter(release=release) if one.took_part}
    assert took == {"tested", "vetoed"}


def test_articles_changes_and_answers_are_noted_after_the_commit(
    cast: Cast, ask: Ask, after_commit: AfterCommit
) -> None:
    with after_commit():
        article = write_article(actor=cast.ann, title="Hang", issue="It hangs")
        revise_article(article, actor=cast.dev, cause="A lock")
        change = Change.objects.create(title="New lock", requester=cast.max)
        confirm_cause(change, actor=cast.pia, ticket=make_ticket(cast.rob))
        decline_ask(ask, actor=cast.dev, reason_code="cost")
    assert _acts(article=article) == {
        ("support", "updating", "contributed_evidence"),
        ("development", "updating", "contributed_evidence"),
    }
    assert _acts(change=change) == {("support", "review", "contributed_evidence")}
    assert ("support", "prioritization", "notified") in _acts(sprint=ask.sprint)


def test_reading_a_sprint_or_an_item_is_noted_and_is_not_taking_part(
    cast: Cast, sprint: Sprint, as_user: AsUser
) -> None:
    item = make_work_item(cast.dev, kind="story")
    for person in (cast.ann, cast.ann, cast.dev):
        assert as_user(person).get(sprint.get_absolute_url()).status_code == 200
        assert as_user(person).get(item.get_absolute_url()).status_code == 200
    assert _acts(sprint=sprint) == {("support", "prioritization", "viewed")}
    assert _acts(work_item=item) == {("support", "requirements", "viewed")}
    assert InvolvementEvent.objects.count() == 2
    assert taking_part(item, cast.ann).absent


def test_speaking_up_about_an_item_is_taking_part_in_its_release(
    cast: Cast, release: Release
) -> None:
    assert taking_part(release, cast.dev).absent
    comment_on_work_item(release.work_items.get(), actor=cast.ann, body="Please.")
    assert not taking_part(release, cast.dev).absent


def test_what_is_by_hand_is_marked_and_kept_apart(cast: Cast) -> None:
    item = make_work_item(cast.dev, kind="story")
    made = record_involvement(
        item, actor=cast.dev, kind=Kind.COMMENTED, stage=Stage.REQUIREMENTS, note="In the call."
    )
    assert (made.actor_side, made.by_system, made.actor) == ("support", False, cast.dev)
    comment_on_work_item(item, actor=cast.ann, body="And here again.")
    assert InvolvementEvent.objects.filter(work_item=item, kind=Kind.COMMENTED).count() == 2
    said = Event.objects.about(item).get(name="devlink.involvement_recorded")
    assert said.sentence == "wrote down for support in requirements: commented. In the call."


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"note": " "}, "note"),
        ({"stage": "releasing"}, "stage"),
        ({"kind": "voted"}, "kind"),
        ({"kind": "absent_recorded"}, "kind"),
        ({"kind": "tested"}, "kind"),
        ({"happened_at": timezone.now() + timedelta(days=2)}, "happened_at"),
    ],
)
def test_what_may_not_be_written_down(cast: Cast, words: dict[str, str], field: str) -> None:
    item = make_work_item(cast.dev, kind="story")
    comment_on_work_item(item, actor=cast.ann, body="I was there.")
    given = {"kind": "contributed_evidence", "stage": "requirements", "note": "Seen."}
    record_involvement(item, actor=cast.ann, **(given | {"kind": "tested"}))
    with pytest.raises(DomainError) as refused:
        record_involvement(item, actor=cast.ann, **(given | words))
    assert refused.value.field == field


def test_the_share_of_the_system_counts_a_subject_and_stage_once(cast: Cast) -> None:
    now = timezone.now()
    both, seen, told = (make_work_item(cast.dev, kind="story") for _ in range(3))
    hand = {"stage": Stage.REQUIREMENTS, "note": "Said so."}
    for item in (both, seen):
        comment_on_work_item(item, actor=cast.ann, body="Hm.")
    comment_on_work_item(both, actor=cast.pia, body="Hm.")
    record_involvement(both, actor=cast.ann, kind=Kind.TESTED, **hand)
    record_involvement(told, actor=cast.ann, kind=Kind.COMMENTED, **hand)
    record_involvement(told, actor=cast.ann, kind=Kind.TESTED, **hand)
    found = system_share(cast.mo, now - timedelta(days=1), now + timedelta(days=1))
    assert (found.seen, found.by_hand, found.n) == (2, 1, 3)
    elsewhere = system_share(cast.mo, now - timedelta(days=9), now - timedelta(days=8))
    assert elsewhere.n == 0
    of_payments = system_share(
        cast.mo, now - timedelta(days=1), now + timedelta(days=1), cast.payments
    )
    assert of_payments.n == 0


def test_asking_to_join_tells_the_team_once_and_waits_for_the_next(
    cast: Cast, after_commit: AfterCommit
) -> None:
    missed = _started(cast)
    coming = create_sprint(actor=cast.dev, name="Sprint 48")
    with after_commit():
        first = ask_to_join(missed, actor=cast.ann)
        again = ask_to_join(missed, actor=cast.pia)
    assert (first.pk, JoinRequest.objects.count()) == (again.pk, 1)
    told = Notification.objects.filter(kind="devlink.join_asked")
    assert {one.person for one in told} == {cast.dev, cast.rel}
    assert told[0].url == coming.get_absolute_url()
    assert [one.pk for one in taking_part(coming, cast.ann).waiting] == [first.pk]
    coming = start_sprint(coming, actor=cast.dev)
    later = create_sprint(actor=cast.dev, name="Sprint 49")
    assert list(taking_part(later, cast.ann).waiting) == []


def test_a_release_and_a_requirement_can_be_asked_for_too(
    cast: Cast, after_commit: AfterCommit
) -> None:
    item = commit_work_item(make_work_item(cast.dev, kind="story"), actor=cast.dev)
    gone = make_release(cast.rel)
    Release.objects.filter(pk=gone.pk).update(
        deployed_at=timezone.now() - timedelta(days=1), state="hypercare"
    )
    with after_commit():
        ask_to_join(item, actor=cast.ann)
        ask_to_join(gone, actor=cast.mo)
    titles = set(
        Notification.objects.filter(person=cast.rel, kind="devlink.join_asked").values_list(
            "title", flat=True
        )
    )
    assert titles == {
        "Service desk asks to take part in the next requirement",
        "Mo asks to take part in the next release",
    }
    wish = make_work_item(cast.dev, kind="requirement")
    assert len(taking_part(wish, cast.dev).waiting) == 1
    assert len(taking_part(make_release(cast.rel), cast.dev).waiting) == 1
    elsewhere = make_release(cast.rel, service=cast.payments)
    assert list(taking_part(elsewhere, cast.dev).waiting) == []


def test_nobody_asks_to_join_what_is_to_come_or_where_support_was(
    cast: Cast, sprint: Sprint
) -> None:
    with pytest.raises(TransitionNotAllowed, match="still to come"):
        ask_to_join(sprint, actor=cast.ann)
    item = plan_work_item(make_work_item(cast.dev), actor=cast.dev, sprint=sprint)
    comment_on_work_item(item, actor=cast.ann, body="Please.")
    with pytest.raises(TransitionNotAllowed, match="Support was there"):
        ask_to_join(start_sprint(sprint, actor=cast.dev), actor=cast.ann)
    with pytest.raises(NotPermitted):
        ask_to_join(_started(cast, "Other"), actor=cast.dev)


def test_the_buttons_go_back_to_where_they_were(cast: Cast, as_user: AsUser) -> None:
    missed = _started(cast)
    page = as_user(cast.ann)
    here = "/proactivity/prioritised/?met=no"
    answer = page.post(f"/sprints/{missed.pk}/join-next/", {"back": here})
    assert (answer.status_code, answer["Location"]) == (302, here)
    away = page.post(f"/sprints/{missed.pk}/join-next/", {"back": "https://evil.example/"})
    assert away["Location"] == missed.get_absolute_url()
    assert as_user(cast.dev).post(f"/sprints/{missed.pk}/join-next/").status_code == 403


def test_support_is_written_down_as_absent_from_the_page(cast: Cast, as_user: AsUser) -> None:
    missed = _started(cast)
    address = f"/sprints/{missed.pk}/involvement/"
    page = as_user(cast.dev)
    assert "Absent" in page.get(address).content.decode()
    refused = page.post(address, {"kind": "absent_recorded", "stage": "prioritization"})
    assert refused.status_code == 422
    words = {"kind": "absent_recorded", "stage": "prioritization", "note": "Nobody was free."}
    assert page.post(address, words).status_code == 302
    shown = page.get(missed.get_absolute_url()).content.decode()
    assert "Nobody was free." in shown
    assert "by hand" in shown


def test_the_list_is_narrowed_by_page_and_api_alike(
    cast: Cast, as_user: AsUser, api_as: ApiAs
) -> None:
    item = make_work_item(cast.dev, kind="story", component=cast.checkout)
    comment_on_work_item(item, actor=cast.ann, body="Hm.")
    comment_on_work_item(item, actor=cast.dev, body="Hm.")
    note_view(item, actor=cast.ann)
    record_involvement(
        item, actor=cast.ann, kind=Kind.TESTED, stage=Stage.TESTING, note="On a phone."
    )
    release = make_release(cast.rel)
    note_view(release, actor=cast.pia, at=timezone.now() - timedelta(days=40))
    today = timezone.now().date().isoformat()
    cases: dict[str, int] = {
        "": 5,
        "stage=requirements": 3,
        "kind=commented&side=support": 1,
        "source=hand": 1,
        "part=no": 2,
        f"service={cast.payments.pk}": 4,
        f"since={today}": 4,
        f"until={today}": 5,
        f"release={release.pk}": 1,
    }
    for query, count in cases.items():
        page = as_user(cast.dev).get(f"/involvement/ledger/?{query}")
        assert len(page.context["page"].rows) == count, query
        assert len(api_as(cast.dev).get(f"/api/v1/involvement/?{query}").data["results"]) == count
    (by_hand,) = api_as(cast.dev).get("/api/v1/involvement/?source=hand").data["results"]
    assert (by_hand["by_system"], by_hand["took_part"], by_hand["url"]) == (
        False,
        True,
        item.get_absolute_url(),
    )
    assert as_user(cast.dev).get("/involvement/ledger/?stage=magic").status_code == 200
    assert api_as(cast.dev).get("/api/v1/involvement/?stage=magic").status_code == 400


def test_requesters_see_no_ledger(cast: Cast, as_user: AsUser, api_as: ApiAs) -> None:
    missed = _started(cast)
    note_view(missed, actor=cast.ann)
    assert as_user(cast.rob).get("/involvement/ledger/").status_code == 403
    assert api_as(cast.rob).get("/api/v1/involvement/").data["results"] == []
    assert api_as(cast.rob).post(f"/api/v1/sprints/{missed.pk}/join-next/").status_code == 404


def test_programs_write_into_it_too(cast: Cast, api_as: ApiAs) -> None:
    missed = _started(cast)
    words = {"kind": "absent_recorded", "stage": "prioritization", "note": "Nobody was free."}
    address = f"/api/v1/sprints/{missed.pk}/record-involvement/"
    assert api_as(cast.ann).post(address, words).status_code == 200
    again = api_as(cast.ann).post(address, words)
    assert (again.status_code, list(again.data)) == (422, ["kind"])
    assert api_as(cast.ann).post(f"/api/v1/sprints/{missed.pk}/join-next/").status_code == 200
    assert JoinRequest.objects.get().sprint == missed


def test_the_list_costs_the_same_at_3_and_at_30(cast: Cast, as_user: AsUser) -> None:
    def make(how_many: int) -> None:
        for _ in range(how_many):
            note_view(make_sprint(cast.dev), actor=cast.ann)
            note_view(make_release(cast.rel), actor=cast.ann)
            note_view(make_work_item(cast.dev), actor=cast.ann)

    browser = as_user(cast.mo)

    def queries() -> int:
        browser.get("/involvement/ledger/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/involvement/ledger/").status_code == 200
        return len(captured)

    make(1)
    few = queries()
    make(9)
    assert queries() == few
