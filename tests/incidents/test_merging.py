"""Merging tickets: what stays, who reads what, and taking it back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Membership, Person, Team
from accounts.roles import Side
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from dashboards.figures import contacts, refresh_figures
from incidents import actions
from incidents.feed import conversation_of, merged_tickets, read_feed
from incidents.models import Message, StatusInterval, Ticket, TicketMerge, TicketShare
from incidents.searching import search_tickets
from incidents.selecting import select_tickets
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AfterCommit = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def target(opened: Opener) -> Ticket:
    """The ticket that will handle both, Rob's."""
    return opened(title="Checkout declines every card")


@pytest.fixture
def of_stan(opened: Opener, cast: Cast) -> Ticket:
    """A ticket of somebody else at another organisation, with a word and a note on it."""
    ticket = opened(requester=cast.stan, title="Cannot pay", description="Stan's own story.")
    actions.reply_to_ticket(ticket, actor=cast.stan, body="My card ends in 4242.")
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Zanzibar.", kind=Message.Kind.NOTE)
    return ticket


def readable(person: Person, ticket: Ticket) -> list[str]:
    merged = merged_tickets(person, ticket)
    return [message.body for message in conversation_of(person, ticket, merged)]


def told_to(person: Person) -> list[str]:
    return list(Notification.objects.filter(person=person).values_list("title", flat=True))


class TestMerging:
    def test_the_source_becomes_a_pointer_and_the_target_keeps_its_clocks(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        due = target.resolution_due_at
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        ticket.refresh_from_db()
        target.refresh_from_db()
        assert (ticket.state, ticket.state_category) == ("merged", "merged")
        assert ticket.merged_into == target
        assert (target.state, target.resolution_due_at) == ("new", due)
        running = StatusInterval.objects.get(ticket=ticket, ended_at=None)
        assert (running.state, running.category) == ("merged", "merged")

    def test_messages_keep_their_origin_and_are_shown_in_order(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        said = [
            actions.reply_to_ticket(one, actor=cast.ann, body=body)
            for one, body in ((ticket, "first"), (target, "second"), (ticket, "third"))
        ]
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        feed = read_feed(cast.ann, target)
        shown = [entry.message.body for entry in feed.entries if entry.message]
        assert shown == ["first", "second", "third"]
        assert [entry.report for entry in feed.entries if entry.report] == [ticket]
        origins = [entry.origin and entry.origin.pk for entry in feed.entries if entry.message]
        assert origins == [ticket.pk, None, ticket.pk]
        assert Message.objects.get(pk=said[0].pk).ticket_id == ticket.pk

    def test_only_support_merges_and_only_what_it_may_see(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        hidden = Team.objects.create(name="HR", side=Side.SUPPORT, restricted=True)
        hr = Person.objects.create(email="h@house.example", name="Hana", roles=["agent"])
        Membership.objects.create(person=hr, team=hidden)
        actions.assign_ticket(target, actor=cast.ada, team=hidden)
        for person in (cast.rob, cast.stan, cast.dev, cast.ann):
            with pytest.raises(NotPermitted):
                actions.merge_ticket(ticket, actor=person, into=target)
        actions.merge_ticket(ticket, actor=hr, into=target)

    def test_a_ticket_is_never_merged_into_itself_a_merged_or_an_ended_one(
        self, ticket: Ticket, target: Ticket, opened: Opener, cast: Cast
    ) -> None:
        third = opened()
        with pytest.raises(DomainError, match="into itself"):
            actions.merge_ticket(ticket, actor=cast.ann, into=ticket)
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        sentence = f"itself merged into {target.reference}. Merge into {target.reference} instead"
        with pytest.raises(DomainError, match=sentence):
            actions.merge_ticket(third, actor=cast.ann, into=ticket)
        with pytest.raises(TransitionNotAllowed, match=f"was merged into {target.reference}"):
            actions.merge_ticket(ticket, actor=cast.ann, into=third)
        actions.cancel_ticket(third, actor=cast.ann)
        with pytest.raises(DomainError, match="nobody would answer there"):
            actions.merge_ticket(target, actor=cast.ann, into=third)

    def test_the_pointer_of_an_earlier_source_goes_on_to_the_last_target(
        self, ticket: Ticket, target: Ticket, opened: Opener, cast: Cast
    ) -> None:
        last = opened()
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        actions.merge_ticket(target, actor=cast.ann, into=last)
        ticket.refresh_from_db()
        assert ticket.merged_into == last
        with pytest.raises(TransitionNotAllowed, match="Undo that merge first"):
            actions.undo_merge(ticket, actor=cast.ann)
        actions.undo_merge(target, actor=cast.ann)
        ticket.refresh_from_db()
        assert ticket.merged_into == target

    def test_nothing_but_writing_and_undoing_is_done_to_a_merged_ticket(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        ticket.refresh_from_db()
        attempts: list[Callable[[], object]] = [
            lambda: actions.edit_ticket(ticket, actor=cast.ann, version=ticket.version, title="x"),
            lambda: actions.assign_ticket(ticket, actor=cast.ann, assignee=cast.ann),
            lambda: actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="x"),
            lambda: actions.rate_ticket(ticket, actor=cast.rob, score=5),
        ]
        for attempt in attempts:
            with pytest.raises(TransitionNotAllowed, match="Please go on there"):
                attempt()

    def test_a_merge_deletes_no_message_no_file_and_no_event(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        upload = SimpleUploadedFile("card.txt", b"declined")
        actions.reply_to_ticket(ticket, actor=cast.rob, body="See", files=[upload])
        before = Message.objects.count(), Event.objects.count()
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        assert Message.objects.count() == before[0]
        assert Event.objects.count() == before[1] + 2
        message = conversation_of(cast.rob, target, merged_tickets(cast.rob, target))[0]
        assert [file.name for file in message.attachments.all()] == ["card.txt"]

    def test_the_event_names_both_tickets_for_whoever_follows(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        merge = actions.merge_ticket(ticket, actor=cast.ann, into=target)
        event = Event.objects.get(name="incidents.tickets_merged")
        assert (event.payload["source_id"], event.payload["target_id"]) == (ticket.pk, target.pk)
        assert (event.subject_id, event.payload["merge_id"]) == (target.pk, merge.pk)

    def test_what_development_sees_of_one_it_sees_of_both(
        self, shared: Ticket, target: Ticket, cast: Cast
    ) -> None:
        actions.merge_ticket(shared, actor=cast.ann, into=target)
        assert Ticket.objects.visible_to(cast.dev).filter(pk=target.pk).exists()
        actions.undo_merge(shared, actor=cast.ann)
        assert not Ticket.objects.visible_to(cast.dev).filter(pk=target.pk).exists()
        assert TicketShare.objects.get().ticket_id == shared.pk


class TestWhoReads:
    def test_a_note_of_the_source_is_never_read_by_a_requester(
        self, ticket: Ticket, note: Message, target: Ticket, cast: Cast
    ) -> None:
        for opened in (False, True):
            actions.merge_ticket(ticket, actor=cast.ann, into=target, opened=opened)
            assert "Zanzibar" not in " ".join(readable(cast.rob, target))
            assert "Zanzibar" in " ".join(readable(cast.ann, target))
            actions.undo_merge(ticket, actor=cast.ann)

    def test_the_same_requester_reads_both_conversations_in_one(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        actions.reply_to_ticket(ticket, actor=cast.ann, body="from the source")
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        assert readable(cast.rob, target) == ["from the source"]

    def test_words_of_another_requester_stay_with_staff_by_default(
        self, of_stan: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client],
        api_as: Callable[[Person], APIClient], after_commit: AfterCommit,
    ) -> None:  # fmt: skip
        with after_commit():
            actions.merge_ticket(of_stan, actor=cast.ann, into=target)
            actions.reply_to_ticket(of_stan, actor=cast.stan, body="Still my 4242.")
        assert readable(cast.rob, target) == []
        page = as_user(cast.rob).get(f"/portal/{target.pk}/").content.decode()
        answer = api_as(cast.rob).get(f"/api/v1/tickets/{target.pk}/messages/").content.decode()
        for text in (page, answer, " ".join(told_to(cast.rob))):
            assert "4242" not in text
            assert "Stan" not in text
            assert of_stan.reference not in text
        assert not search_tickets(Ticket.objects.visible_to(cast.rob), "4242", cast.rob).exists()
        assert search_tickets(Ticket.objects.visible_to(cast.ann), "4242", cast.ann).get() == target

    @pytest.mark.parametrize("state", ["resolved", "pending"])
    def test_whoever_wakes_the_target_through_its_source_is_not_named_to_its_requester(
        self, state: str, of_stan: Ticket, target: Ticket, cast: Cast,
        as_user: Callable[[Person], Client], after_commit: AfterCommit,
    ) -> None:  # fmt: skip
        actions.merge_ticket(of_stan, actor=cast.ann, into=target)
        if state == "resolved":
            actions.resolve_ticket(target, actor=cast.ann, code="fixed", text="x")
        else:
            actions.put_ticket_on_hold(target, actor=cast.ann, reason="requester")
        with after_commit():
            actions.reply_to_ticket(of_stan, actor=cast.stan, body="Not over for me")
        target.refresh_from_db()
        assert target.state == "in_progress"
        page = as_user(cast.rob).get(f"/portal/{target.pk}/").content.decode()
        assert "in work again" in page or "reopened" in page
        assert "Stan" not in page + " ".join(told_to(cast.rob))

    def test_words_of_the_target_stay_unread_by_the_source_requester(
        self, of_stan: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        actions.reply_to_ticket(target, actor=cast.ann, body="Dear Rob, your IBAN is DE12.")
        actions.merge_ticket(of_stan, actor=cast.ann, into=target)
        page = as_user(cast.stan).get(f"/portal/{of_stan.pk}/").content.decode()
        assert "DE12" not in page
        assert "Rob" not in page
        assert as_user(cast.stan).get(f"/portal/{target.pk}/").status_code == 404

    def test_opened_by_an_agent_the_people_of_both_read_both_until_it_is_undone(
        self, of_stan: Ticket, target: Ticket, cast: Cast
    ) -> None:
        actions.merge_ticket(of_stan, actor=cast.ann, into=target, opened=True)
        actions.reply_to_ticket(target, actor=cast.ann, body="To both of you.")
        assert readable(cast.rob, target) == ["My card ends in 4242.", "To both of you."]
        assert readable(cast.stan, target) == ["My card ends in 4242.", "To both of you."]
        actions.undo_merge(of_stan, actor=cast.ann)
        assert readable(cast.rob, target) == ["To both of you."]
        assert not Ticket.objects.visible_to(cast.stan).filter(pk=target.pk).exists()

    def test_support_answers_the_requester_of_the_source_alone(
        self, of_stan: Ticket, target: Ticket, cast: Cast, after_commit: AfterCommit
    ) -> None:
        with after_commit():
            actions.merge_ticket(of_stan, actor=cast.ann, into=target)
            actions.reply_to_ticket(of_stan, actor=cast.ann, body="Dear Stan")
        assert readable(cast.stan, of_stan) == ["My card ends in 4242.", "Dear Stan"]
        assert readable(cast.rob, target) == []
        target.refresh_from_db()
        assert target.first_response_at is None
        assert f"Ann wrote on {of_stan.reference}" in told_to(cast.stan)


class TestThePointer:
    def test_the_requester_reads_where_it_is_handled_and_how_far_it_is(
        self, of_stan: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client],
        after_commit: AfterCommit,
    ) -> None:  # fmt: skip
        with after_commit():
            actions.merge_ticket(of_stan, actor=cast.ann, into=target)
        with after_commit():
            actions.resolve_ticket(target, actor=cast.ann, code="fixed", text="Rob's cache")
        page = as_user(cast.stan).get(f"/portal/{of_stan.pk}/").content.decode()
        assert f"now handled in {target.reference}" in page
        assert "Resolved" in page
        assert "Rob" not in page
        assert f"{of_stan.reference} is resolved" in told_to(cast.stan)
        assert f"{of_stan.reference} is now handled in {target.reference}" in told_to(cast.stan)

    def test_the_requester_is_not_asked_for_what_the_other_one_owes(
        self, of_stan: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        actions.merge_ticket(of_stan, actor=cast.ann, into=target)
        actions.put_ticket_on_hold(target, actor=cast.ann, reason="requester")
        for address in (f"/portal/{of_stan.pk}/", "/portal/"):
            page = as_user(cast.stan).get(address).content.decode()
            assert "Waiting" in page
            assert "your answer" not in page

    def test_the_page_of_the_source_leads_staff_to_the_target(
        self, ticket: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        answer = as_user(cast.ann).get(f"/tickets/{ticket.pk}/", follow=True)
        assert answer.redirect_chain == [(f"/tickets/{target.pk}/", 302)]
        assert f"{ticket.reference} was merged into {target.reference}" in answer.content.decode()
        own = as_user(cast.ann).get(f"/tickets/{ticket.pk}/?own=1")
        assert own.status_code == 200

    @pytest.mark.parametrize("way", ["action", "portal", "api"])
    def test_a_reply_to_the_source_lands_on_the_target_and_reopens_the_target_alone(
        self, way: str, ticket: Ticket, target: Ticket, cast: Cast,
        as_user: Callable[[Person], Client], api_as: Callable[[Person], APIClient],
    ) -> None:  # fmt: skip
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        actions.resolve_ticket(target, actor=cast.ann, code="fixed", text="Done")
        if way == "action":
            actions.reply_to_ticket(ticket, actor=cast.rob, body="It is back", channel="email")
        elif way == "portal":
            as_user(cast.rob).post(f"/portal/{ticket.pk}/reply/", {"body": "It is back"})
        else:
            words = {"body": "It is back"}
            answer = api_as(cast.rob).post(f"/api/v1/tickets/{ticket.pk}/messages/", words)
            assert answer.json()["ticket"] == target.pk
        message = Message.objects.get(body="It is back")
        assert (message.ticket, message.merged_from) == (target, ticket)
        ticket.refresh_from_db()
        target.refresh_from_db()
        assert (ticket.state, target.state, target.reopen_count) == ("merged", "in_progress", 1)

    def test_lists_search_and_exports_leave_it_out_but_its_number_finds_it(
        self, ticket: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client],
        api_as: Callable[[Person], APIClient],
    ) -> None:  # fmt: skip
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        for query in ("", "state=any", "q=declined", "state=closed"):
            assert ticket not in select_tickets(cast.ann, query)
        for query in (f"q={ticket.reference}", "state=merged"):
            assert [*select_tickets(cast.ann, query)] == [ticket]
        page = as_user(cast.ann).get("/tickets/", {"q": ticket.reference}).content.decode()
        assert ticket.title in page
        answer = api_as(cast.ann).get("/api/v1/tickets/").json()
        assert [row["id"] for row in answer["results"]] == [target.pk]

    def test_a_requester_finds_a_merged_ticket_by_its_words(
        self, of_stan: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        actions.merge_ticket(of_stan, actor=cast.ann, into=target)
        page = as_user(cast.stan).get("/portal/", {"q": "4242"}).content.decode()
        assert f"/portal/{of_stan.pk}/" in page
        assert list(search_tickets(Ticket.objects.visible_to(cast.rob), "4242", cast.rob)) == []

    def test_a_requester_keeps_the_pointer_in_their_list_while_the_target_is_not_theirs(
        self, of_stan: Ticket, ticket: Ticket, target: Ticket, cast: Cast,
        as_user: Callable[[Person], Client],
    ) -> None:  # fmt: skip
        for one in (of_stan, ticket):
            actions.merge_ticket(one, actor=cast.ann, into=target)
        of_rob = as_user(cast.rob).get("/portal/").content.decode()
        assert target.reference in of_rob
        assert f"/portal/{ticket.pk}/" not in of_rob
        assert f"/portal/{of_stan.pk}/" in as_user(cast.stan).get("/portal/").content.decode()
        actions.resolve_ticket(target, actor=cast.ann, code="fixed", text="Done")
        stan = as_user(cast.stan)
        assert f"/portal/{of_stan.pk}/" not in stan.get("/portal/").content.decode()
        assert f"/portal/{of_stan.pk}/" in stan.get("/portal/?show=solved").content.decode()


# What a merge and its undoing may change of the source besides: its versions, and deadlines, which
# are worked out anew from the intervals.
_NOT_COMPARED = {
    *("version", "updated_at", "due_at"),
    *("resolution_due_at", "first_response_due_at", "next_response_due_at"),
}


def kept(ticket: Ticket) -> dict[str, Any]:
    ticket = Ticket.objects.get(pk=ticket.pk)
    values = model_to_dict(ticket)
    values["affected_users"] = sorted(one.pk for one in values["affected_users"])
    return {name: value for name, value in values.items() if name not in _NOT_COMPARED}


class TestUndoing:
    @pytest.mark.parametrize("state", ["new", "pending", "resolved", "closed", "cancelled"])
    @pytest.mark.parametrize("how", ["apart", "opened"])
    def test_it_restores_both_tickets_exactly(
        self, state: str, how: str, of_stan: Ticket, target: Ticket, cast: Cast
    ) -> None:
        _bring_to(of_stan, state, cast)
        actions.resolve_ticket(target, actor=cast.ann, code="fixed", text="Done")
        before = kept(of_stan), kept(target), readable(cast.rob, target)
        messages = list(Message.objects.values_list("pk", "ticket_id", "merged_from_id", "kind"))
        actions.merge_ticket(of_stan, actor=cast.ann, into=target, opened=how == "opened")
        actions.undo_merge(of_stan, actor=cast.pia)
        assert (kept(of_stan), kept(target), readable(cast.rob, target)) == before
        after = list(Message.objects.values_list("pk", "ticket_id", "merged_from_id", "kind"))
        assert after == messages

    def test_the_time_as_a_pointer_is_an_interval_of_its_own_and_no_clock_ran(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        start = ticket.created_at
        due = ticket.resolution_due_at
        assert due is not None
        hour = timedelta(hours=1)
        actions.merge_ticket(ticket, actor=cast.ann, into=target, at=start + hour)
        actions.undo_merge(ticket, actor=cast.ann, at=start + 3 * hour)
        ticket.refresh_from_db()
        spans = [
            (one.state, one.category, one.started_at, one.ended_at)
            for one in ticket.status_intervals.all()
        ]
        assert spans == [
            ("new", "open", start, start + hour),
            ("merged", "merged", start + hour, start + 3 * hour),
            ("new", "open", start + 3 * hour, None),
        ]
        assert ticket.resolution_due_at == due + 2 * hour

    def test_what_was_written_to_the_source_meanwhile_stays_and_is_listed(
        self, of_stan: Ticket, target: Ticket, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        actions.merge_ticket(of_stan, actor=cast.ann, into=target)
        later = actions.reply_to_ticket(of_stan, actor=cast.stan, body="One more thing")
        actions.undo_merge(of_stan, actor=cast.ann)
        later.refresh_from_db()
        assert (later.ticket, later.merged_from) == (target, of_stan)
        event = Event.objects.get(name="incidents.merge_undone")
        assert event.payload["stayed_ids"] == [later.pk]
        assert "One more thing" in readable(cast.stan, of_stan)
        assert "One more thing" in as_user(cast.ann).get(f"/tickets/{of_stan.pk}/").content.decode()
        assert "One more thing" not in readable(cast.rob, target)

    def test_after_thirty_days_it_is_refused_with_a_sentence(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        merge = actions.merge_ticket(ticket, actor=cast.ann, into=target)
        late = merge.merged_at + timedelta(days=30, seconds=1)
        with pytest.raises(TransitionNotAllowed, match="can be undone for 30 days"):
            actions.undo_merge(ticket, actor=cast.ann, at=late)
        actions.undo_merge(ticket, actor=cast.ann, at=merge.merged_at + timedelta(days=30))

    def test_there_is_nothing_to_undo_twice_and_a_new_merge_may_follow(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        actions.undo_merge(ticket, actor=cast.ann)
        with pytest.raises(TransitionNotAllowed, match="nothing to undo"):
            actions.undo_merge(ticket, actor=cast.ann)
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        assert TicketMerge.objects.filter(source=ticket).count() == 2

    def test_links_the_target_had_from_the_merge_go_and_no_others(
        self, ticket: Ticket, target: Ticket, opened: Opener, cast: Cast
    ) -> None:
        parent, own = opened(), opened()
        actions.link_ticket(ticket, actor=cast.ann, kind="child_of", other=parent)
        actions.link_ticket(target, actor=cast.ann, kind="child_of", other=own)
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        assert {one.to_ticket for one in target.relations.all()} == {parent, own}
        actions.undo_merge(ticket, actor=cast.ann)
        assert {one.to_ticket for one in target.relations.all()} == {own}
        assert {one.to_ticket for one in ticket.relations.all()} == {parent}


def _bring_to(ticket: Ticket, state: str, cast: Cast) -> None:
    if state == "pending":
        actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="supplier")
    elif state in ("resolved", "closed"):
        actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="x")
        actions.rate_ticket(ticket, actor=cast.stan, score=4)
        if state == "closed":
            actions.close_ticket(ticket, actor=cast.ann)
    elif state == "cancelled":
        actions.cancel_ticket(ticket, actor=cast.ann)


class TestFigures:
    def test_a_merged_ticket_is_a_contact_but_nothing_resolved(
        self, ticket: Ticket, target: Ticket, cast: Cast
    ) -> None:
        actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="x")
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        today = timezone.now().date()
        refresh_figures(today, today)
        found = contacts(today, today)
        assert (found.incidents, found.resolved, found.first_contact_eligible) == (2, 0, 0)
        assert not Ticket.objects.solved().exists()

    def test_a_second_ticket_of_the_same_requester_ends_first_contact_resolution(
        self, ticket: Ticket, of_stan: Ticket, target: Ticket, cast: Cast
    ) -> None:
        actions.merge_ticket(of_stan, actor=cast.ann, into=target)
        actions.resolve_ticket(target, actor=cast.ann, code="fixed", text="x")
        target.refresh_from_db()
        assert target.first_contact_resolution is True
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        target.refresh_from_db()
        assert target.first_contact_resolution is False
        actions.undo_merge(ticket, actor=cast.ann)
        target.refresh_from_db()
        assert target.first_contact_resolution is True
