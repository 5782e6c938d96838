"""A draft shown to colleagues on the ticket, and one of them going on with it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.models import Event
from incidents import actions
from incidents.actions import DraftWords
from incidents.models import Draft, Ticket
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener

As = Callable[[Person], Client]
Act = Callable[[Person], APIClient]
WORDS = DraftWords(body="The bank confirms it.")

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(opened: Opener) -> Ticket:
    return opened(title="Cards declined")


def written(ticket: Ticket, person: Person, body: str = "The bank confirms it.") -> Draft:
    return actions.save_draft(actor=person, ticket=ticket, words=DraftWords(body=body))


def test_a_draft_is_ones_own_until_it_is_shared_and_again_afterwards(
    ticket: Ticket, cast: Cast, as_user: As
) -> None:
    draft = written(ticket, cast.ann)

    def page_of(person: Person) -> str:
        return as_user(person).get(ticket.get_absolute_url()).content.decode()

    def seen_by(person: Person) -> bool:
        page = page_of(person)
        return "Draft shared by Ann" in page and "The bank confirms it." in page

    assert not seen_by(cast.pia)
    actions.share_draft(draft, actor=cast.ann)
    assert seen_by(cast.pia)
    assert (
        "Draft shared by" not in as_user(cast.ann).get(ticket.get_absolute_url()).content.decode()
    )
    actions.stop_sharing_draft(draft, actor=cast.ann)
    assert not seen_by(cast.pia)


def test_a_requester_never_reads_a_shared_draft(
    ticket: Ticket, cast: Cast, as_user: As, api_as: Act
) -> None:
    actions.share_draft(written(ticket, cast.ann), actor=cast.ann)
    assert not Draft.objects.shared_with(cast.rob, ticket).exists()
    page = as_user(cast.rob).get(f"/portal/{ticket.pk}/").content.decode()
    assert "The bank confirms it." not in page
    assert api_as(cast.rob).get(f"/api/v1/tickets/{ticket.pk}/shared-drafts/").status_code == 403


def test_a_colleague_goes_on_with_it_and_loses_nothing_of_their_own(
    ticket: Ticket,
    cast: Cast,
    as_user: As,
    after_commit: Callable[[], AbstractContextManager[None]],
) -> None:
    draft = actions.share_draft(written(ticket, cast.ann), actor=cast.ann)
    written(ticket, cast.pia, "I had begun, too.")
    said = {"do": f"take_up:{draft.pk}", "kind": "public_reply"}
    with after_commit():
        answer = as_user(cast.pia).post(f"/tickets/{ticket.pk}/reply/", said)
    assert answer.status_code == 302
    current = Draft.objects.current(cast.pia, ticket)
    assert current is not None
    assert (current.pk, current.body, current.shared_at) == (draft.pk, WORDS.body, None)
    assert [one.body for one in Draft.objects.others(cast.pia, ticket)] == ["I had begun, too."]
    assert Draft.objects.current(cast.ann, ticket) is None
    fact = Event.objects.about(ticket).get(name="incidents.draft_taken_up")
    assert (fact.actor, fact.payload["writer"]) == (cast.pia, "Ann")
    told = Notification.objects.get(person=cast.ann, kind="incidents.draft")
    assert "Pia goes on with your draft" in told.title


def test_words_the_writer_adds_meanwhile_are_a_draft_of_their_own(
    ticket: Ticket, cast: Cast
) -> None:
    draft = actions.share_draft(written(ticket, cast.ann), actor=cast.ann)
    actions.take_up_draft(draft, actor=cast.pia)
    more = DraftWords(body="The bank confirms it. Since nine.")
    kept = actions.save_draft(actor=cast.ann, ticket=ticket, words=more, version=draft.version)
    assert kept.pk != draft.pk
    assert Draft.objects.get(pk=draft.pk).body == WORDS.body


def test_what_is_not_shared_or_not_for_ones_role_is_refused(ticket: Ticket, cast: Cast) -> None:
    draft = written(ticket, cast.ann)
    with pytest.raises(DomainError, match="not shared any more"):
        actions.take_up_draft(draft, actor=cast.pia)
    with pytest.raises(NotPermitted):
        actions.share_draft(draft, actor=cast.pia)
    actions.share_draft(draft, actor=cast.ann)
    with pytest.raises(DomainError):
        actions.take_up_draft(draft, actor=cast.stan)
    empty = actions.save_draft(actor=cast.pia, ticket=ticket, words=DraftWords())
    with pytest.raises(DomainError) as refused:
        actions.share_draft(empty, actor=cast.pia)
    assert refused.value.field == "body"


def test_programs_share_and_take_up(ticket: Ticket, cast: Cast, api_as: Act) -> None:
    draft = written(ticket, cast.ann)
    address = f"/api/v1/tickets/{ticket.pk}/"
    shared = api_as(cast.ann).post(f"/api/v1/drafts/{draft.pk}/share/")
    assert (shared.status_code, shared.json()["shared_at"] is None) == (200, False)
    listed = api_as(cast.pia).get(f"{address}shared-drafts/").json()
    assert [(one["id"], one["person"]["name"], one["body"]) for one in listed] == [
        (draft.pk, "Ann", WORDS.body)
    ]
    wrong = api_as(cast.pia).post(f"{address}take-up-draft/", {"draft": draft.pk + 1})
    assert (wrong.status_code, list(wrong.json())) == (422, ["draft"])
    taken = api_as(cast.pia).post(f"{address}take-up-draft/", {"draft": draft.pk})
    assert (taken.status_code, taken.json()["body"]) == (200, WORDS.body)
    assert api_as(cast.pia).post(f"/api/v1/drafts/{draft.pk}/stop-sharing/").status_code == 200


def test_the_page_costs_the_same_with_many_shared_drafts(
    ticket: Ticket, cast: Cast, as_user: As
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_user(cast.pia).get(ticket.get_absolute_url())
        return len(queries)

    actions.share_draft(written(ticket, cast.ann), actor=cast.ann)
    cost()
    one = cost()
    for person in (cast.mo, cast.ada):
        actions.share_draft(written(ticket, person, f"By {person.name}"), actor=person)
    assert Draft.objects.shared_with(cast.pia, ticket).count() == 3
    assert cost() == one
