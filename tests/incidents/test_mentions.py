"""People named with @: told when they may read it, refused with a sentence when not."""

from collections.abc import Callable

import pytest

from accounts.models import Membership, Person
from accounts.roles import Role
from core.errors import DomainError
from core.models import Event
from incidents import actions
from incidents.events import PERSON_MENTIONED
from incidents.mentions import read_mentions
from incidents.models import Mention, Message, Ticket
from notifications.models import Notification, OutgoingMail
from tests.conftest import Cast
from tests.make.catalogue import make_team


def write(ticket: Ticket, by: Person, body: str, kind: str = Message.Kind.NOTE) -> Message:
    return actions.reply_to_ticket(ticket, actor=by, body=body, kind=kind)


def test_who_is_named_is_told_once(
    ticket: Ticket, cast: Cast, after_commit: Callable[..., object]
) -> None:
    with after_commit():
        write(ticket, cast.ann, "Could you look, @Pia? Yes, @pia@house.example, you.")
    assert Mention.objects.get().person == cast.pia
    told = Notification.objects.get(person=cast.pia)
    assert told.title == f"Ann mentioned you on {ticket.reference}"
    event = Event.objects.get(name=PERSON_MENTIONED.name)
    assert event.payload["person_id"] == cast.pia.pk


def test_full_names_are_read_with_the_words_after_them(cast: Cast, ticket: Ticket) -> None:
    cast.pia.name = "Pia von Stein"
    cast.pia.save()
    write(ticket, cast.ann, "@Pia von Stein please check")
    assert Mention.objects.get().person == cast.pia


def test_words_after_an_at_that_are_nobody_s_name_are_words(ticket: Ticket, cast: Cast) -> None:
    write(ticket, cast.ann, "@media print, `@Pia` and mail ann@house.example\n> @Pia said so")
    assert not Mention.objects.exists()


def test_somebody_who_may_not_see_the_ticket_is_refused(cast: Cast, ticket: Ticket) -> None:
    with pytest.raises(DomainError, match="Dev may not see INC-") as refused:
        write(ticket, cast.ann, "@Dev look at this")
    assert refused.value.field == "body"
    assert not Message.objects.exists()


def test_somebody_outside_a_restricted_team_is_refused(
    cast: Cast, opened: Callable[..., Ticket]
) -> None:
    closed = make_team("Security", restricted=True)
    Membership.objects.create(person=cast.ann, team=closed)
    ticket = opened(actor=Person.objects.get(name="Ann"), team=closed)
    with pytest.raises(DomainError, match="Pia may not see"):
        write(ticket, Person.objects.get(name="Ann"), "@Pia")


def test_an_internal_note_never_reaches_a_customer_by_mention(
    ticket: Ticket, cast: Cast, after_commit: Callable[..., object]
) -> None:
    with pytest.raises(DomainError, match="must not read internal notes"):
        write(ticket, cast.ann, f"@{cast.rob.email} is difficult")
    with after_commit():
        write(ticket, cast.ann, "@Rob is difficult")
    assert not Mention.objects.exists()
    assert not OutgoingMail.objects.filter(to=cast.rob.email, body__contains="difficult").exists()


def test_requesters_name_nobody(
    ticket: Ticket, cast: Cast, after_commit: Callable[..., object]
) -> None:
    with after_commit():
        write(ticket, cast.rob, "Please hurry @Pia and @pia@house.example", Message.Kind.PUBLIC)
    assert not Mention.objects.exists()
    assert not Notification.objects.filter(person=cast.pia).exists()


def test_two_people_of_one_name_need_their_address(ticket: Ticket, cast: Cast) -> None:
    other = Person.objects.create_user("pia2@house.example", name="Pia", roles=[Role.AGENT])
    with pytest.raises(DomainError, match="Several people are called Pia"):
        write(ticket, cast.ann, "@Pia?")
    write(ticket, cast.ann, "@pia2@house.example?")
    assert Mention.objects.get().person == other


def test_many_signs_cost_one_query(ticket: Ticket, cast: Cast) -> None:
    assert len(read_mentions("@a " * 500)) == 20
