"""Merging, undoing and linking by two people at the same moment, in real threads."""

import pytest

from core.errors import DomainError, TransitionNotAllowed
from incidents import actions
from incidents.models import Message, StatusInterval, Ticket, TicketMerge, TicketRelation
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.incidents.test_races import at_once, kinds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("turn", range(5))
def test_of_two_merges_in_opposite_directions_one_ticket_stays_open(
    opened: Opener, cast: Cast, turn: int
) -> None:
    first, second = opened(), opened()
    results = at_once(
        lambda: actions.merge_ticket(first, actor=cast.ann, into=second),
        lambda: actions.merge_ticket(second, actor=cast.pia, into=first),
    )
    assert sum(isinstance(one, TicketMerge) for one in results) == 1
    assert sum(isinstance(one, DomainError) for one in results) == 1
    merged = TicketMerge.objects.get()
    assert Ticket.objects.open().get() == merged.target
    assert merged.source.merged_into == merged.target


@pytest.mark.parametrize("turn", range(5))
def test_three_merges_in_a_circle_leave_one_ticket_that_all_lead_to(
    opened: Opener, cast: Cast, turn: int
) -> None:
    a, b, c = opened(), opened(), opened()
    at_once(
        lambda: actions.merge_ticket(a, actor=cast.ann, into=b),
        lambda: actions.merge_ticket(b, actor=cast.pia, into=c),
        lambda: actions.merge_ticket(c, actor=cast.ada, into=a),
    )
    rows = Ticket.objects.in_bulk()
    alive = {pk for pk, row in rows.items() if not row.is_merged}
    assert alive
    assert {row.merged_into_id for row in rows.values() if row.is_merged} <= alive


@pytest.mark.parametrize("turn", range(5))
def test_a_reply_while_it_is_merged_is_read_by_staff_wherever_it_lands(
    opened: Opener, cast: Cast, turn: int
) -> None:
    source, target = opened(), opened()
    at_once(
        lambda: actions.merge_ticket(source, actor=cast.ann, into=target),
        lambda: actions.reply_to_ticket(source, actor=cast.rob, body="Meanwhile"),
    )
    message = Message.objects.get()
    assert (message.ticket_id, message.merged_from_id) in {
        (source.pk, None),
        (target.pk, source.pk),
    }
    assert Message.objects.visible_to(cast.ann).on(target, [source.pk]).get() == message


@pytest.mark.parametrize("turn", range(5))
def test_of_two_who_undo_one_is_told(opened: Opener, cast: Cast, turn: int) -> None:
    source, target = opened(), opened()
    actions.merge_ticket(source, actor=cast.ann, into=target)
    results = at_once(
        lambda: actions.undo_merge(source, actor=cast.ann),
        lambda: actions.undo_merge(source, actor=cast.pia),
    )
    assert kinds(results) == {TicketMerge, TransitionNotAllowed}
    assert StatusInterval.objects.filter(ticket=source).count() == 3


@pytest.mark.parametrize("turn", range(5))
def test_of_two_links_that_would_close_a_circle_one_is_refused(
    opened: Opener, cast: Cast, turn: int
) -> None:
    a, b, c, d = (opened() for _ in range(4))
    actions.link_ticket(b, actor=cast.ann, kind="child_of", other=c)
    actions.link_ticket(d, actor=cast.ann, kind="child_of", other=a)
    # Disjoint pairs of tickets: only together do they make a → b → c → d → a.
    results = at_once(
        lambda: actions.link_ticket(a, actor=cast.ann, kind="child_of", other=b),
        lambda: actions.link_ticket(c, actor=cast.pia, kind="child_of", other=d),
    )
    assert kinds(results) == {TicketRelation, DomainError}
