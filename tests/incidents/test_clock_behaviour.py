"""Clocks as others got them wrong for years: each test names what must hold."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from catalogue.actions import make_policy, save_policy
from catalogue.models import PolicyTarget, PolicyVersion, ServiceLevelPolicy
from core.models import Event
from incidents import actions
from incidents.clocks.calendars import Calendar
from incidents.clocks.rules import Effect, Rules, Target
from incidents.explaining import explain_ticket
from incidents.models import Message, Ticket, TicketClock
from incidents.models.ticket import CATEGORY_CHOICES
from incidents.tasks import tell_of_targets
from incidents.workflow import WORKFLOWS
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.catalogue import make_team
from tests.make.clocks import make_hours, make_terms, office_hours

# A Monday; Berlin is an hour ahead of UTC.
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TARGETS = {"first_response": 60, "next_response": 120, "resolution": 480}


@pytest.fixture
def promised(cast: Cast) -> ServiceLevelPolicy:
    """Targets for every priority, around the clock."""
    policy = ServiceLevelPolicy.objects.get()
    terms = make_terms(make_hours(), dict.fromkeys(range(1, 6), TARGETS))
    save_policy(policy, actor=cast.ada, terms=terms)
    return policy


@pytest.fixture
def running(promised: ServiceLevelPolicy, opened: Opener) -> Ticket:
    """A ticket under these targets."""
    return opened(at=AT)


def clock(ticket: Ticket, target: str = "resolution") -> TicketClock:
    return TicketClock.objects.filter(ticket=ticket, target=target).latest("number")


def wait(ticket: Ticket, cast: Cast, since: int, until: int, reason: str = "requester") -> None:
    """Waits from one minute to another."""
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason=reason, at=AT + since * MINUTE)
    actions.start_ticket(ticket, actor=cast.ann, at=AT + until * MINUTE)


def explained(ticket: Ticket, cast: Cast, minute: int, target: str = "resolution"):
    found = explain_ticket(cast.ann, ticket, AT + minute * MINUTE)
    return next(one for one in found if one.clock.target == target)


def test_a_changed_policy_forgets_no_pause_and_no_time_used(
    running: Ticket, promised: ServiceLevelPolicy, cast: Cast
) -> None:
    wait(running, cast, 30, 90)
    before = explained(running, cast, 120)
    terms = make_terms(make_hours(), {key: {**TARGETS, "resolution": 600} for key in range(1, 6)})
    save_policy(promised, actor=cast.ada, terms=terms)
    run = actions.begin_clock_run("a new version")
    while actions.reckon_batch(run.pk):
        pass
    running.refresh_from_db()
    assert running.resolution_due_at == AT + 660 * MINUTE
    after = explained(running, cast, 120)
    assert after.used == before.used == HOUR
    assert after.clock.policy_version.number > before.clock.policy_version.number


def test_the_gap_from_resolved_to_reopened_is_neither_a_pause_nor_running(
    running: Ticket, cast: Cast
) -> None:
    actions.resolve_ticket(running, actor=cast.ann, code="fixed", text="Done", at=AT + 60 * MINUTE)
    actions.reopen_ticket(running, actor=cast.rob, note="No", at=AT + 300 * MINUTE)
    running.refresh_from_db()
    assert running.resolution_due_at == AT + (480 + 240) * MINUTE
    found = explained(running, cast, 360)
    kinds = [one.segment.kind.value for one in found.segments if not one.segment.ahead]
    assert kinds == ["running", "resolved_gap", "running"]
    assert found.used == 120 * MINUTE


def test_a_paused_clock_is_never_violated_and_never_ticks(running: Ticket, cast: Cast) -> None:
    actions.put_ticket_on_hold(running, actor=cast.ann, reason="supplier", at=AT + 60 * MINUTE)
    much_later = AT + timedelta(days=30)
    assert clock(running).due_at is None
    assert clock(running).alert_at is None
    assert not Ticket.objects.breaching(much_later).exists()
    found = explained(running, cast, 30 * 24 * 60)
    assert (found.standing.name, found.used, found.percent) == ("paused", HOUR, 12)


def test_nobody_is_told_of_a_target_while_its_clock_waits(
    promised: ServiceLevelPolicy, cast: Cast, opened: Opener
) -> None:
    opened_at = timezone.now() - timedelta(days=3)
    ticket = opened(at=opened_at)
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Which one?", at=opened_at + MINUTE)
    actions.put_ticket_on_hold(
        ticket, actor=cast.ann, reason="requester", at=opened_at + 10 * MINUTE
    )
    tell_of_targets()
    assert not Event.objects.filter(name__contains="target", subject_id=ticket.pk).exists()
    assert not Ticket.objects.breaching(timezone.now()).exists()


def test_the_requesters_answer_ends_the_hold_and_the_clock_runs_from_then(
    running: Ticket, cast: Cast
) -> None:
    """No hold outlives its reason, and no minute of it counts."""
    actions.put_ticket_on_hold(running, actor=cast.ann, reason="requester", at=AT + 30 * MINUTE)
    actions.reply_to_ticket(running, actor=cast.rob, body="Here it is", at=AT + 90 * MINUTE)
    running.refresh_from_db()
    assert (running.state, running.pending_reason) == ("in_progress", "")
    assert clock(running).state == "running"
    assert running.resolution_due_at == AT + (480 + 60) * MINUTE
    assert explained(running, cast, 100).used == 40 * MINUTE


def test_another_priority_while_it_waits_keeps_the_pause_and_the_time_used(
    running: Ticket, promised: ServiceLevelPolicy, cast: Cast
) -> None:
    terms = make_terms(
        make_hours(), {key: {**TARGETS, "resolution": 100 * key} for key in range(1, 6)}
    )
    save_policy(promised, actor=cast.ada, terms=terms)
    actions.put_ticket_on_hold(running, actor=cast.ann, reason="supplier", at=AT + 30 * MINUTE)
    running.refresh_from_db()
    actions.edit_ticket(
        running, actor=cast.ann, version=running.version, priority=1, at=AT + 60 * MINUTE
    )
    assert (clock(running).state, clock(running).due_at) == ("paused", None)
    actions.start_ticket(running, actor=cast.ann, at=AT + 90 * MINUTE)
    assert clock(running).due_at == AT + (100 + 60) * MINUTE


def test_every_state_has_a_category_that_says_what_clocks_do() -> None:
    for workflow in WORKFLOWS.values():
        for state in workflow.states:
            for target in Target:
                assert Rules().effect(target, workflow.category(state)) in Effect, state
    assert {WORKFLOWS["incident"].category(name) for name in WORKFLOWS["incident"].states} <= {
        name for name, _ in CATEGORY_CHOICES
    }


def test_a_reminder_to_a_requester_who_was_answered_late_escalates_by_its_own_target(
    promised: ServiceLevelPolicy, cast: Cast, opened: Opener
) -> None:
    """Whoever waits for an answer is not forgotten because the ticket as a whole has time."""
    terms = make_terms(
        make_hours(), {key: {"next_response": 60} for key in range(1, 6)}, breach_raise=True
    )
    save_policy(promised, actor=cast.ada, terms=terms)
    opened_at = timezone.now() - timedelta(hours=3)
    ticket = opened(at=opened_at)
    actions.reply_to_ticket(ticket, actor=cast.ann, body="We look", at=opened_at + MINUTE)
    actions.reply_to_ticket(ticket, actor=cast.rob, body="And?", at=opened_at + 2 * MINUTE)
    before = ticket.priority
    tell_of_targets()
    ticket.refresh_from_db()
    assert ticket.priority == before - 1


def test_percentages_leave_waiting_out(running: Ticket, cast: Cast) -> None:
    wait(running, cast, 60, 600)
    assert explained(running, cast, 660).percent == 25


def test_the_first_response_and_the_resolution_wait_by_different_rules(
    running: Ticket, cast: Cast
) -> None:
    wait(running, cast, 10, 40, reason="supplier")
    running.refresh_from_db()
    assert running.first_response_due_at == AT + 60 * MINUTE
    assert running.resolution_due_at == AT + 510 * MINUTE


def test_a_reason_for_waiting_can_count_as_another_category(
    running: Ticket, promised: ServiceLevelPolicy, cast: Cast
) -> None:
    terms = make_terms(
        make_hours(), dict.fromkeys(range(1, 6), TARGETS), reasons={"scheduled": "open"}
    )
    save_policy(promised, actor=cast.ada, terms=terms)
    actions.put_ticket_on_hold(running, actor=cast.ann, reason="scheduled", at=AT + 30 * MINUTE)
    assert clock(running).state == "running"
    assert clock(running).due_at == AT + 480 * MINUTE
    actions.start_ticket(running, actor=cast.ann, at=AT + 50 * MINUTE)
    wait(running, cast, 60, 90, reason="change")
    assert clock(running).due_at == AT + 510 * MINUTE


# The clock stands still while development works, and nobody is told to answer
def test_with_development_the_clock_waits_and_the_requester_is_not_blamed(
    running: Ticket, cast: Cast
) -> None:
    actions.hand_ticket_to_development(running, actor=cast.ann, at=AT + 60 * MINUTE)
    actions.begin_development(running, actor=cast.ann, at=AT + 70 * MINUTE)
    found = explain_ticket(cast.rob, running, AT + 90 * MINUTE)
    resolution = next(one for one in found if one.clock.target == "resolution")
    assert resolution.standing.name == "paused"
    assert resolution.segments[-1].why == "Being fixed by development"
    assert "your" not in " ".join(one.why for one in resolution.segments).lower()


def test_an_unanswered_message_has_a_clock_until_the_next_public_reply(
    running: Ticket, cast: Cast
) -> None:
    def say(minute: int, actor: object, kind: str = Message.Kind.PUBLIC) -> None:
        actions.reply_to_ticket(
            running, actor=actor, body="Hello", kind=kind, at=AT + minute * MINUTE
        )

    say(10, cast.ann)
    assert not TicketClock.objects.filter(target="next_response").exists()
    say(30, cast.rob)
    say(50, cast.rob)
    running.refresh_from_db()
    assert running.next_response_due_at == AT + 150 * MINUTE
    say(60, cast.ann, Message.Kind.NOTE)
    assert clock(running, "next_response").is_going
    say(160, cast.ann)
    running.refresh_from_db()
    assert running.next_response_due_at is None
    assert clock(running, "next_response").state == "missed"
    say(200, cast.rob)
    assert clock(running, "next_response").number == 1
    assert TicketClock.objects.filter(target="next_response").count() == 2


def test_what_the_system_says_by_itself_answers_nobody(running: Ticket, cast: Cast) -> None:
    actions.reply_to_ticket(running, actor=None, body="We have your mail.", at=AT + MINUTE)
    assert clock(running, "first_response").is_going


def test_a_team_has_the_ticket_for_so_long(cast: Cast, opened: Opener) -> None:
    field = make_team("Field service")
    terms = make_terms(
        make_hours(), dict.fromkeys(range(1, 6), TARGETS), owned={field: 60, cast.desk: 30}
    )
    save_policy(ServiceLevelPolicy.objects.get(), actor=cast.ada, terms=terms)
    ticket = opened(at=AT)
    actions.assign_ticket(ticket, actor=cast.ann, team=field, at=AT + 45 * MINUTE)
    desk, other = TicketClock.objects.filter(target="ownership").order_by("started_at")
    assert (desk.team, desk.state, desk.stopped_at) == (cast.desk, "missed", AT + 45 * MINUTE)
    assert (other.team, other.state, other.due_at) == (field, "running", AT + 105 * MINUTE)
    actions.assign_ticket(ticket, actor=cast.ann, team=cast.desk, at=AT + 50 * MINUTE)
    other.refresh_from_db()
    assert other.state == "met"
    again = TicketClock.objects.get(target="ownership", team=cast.desk, number=1)
    assert again.due_at == AT + 80 * MINUTE


def test_what_teams_promise_each_other_is_not_for_requesters(cast: Cast, opened: Opener) -> None:
    terms = make_terms(make_hours(), dict.fromkeys(range(1, 6), TARGETS), owned={cast.desk: 30})
    save_policy(ServiceLevelPolicy.objects.get(), actor=cast.ada, terms=terms)
    ticket = opened(at=AT)
    targets = {one.clock.target for one in explain_ticket(cast.rob, ticket, AT)}
    assert targets == {"first_response", "resolution"}


def test_two_intervals_a_day_count_and_the_break_between_does_not() -> None:
    week = (((480, 720), (780, 1020)),) * 5 + ((), ())
    hours = Calendar(ZoneInfo("Europe/Berlin"), week)
    nine = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert hours.add(nine, 4 * HOUR) == nine + 5 * HOUR
    assert hours.working(nine, nine + timedelta(days=7)) == 40 * HOUR


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2024-02-29", 24)],
)
def test_a_day_has_the_hours_its_zone_gives_it(day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    whole = Calendar(zone, ((((0, 720), (720, 1440))),) * 7)
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=zone)
    end = (start + timedelta(days=1)).astimezone(UTC)
    assert whole.working(start, end) == hours * HOUR


def test_hours_the_clock_jumps_over_are_none_and_hours_it_repeats_count_twice() -> None:
    night = Calendar(ZoneInfo("Europe/Berlin"), (((120, 180),),) * 7)
    jump = datetime(2026, 3, 29, tzinfo=UTC)
    back = datetime(2026, 10, 25, tzinfo=UTC)
    assert night.working(jump, jump + timedelta(hours=12)) == timedelta()
    assert night.working(back - 2 * HOUR, back + 12 * HOUR) == 2 * HOUR
    skipped = Calendar(ZoneInfo("Pacific/Apia"), (((0, 1440),),) * 7, {})
    day = datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert skipped.working(day - 10 * HOUR, day + 14 * HOUR) == 24 * HOUR


def test_a_calendar_without_hours_answers_never() -> None:
    closed = Calendar(ZoneInfo("UTC"), ((),) * 7)
    assert closed.add(AT, MINUTE) is None
    assert closed.working(AT, AT + timedelta(days=10_000)) == timedelta()
    once = Calendar(ZoneInfo("UTC"), ((),) * 7, {AT.date(): ((600, 660),)})
    assert once.add(AT, HOUR) == AT + 2 * HOUR
    assert once.add(AT, 2 * HOUR) is None


def test_a_holiday_moves_the_deadline_to_the_next_working_day(cast: Cast, opened: Opener) -> None:
    hours = office_hours(country="DE", subdivision="BE")
    terms = make_terms(hours, {key: {"resolution": 120} for key in range(1, 6)})
    save_policy(ServiceLevelPolicy.objects.get(), actor=cast.ada, terms=terms)
    # Thursday 17:00 in Berlin before Good Friday; Easter Monday is a holiday too.
    ticket = opened(at=datetime(2026, 4, 2, 15, 0, tzinfo=UTC))
    assert ticket.resolution_due_at == datetime(2026, 4, 7, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("service", "organisation", "minutes"),
    [(False, False, 480), (True, False, 300), (False, True, 200), (True, True, 100)],
)
def test_the_most_specific_policy_wins_as_a_whole(
    promised: ServiceLevelPolicy,
    cast: Cast,
    opened: Opener,
    *,
    service: bool,
    organisation: bool,
    minutes: int,
) -> None:
    hours = make_hours()
    scopes = (
        ("service", 300, {"service": cast.payments}),
        ("organisation", 200, {"organisation": cast.acme}),
        ("both", 100, {"service": cast.payments, "organisation": cast.acme}),
    )
    for name, amount, scope in scopes:
        terms = make_terms(hours, {key: {"resolution": amount} for key in range(1, 6)})
        make_policy(actor=cast.ada, name=name, terms=terms, **scope)
    ticket = opened(
        at=AT,
        component=cast.checkout if service else None,
        requester=cast.rob if organisation else cast.stan,
    )
    assert clock(ticket).minutes == minutes
    # The winner leaves the first response blank: nothing is filled in from another policy.
    assert (ticket.first_response_due_at is None) == (minutes != 480)


def test_another_organisation_or_service_brings_its_own_targets_at_once(
    running: Ticket, cast: Cast
) -> None:
    terms = make_terms(make_hours(), {key: {"resolution": 200} for key in range(1, 6)})
    make_policy(actor=cast.ada, name="Acme", terms=terms, organisation=cast.elsewhere)
    ticket = actions.edit_ticket(
        running, actor=cast.ann, version=running.version, organisation=cast.elsewhere
    )
    assert ticket.resolution_due_at == AT + 200 * MINUTE


def test_a_policy_without_any_target_is_retired(running: Ticket, cast: Cast) -> None:
    special = make_policy(
        actor=cast.ada,
        name="Acme",
        terms=make_terms(make_hours(), {key: {"resolution": 200} for key in range(1, 6)}),
        organisation=cast.acme,
    )
    save_policy(special, actor=cast.ada, terms=make_terms(make_hours(), {}))
    run = actions.begin_clock_run("retired")
    while actions.reckon_batch(run.pk):
        pass
    running.refresh_from_db()
    assert running.resolution_due_at == AT + 480 * MINUTE


def test_reckoning_twice_changes_nothing(
    running: Ticket, cast: Cast, opened: Opener, django_assert_max_num_queries: Callable
) -> None:
    wait(running, cast, 10, 20)
    actions.reply_to_ticket(running, actor=cast.ann, body="Hello", at=AT + 30 * MINUTE)
    opened(at=AT)
    fields = [field.attname for field in TicketClock._meta.fields if field.attname != "ticket_id"]
    before = list(TicketClock.objects.values(*fields))
    first, second = actions.begin_clock_run("one"), actions.begin_clock_run("two")
    for run in (first, second):
        while actions.reckon_batch(run.pk):
            pass
        run.refresh_from_db()
        assert (run.state, run.done, run.changed) == ("done", 2, 0)
    assert list(TicketClock.objects.values(*fields)) == before
    with django_assert_max_num_queries(3):
        assert not actions.reckon_batch(second.pk)


def test_attainment_counts_targets_not_tickets(running: Ticket, cast: Cast) -> None:
    actions.reply_to_ticket(running, actor=cast.ann, body="Hello", at=AT + 30 * MINUTE)
    actions.resolve_ticket(running, actor=cast.ann, code="fixed", text="Done", at=AT + 500 * MINUTE)
    now = AT + timedelta(days=1)
    due = TicketClock.objects.due_in(AT, now, now)
    assert (due.met().count(), due.count()) == (1, 2)


def test_a_cancelled_ticket_neither_meets_nor_misses_a_target(running: Ticket, cast: Cast) -> None:
    actions.reply_to_ticket(running, actor=cast.ann, body="Hello", at=AT + 2 * MINUTE)
    actions.reply_to_ticket(running, actor=cast.rob, body="Never mind", at=AT + 5 * MINUTE)
    actions.cancel_ticket(running, actor=cast.ann, at=AT + 10 * MINUTE)
    ended = running.clocks.exclude(target="first_response")
    assert {one.state for one in ended} == {"dropped"}
    now = AT + timedelta(days=9)
    assert [one.target for one in TicketClock.objects.due_in(AT, now, now)] == ["first_response"]


def test_two_versions_saved_at_once_are_both_seen(cast: Cast, opened: Opener) -> None:
    """The older of the two may be committed last; what is remembered must not miss it."""
    policy = ServiceLevelPolicy.objects.get()
    hours = make_hours()
    save_policy(policy, actor=cast.ada, terms=make_terms(hours, {3: {"resolution": 100}}))
    newest = policy.newest
    older = newest.pk
    # As if this one had been committed before the one with the smaller key.
    PolicyVersion.objects.filter(pk=older).update(number=99)
    assert opened(at=AT, priority=3).resolution_due_at == AT + 100 * MINUTE
    late = PolicyVersion.objects.create(pk=older - 1_000, policy=policy, number=100)
    PolicyTarget.objects.create(
        version=late, priority=3, kind="resolution", minutes=50, calendar=hours
    )
    assert opened(at=AT, priority=3).resolution_due_at == AT + 50 * MINUTE
