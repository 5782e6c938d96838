"""Who waits for a fix is owed a word: from the link to the answer, and nothing is lost between."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.models import Delivery, Event
from core.tasks import deliver
from devlink.actions import (
    add_to_release,
    attach_evidence,
    cancel_work_item,
    detach_evidence,
    edit_work_item,
    judge_fix,
    note_opened,
    owe_words,
    reopen_work_item,
)
from devlink.events import RELEASE_DEPLOYED
from devlink.loop import catch_up
from devlink.models import FixClaim, FixLook, LoopObligation, Release, WorkItem
from devlink.owed import due_after, two_working_days
from devlink.tasks import keep_the_loop, look_through_the_loop
from incidents.actions import (
    assign_ticket,
    confirm_fix,
    merge_ticket,
    report_still_broken,
    resolve_ticket,
    undo_merge,
)
from incidents.agreements import calendar_of
from incidents.models import Ticket
from notifications.actions import mark_read
from notifications.models import Notification
from problems.actions import link_ticket_to_problem, unlink_ticket_from_problem
from tests.conftest import Cast
from tests.devlink.conftest import WEEK, Cause
from tests.make.clocks import office_hours
from tests.make.tickets import make_ticket
from tests.make.work import make_release, make_work_item

AfterCommit = Callable[[], AbstractContextManager[None]]
Ship = Callable[..., Release]


@pytest.fixture
def shipped(cast: Cast, item: WorkItem, ship: Ship, after_commit: AfterCommit) -> Release:
    with after_commit():
        return ship(make_release(cast.rel, version="4.18.0"), item)


def words(**about: object) -> list[tuple[str, str, str]]:
    """(kind, name, outcome) of every obligation, in order."""
    rows = LoopObligation.objects.filter(**about).order_by("kind", "recipient__name", "pk")
    return [(one.kind, one.recipient.name, one.outcome) for one in rows]


def word(ticket: Ticket, kind: str = "requester") -> LoopObligation:
    return LoopObligation.objects.filter(ticket=ticket, kind=kind).latest("attempt")


def told(person: Person) -> list[str]:
    rows = Notification.objects.filter(person=person, kind="devlink.fix_shipped").order_by("pk")
    return list(rows.values_list("title", flat=True))


def test_linking_owes_requesters_agents_and_developers_a_word(
    cast: Cast, cause: Cause, after_commit: AfterCommit
) -> None:
    assign_ticket(cause.tickets[0], actor=cast.ann, assignee=cast.ann)
    with after_commit():
        made = make_work_item(cast.dev, problem=cause.problem, assignee=cast.dev)
    expected = [
        ("agent", "Ann", "owed"),
        ("developer", "Dev", "owed"),
        ("requester", "Rita", "owed"),
        ("requester", "Rob", "owed"),
        ("requester", "Stan", "owed"),
    ]
    assert words() == expected
    owe_words(made)
    assert words() == expected
    assert not LoopObligation.objects.unsent().exists()


def test_shipping_tells_them_and_keeps_the_proof(
    cast: Cast, cause: Cause, shipped: Release
) -> None:
    rob = word(cause.tickets[0])
    assert (rob.outcome, rob.release, rob.asked) == ("told", shipped, True)
    assert rob.available_at == shipped.deployed_at
    assert rob.notice is not None
    assert (rob.notice.person, rob.notice.created_at) == (cast.rob, rob.sent_at)
    # What the change did is not known yet: that word waits for the first look.
    assert words(kind="developer") == [("developer", "Dev", "owed")]


def test_opening_the_notice_or_the_ticket_counts_once(
    cast: Cast, cause: Cause, shipped: Release, as_user: Callable[[Person], Client]
) -> None:
    notice = word(cause.tickets[0]).notice
    assert notice is not None
    notice = mark_read(notice, actor=cast.rob)
    keep_the_loop()
    assert word(cause.tickets[0]).opened_at == notice.read_at
    page = as_user(cast.rita).get(f"/portal/{cause.tickets[1].pk}/").content.decode()
    assert "The fix is live in release 4.18.0" in page
    opened = word(cause.tickets[1]).opened_at
    assert opened is not None
    note_opened(cause.tickets[1], actor=cast.rita)
    assert word(cause.tickets[1]).opened_at == opened
    assert word(cause.tickets[2]).opened_at is None


def test_a_yes_confirms_and_an_end_without_one_is_no_answer(
    cast: Cast, cause: Cause, shipped: Release, after_commit: AfterCommit
) -> None:
    rob, rita, stan = cause.tickets
    with after_commit():
        confirm_fix(rob, actor=cast.rob)
    resolve_ticket(rita, actor=cast.ann, code="no_response", text="Nothing heard.")
    keep_the_loop()
    assert [word(one).outcome for one in (rob, rita, stan)] == ["confirmed", "no_answer", "told"]
    assert word(rob).verified_at is not None


def test_still_broken_reaches_the_work_its_makers_and_the_claim(
    cast: Cast, cause: Cause, item: WorkItem, shipped: Release, after_commit: AfterCommit,
    as_user: Callable[[Person], Client],
) -> None:  # fmt: skip
    with after_commit():
        report_still_broken(cause.tickets[0], actor=cast.rob, note="Same error 400")
    rob = word(cause.tickets[0])
    assert (rob.outcome, rob.said) == ("still_broken", "Same error 400")
    notice = Notification.objects.get(person=cast.dev, kind="devlink.fix_doubted")
    assert item.key in notice.title
    assert Event.objects.about(item).filter(name="devlink.fix_doubted").count() == 1
    claim = FixClaim.objects.with_doubts().get()
    assert (claim.doubts, claim.asked) == (1, 3)
    page = as_user(cast.ann).get(f"/work-items/{item.pk}/").content.decode()
    assert "Still broken for 1 of 3 requesters told of it." in page
    assert "“Same error 400”" in page
    ticket = cause.tickets[0]
    ticket.refresh_from_db()
    # No work is open: the desk has it and decides.
    assert ticket.state == "in_progress"


def test_still_broken_waits_for_development_again_where_work_is_open(
    cast: Cast, cause: Cause, shipped: Release, after_commit: AfterCommit
) -> None:
    with after_commit():
        make_work_item(cast.dev, problem=cause.problem)
    with after_commit():
        report_still_broken(cause.tickets[0], actor=cast.rob, note="")
    cause.tickets[0].refresh_from_db()
    assert cause.tickets[0].state == "awaiting_development"


@pytest.mark.parametrize(("days_ago", "expected"), [(5, "regressed"), (9, "verified")])
def test_one_no_after_the_fix_was_verified_regresses_it(
    cast: Cast, cause: Cause, shipped: Release, days_ago: int, expected: str,
    after_commit: AfterCommit,
) -> None:  # fmt: skip
    now = timezone.now()
    claim = FixClaim.objects.get()
    FixClaim.objects.update(
        state="verified",
        deployed_at=now - 5 * WEEK,
        baseline_from=now - 25 * WEEK,
        baseline_to=now - 13 * WEEK,
    )
    Ticket.objects.bulk_create(
        Ticket(title="Card rejected", requester=cast.stan, service=cast.payments,
               created_at=now - 25 * WEEK + timedelta(days=day))
        for day in range(84)
    )  # fmt: skip
    early = Ticket.objects.filter(title="Card rejected")
    cause.cluster.members.model.objects.bulk_create(
        cause.cluster.members.model(cluster=cause.cluster, ticket=one, reason="x", confidence=1)
        for one in early
    )
    at = now - timedelta(days=days_ago)
    FixLook.objects.create(
        claim=claim, week=4, verdict="verified", sentence="-", created_at=now - timedelta(days=7)
    )
    LoopObligation.objects.of_requesters().update(available_at=now - 5 * WEEK)
    with after_commit():
        report_still_broken(cause.tickets[0], actor=cast.rob, note="", at=at)
    judge_fix(FixClaim.objects.get(), now=now)
    claim.refresh_from_db()
    assert claim.state == expected
    assert ("still broken" in claim.sentence) == (expected == "regressed")


def test_developers_hear_what_their_change_did(
    cast: Cast, cause: Cause, item: WorkItem, shipped: Release, after_commit: AfterCommit,
    as_user: Callable[[Person], Client],
) -> None:  # fmt: skip
    with after_commit():
        judge_fix(FixClaim.objects.get(), now=timezone.now() + 4 * WEEK + timedelta(minutes=1))
    dev = LoopObligation.objects.get(kind="developer")
    assert (dev.outcome, dev.ticket, dev.opened_at) == ("told", None, None)
    assert dev.notice is not None
    assert dev.notice.kind == "devlink.fix_judged"
    as_user(cast.dev).get(f"/work-items/{item.pk}/")
    dev.refresh_from_db()
    assert dev.opened_at is not None


def test_a_ticket_linked_while_it_waits_is_owed_too_and_unlinking_withdraws(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    late = make_ticket(cast.rita, component=cast.checkout)
    with after_commit():
        link_ticket_to_problem(cause.problem, actor=cast.ann, ticket=late)
    assert word(late).outcome == "owed"
    with after_commit():
        unlink_ticket_from_problem(cause.problem, actor=cast.pia, ticket=late)
    assert (word(late).outcome, word(late).why) == ("withdrawn", "No longer linked to this work")
    with after_commit():
        link_ticket_to_problem(cause.problem, actor=cast.ann, ticket=late)
    assert words(ticket=late) == [("requester", "Rita", "owed")]


def test_a_ticket_linked_after_the_release_is_told_at_once_unless_it_came_after_it(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    before = make_ticket(cast.rob, component=cast.checkout)
    with after_commit():
        ship(make_release(cast.rel, version="4.18.0"), item)
    news = make_ticket(cast.rita, component=cast.checkout)
    with after_commit():
        for one in (before, news):
            link_ticket_to_problem(cause.problem, actor=cast.ann, ticket=one)
    assert word(before).outcome == "told"
    # Rob had heard of the release for another ticket of his: this is news to him all the same.
    assert told(cast.rob)[1:] == [f"A fix for {before.reference} is live"]
    assert not LoopObligation.objects.filter(ticket=news).exists()


def test_an_attached_ticket_is_owed_and_offered_the_fix(
    cast: Cast, ship: Ship, after_commit: AfterCommit
) -> None:
    item = make_work_item(cast.dev, component=cast.checkout)
    kept, taken_off = make_ticket(cast.rob), make_ticket(cast.rita)
    with after_commit():
        attach_evidence(item, actor=cast.ann, source=kept)
        evidence = attach_evidence(item, actor=cast.ann, source=taken_off)
    with after_commit():
        detach_evidence(evidence, actor=cast.ann)
    assert word(taken_off).outcome == "withdrawn"
    Ticket.objects.filter(pk=kept.pk).update(
        state="awaiting_development", state_category="waiting_development"
    )
    with after_commit():
        ship(make_release(cast.rel), item)
    kept.refresh_from_db()
    assert (kept.state, word(kept).outcome) == ("fix_available", "told")
    assert told(cast.rita) == []


def test_cancelling_withdraws_what_was_not_told(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    with after_commit():
        cancel_work_item(item, actor=cast.dev, reason="Obsolete")
    assert {one[2] for one in words()} == {"withdrawn"}


def test_the_requester_of_a_merged_ticket_keeps_their_word(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    rob, rita, _ = cause.tickets
    same = make_ticket(cast.rita)
    with after_commit():
        merge_ticket(rob, actor=cast.ann, into=rita)
        merge_ticket(same, actor=cast.ann, into=rita)
    assert word(rob).outcome == "owed"
    assert not LoopObligation.objects.filter(ticket=same).exists()
    with after_commit():
        undo_merge(rob, actor=cast.ann)
    assert words(ticket=rob) == [("requester", "Rob", "owed")]


def test_delivering_the_deployment_again_tells_nobody_twice(
    cast: Cast, cause: Cause, shipped: Release
) -> None:
    before = (
        Notification.objects.count(),
        list(LoopObligation.objects.values_list("pk", "sent_at")),
    )
    event = Event.objects.get(name=RELEASE_DEPLOYED.name)
    Delivery.objects.filter(event=event).update(state=Delivery.State.PENDING, settled_at=None)
    for duty in Delivery.objects.filter(event=event):
        deliver(duty.pk)
    keep_the_loop()
    after = (
        Notification.objects.count(),
        list(LoopObligation.objects.values_list("pk", "sent_at")),
    )
    assert after == before


@pytest.mark.django_db(transaction=True)
def test_processes_at_once_owe_once_and_tell_once(cast: Cast, cause: Cause, ship: Ship) -> None:
    item = make_work_item(cast.dev, problem=cause.problem, assignee=cast.dev)
    ship(make_release(cast.rel), item)

    def work(_: int) -> None:
        try:
            catch_up([item])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert [one[1:] for one in words(kind="requester")] == [
        ("Rita", "told"), ("Rob", "told"), ("Stan", "told"),
    ]  # fmt: skip
    assert len(told(cast.rob)) == 1


def test_the_sweeper_tells_what_a_dead_process_did_not(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship
) -> None:
    ship(make_release(cast.rel), item)
    event = Event.objects.get(name=RELEASE_DEPLOYED.name)
    duties = Delivery.objects.filter(event=event)
    # The process that was to tell died, and its delivery was lost.
    duties.filter(handler__endswith="offer_the_fix_and_tell_everybody").delete()
    for duty in duties:
        deliver(duty.pk)
    assert LoopObligation.objects.unsent().count() == 3
    LoopObligation.objects.unsent().update(due_at=timezone.now() - timedelta(minutes=1))
    assert LoopObligation.objects.overdue(timezone.now()).count() == 3
    keep_the_loop()
    assert not LoopObligation.objects.unsent().exists()
    assert told(cast.rob) == [f"A fix for {cause.tickets[0].reference} is live"]
    keep_the_loop()
    assert len(told(cast.rob)) == 1


def test_at_night_owners_and_assignees_are_taken_over(
    cast: Cast, cause: Cause, item: WorkItem
) -> None:
    assign_ticket(cause.tickets[0], actor=cast.ann, assignee=cast.ann)
    look_through_the_loop()
    assert words(kind="agent") == [("agent", "Ann", "owed")]
    assign_ticket(cause.tickets[0], actor=cast.ann, assignee=cast.pia)
    Person.objects.filter(pk=cast.stan.pk).update(is_active=False)
    look_through_the_loop()
    assert words(kind="agent") == [("agent", "Pia", "owed")]
    assert word(cause.tickets[2]).outcome == "withdrawn"


def test_another_developer_is_owed_the_effect_instead(
    cast: Cast, item: WorkItem, after_commit: AfterCommit
) -> None:
    Person.objects.filter(pk=cast.rel.pk).update(roles=["developer"])
    cast.rel.refresh_from_db()
    type(cast.checkout).objects.update(development_owner=None)
    with after_commit():
        edit_work_item(item, actor=cast.dev, assignee=cast.rel)
    assert words(kind="developer") == [
        ("developer", "Dev", "withdrawn"),
        ("developer", "Rel", "owed"),
    ]


def test_work_that_is_reopened_owes_anew_but_not_to_who_confirmed(
    cast: Cast,
    cause: Cause,
    item: WorkItem,
    shipped: Release,
    ship: Ship,
    after_commit: AfterCommit,
) -> None:
    rob, rita, _ = cause.tickets
    with after_commit():
        confirm_fix(rob, actor=cast.rob)
        report_still_broken(rita, actor=cast.rita, note="")
    item.refresh_from_db()
    with after_commit():
        reopen_work_item(item, actor=cast.dev)
    assert words(ticket=rob) == [("requester", "Rob", "confirmed")]
    assert words(ticket=rita) == [
        ("requester", "Rita", "still_broken"), ("requester", "Rita", "owed"),
    ]  # fmt: skip
    with after_commit():
        second = ship(make_release(cast.rel, version="4.18.1"), item)
    assert (word(rita).attempt, word(rita).release, word(rita).outcome) == (2, second, "told")


def test_an_item_that_joins_a_live_release_is_told_beside_it(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    release = make_release(cast.rel)
    add_to_release(release, actor=cast.rel, work_item=item)
    other = make_work_item(cast.dev, component=cast.checkout)
    ticket = make_ticket(cast.rob)
    attach_evidence(other, actor=cast.ann, source=ticket)
    with after_commit():
        ship(release, other)
    # Both tickets of Rob's are in one message.
    assert told(cast.rob) == ["A fix for 2 of your tickets is live"]


def test_two_working_days_are_those_of_the_calendar() -> None:
    friday = datetime(2026, 5, 8, 15, 0, tzinfo=UTC)
    calendar = calendar_of(office_hours("UTC").newest)
    assert two_working_days(calendar) == timedelta(hours=20)
    # Three hours on Friday, ten on Monday, seven on Tuesday.
    assert due_after(friday, calendar) == datetime(2026, 5, 12, 15, 0, tzinfo=UTC)


def test_who_may_read_what_is_owed(
    cast: Cast, cause: Cause, shipped: Release, api_as: Callable[[Person], APIClient]
) -> None:
    def seen(person: Person) -> set[tuple[int | None, str]]:
        rows = api_as(person).get("/api/v1/loop-obligations/").data["results"]
        return {(row["ticket"], row["kind"]) for row in rows}

    rob, rita, stan = (one.pk for one in cause.tickets)
    developer = (None, "developer")
    assert seen(cast.rob) == {(rob, "requester")}
    everything = {*((pk, "requester") for pk in (rob, rita, stan)), developer}
    assert seen(cast.ann) == everything
    assert seen(cast.dev) == everything
    found = api_as(cast.ann).get("/api/v1/loop-obligations/", {"outcome": "told", "ticket": rob})
    assert [row["recipient"] for row in found.data["results"]] == [cast.rob.pk]
    answer = api_as(cast.rob).post(f"/api/v1/tickets/{rob}/report-still-broken/", {})
    assert answer.status_code == 200, answer.data
    assert api_as(cast.rita).post(f"/api/v1/tickets/{rita}/confirm-fix/").status_code == 200


def test_a_work_item_s_page_costs_the_same_with_more_to_tell(
    cast: Cast, cause: Cause, item: WorkItem, as_user: Callable[[Person], Client]
) -> None:
    browser = as_user(cast.ann)

    def cost() -> int:
        total = 0
        for address in (f"/work-items/{item.pk}/", f"/work-items/{item.pk}/told/"):
            browser.get(address)
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).status_code == 200
            total += len(captured)
        return total

    few = cost()
    LoopObligation.objects.bulk_create(
        LoopObligation(
            work_item=item, ticket=cause.tickets[0], kind="requester", attempt=number,
            recipient=cast.rob,
        )
        for number in range(2, 30)
    )  # fmt: skip
    assert cost() == few


def test_the_ticket_s_page_says_whether_the_requester_knows(
    cast: Cast, cause: Cause, item: WorkItem, as_user: Callable[[Person], Client], ship: Ship,
    after_commit: AfterCommit,
) -> None:  # fmt: skip
    browser = as_user(cast.ann)
    address = f"/tickets/{cause.tickets[0].pk}/"
    assert f"Rob will be told when {item.key} ships." in browser.get(address).content.decode()
    with after_commit():
        ship(make_release(cast.rel), item)
    assert "Rob was told on" in browser.get(address).content.decode()
