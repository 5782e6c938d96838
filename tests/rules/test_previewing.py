"""The tickets that conditions find, counted and shown beforehand."""

from rules.conditions import sets_of
from rules.previewing import _look
from tests.conftest import Cast
from tests.make.tickets import make_ticket


def test_any_of_several_sets_counts_each_ticket_once(cast: Cast) -> None:
    one = make_ticket(cast.rob, title="printer", channel="phone")
    two = make_ticket(cast.rob, title="printer")
    count, newest = _look(sets_of(cast.mo, ["channel=phone", "q=printer"], "any"))
    assert (count, newest) == (2, [two.pk, one.pk])
