"""Editing without losing anybody's change, and who owns a ticket."""

import pytest

from accounts.models import Team
from core.errors import DomainError, EditConflict, NotPermitted
from core.models import Event
from incidents import actions
from incidents.models import Ticket, TicketArticle, TicketShare
from knowledge.models import Article
from tests.conftest import Cast


def test_an_edit_says_what_changed(ticket: Ticket, cast: Cast) -> None:
    after = actions.edit_ticket(
        ticket, actor=cast.ann, version=1, title="Cards declined", category="Cards"
    )
    assert (after.title, after.category, after.version) == ("Cards declined", "Cards", 2)
    event = Event.objects.about(ticket).latest("id")
    assert event.sentence == "changed title, category"
    assert event.payload["changes"]["title"] == ["Card is declined at checkout", "Cards declined"]


def test_an_edit_that_changes_nothing_leaves_no_trace(ticket: Ticket, cast: Cast) -> None:
    after = actions.edit_ticket(ticket, actor=cast.ann, version=1, title=ticket.title)
    assert after.version == 1
    assert Event.objects.about(ticket).count() == 1


def test_two_edits_of_different_fields_both_stay(ticket: Ticket, cast: Cast) -> None:
    actions.edit_ticket(ticket, actor=cast.ann, version=1, title="Cards declined")
    after = actions.edit_ticket(ticket, actor=cast.pia, version=1, category="Cards")
    assert (after.title, after.category) == ("Cards declined", "Cards")


def test_two_edits_of_one_field_are_a_conflict(ticket: Ticket, cast: Cast) -> None:
    actions.edit_ticket(ticket, actor=cast.ann, version=1, title="Cards declined")
    with pytest.raises(EditConflict) as refused:
        actions.edit_ticket(ticket, actor=cast.pia, version=1, title="Bank is down")
    assert refused.value.field == "title"
    assert "Ann" in refused.value.message
    assert "Cards declined" in refused.value.message
    ticket.refresh_from_db()
    assert ticket.title == "Cards declined"
    actions.edit_ticket(ticket, actor=cast.pia, version=ticket.version, title="Bank is down")


def test_a_reply_meanwhile_is_no_conflict(ticket: Ticket, cast: Cast) -> None:
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Hello?")
    assert actions.edit_ticket(ticket, actor=cast.ann, version=1, title="Cards").title == "Cards"


@pytest.mark.parametrize("version", [0, 99])
def test_a_version_that_never_was_is_refused(ticket: Ticket, cast: Cast, version: int) -> None:
    with pytest.raises(EditConflict):
        actions.edit_ticket(ticket, actor=cast.ann, version=version, title="Cards")


def test_priority_follows_impact_unless_it_is_given(ticket: Ticket, cast: Cast) -> None:
    ticket = actions.edit_ticket(ticket, actor=cast.ann, version=1, impact=1)
    assert ticket.priority == 2
    ticket = actions.edit_ticket(ticket, actor=cast.ann, version=2, impact=3, priority=1)
    assert ticket.priority == 1
    ticket = actions.edit_ticket(ticket, actor=cast.ann, version=3, impact=3, title="Same impact")
    assert ticket.priority == 1


def test_the_component_brings_its_service(ticket: Ticket, cast: Cast) -> None:
    after = actions.edit_ticket(ticket, actor=cast.ann, version=1, component=None, service=None)
    assert (after.component, after.service) == (None, None)
    after = actions.edit_ticket(ticket, actor=cast.ann, version=2, component=cast.invoices)
    assert after.service == cast.payments


def test_affected_users_are_edited_too(ticket: Ticket, cast: Cast) -> None:
    after = actions.edit_ticket(ticket, actor=cast.ann, version=1, affected_users=[cast.rita])
    assert list(after.affected_users.all()) == [cast.rita]
    assert Ticket.objects.visible_to(cast.rita).get() == ticket


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"impact": 7}, "impact"),
        ({"priority": 0}, "priority"),
        ({"severity": 4}, "severity"),
        ({"channel": "pigeon"}, "channel"),
        ({"category": "x" * 81}, "category"),
    ],
)
def test_bad_values_are_refused_at_their_field(
    ticket: Ticket, cast: Cast, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        actions.edit_ticket(ticket, actor=cast.ann, version=1, **fields)
    assert refused.value.field == field


@pytest.mark.parametrize("who", ["rob", "stan", "dev"])
def test_only_support_edits(ticket: Ticket, cast: Cast, who: str) -> None:
    with pytest.raises(NotPermitted):
        actions.edit_ticket(ticket, actor=cast.everyone[who], version=1, title="Mine")


def test_a_change_of_team_is_counted(ticket: Ticket, cast: Cast) -> None:
    second = Team.objects.create(name="Second line")
    after = actions.assign_ticket(ticket, actor=cast.ann, team=second)
    assert (after.team, after.assignee, after.reassignment_count) == (second, None, 1)
    assert after.state == "new"
    after = actions.assign_ticket(ticket, actor=cast.ann, assignee=cast.ann)
    assert (after.team, after.assignee, after.state) == (cast.desk, cast.ann, "assigned")
    assert after.reassignment_count == 2


def test_the_owner_changes_while_work_goes_on(ticket: Ticket, cast: Cast) -> None:
    actions.start_ticket(ticket, actor=cast.ann)
    after = actions.assign_ticket(ticket, actor=cast.ann, assignee=cast.pia)
    assert (after.state, after.assignee) == ("in_progress", cast.pia)


def test_assigning_needs_somebody(ticket: Ticket, cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        actions.assign_ticket(ticket, actor=cast.ann)
    assert refused.value.field == "assignee"


def test_the_same_owner_again_leaves_no_trace(ticket: Ticket, cast: Cast) -> None:
    actions.assign_ticket(ticket, actor=cast.ann, assignee=cast.ann)
    events = Event.objects.about(ticket).count()
    actions.assign_ticket(ticket, actor=cast.ann, assignee=cast.ann)
    assert Event.objects.about(ticket).count() == events


def test_a_share_shows_the_ticket_and_its_end_hides_it(ticket: Ticket, cast: Cast) -> None:
    seen = Ticket.objects.visible_to(cast.dev)
    assert not seen.exists()
    for because in ("devlink.workitem:1", "devlink.workitem:1", "devlink.workitem:2"):
        actions.share_ticket(ticket, team=cast.payments_team, because=because)
    assert seen.get() == ticket
    assert actions.unshare_tickets(because="devlink.workitem:1") == 1
    assert seen.get() == ticket
    actions.unshare_tickets(because="devlink.workitem:2")
    assert not seen.exists()
    assert not TicketShare.objects.exists()


def test_a_restricted_team_s_ticket_is_seen_by_its_members_and_overseers(
    ticket: Ticket, cast: Cast
) -> None:
    people = Team.objects.create(name="People", restricted=True)
    Ticket.objects.filter(pk=ticket.pk).update(team=people)
    sees = {
        name
        for name, person in cast.everyone.items()
        if Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()
    }
    assert sees == {"rob", "mo", "ada"}


def test_an_article_is_linked_once_and_known_when_it_was_there_before(
    ticket: Ticket, cast: Cast
) -> None:
    article = Article.objects.create(title="Cards", issue="Declined", owner=cast.ann)
    link = actions.link_article(ticket, actor=cast.ann, article=article)
    assert link.known is False
    actions.link_article(ticket, actor=cast.pia, article=article)
    assert TicketArticle.objects.count() == 1
    assert Event.objects.about(ticket).filter(name="incidents.article_linked").count() == 1
    with pytest.raises(NotPermitted):
        actions.link_article(ticket, actor=cast.rob, article=article)
