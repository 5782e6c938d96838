"""Finding the ticket to merge into, and the pages around it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Membership, Person, Team
from accounts.roles import Side
from incidents import actions
from incidents.merge_lines import Line
from incidents.merge_preview import preview_line, preview_merge
from incidents.models import Message, Ticket
from incidents.targets import propose_tickets
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.many import copy_tickets, rows_read


def proposed(person: Person, ticket: Ticket, words: str = "") -> list[tuple[Ticket, str]]:
    return [(one.ticket, one.reason) for one in propose_tickets(person, ticket, words)]


def test_without_words_the_nearest_come_first(ticket: Ticket, opened: Opener, cast: Cast) -> None:
    component = opened(requester=cast.stan)
    organisation = opened(requester=cast.rita, component=cast.invoices)
    requester = opened(component=cast.invoices)
    opened(requester=cast.stan, component=cast.invoices)
    assert proposed(cast.ann, ticket) == [
        (requester, "same requester"),
        (organisation, "same organisation"),
        (component, "same component"),
    ]


def test_any_ticket_is_found_by_words_of_its_title_or_its_number(
    ticket: Ticket, opened: Opener, cast: Cast
) -> None:
    far = opened(requester=cast.stan, component=None, title="Printer jams on letterheads")
    for words in ("print", "Letterhead jam", str(far.pk), far.reference, f"req-{far.pk}"):
        assert far in [one for one, _ in proposed(cast.ann, ticket, words)], words
    for words in ("' & ! :*", "<->", "x" * 300, "\x00", "🙂", "the of"):
        assert far not in [one for one, _ in proposed(cast.ann, ticket, words)]


def test_a_number_is_found_by_its_beginning(ticket: Ticket, cast: Cast, opened: Opener) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('incidents_ticket', 'id'), 77120, false)"
        )
    found = [opened(title="Far", requester=cast.stan) for _ in range(3)]
    assert {one for one, _ in proposed(cast.ann, ticket, "7712")} == set(found)


def test_neither_itself_nor_merged_nor_hidden_tickets_are_proposed(
    ticket: Ticket, opened: Opener, cast: Cast
) -> None:
    target, merged, hidden = opened(), opened(), opened()
    actions.merge_ticket(merged, actor=cast.ann, into=target)
    hr = Team.objects.create(name="HR", side=Side.SUPPORT, restricted=True)
    Membership.objects.create(person=cast.ada, team=hr)
    actions.assign_ticket(hidden, actor=cast.ada, team=hr)
    ann = Person.objects.get(pk=cast.ann.pk)
    for words in ("", "declined", ticket.reference, merged.reference, hidden.reference):
        assert {one for one, _ in proposed(ann, ticket, words)} <= {target}


@pytest.mark.parametrize("words", ["", "card", "card decl", "77", "zzz"])
def test_a_search_costs_the_same_few_statements_however_many_tickets_there_are(
    words: str, ticket: Ticket, opened: Opener, cast: Cast,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:  # fmt: skip
    for _ in range(12):
        opened()
    with django_assert_max_num_queries(5):
        proposed(cast.ann, ticket, words)


@pytest.mark.slow
def test_among_very_many_tickets_only_some_thousand_rows_are_read(
    ticket: Ticket, cast: Cast
) -> None:
    copy_tickets(30_000)
    read = {}
    for words in ("", "card", "ca", "declined card", "case 4711", "4711", "9", "nothing"):
        with CaptureQueriesContext(connection) as asked:
            propose_tickets(cast.ann, ticket, words)
        read[words] = max(rows_read(statement["sql"]) for statement in asked.captured_queries)
    assert {words: rows for words, rows in read.items() if rows > 6_000} == {}


class TestPages:
    def test_search_preview_and_merge_work_with_scripts_off(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        target = opened(title="Every card declined")
        browser, address = as_user(cast.ann), f"/tickets/{ticket.pk}/merge/"
        search = browser.get(address, {"q": "every"}).content.decode()
        assert f"{address}?into={target.reference}" in search
        preview = browser.get(address, {"into": target.reference}).content.decode()
        assert "Two requesters" not in preview
        assert "stays Rob" in preview
        done = browser.post(address, {"into": target.reference}, follow=True)
        assert done.redirect_chain == [(target.get_absolute_url(), 302)]
        assert "It can be undone for 30 days" in done.content.decode()
        undo = f"/tickets/{ticket.pk}/undo-merge/"
        assert undo in done.content.decode()
        assert browser.get(undo).status_code == 200
        assert browser.post(undo).status_code == 302
        ticket.refresh_from_db()
        assert ticket.state == "new"

    def test_a_whole_number_in_the_search_leads_straight_to_the_preview(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        target = opened()
        for words in (target.reference, str(target.pk)):
            page = as_user(cast.ann).get(f"/tickets/{ticket.pk}/merge/", {"q": words})
            assert f"Merge {ticket.reference} into {target.reference}" in page.content.decode()

    def test_typing_asks_for_the_list_alone(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        opened()
        for page in ("merge", "link"):
            answer = as_user(cast.ann).get(
                f"/tickets/{ticket.pk}/{page}/", {"q": "declined"}, HTTP_HX_REQUEST="true"
            )
            assert answer.content.decode().strip().startswith('<div id="targets"')

    def test_the_preview_warns_where_the_requesters_differ_and_shows_messages_in_order(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        target = opened(requester=cast.stan, title="Another story")
        for one, body in ((ticket, "one"), (target, "two"), (ticket, "three")):
            actions.reply_to_ticket(one, actor=cast.ann, body=f"word {body}")
        page = as_user(cast.ann).get(f"/tickets/{ticket.pk}/merge/", {"into": target.pk})
        text = page.content.decode()
        assert "Two requesters of different organisations" in text
        assert text.index("word one") < text.index("word two") < text.index("word three")

    def test_a_merged_target_is_followed_with_a_sentence(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        merged, last = opened(), opened()
        actions.merge_ticket(merged, actor=cast.ann, into=last)
        page = as_user(cast.ann).get(f"/tickets/{ticket.pk}/merge/", {"into": merged.reference})
        text = page.content.decode()
        assert f"{merged.reference} was merged into {last.reference}" in text
        assert f"Merge {ticket.reference} into {last.reference}" in text

    def test_a_wrong_number_and_a_refused_merge_are_answered_with_a_sentence(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        browser, address = as_user(cast.ann), f"/tickets/{ticket.pk}/merge/"
        unknown = browser.get(address, {"into": "INC-999999"})
        assert (unknown.status_code, b"no other ticket INC-999999" in unknown.content) == (
            422,
            True,
        )
        ended = opened()
        actions.cancel_ticket(ended, actor=cast.ann)
        refused = browser.post(address, {"into": ended.reference})
        assert (refused.status_code, b"nobody would answer" in refused.content) == (422, True)
        assert browser.post(address, {}).status_code == 422

    def test_a_step_on_a_ticket_that_was_merged_meanwhile_leads_on_with_a_sentence(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        target = opened()
        actions.merge_ticket(ticket, actor=cast.ann, into=target)
        for step in ("resolve", "split", "link", "edit"):
            page = as_user(cast.ann).get(f"/tickets/{ticket.pk}/{step}/", follow=True)
            assert page.redirect_chain[-1][0] == target.get_absolute_url()
            assert "Please go on there" in page.content.decode()

    def test_several_tickets_are_linked_by_number_and_by_ticking(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        named, ticked = opened(), opened()
        browser, address = as_user(cast.ann), f"/tickets/{ticket.pk}/link/"
        wrong = browser.post(address, {"kind": "child_of", "others": f"{named.pk}, INC-99999"})
        assert (wrong.status_code, b"no such ticket: INC-99999" in wrong.content) == (422, True)
        words = {"kind": "child_of_inverse", "others": named.reference, "chosen": [ticked.pk]}
        assert browser.post(address, words).status_code == 302
        assert {row.from_ticket for row in ticket.relations_to.all()} == {named, ticked}
        relation = ticket.relations_to.first()
        assert relation is not None
        browser.post(f"/tickets/{ticket.pk}/unlink/", {"relation": relation.pk})
        assert ticket.relations_to.count() == 1

    def test_requesters_and_developers_find_none_of_it(
        self, shared: Ticket, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        for person in (cast.rob, cast.dev):
            for page in ("merge", "undo-merge", "split", "link", "unlink", "resolve-followers"):
                address = f"/tickets/{shared.pk}/{page}/"
                assert as_user(person).get(address).status_code == 403, (person, page)
                assert as_user(person).post(address).status_code == 403, (person, page)

    def test_support_answers_the_requester_of_a_merged_ticket_from_the_page(
        self, ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
    ) -> None:
        source = opened(requester=cast.stan)
        actions.merge_ticket(source, actor=cast.ann, into=ticket)
        browser, address = as_user(cast.ann), f"/tickets/{source.pk}/answer-merged/"
        assert address in browser.get(ticket.get_absolute_url()).content.decode()
        browser.post(address, {"body": "Dear Stan"})
        message = Message.objects.get(body="Dear Stan")
        assert (message.ticket, message.merged_from) == (ticket, source)


def test_the_preview_says_what_becomes_of_people_marks_and_work(
    ticket: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    target = opened()
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    actions.add_watcher(ticket, actor=cast.ann, person=cast.pia)
    actions.tag_ticket(ticket, actor=cast.ann, name="cards")
    actions.add_task(ticket, actor=cast.ann, title="Call the bank")
    actions.note_time(ticket, actor=cast.ann, minutes=75)
    actions.link_ticket(ticket, actor=cast.ann, kind="relates_to", other=opened())
    lines = {line.what: line.becomes for line in preview_merge(cast.ann, ticket, target).lines}
    one, other = ticket.reference, target.reference
    assert lines["People in copy"].startswith(f"Rita: in copy of what is written to {one}")
    assert lines["Followers"].startswith(f"Pia: told of {other} from now on")
    assert lines["Tags"] == f"cards: still on {one}; {other} gets none"
    assert lines["Tasks"].startswith(f"1 open task stays on {one}")
    assert "noted" in lines["Time"]
    assert lines["Links"] == f"1 link holds for {other} too"
    page = as_user(cast.ann).get(f"/tickets/{ticket.pk}/merge/?into={other}").content.decode()
    assert all(becomes.split(";")[0] in page for becomes in lines.values())


def test_what_the_preview_says_is_what_the_merge_does(
    ticket: Ticket,
    opened: Opener,
    cast: Cast,
    after_commit: Callable[..., Any],
    as_user: Callable[[Person], Client],
) -> None:
    target = opened()
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    actions.add_watcher(ticket, actor=cast.ann, person=cast.pia)
    actions.tag_ticket(ticket, actor=cast.ann, name="cards")
    task = actions.add_task(ticket, actor=cast.ann, title="Call the bank", assignee=cast.ann)
    actions.merge_ticket(ticket, actor=cast.ann, into=target)
    assert [copy.person for copy in ticket.copies.all()] == [cast.rita]
    assert not target.copies.exists()
    assert not target.ticket_tags.exists()
    Notification.objects.all().delete()
    with after_commit():
        actions.reply_to_ticket(target, actor=cast.ann, body="We are on it.")
    told = set(Notification.objects.values_list("person", flat=True))
    assert cast.pia.pk in told
    assert cast.rita.pk not in told
    page = as_user(cast.ann).get(f"{target.get_absolute_url()}?boxes=drawn").content.decode()
    assert "Call the bank" in page
    actions.do_task(task, actor=cast.ann)
    task.refresh_from_db()
    assert task.done_by == cast.ann


def test_another_app_says_what_becomes_of_what_it_keeps(
    ticket: Ticket, opened: Opener, cast: Cast
) -> None:
    @preview_line
    def stickers(person: Person, source: Ticket, target: Ticket) -> Line | None:
        return Line("Stickers", "stay") if source == ticket else None

    lines = preview_merge(cast.ann, ticket, opened()).lines
    assert Line("Stickers", "stay") in lines


class TestApi:
    def test_targets_preview_merge_and_undo(
        self, ticket: Ticket, opened: Opener, cast: Cast, api_as: Callable[[Person], APIClient]
    ) -> None:
        target = opened(title="Every card declined")
        program, base = api_as(cast.ann), f"/api/v1/tickets/{ticket.pk}"
        found = program.get(f"{base}/merge-targets/", {"q": "every"}).json()
        assert [row["ticket"]["id"] for row in found] == [target.pk]
        preview = program.get(f"{base}/merge-preview/", {"into": target.pk}).json()
        assert (preview["differ"], preview["target"]["id"]) == (False, target.pk)
        merged = program.post(f"{base}/merge/", {"into": target.pk})
        assert (merged.status_code, merged.json()["id"]) == (200, target.pk)
        again = program.post(f"{base}/merge/", {"into": target.pk})
        assert (again.status_code, "was merged into" in str(again.json())) == (409, True)
        undone = program.post(f"{base}/undo-merge/")
        assert (undone.status_code, undone.json()["state"]) == (200, "new")

    def test_a_refusal_names_its_field_and_a_stranger_finds_nothing(
        self, ticket: Ticket, opened: Opener, cast: Cast, api_as: Callable[[Person], APIClient]
    ) -> None:
        address = f"/api/v1/tickets/{ticket.pk}/merge/"
        itself = api_as(cast.ann).post(address, {"into": ticket.pk})
        assert (itself.status_code, list(itself.json())) == (422, ["into"])
        assert api_as(cast.ann).post(address, {"into": 999_999}).status_code == 400
        assert api_as(cast.stan).post(address, {"into": ticket.pk}).status_code == 404
        assert api_as(cast.rob).post(address, {"into": opened().pk}).status_code == 403
