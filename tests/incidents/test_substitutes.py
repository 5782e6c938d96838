"""The chain of substitutes: followed to who is here, and ended at the team where nobody is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.availability.actions import note_absence
from accounts.availability.reading import absences_now, stood_in_for, substitutes_of
from accounts.models import Membership, Person, Team
from core.models import Event
from incidents import actions
from incidents.models import Ticket
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener

Play = Callable[[], AbstractContextManager[None]]


def away(person: Person, substitute: Person | None = None) -> None:
    now = timezone.now()
    note_absence(
        person,
        actor=None,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
        substitute=substitute,
    )


def standing_in(person: Person) -> list[Person]:
    return substitutes_of(person, timezone.now())


def owner_of(ticket: Ticket) -> Person | None:
    return Ticket.objects.select_related("assignee").get(pk=ticket.pk).assignee


def last_sentence(ticket: Ticket) -> str:
    facts = Event.objects.about(ticket).filter(name="incidents.ticket_assigned")
    return facts.latest("id").sentence


def test_who_stands_in_and_is_away_as_well_is_followed_to_their_own_substitute(cast: Cast) -> None:
    away(cast.ann, cast.pia)
    assert standing_in(cast.ann) == [cast.pia]
    away(cast.pia, cast.max)
    assert standing_in(cast.ann) == standing_in(cast.pia) == [cast.max]
    covered = {one.person for one in stood_in_for(cast.max, absences_now(timezone.now()))}
    assert covered == {cast.ann, cast.pia}
    assert stood_in_for(cast.pia, absences_now(timezone.now())) == []


@pytest.mark.parametrize("last", ["ann", "pia", None])
def test_a_circle_or_an_open_end_leaves_nobody(last: str | None, cast: Cast) -> None:
    away(cast.ann, cast.pia)
    away(cast.pia, cast.max)
    away(cast.max, cast.everyone[last] if last else None)
    assert standing_in(cast.ann) == []


def test_somebody_who_has_left_stands_in_for_nobody(cast: Cast) -> None:
    away(cast.ann, cast.pia)
    cast.pia.is_active = False
    cast.pia.save()
    assert standing_in(cast.ann) == []


def test_the_end_of_the_chain_hears_and_sees_what_the_owner_would(
    opened: Opener, cast: Cast, after_commit: Play, as_user: Callable[..., Client]
) -> None:
    ticket = opened(assignee=cast.ann, title="The printer is on fire")
    away(cast.ann, cast.pia)
    away(cast.pia, cast.max)
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.rob, body="It is worse now")
    told = Notification.objects.get(person=cast.max)
    assert told.title == f"For Ann: Rob wrote on {ticket.reference}"
    assert not Notification.objects.filter(person=cast.pia).exists()
    page = as_user(cast.max).get("/desk/").content.decode()
    assert ticket.title in page[page.index("For Ann, away until") :]
    assert "For Ann" not in as_user(cast.pia).get("/desk/").content.decode()


def test_a_circle_ends_at_the_team_which_hears_and_sees_the_ticket(
    opened: Opener, cast: Cast, after_commit: Play, as_user: Callable[..., Client]
) -> None:
    Membership.objects.create(person=cast.max, team=cast.desk)
    ticket = opened(assignee=cast.ann, title="The printer is on fire")
    away(cast.ann, cast.pia)
    away(cast.pia, cast.ann)
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.rob, body="It is worse now")
    assert Notification.objects.get(person=cast.max).title.startswith("For Ann: Rob wrote")
    assert not Notification.objects.filter(person=cast.pia).exists()
    page = as_user(cast.max).get("/desk/").content.decode()
    assert ticket.title in page[page.index("Nobody stands in for Ann, Pia") :]
    Membership.objects.filter(person=cast.max).delete()
    other = as_user(Person.objects.get(pk=cast.max.pk)).get("/desk/").content.decode()
    assert "Nobody stands in" not in other


def test_what_is_assigned_by_a_rule_to_somebody_away_goes_to_the_end_of_the_chain(
    ticket: Ticket, cast: Cast
) -> None:
    away(cast.ann, cast.pia)
    away(cast.pia, cast.max)
    actions.assign_or_stand_in(ticket, actor=None, assignee=cast.ann)
    assert owner_of(ticket) == cast.max
    assert last_sentence(ticket).endswith("Max · Service desk, who stands in for Ann")


def test_what_is_assigned_round_in_a_circle_waits_in_the_teams_queue(
    ticket: Ticket, cast: Cast
) -> None:
    away(cast.ann, cast.pia)
    away(cast.pia, cast.ann)
    actions.assign_ticket(ticket, actor=None, assignee=cast.max, team=cast.desk)
    actions.assign_or_stand_in(ticket, actor=None, assignee=cast.ann)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team) == (None, cast.desk)
    assert last_sentence(ticket).endswith(
        "Service desk: Ann is away and nobody who is here stands in"
    )


def test_who_stands_in_is_given_nothing_of_a_restricted_team(ticket: Ticket, cast: Cast) -> None:
    people = Team.objects.create(name="People", restricted=True)
    Membership.objects.create(person=cast.ann, team=people)
    away(cast.ann, cast.pia)
    actions.assign_or_stand_in(ticket, actor=None, assignee=cast.ann, team=people)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team) == (None, people)


def test_who_is_away_and_names_nobody_is_given_it_all_the_same(ticket: Ticket, cast: Cast) -> None:
    away(cast.ann)
    actions.assign_or_stand_in(ticket, actor=None, assignee=cast.ann)
    assert owner_of(ticket) == cast.ann


def test_by_hand_a_ticket_goes_to_whom_one_names(ticket: Ticket, cast: Cast) -> None:
    away(cast.ann, cast.pia)
    actions.assign_ticket(ticket, actor=cast.pia, assignee=cast.ann)
    assert owner_of(ticket) == cast.ann
