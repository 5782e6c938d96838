"""The target that is due next: which one it is, how it stands, and the order it gives a list."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from catalogue.actions import save_policy
from catalogue.models import ServiceLevelPolicy
from core.templatetags.ui import icon as drawn
from incidents import actions
from incidents.models import Message, Ticket, TicketClock
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.clocks import make_hours, make_terms

As = Callable[[Person], Client]
Act = Callable[[Person], APIClient]
MINUTE = timedelta(minutes=1)
TARGETS = {"first_response": 60, "next_response": 120, "resolution": 480}


@pytest.fixture
def promised(cast: Cast) -> ServiceLevelPolicy:
    policy = ServiceLevelPolicy.objects.get()
    terms = make_terms(make_hours(), dict.fromkeys(range(1, 6), TARGETS))
    save_policy(policy, actor=cast.ada, terms=terms)
    return policy


@pytest.fixture
def opened_ago(promised: ServiceLevelPolicy, opened: Opener) -> Callable[..., Ticket]:
    def make(minutes: float, **fields: object) -> Ticket:
        return opened(at=timezone.now() - minutes * MINUTE, **fields)

    return make


def cell(browser: Client, ticket: Ticket, query: str = "") -> str:
    """The ticket's cell under *Target*."""
    page = browser.get(f"/tickets/?state=any&columns=target&q={ticket.pk}{query}").content.decode()
    return page.partition('data-label="Target"')[2].partition("</td>")[0]


def test_it_follows_the_ticket_through_its_life(
    opened_ago: Callable[..., Ticket], cast: Cast, as_user: As
) -> None:
    """First response, then resolution, then the answer that is awaited, then how it ended."""
    browser, ticket = as_user(cast.ann), opened_ago(10)
    seen = [(ticket.next_target, cell(browser, ticket))]

    def then(change: Callable[[], object]) -> None:
        change()
        ticket.refresh_from_db()
        seen.append((ticket.next_target, cell(browser, ticket)))

    then(lambda: actions.reply_to_ticket(ticket, actor=cast.ann, body="We look"))
    then(lambda: actions.reply_to_ticket(ticket, actor=cast.rob, body="And?"))
    then(lambda: actions.reply_to_ticket(ticket, actor=cast.ann, body="Which one?"))
    then(lambda: actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="requester"))
    then(lambda: actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done"))
    assert [name for name, _ in seen] == [
        "first_response", "resolution", "next_response", "resolution", "resolution", "",
    ]  # fmt: skip
    words = ["First response", "Resolution", "Next response", "Resolution", "paused", "met"]
    icons = ["play", "play", "play", "play", "pause", "circle-check"]
    for (_, shown), word, name in zip(seen, words, icons, strict=True):
        assert word in shown
        assert drawn(name, 14) in shown, name


def test_what_is_over_says_so_by_icon_and_words(
    opened_ago: Callable[..., Ticket], cast: Cast, as_user: As
) -> None:
    late, missed = opened_ago(90), opened_ago(600)
    actions.resolve_ticket(missed, actor=cast.ann, code="fixed", text="Done")
    over = cell(as_user(cast.ann), late)
    assert "late 0:30" in over
    assert "First response: over its target" in over
    assert drawn("triangle-alert", 14) in over
    ended = cell(as_user(cast.ann), missed)
    assert "missed" in ended
    assert drawn("circle-x", 14) in ended


def test_what_is_over_and_waits_is_over(
    opened_ago: Callable[..., Ticket], cast: Cast, as_user: As
) -> None:
    ticket = opened_ago(600)
    actions.reply_to_ticket(ticket, actor=cast.ann, body="We look")
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="supplier")
    assert "Resolution: over its target" in cell(as_user(cast.ann), ticket)


def test_without_a_target_the_cell_is_empty(
    promised: ServiceLevelPolicy, cast: Cast, opened: Opener, as_user: As
) -> None:
    save_policy(promised, actor=cast.ada, terms=make_terms(make_hours(), {}))
    assert cell(as_user(cast.ann), opened()).rpartition(">")[2] == ""


def test_lists_and_desk_stand_in_the_order_of_what_is_due_next(
    opened_ago: Callable[..., Ticket], cast: Cast, as_user: As
) -> None:
    """A new ticket whose first answer is due stands before an old one that has time."""
    answered = opened_ago(200, title="Answered, has time", assignee=cast.ann)
    actions.reply_to_ticket(answered, actor=cast.ann, body="We look")
    waiting = opened_ago(5, title="Waits", assignee=cast.ann)
    actions.reply_to_ticket(waiting, actor=cast.ann, body="Which?")
    actions.put_ticket_on_hold(waiting, actor=cast.ann, reason="requester")
    fresh = opened_ago(20, title="Needs a first answer", assignee=cast.ann)
    browser = as_user(cast.ann)
    for address in ("/tickets/", "/tickets/?sort=target", "/tickets/?sort=sla", "/desk/"):
        page = browser.get(address, follow=True).content.decode()
        places = [page.index(f'id="row-{one.pk}"') for one in (fresh, answered, waiting)]
        assert places == sorted(places), address
    last_first = browser.get("/tickets/?sort=-target").content.decode()
    assert last_first.index(f'id="row-{answered.pk}"') < last_first.index(f'id="row-{fresh.pk}"')


def test_an_answer_of_the_requester_brings_the_ticket_up(
    opened_ago: Callable[..., Ticket], cast: Cast, as_user: As
) -> None:
    """A reply never stays unseen below tickets that have less time as a whole."""
    quiet = opened_ago(200, title="Quiet")
    asked = opened_ago(30, title="Asked again")
    for ticket in (quiet, asked):
        actions.reply_to_ticket(ticket, actor=cast.ann, body="We look")
    actions.put_ticket_on_hold(asked, actor=cast.ann, reason="requester")
    actions.reply_to_ticket(asked, actor=cast.rob, body="Here it is")
    page = as_user(cast.ann).get("/tickets/").content.decode()
    assert page.index(f'id="row-{asked.pk}"') < page.index(f'id="row-{quiet.pk}"')
    assert "Next response" in cell(as_user(cast.ann), asked)
    changed = as_user(cast.ann).get("/tickets/?sort=-updated").content.decode()
    assert changed.index(f'id="row-{asked.pk}"') < changed.index(f'id="row-{quiet.pk}"')
    assert Message.objects.filter(ticket=asked, author=cast.rob).exists()


def test_programs_read_it_and_requesters_learn_nothing_of_what_teams_promise(
    promised: ServiceLevelPolicy, cast: Cast, opened: Opener, api_as: Act
) -> None:
    terms = make_terms(
        make_hours(), {key: {"resolution": 480} for key in range(1, 6)}, owned={cast.desk: 30}
    )
    save_policy(promised, actor=cast.ada, terms=terms)
    ticket = opened()
    address = f"/api/v1/tickets/{ticket.pk}/"
    staff = api_as(cast.ann).get(address).json()
    assert (staff["next_target"], bool(staff["due_at"])) == ("ownership", True)
    asker = api_as(cast.rob).get(address).json()
    assert (asker["next_target"], asker["due_at"]) == ("", None)
    listed = api_as(cast.rob).get("/api/v1/tickets/").json()["results"]
    assert [row["next_target"] for row in listed] == [""]


def test_what_will_be_over_within_hours_is_listed_for_programs_too(
    opened_ago: Callable[..., Ticket], cast: Cast, api_as: Act
) -> None:
    near = opened_ago(10)
    actions.reply_to_ticket(opened_ago(10), actor=cast.ann, body="We look")
    found = api_as(cast.ann).get("/api/v1/tickets/?breaching_within=2").json()["results"]
    assert [row["id"] for row in found] == [near.pk]
    bad = api_as(cast.ann).get("/api/v1/tickets/?breaching_within=many")
    assert (bad.status_code, list(bad.json())) == (400, ["breaching_within"])


def test_the_row_says_what_its_clocks_say(opened_ago: Callable[..., Ticket], cast: Cast) -> None:
    """The ticket's own fields are those of the going clock that is due first."""
    ticket = opened_ago(10)
    going = TicketClock.objects.filter(ticket=ticket).going().exclude(due_at=None)
    first = going.order_by("due_at")[0]
    assert (ticket.next_target, ticket.due_at) == (first.target, first.due_at)
