"""Points that go on once, packs frozen before a planning, and who reads which excerpt."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError
from devlink.actions import (
    accept_ask,
    ask_again,
    ask_for_fix,
    attach_evidence,
    build_evidence_pack,
    build_packs_for_planning,
    close_sprint,
    create_sprint,
    decline_ask,
    edit_sprint,
    hand_over_tickets,
    start_sprint,
)
from devlink.evidence import differ
from devlink.evidence.reading import readable_content, shared_with
from devlink.evidence.wording import in_markdown
from devlink.models import Ask, EvidencePack, Sprint
from devlink.points import purse
from devlink.tasks import prepare_planning, prepare_plannings
from incidents.models import Ticket
from problems.models import ClusterMember
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket
from tests.make.work import make_work_item

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]


def following(cast: Cast, number: int) -> Sprint:
    day = timezone.localdate() + timedelta(days=14 * number)
    return create_sprint(actor=cast.dev, name=f"Sprint {48 + number}", starts_on=day)


def begin(cast: Cast, sprint: Sprint) -> None:
    start_sprint(sprint, actor=cast.dev, expire_unanswered=True)


def test_what_is_left_goes_on_once_and_nobody_holds_more_than_two_hundred(
    cast: Cast, cause: Cause
) -> None:
    one, two, three = (following(cast, number) for number in (1, 2, 3))
    ask = ask_for_fix(cause.problem, actor=cast.ann, sprint=one, points=60, rationale="Daily.")
    accept_ask(ask, actor=cast.dev)
    # While the first is being planned its points may yet be spent there.
    assert purse(cast.desk, two).left == 100
    begin(cast, one)
    held = purse(cast.desk, two)
    assert (held.total, held.carried_over, held.left) == (140, 40, 140)
    other = make_problem(cast.pia, component=cast.checkout)
    asked = ask_for_fix(other, actor=cast.ann, sprint=two, points=50, rationale="x")
    accept_ask(asked, actor=cast.dev)
    begin(cast, two)
    # The forty of the first went first; ninety of the second's own are left.
    assert purse(cast.desk, three).carried_over == 90
    assert purse(make_team("Second line"), three).total == 200


def test_points_of_a_declined_ask_return_even_after_the_start(cast: Cast, cause: Cause) -> None:
    one, two = following(cast, 1), following(cast, 2)
    ask = ask_for_fix(cause.problem, actor=cast.ann, sprint=one, points=70, rationale="Daily.")
    decline_ask(ask, actor=cast.dev, reason_code="risk")
    begin(cast, one)
    assert purse(cast.desk, two).carried_over == 100


def test_more_than_is_left_is_refused_with_what_is(cast: Cast, cause: Cause) -> None:
    one, two = following(cast, 1), following(cast, 2)
    begin(cast, one)
    problems = [make_problem(cast.pia, component=cast.checkout) for _ in range(3)]
    for problem in problems[:2]:
        ask_for_fix(problem, actor=cast.ann, sprint=two, points=90, rationale="x")
    with pytest.raises(DomainError, match="has 20 of 200 points left") as refused:
        ask_for_fix(problems[2], actor=cast.ann, sprint=two, points=21, rationale="x")
    assert refused.value.field == "points"


def test_what_is_left_is_said_where_one_asks(
    cast: Cast, cause: Cause, as_user: AsUser, api_as: ApiAs
) -> None:
    begin(cast, following(cast, 1))
    two = following(cast, 2)
    words = "Service desk has 200 points left in Sprint 50 of 200, 100 of them carried over"
    for address in (f"/sprints/{two.pk}/ask/", f"/asks/new/{cause.problem.pk}/", "/asks/"):
        assert words in as_user(cast.ann).get(address).content.decode(), address
    (held,) = api_as(cast.ann).get(f"/api/v1/sprints/{two.pk}/points/").json()
    assert (held["total"], held["carried_over"], held["left"]) == (200, 100, 200)


def test_silence_is_shown_with_its_age(
    cast: Cast, ask: Ask, as_user: AsUser, api_as: ApiAs
) -> None:
    Ask.objects.update(created_at=timezone.now() - timedelta(days=5, hours=1))
    for person, address in (
        (cast.dev, f"/sprints/{ask.sprint_id}/"),
        (cast.dev, "/development/"),
        (cast.ann, "/asks/"),
        (cast.ann, "/desk/"),
    ):
        page = as_user(person).get(address).content.decode()
        assert "nanswered" in page, address
        assert "5\xa0days" in page, address
    found = api_as(cast.ann).get(f"/api/v1/asks/{ask.pk}/").json()
    assert found["is_unanswered"] is True
    assert found["unanswered_since"] is not None
    begin(cast, ask.sprint)
    page = as_user(cast.ann).get(f"/sprints/{ask.sprint_id}/").content.decode()
    assert "the sprint began without an answer" in page
    accepted = api_as(cast.ann).get(f"/api/v1/asks/{ask.pk}/").json()
    assert accepted["is_unanswered"] is True


def test_development_may_say_yes_after_all(cast: Cast, ask: Ask, as_user: AsUser) -> None:
    decline_ask(ask, actor=cast.dev, reason_code="cost")
    page = as_user(cast.dev).get(f"/asks/{ask.pk}/decide/").content.decode()
    assert 'value="accept"' in page
    assert 'value="defer"' not in page
    as_user(cast.dev).post(f"/asks/{ask.pk}/decide/", {"verdict": "accept"})
    ask.refresh_from_db()
    assert ask.state == "accepted"
    assert list(ask.decisions.values_list("verdict", flat=True)) == ["declined", "accepted"]


def test_packs_are_frozen_before_the_planning_and_only_when_something_changed(
    cast: Cast, cause: Cause, ask: Ask
) -> None:
    sprint = edit_sprint(
        ask.sprint, actor=cast.dev, planning_at=timezone.now() + timedelta(hours=5)
    )
    planned = make_problem(cast.pia, component=cast.checkout)
    make_work_item(cast.dev, problem=planned, sprint=sprint)
    assert build_packs_for_planning(sprint) == 1
    assert EvidencePack.objects.filter(problem=planned).count() == 1
    assert EvidencePack.objects.filter(problem=cause.problem).count() == 1
    sprint.refresh_from_db()
    assert sprint.packs_built_at is not None
    ticket = make_ticket(cast.stan, component=cast.checkout)
    ClusterMember.objects.create(
        cluster=cause.cluster, ticket=ticket, reason="alike", confidence=0.8
    )
    assert build_packs_for_planning(sprint) == 1
    newest = EvidencePack.objects.get(problem=cause.problem, version=2)
    assert newest.content["ask"]["points"] == 60
    assert newest.created_by is None


def test_the_schedule_freezes_once_and_again_when_the_planning_moves(cast: Cast, ask: Ask) -> None:
    far = ask.sprint
    prepare_plannings()
    far.refresh_from_db()
    Sprint.objects.update(planning_at=timezone.now() + timedelta(hours=100), packs_built_at=None)
    prepare_plannings()
    far.refresh_from_db()
    assert far.packs_built_at is None
    Sprint.objects.update(planning_at=timezone.now() + timedelta(hours=20))
    prepare_planning(far.pk)
    far.refresh_from_db()
    done = far.packs_built_at
    assert done is not None
    prepare_planning(far.pk)
    far.refresh_from_db()
    assert far.packs_built_at == done
    moved = edit_sprint(far, actor=cast.dev, planning_at=timezone.now() + timedelta(hours=44))
    assert moved.packs_built_at is None


def test_small_drift_is_no_news() -> None:
    before = {"reach": {"all": {"tickets": 100}}, "problem": {"state": "New"}}
    assert not differ(before, {**before, "reach": {"all": {"tickets": 109}}})
    assert differ(before, {**before, "reach": {"all": {"tickets": 112}}})
    assert differ(before, {**before, "problem": {"state": "Known error"}})
    assert differ(before, {**before, "effort": {"hours_per_week": 3.0}})


def test_an_excerpt_is_read_by_those_who_may_see_its_ticket(
    cast: Cast, cause: Cause, ask: Ask, as_user: AsUser, api_as: ApiAs
) -> None:
    first, _second, third = cause.tickets
    addresses = (
        f"/packs/{ask.pack_id}/",
        f"/packs/{ask.pack_id}/markdown/",
        f"/sprints/{ask.sprint_id}/",
        f"/api/v1/evidence-packs/{ask.pack_id}/",
        f"/api/v1/evidence-packs/{ask.pack_id}/markdown/",
        "/api/v1/evidence-packs/",
    )

    def read(person: Person, address: str) -> str:
        found = as_user(person).get(address)
        assert found.status_code == 200
        return found.content.decode()

    for address in addresses:
        assert first.reference in read(cast.ann, address), address
        assert first.reference not in read(cast.dev, address), address
    hand_over_tickets(ask.work_item, ticket_ids=[first.pk])
    for address in addresses:
        page = read(cast.dev, address)
        assert first.reference in page, address
        assert third.reference not in page, address
    # A ticket that became confidential later is kept from the desk too.
    Ticket.objects.filter(pk=first.pk).update(team=make_team("Legal", restricted=True))
    assert all(first.reference not in read(cast.ann, address) for address in addresses)
    posted = in_markdown(
        ask.pack, readable_content(ask.pack, shared_with(cast.payments_team, ask.pack))
    )
    assert "INC-" not in posted
    assert "Kept back: 3" in posted


def test_words_of_an_attached_ticket_too(
    cast: Cast, cause: Cause, ask: Ask, as_user: AsUser
) -> None:
    item = make_work_item(cast.dev, component=cast.checkout)
    attach_evidence(item, actor=cast.ann, source=cause.tickets[0])
    seen = as_user(cast.ann).get(f"/work-items/{item.pk}/").content.decode()
    assert "the form says 400" in seen
    stranger = cast.rel
    stranger.memberships.all().delete()
    hidden = as_user(stranger).get(f"/work-items/{item.pk}/").content.decode()
    assert "a ticket you may not see" in hidden
    assert "the form says 400" not in hidden


def test_a_card_says_in_one_line_what_the_evidence_says(
    cast: Cast, ask: Ask, as_user: AsUser
) -> None:
    for address in (f"/work-items/{ask.work_item_id}/", f"/sprints/{ask.sprint_id}/", "/backlog/"):
        assert "3 incidents, 2 orgs" in as_user(cast.dev).get(address).content.decode(), address


def test_markdown_is_downloaded_and_lies_ready_to_copy(
    cast: Cast, ask: Ask, as_user: AsUser
) -> None:
    found = as_user(cast.ann).get(f"/packs/{ask.pack_id}/markdown/")
    assert found["Content-Type"].startswith("text/markdown")
    assert f"{ask.problem.reference}-evidence-1.md" in found["Content-Disposition"]
    page = as_user(cast.ann).get(f"/packs/{ask.pack_id}/").content.decode()
    assert "stakes 60 of 100 points. It hurts daily." in page
    assert 'data-copy="#as-markdown"' in page


def test_an_ask_declined_in_a_closed_sprint_is_asked_again_in_the_next(
    cast: Cast, cause: Cause, ask: Ask
) -> None:
    decline_ask(ask, actor=cast.dev, reason_code="cost")
    begin(cast, ask.sprint)
    close_sprint(ask.sprint, actor=cast.dev)
    with pytest.raises(DomainError):
        ask_again(ask, actor=cast.ann)
    again = ask_for_fix(
        cause.problem, actor=cast.ann, sprint=following(cast, 3), points=90, rationale="Still."
    )
    assert again.work_item == ask.work_item
    assert build_evidence_pack(cause.problem, actor=cast.pia).supersedes == again.pack
