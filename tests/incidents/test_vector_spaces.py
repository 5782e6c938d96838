"""A change of the model: the old vectors serve until every ticket has one of the new."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analysis.vectors import Embedder, default_embedder
from incidents import retrieval, vectorspaces
from incidents.models import SecondTicketVector, Ticket, TicketVector
from incidents.similar import embed_into, embed_tickets, similar_tickets, similar_to
from incidents.tasks import embed_missing_tickets
from incidents.vectorspaces import go_over, serving
from tests.conftest import Cast
from tests.embedders import Turned
from tests.incidents.conftest import Opener


@pytest.fixture
def tickets(opened: Opener) -> list[Ticket]:
    """Two that mean the same in other words, and one that does not; embedded by the old model."""
    made = [
        opened(title="I cannot sign in with my password", description=""),
        opened(title="Cannot sign in, my password is refused", description=""),
        opened(title="Printer is out of paper", description=""),
    ]
    embed_tickets([one.pk for one in made])
    return made


def change(monkeypatch: pytest.MonkeyPatch, *, old_is_there: bool) -> None:
    """The product is started anew with another model."""
    both = [Turned, default_embedder] if old_is_there else [Turned]
    monkeypatch.setattr(vectorspaces, "EMBEDDERS", both)


def test_the_old_vectors_serve_until_all_new_ones_are_there(
    tickets: list[Ticket], opened: Opener, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = serving().model
    change(monkeypatch, old_is_there=True)
    assert serving().model == old
    assert [one.ticket for one in similar_to(cast.ann, tickets[0])] == [tickets[1]]
    assert (
        similar_tickets(cast.ann, text="I cannot sign in with my password")[0].ticket == tickets[0]
    )
    late = opened(title="Sign in is refused", description="")
    assert embed_tickets([late.pk]) == [late.pk]
    # What is new meanwhile has a vector of both.
    assert set(TicketVector.objects.values_list("pk", flat=True)) == {
        one.pk for one in [*tickets, late]
    }
    assert list(SecondTicketVector.objects.values_list("pk", flat=True)) == [late.pk]
    assert not go_over()
    embed_missing_tickets()
    now = serving()
    assert now.model.startswith("turned 1")
    assert now.rows is SecondTicketVector
    assert now.vectors().count() == 4
    assert tickets[1] in [one.ticket for one in similar_to(cast.ann, tickets[0])]


def test_the_old_vectors_go_with_the_run_after(
    tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, old_is_there=True)
    embed_missing_tickets()
    assert TicketVector.objects.count() == 3
    connection.check_constraints()
    embed_missing_tickets()
    assert TicketVector.objects.count() == 0
    assert serving().vectors().count() == 3


def test_and_back_again(tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch) -> None:
    old = serving().model
    change(monkeypatch, old_is_there=True)
    embed_missing_tickets()
    monkeypatch.setattr(vectorspaces, "EMBEDDERS", [default_embedder, Turned])
    connection.check_constraints()
    embed_missing_tickets()
    assert (serving().model, serving().rows) == (old, TicketVector)
    assert serving().vectors().count() == 3


def test_stored_vectors_serve_although_the_old_model_is_gone(
    tickets: list[Ticket], opened: Opener, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, old_is_there=False)
    assert [one.ticket for one in similar_to(cast.ann, tickets[0])] == [tickets[1]]
    # A text that is new can be compared by its words until the new vectors are there.
    found = similar_tickets(cast.ann, text="Cannot sign in as my password is refused")
    assert found[0].ticket == tickets[1]
    assert not any("meaning" in reason for reason in found[0].reasons)
    late = opened(title="Sign in is refused", description="")
    assert embed_tickets([late.pk]) == [late.pk]
    assert not TicketVector.objects.filter(pk=late.pk).exists()
    embed_missing_tickets()
    assert serving().model.startswith("turned")
    assert serving().vectors().count() == 4


def test_a_ticket_that_comes_at_the_last_moment_keeps_the_old_ones_serving(
    tickets: list[Ticket], opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, old_is_there=True)
    ahead = vectorspaces.written()[1]
    embed_into(ahead, [one.pk for one in tickets])
    late = opened(title="Not read yet")
    assert not go_over()
    assert serving().rows is TicketVector
    embed_tickets([late.pk])
    assert go_over()
    assert not go_over()


@pytest.mark.parametrize("maker", [default_embedder, Turned])
def test_the_nearest_come_from_the_index_of_their_length(
    maker: Callable[[], Embedder], tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectorspaces, "EMBEDDERS", [maker, default_embedder])
    embed_missing_tickets()
    space = serving()
    asked = maker().embed([tickets[0].title])[0]
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        assert retrieval.nearest(space, asked)[0] == tickets[0].pk
        cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert f"incidents_vec{'2' if space.second else ''}_nearest_{space.size}" in plan
