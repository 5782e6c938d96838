"""Two people at the same moment, in real threads on real connections."""

from collections.abc import Callable
from copy import copy
from functools import partial
from threading import Barrier, Thread

import pytest
from django.db import connection

from core.errors import DomainError, EditConflict, TransitionNotAllowed
from core.models import Event
from incidents import actions
from incidents.models import Draft, Message, StatusInterval, Tag, Ticket
from tests.conftest import Cast
from tests.incidents.conftest import Opener

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave or raised, all of them begun at the same moment."""
    barrier = Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[place] = call()
        except DomainError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def kinds(results: list[object]) -> set[type]:
    return {type(one) for one in results}


# Once proves nothing about a race: each is run five times.
@pytest.mark.parametrize("turn", range(5))
def test_of_two_who_resolve_one_is_told(opened: Opener, cast: Cast, turn: int) -> None:
    ticket = opened()
    results = at_once(
        lambda: actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Ann"),
        lambda: actions.resolve_ticket(ticket, actor=cast.pia, code="fixed", text="Pia"),
    )
    assert kinds(results) == {Ticket, TransitionNotAllowed}
    resolved = Event.objects.about(ticket).filter(name="incidents.ticket_resolved")
    assert resolved.count() == 1
    running = StatusInterval.objects.filter(ticket=ticket, ended_at=None)
    assert [one.state for one in running] == ["resolved"]


@pytest.mark.parametrize("turn", range(5))
def test_of_two_edits_of_one_field_none_is_lost_unseen(
    opened: Opener, cast: Cast, turn: int
) -> None:
    ticket = opened()
    results = at_once(
        lambda: actions.edit_ticket(ticket, actor=cast.ann, version=1, title="Ann"),
        lambda: actions.edit_ticket(ticket, actor=cast.pia, version=1, title="Pia"),
    )
    assert kinds(results) == {Ticket, EditConflict}


@pytest.mark.parametrize("turn", range(5))
def test_edits_of_different_fields_and_a_reply_all_stay(
    opened: Opener, cast: Cast, turn: int
) -> None:
    ticket = opened()
    at_once(
        lambda: actions.edit_ticket(ticket, actor=cast.ann, version=1, title="Ann"),
        lambda: actions.edit_ticket(ticket, actor=cast.pia, version=1, category="Pia"),
        lambda: actions.reply_to_ticket(ticket, actor=cast.rob, body="Rob"),
    )
    ticket.refresh_from_db()
    assert (ticket.title, ticket.category, ticket.version) == ("Ann", "Pia", 4)
    assert ticket.messages.get().body == "Rob"


@pytest.mark.parametrize("turn", range(5))
def test_two_tabs_of_one_person_make_one_stretch(opened: Opener, cast: Cast, turn: int) -> None:
    ticket = opened()
    at = ticket.created_at
    at_once(
        lambda: actions.record_touch(ticket, actor=cast.ann, started_at=at, ended_at=at),
        lambda: actions.record_touch(ticket, actor=cast.ann, started_at=at, ended_at=at),
    )
    assert ticket.touches.count() == 1


# --- a ticket's next owner --------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(5))
def test_two_tickets_at_once_never_go_to_the_same_next_person(
    opened: Opener, cast: Cast, turn: int
) -> None:
    actions.set_team_policy(cast.desk, actor=None, assignment="round_robin")
    tickets = [opened(), opened()]
    at_once(*(partial(actions.assign_by_policy, one) for one in tickets))
    owners = {Ticket.objects.get(pk=one.pk).assignee_id for one in tickets}
    assert owners == {cast.ann.pk, cast.pia.pk}


@pytest.mark.parametrize("turn", range(5))
def test_two_answers_at_once_open_one_follow_up(opened: Opener, cast: Cast, turn: int) -> None:
    ticket = opened()
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    actions.close_ticket(ticket, actor=None)
    results = at_once(
        lambda: actions.reply_to_ticket(ticket, actor=cast.rob, body="One"),
        lambda: actions.reply_to_ticket(ticket, actor=cast.rob, body="Two"),
    )
    assert kinds(results) == {Message}
    assert Ticket.objects.count() == 2
    assert Message.objects.exclude(ticket=ticket).count() == 2


@pytest.mark.parametrize("turn", range(5))
def test_of_two_ratings_at_once_one_is_kept(opened: Opener, cast: Cast, turn: int) -> None:
    ticket = opened()
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    results = at_once(
        lambda: actions.rate_ticket(ticket, actor=cast.rob, score=5),
        lambda: actions.rate_ticket(ticket, actor=cast.rob, score=1),
    )
    assert kinds(results) == {Ticket, TransitionNotAllowed}


@pytest.mark.parametrize("turn", range(5))
def test_two_who_merge_tags_in_opposite_directions_lose_no_ticket(
    opened: Opener, cast: Cast, turn: int
) -> None:
    one, two = opened(), opened()
    left = actions.tag_ticket(one, actor=cast.ann, name="left")
    right = actions.tag_ticket(two, actor=cast.ann, name="right")
    results = at_once(
        lambda: actions.merge_tags(copy(left), actor=cast.ada, into=copy(right)),
        lambda: actions.merge_tags(copy(right), actor=cast.ada, into=copy(left)),
    )
    # The second finds that its tag is gone.
    assert kinds(results) == {Tag, DomainError}
    assert one.ticket_tags.count() == two.ticket_tags.count() == 1


@pytest.mark.parametrize("turn", range(5))
def test_of_two_ratings_of_one_resolution_one_counts(opened: Opener, cast: Cast, turn: int) -> None:
    ticket = opened()
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Restarted.")
    results = at_once(
        lambda: actions.rate_ticket(ticket, actor=cast.rob, score=5),
        lambda: actions.rate_ticket(ticket, actor=cast.rob, score=1, via="link", resolution=1),
    )
    assert kinds(results) == {Ticket, TransitionNotAllowed}
    ticket.refresh_from_db()
    assert [one.score for one in ticket.surveys.all()] == [ticket.csat_score]
    assert Event.objects.about(ticket).filter(name="incidents.ticket_rated").count() == 1


@pytest.mark.parametrize("turn", range(5))
def test_two_who_take_up_each_other_s_drafts_lose_no_text(
    opened: Opener, cast: Cast, turn: int
) -> None:
    ticket = opened()
    of_ann, of_pia = (
        actions.share_draft(
            actions.save_draft(actor=one, ticket=ticket, words=actions.DraftWords(body=one.name)),
            actor=one,
        )
        for one in (cast.ann, cast.pia)
    )
    results = at_once(
        lambda: actions.take_up_draft(of_pia, actor=cast.ann),
        lambda: actions.take_up_draft(of_ann, actor=cast.pia),
    )
    # Whoever is second finds the other's draft put aside, and keeps what they have.
    assert kinds(results) == {Draft, DomainError}
    assert sorted(Draft.objects.values_list("body", flat=True)) == ["Ann", "Pia"]
