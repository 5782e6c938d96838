"""Two people at the same moment, in real threads on real connections."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from core.errors import DomainError, EditConflict, TransitionNotAllowed
from core.models import Event
from incidents import actions
from incidents.models import StatusInterval, Ticket
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
