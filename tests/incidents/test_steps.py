"""Every step of both workflows: who may take it, from where, and what it leaves behind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Person
from accounts.roles import Role
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents import actions
from incidents.models import Message, StatusInterval, Ticket
from incidents.permissions import RULES, allowed, allowed_steps, may
from incidents.workflow import WORKFLOWS
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.tickets import make_ticket

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

Take = Callable[[Ticket, Person | None], Ticket]


def _somebody_else(ticket: Ticket) -> Person:
    agents = Person.objects.with_role(Role.AGENT).exclude(pk=ticket.assignee_id)
    return agents.order_by("pk")[0]


def _merge(ticket: Ticket, who: Person | None) -> Ticket:
    return actions.merge_ticket(ticket, actor=who, into=make_ticket(ticket.requester)).source


# Each step of the tables with the action that takes it.
TAKE: dict[str, Take] = {
    "assign": lambda t, who: actions.assign_ticket(t, actor=who, assignee=_somebody_else(t)),
    "start": lambda t, who: actions.start_ticket(t, actor=who),
    "wait": lambda t, who: actions.put_ticket_on_hold(t, actor=who, reason="supplier"),
    "hand_to_development": lambda t, who: actions.hand_ticket_to_development(t, actor=who),
    "begin_development": lambda t, who: actions.begin_development(t, actor=who),
    "return_to_desk": lambda t, who: actions.return_ticket_to_desk(t, actor=who, note="Not ours"),
    "offer_fix": lambda t, who: actions.offer_fix(t, actor=who, release="4.18.0"),
    "report_still_broken": lambda t, who: actions.report_still_broken(t, actor=who, note="Same"),
    "resolve": lambda t, who: actions.resolve_ticket(t, actor=who, code="fixed", text="Done"),
    "reopen": lambda t, who: actions.reopen_ticket(t, actor=who, note="It came back"),
    "close": lambda t, who: actions.close_ticket(t, actor=who),
    "cancel": lambda t, who: actions.cancel_ticket(t, actor=who),
    "merge": lambda t, who: (
        actions.merge_ticket(t, actor=who, into=make_ticket(t.requester)).source
    ),
    "submit": lambda t, who: actions.submit_request(t, actor=who),
    "approve": lambda t, who: actions.approve_request(t, actor=who),
    "reject": lambda t, who: actions.reject_request(t, actor=who, note="Too dear"),
}

# A path of steps from the first state to each state.
PATHS = {
    "incident": {
        "new": [],
        "assigned": ["assign"],
        "in_progress": ["start"],
        "pending": ["wait"],
        "awaiting_development": ["hand_to_development"],
        "in_development": ["hand_to_development", "begin_development"],
        "fix_available": ["hand_to_development", "offer_fix"],
        "resolved": ["resolve"],
        "closed": ["resolve", "close"],
        "cancelled": ["cancel"],
        "merged": ["merge"],
    },
    "service_request": {
        "draft": [],
        "awaiting_approval": ["submit"],
        "approved": ["submit", "approve"],
        "rejected": ["submit", "reject"],
        "fulfilling": ["start"],
        "fulfilled": ["start", "resolve"],
        "closed": ["start", "resolve", "close"],
        "cancelled": ["cancel"],
        "merged": ["merge"],
    },
}

ALL = [
    (kind, state, step)
    for kind, paths in PATHS.items()
    for state in paths
    for step in WORKFLOWS[kind].steps
]
ALLOWED = [one for one in ALL if one[1] in WORKFLOWS[one[0]].steps[one[2]].sources]
REFUSED = [one for one in ALL if one[1] not in WORKFLOWS[one[0]].steps[one[2]].sources]


def brought(ticket: Ticket, state: str) -> Ticket:
    """The ticket after the steps that lead to `state`, taken by the system."""
    for step in PATHS[ticket.kind][state]:
        TAKE[step](ticket, None)
    ticket.refresh_from_db()
    assert ticket.state == state
    return ticket


def test_every_state_has_a_path() -> None:
    assert {kind: set(paths) for kind, paths in PATHS.items()} == {
        kind: set(table.states) for kind, table in WORKFLOWS.items()
    }


@pytest.mark.parametrize(("kind", "state", "step"), ALLOWED)
def test_a_step_leads_where_the_table_says(
    opened: Opener, kind: str, state: str, step: str
) -> None:
    ticket = brought(opened(kind=kind), state)
    events = Event.objects.about(ticket).count()
    after = TAKE[step](ticket, None)
    stored = Ticket.objects.get(pk=ticket.pk)
    assert stored.state == after.state == WORKFLOWS[kind].steps[step].target
    assert stored.state_category == WORKFLOWS[kind].category(stored.state) or step == "wait"
    assert Event.objects.about(ticket).count() > events
    running = StatusInterval.objects.get(ticket=ticket, ended_at__isnull=True)
    assert (running.state, running.category) == (stored.state, stored.state_category)


# “Assign” is allowed to change the owner while work goes on; the state stays.
@pytest.mark.parametrize(("kind", "state", "step"), [one for one in REFUSED if one[2] != "assign"])
def test_a_step_from_elsewhere_is_refused_and_changes_nothing(
    opened: Opener, kind: str, state: str, step: str
) -> None:
    ticket = brought(opened(kind=kind), state)
    events = Event.objects.about(ticket).count()
    with pytest.raises(TransitionNotAllowed):
        TAKE[step](ticket, None)
    stored = Ticket.objects.get(pk=ticket.pk)
    assert (stored.state, stored.version) == (state, ticket.version)
    assert Event.objects.about(ticket).count() == events


@pytest.mark.parametrize("step", ["wait", "hand_to_development", "offer_fix"])
def test_a_service_request_has_no_such_step(opened: Opener, step: str) -> None:
    with pytest.raises(TransitionNotAllowed):
        TAKE[step](opened(kind="service_request"), None)


SUPPORT_ONLY = [
    ("assign", "new"),
    ("start", "new"),
    ("wait", "new"),
    ("hand_to_development", "new"),
    ("resolve", "in_progress"),
    ("close", "resolved"),
]


@pytest.mark.parametrize(("step", "state"), SUPPORT_ONLY)
@pytest.mark.parametrize("who", ["rob", "rita", "stan", "dev"])
def test_only_support_works_on_a_ticket(
    opened: Opener, cast: Cast, step: str, state: str, who: str
) -> None:
    ticket = brought(opened(), state)
    person = cast.everyone[who]
    assert not may(person, step, ticket)
    with pytest.raises(NotPermitted):
        TAKE[step](ticket, person)
    assert Ticket.objects.get(pk=ticket.pk).state == state


@pytest.mark.parametrize(("step", "state"), SUPPORT_ONLY)
@pytest.mark.parametrize("who", ["ann", "pia", "mo", "ada"])
def test_support_may(opened: Opener, cast: Cast, step: str, state: str, who: str) -> None:
    ticket = brought(opened(), state)
    assert TAKE[step](ticket, cast.everyone[who]).state == WORKFLOWS["incident"].steps[step].target


def test_a_developer_the_ticket_is_shared_with_works_on_their_side(
    shared: Ticket, cast: Cast
) -> None:
    brought(shared, "awaiting_development")
    actions.begin_development(shared, actor=cast.dev)
    ticket = actions.offer_fix(shared, actor=cast.dev, release="4.18.0")
    assert ticket.state == "fix_available"


@pytest.mark.parametrize("step", ["begin_development", "return_to_desk", "offer_fix"])
def test_other_developers_may_not(ticket: Ticket, cast: Cast, step: str) -> None:
    brought(ticket, "awaiting_development")
    with pytest.raises(NotPermitted):
        TAKE[step](ticket, cast.dev)


def test_the_requester_confirms_the_fix(ticket: Ticket, cast: Cast) -> None:
    brought(ticket, "fix_available")
    after = actions.confirm_fix(ticket, actor=cast.rob, at=AT + timedelta(days=900))
    assert (after.state, after.resolution_code) == ("resolved", "fixed")
    names = list(Event.objects.about(ticket).order_by("id").values_list("name", flat=True))
    assert names[-2:] == ["incidents.fix_confirmed", "incidents.ticket_resolved"]


@pytest.mark.parametrize("who", ["rita", "stan", "ann", "dev"])
def test_nobody_confirms_the_fix_for_the_requester(ticket: Ticket, cast: Cast, who: str) -> None:
    brought(ticket, "fix_available")
    with pytest.raises(NotPermitted):
        actions.confirm_fix(ticket, actor=cast.everyone[who])


def test_a_fix_that_was_not_offered_cannot_be_confirmed(ticket: Ticket, cast: Cast) -> None:
    with pytest.raises(TransitionNotAllowed):
        actions.confirm_fix(ticket, actor=cast.rob)


def test_still_broken_puts_the_requester_s_words_into_the_conversation(
    ticket: Ticket, cast: Cast
) -> None:
    brought(ticket, "fix_available")
    after = actions.report_still_broken(ticket, actor=cast.rob, note="Cards still fail")
    assert after.state == "in_progress"
    said = Message.objects.get(ticket=ticket)
    assert (said.kind, said.author, said.body) == ("public_reply", cast.rob, "Cards still fail")


def test_the_note_to_development_is_not_public(ticket: Ticket, cast: Cast) -> None:
    actions.hand_ticket_to_development(ticket, actor=cast.ann, note="Look at the callback")
    assert Message.objects.get(ticket=ticket).kind == Message.Kind.QUESTION


def test_whoever_starts_an_unowned_ticket_owns_it(ticket: Ticket, cast: Cast) -> None:
    after = actions.start_ticket(ticket, actor=cast.ann, at=AT)
    assert (after.assignee, after.assigned_at) == (cast.ann, AT)
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="requester")
    assert actions.start_ticket(ticket, actor=cast.pia).assignee == cast.ann


@pytest.mark.parametrize(
    ("reason", "category"),
    [
        ("requester", "waiting_requester"),
        ("supplier", "waiting_third_party"),
        ("change", "waiting_third_party"),
        ("scheduled", "waiting_third_party"),
    ],
)
def test_the_reason_of_a_wait_decides_its_category(
    ticket: Ticket, cast: Cast, reason: str, category: str
) -> None:
    after = actions.put_ticket_on_hold(ticket, actor=cast.ann, reason=reason)
    assert (after.pending_reason, after.state_category) == (reason, category)
    assert actions.start_ticket(ticket, actor=cast.ann).pending_reason == ""


def test_an_unknown_reason_is_refused(ticket: Ticket, cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="lunch")
    assert refused.value.field == "reason"


def test_resolving_needs_a_known_code_and_words(ticket: Ticket, cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        actions.resolve_ticket(ticket, actor=cast.ann, code="magic", text="Done")
    assert refused.value.field == "code"
    with pytest.raises(DomainError) as refused:
        actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text=" ")
    assert refused.value.field == "text"


def test_a_requester_reopens_what_is_resolved_but_not_what_is_closed(
    opened: Opener, cast: Cast
) -> None:
    ticket = brought(opened(), "resolved")
    after = actions.reopen_ticket(ticket, actor=cast.rob, note="It is back")
    assert (after.state, after.reopen_count, after.resolved_at) == ("in_progress", 1, None)
    assert (after.resolution_code, after.first_contact_resolution) == ("", False)
    assert Message.objects.get(ticket=ticket).kind == Message.Kind.PUBLIC
    closed = brought(opened(), "closed")
    with pytest.raises(NotPermitted):
        actions.reopen_ticket(closed, actor=cast.rob, note="It is back")
    assert actions.reopen_ticket(closed, actor=cast.ann, note="Wrong").state == "in_progress"


def test_a_colleague_may_write_but_not_decide(opened: Opener, cast: Cast) -> None:
    cast.rita.sees_organisation = True
    cast.rita.save()
    ticket = brought(opened(), "resolved")
    assert may(cast.rita, "reply", ticket)
    assert not may(cast.rita, "reopen", ticket)
    assert not may(cast.rita, "rate", ticket)


def test_only_the_requester_rates_and_only_at_the_end(ticket: Ticket, cast: Cast) -> None:
    with pytest.raises(TransitionNotAllowed):
        actions.rate_ticket(ticket, actor=cast.rob, score=5)
    brought(ticket, "resolved")
    with pytest.raises(NotPermitted):
        actions.rate_ticket(ticket, actor=cast.ann, score=5)
    with pytest.raises(DomainError) as refused:
        actions.rate_ticket(ticket, actor=cast.rob, score=6)
    assert refused.value.field == "score"
    after = actions.rate_ticket(ticket, actor=cast.rob, score=4, comment="Quick")
    assert (after.csat_score, after.csat_comment) == (4, "Quick")


def test_approval_is_for_leads(opened: Opener, cast: Cast) -> None:
    request = brought(opened(kind="service_request"), "awaiting_approval")
    for person in (cast.ann, cast.rob, cast.dev):
        with pytest.raises(NotPermitted):
            actions.approve_request(request, actor=person)
    assert actions.approve_request(request, actor=cast.mo).state == "approved"


def test_a_rejected_request_says_why(opened: Opener, cast: Cast) -> None:
    request = brought(opened(kind="service_request"), "awaiting_approval")
    with pytest.raises(DomainError):
        actions.reject_request(request, actor=cast.mo, note="")
    actions.reject_request(request, actor=cast.mo, note="Too dear")
    assert Message.objects.get(ticket=request).is_public


def test_a_stranger_may_do_nothing(ticket: Ticket, cast: Cast) -> None:
    assert allowed(cast.stan, ticket) == frozenset()
    assert allowed_steps(cast.stan, ticket) == []


def test_buttons_and_actions_read_the_same_rules(opened: Opener, cast: Cast) -> None:
    ticket = brought(opened(), "in_progress")
    for person in cast.everyone.values():
        rights = allowed(person, ticket)
        assert rights == {step for step in RULES if may(person, step, ticket)}
    assert [step.name for step in allowed_steps(cast.ann, ticket)] == [
        "start",
        "wait",
        "hand_to_development",
        "resolve",
        "cancel",
        "merge",
    ]
    assert [step.name for step in allowed_steps(cast.rob, ticket)] == ["cancel"]
