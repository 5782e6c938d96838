"""What stands beside a ticket's conversation: tasks, time, followers, tags, and the history."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person, Team
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from core.timeline import by_rule
from incidents import actions
from incidents.history import history_of, told_entries
from incidents.models import Checklist, Message, Tag, Ticket, TicketTask, TimeEntry, Watcher
from incidents.models.tags import normalised
from incidents.selecting import select_tickets
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener

Play = Callable[[], AbstractContextManager[None]]


def names(ticket: Ticket) -> list[str]:
    return list(Event.objects.about(ticket).order_by("id").values_list("name", flat=True))


def told(person: Person) -> list[str]:
    return list(Notification.objects.filter(person=person).values_list("title", flat=True))


# --- tasks ------------------------------------------------------------------------------------


def test_tasks_are_ticked_off_with_who_and_when(ticket: Ticket, cast: Cast) -> None:
    task = actions.add_task(ticket, actor=cast.ann, title="Call the bank")
    done = actions.do_task(task, actor=cast.pia)
    assert (done.done_by, done.done_at is not None) == (cast.pia, True)
    assert actions.do_task(task, actor=cast.ann).done_by == cast.pia
    assert actions.undo_task(task, actor=cast.ann).done_at is None
    assert names(ticket)[-3:] == [
        "incidents.task_added",
        "incidents.task_done",
        "incidents.task_undone",
    ]


def test_a_checklist_adds_its_tasks_once_and_in_order(ticket: Ticket, cast: Cast) -> None:
    checklist = actions.save_checklist(
        None, actor=cast.ada, name="New card", titles=["Block the old", "Order", ""]
    )
    actions.add_task(ticket, actor=cast.ann, title="First")
    actions.apply_checklist(ticket, actor=cast.ann, checklist=checklist)
    assert actions.apply_checklist(ticket, actor=cast.ann, checklist=checklist) == []
    assert [one.title for one in ticket.tasks.all()] == ["First", "Block the old", "Order"]
    actions.delete_checklist(checklist, actor=cast.ada)
    assert ticket.tasks.count() == 3


def test_checklists_are_offered_for_their_service_and_team(opened: Opener, cast: Cast) -> None:
    team = Team.objects.create(name="Second line")
    save = actions.save_checklist
    save(None, actor=cast.ada, name="For all", titles=["x"])
    save(None, actor=cast.ada, name="Payments", titles=["x"], service=cast.payments)
    save(None, actor=cast.ada, name="Second line", titles=["x"], team=team)
    fitting = Checklist.objects.fitting(opened())
    assert [one.name for one in fitting] == ["For all", "Payments"]


def test_tasks_change_places(ticket: Ticket, cast: Cast) -> None:
    tasks = [actions.add_task(ticket, actor=cast.ann, title=letter) for letter in "abc"]
    actions.move_task(tasks[2], actor=cast.ann, up=True)
    actions.move_task(tasks[0], actor=cast.ann, up=True)
    assert [one.title for one in ticket.tasks.all()] == ["a", "c", "b"]


def test_who_is_to_do_a_task_hears_of_it_and_finds_it_on_their_desk(
    ticket: Ticket, cast: Cast, after_commit: Play, as_user: Callable[..., Client]
) -> None:
    due = timezone.now() - timedelta(hours=1)
    with after_commit():
        actions.add_task(ticket, actor=cast.ann, title="Call", assignee=cast.pia, due_at=due)
    assert told(cast.pia) == [f"A task on {ticket.reference} is yours: Call"]
    assert "Your tasks" in as_user(cast.pia).get("/desk/").content.decode()
    assert "Your tasks" not in as_user(cast.ann).get("/desk/").content.decode()


def test_a_removed_task_cannot_be_ticked_off(ticket: Ticket, cast: Cast) -> None:
    task = actions.add_task(ticket, actor=cast.ann, title="Call")
    actions.remove_task(task, actor=cast.ann)
    with pytest.raises(TransitionNotAllowed):
        actions.do_task(TicketTask(pk=task.pk or 1, ticket=ticket), actor=cast.ann)


def test_requesters_neither_see_nor_make_tasks(
    ticket: Ticket, cast: Cast, api_as: Callable[..., APIClient], as_user: Callable[..., Client]
) -> None:
    actions.add_task(ticket, actor=cast.ann, title="Ask the bank about Rob")
    program = api_as(cast.rob)
    address = f"/api/v1/tickets/{ticket.pk}/tasks/"
    assert program.get(address).json() == []
    assert program.post(address, {"title": "Hurry"}, format="json").status_code == 403
    assert "Ask the bank" not in as_user(cast.rob).get(f"/portal/{ticket.pk}/").content.decode()


def test_tasks_on_the_page(ticket: Ticket, cast: Cast, as_user: Callable[..., Client]) -> None:
    browser = as_user(cast.ann)
    at = f"/tickets/{ticket.pk}/"
    assert browser.post(f"{at}add-task/", {"title": "Call the bank"}).status_code == 302
    task = TicketTask.objects.get()
    assert "Call the bank" in browser.get(at).content.decode()
    browser.post(f"{at}do-task/", {"task": task.pk})
    task.refresh_from_db()
    assert task.done_by == cast.ann
    empty = browser.post(f"{at}add-task/", {"title": "  "})
    assert empty.status_code == 422
    form = browser.get(f"{at}change-task/?task={task.pk}").content.decode()
    assert "Call the bank" in form
    said = {"task": task.pk, "title": "Call them", "due_at": "2030-01-02T10:00"}
    assert browser.post(f"{at}change-task/", said).status_code == 302
    task.refresh_from_db()
    assert (task.title, task.due_at is not None) == ("Call them", True)
    other = browser.post(f"{at}do-task/", {"task": "999999"})
    assert other.status_code == 422


def test_with_scripts_only_the_box_is_drawn_anew(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client]
) -> None:
    browser = as_user(cast.ann)
    at = f"/tickets/{ticket.pk}/"

    def press(step: str, said: dict[str, object]) -> HttpResponse:
        return browser.post(f"{at}{step}/", said, headers={"HX-Request": "true"})  # type: ignore[return-value]  # the test client's answer

    added = press("add-task", {"title": "Call the bank"})
    assert added.content.decode().lstrip().startswith('<div class="tasks" id="tasks"')
    assert "Call the bank" in added.content.decode()
    assert "Conversation" not in added.content.decode()
    refused = press("tag", {"name": "x" * 60})
    assert refused.status_code == 422
    assert refused["HX-Retarget"] == "#tags-error"
    stranger = press("add-watcher", {"person": "stan@elsewhere.example"})
    assert "may not see this ticket" in stranger.content.decode()
    for step, said, words in (
        ("tag", {"name": "vip"}, "vip"),
        ("follow", {}, "Unfollow"),
        ("note-time", {"minutes": "5"}, "5 min"),
    ):
        assert words in press(step, said).content.decode()


def test_tasks_over_the_api(ticket: Ticket, cast: Cast, api_as: Callable[..., APIClient]) -> None:
    program = api_as(cast.ann)
    address = f"/api/v1/tickets/{ticket.pk}/tasks/"
    first = program.post(address, {"title": "One"}, format="json").json()[0]
    second = program.post(address, {"title": "Two"}, format="json").json()[0]
    assert program.post(address, {}, format="json").status_code == 422
    one = f"{address}{second['id']}/"
    assert program.patch(one, {"done": True, "move": "up"}, format="json").status_code == 200
    assert [task["title"] for task in program.get(address).json()] == ["Two", "One"]
    assert program.delete(f"{address}{first['id']}/").status_code == 204
    assert program.delete(f"{address}{first['id']}/").status_code == 404


def test_checklists_are_arranged_on_their_page(cast: Cast, as_user: Callable[..., Client]) -> None:
    browser = as_user(cast.ada)
    said = {"name": "First day", "titles": "Badge\nLaptop"}
    assert browser.post("/admin/checklists/new/", said).status_code == 302
    checklist = Checklist.objects.get()
    assert browser.post("/admin/checklists/new/", said).status_code == 422
    address = f"/admin/checklists/{checklist.pk}/"
    assert "Badge\nLaptop" in browser.get(address).content.decode()
    browser.post(address, {"name": "First day", "titles": "Badge"})
    assert [item.title for item in checklist.items.all()] == ["Badge"]
    assert as_user(cast.ann).get("/admin/checklists/").status_code == 404
    browser.post(f"{address}delete/")
    assert not Checklist.objects.exists()


# --- time -------------------------------------------------------------------------------------


def test_noted_and_seen_time_stand_side_by_side(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client]
) -> None:
    now = timezone.now()
    actions.record_touch(
        ticket, actor=cast.ann, started_at=now - timedelta(minutes=42), ended_at=now
    )
    browser = as_user(cast.ann)
    at = f"/tickets/{ticket.pk}/"
    browser.post(f"{at}note-time/", {"minutes": "70", "what": "On the phone"})
    page = browser.get(at).content.decode()
    assert "<strong>1 h 10 min</strong> noted, <strong>42 min</strong> seen on the page" in page


@pytest.mark.parametrize(
    ("minutes", "days", "field"),
    [(0, 0, "minutes"), (1441, 0, "minutes"), (5, 1, "spent_on"), (5, -400, "spent_on")],
)
def test_time_that_cannot_have_been_spent_is_refused(
    ticket: Ticket, cast: Cast, minutes: int, days: int, field: str
) -> None:
    day = timezone.localdate() + timedelta(days=days)
    with pytest.raises(DomainError) as error:
        actions.note_time(ticket, actor=cast.ann, minutes=minutes, spent_on=day)
    assert error.value.field == field


def test_only_ones_own_time_is_taken_away(ticket: Ticket, cast: Cast) -> None:
    entry = actions.note_time(ticket, actor=cast.ann, minutes=5)
    with pytest.raises(NotPermitted):
        actions.remove_time(entry, actor=cast.pia)
    actions.remove_time(entry, actor=cast.ann)
    assert not TimeEntry.objects.exists()
    assert "incidents.time_removed" in names(ticket)


def test_time_over_the_api(ticket: Ticket, cast: Cast, api_as: Callable[..., APIClient]) -> None:
    program = api_as(cast.ann)
    address = f"/api/v1/tickets/{ticket.pk}/time/"
    entry = program.post(address, {"minutes": 15}, format="json").json()
    assert program.get(address).json()[0]["minutes"] == 15
    assert api_as(cast.rob).get(address).json() == []
    assert api_as(cast.pia).delete(f"{address}{entry['id']}/").status_code == 403
    assert program.delete(f"{address}{entry['id']}/").status_code == 204


# --- followers --------------------------------------------------------------------------------


def test_followers_hear_of_replies_notes_and_the_end(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    actions.follow_ticket(ticket, actor=cast.max)
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="We look at it")
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Odd", kind="internal_note")
        actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    assert sorted(told(cast.max)) == sorted(
        [f"Ann wrote on {ticket.reference}"] * 2 + [f"{ticket.reference} was resolved"]
    )


def test_a_requester_who_follows_never_learns_of_a_note(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    Person.objects.filter(pk=cast.rita.pk).update(sees_organisation=True)
    rita = Person.objects.get(pk=cast.rita.pk)
    actions.add_watcher(ticket, actor=cast.ann, person=rita)
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Odd", kind="internal_note")
    assert told(rita) == []
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.ann, body="We look at it")
    assert told(rita) == [f"Ann wrote on {ticket.reference}"]


def test_a_follower_who_may_not_see_the_ticket_any_more_hears_nothing(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    actions.follow_ticket(ticket, actor=cast.max)
    people = Team.objects.create(name="People", restricted=True)
    Ticket.objects.filter(pk=ticket.pk).update(team=people)
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.rob, body="A private word")
    assert told(cast.max) == []


def test_nobody_is_told_twice_of_one_fact(ticket: Ticket, cast: Cast, after_commit: Play) -> None:
    actions.assign_ticket(ticket, actor=cast.ann, assignee=cast.ann)
    actions.follow_ticket(ticket, actor=cast.ann)
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.rob, body="Hello?")
    assert told(cast.ann) == [f"Rob wrote on {ticket.reference}"]


def test_only_who_may_see_a_ticket_can_be_made_a_follower(ticket: Ticket, cast: Cast) -> None:
    for person in (cast.stan, cast.rita, cast.dev):
        with pytest.raises(DomainError) as error:
            actions.add_watcher(ticket, actor=cast.ann, person=person)
        assert error.value.field == "person"
    with pytest.raises(NotPermitted):
        actions.follow_ticket(ticket, actor=cast.stan)
    assert not Watcher.objects.exists()


def test_a_requester_lets_a_colleague_follow_and_takes_away_only_whom_they_added(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client]
) -> None:
    Person.objects.filter(pk=cast.rita.pk).update(sees_organisation=True)
    browser = as_user(cast.rob)
    at = f"/tickets/{ticket.pk}/"
    browser.post(f"{at}add-watcher/", {"person": "rita@acme.example"})
    assert [one.person for one in Watcher.objects.all()] == [cast.rita]
    assert (
        browser.post(f"{at}add-watcher/", {"person": "stan@elsewhere.example"}).status_code == 422
    )
    actions.follow_ticket(ticket, actor=cast.max)
    with pytest.raises(NotPermitted):
        actions.remove_watcher(ticket, actor=cast.rob, person=cast.max)
    page = browser.get(f"/portal/{ticket.pk}/").content.decode()
    assert "Rita" in page
    assert "Max" not in page
    browser.post(f"{at}remove-watcher/", {"person": cast.rita.pk})
    assert [one.person for one in Watcher.objects.all()] == [cast.max]


def test_following_on_the_page_and_over_the_api(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    browser = as_user(cast.max)
    at = f"/tickets/{ticket.pk}/"
    assert 'data-key="f"' in browser.get(at).content.decode()
    browser.post(f"{at}follow/")
    assert "Unfollow" in browser.get(at).content.decode()
    assert list(select_tickets(cast.max, "follower=me")) == [ticket]
    browser.post(f"{at}unfollow/")
    assert not Watcher.objects.exists()
    program = api_as(cast.max)
    address = f"/api/v1/tickets/{ticket.pk}/watchers/"
    assert program.post(address, {}, format="json").status_code == 201
    assert program.post(address, {"person": cast.pia.pk}, format="json").status_code == 201
    assert len(program.get(address).json()) == 2
    assert program.delete(address, {"person": cast.pia.pk}, format="json").status_code == 204
    assert program.delete(address, {}, format="json").status_code == 204
    assert program.get(address).json() == []


# --- tags -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" VIP  Customer ", "vip-customer"),
        ("#Straße", "strasse"),
        ("\u200bx\x00", "x"),
        (" , ", ""),
    ],
)
def test_tags_are_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert normalised(typed) == kept


def test_a_tag_is_made_by_writing_it_and_found_however_it_is_written(
    ticket: Ticket, opened: Opener, cast: Cast
) -> None:
    opened()
    actions.tag_ticket(ticket, actor=cast.ann, name="VIP Customer")
    actions.tag_ticket(ticket, actor=cast.pia, name="vip-customer")
    assert Tag.objects.count() == ticket.ticket_tags.count() == 1
    assert list(select_tickets(cast.ann, "tag=Vip+customer")) == [ticket]
    assert list(select_tickets(cast.rob, "tag=vip-customer")) == []
    actions.untag_ticket(ticket, actor=cast.ann, name="VIP customer")
    assert list(select_tickets(cast.ann, "tag=vip-customer")) == []
    assert names(ticket)[-2:] == ["incidents.ticket_tagged", "incidents.ticket_untagged"]


def test_tags_are_renamed_merged_and_deleted(opened: Opener, cast: Cast) -> None:
    one, two = opened(), opened()
    vip = actions.tag_ticket(one, actor=cast.ann, name="vip")
    actions.tag_ticket(one, actor=cast.ann, name="important")
    important = actions.tag_ticket(two, actor=cast.ann, name="important")
    with pytest.raises(DomainError, match="merge"):
        actions.rename_tag(vip, actor=cast.ada, name="Important")
    actions.merge_tags(important, actor=cast.ada, into=vip)
    assert set(select_tickets(cast.ann, "tag=vip")) == {one, two}
    renamed = actions.rename_tag(vip, actor=cast.ada, name="Key account")
    assert renamed.name == "key-account"
    actions.delete_tag(renamed, actor=cast.ada)
    assert not Tag.objects.exists()
    with pytest.raises(NotPermitted):
        actions.delete_tag(renamed, actor=cast.ann)


def test_the_list_of_tags_counts_and_opens_the_tickets(
    opened: Opener, cast: Cast, as_user: Callable[..., Client]
) -> None:
    for _ in range(3):
        tag = actions.tag_ticket(opened(), actor=cast.ann, name="vip")
    browser = as_user(cast.ada)
    page = browser.get("/admin/tags/").content.decode()
    assert ">3</a>" in page
    assert browser.post(f"/admin/tags/{tag.pk}/rename/", {"name": " "}).status_code == 422
    browser.post(f"/admin/tags/{tag.pk}/rename/", {"name": "gold"})
    assert browser.get("/tickets/?state=any&tag=gold").content.decode().count("data-row") == 3
    browser.post(f"/admin/tags/{tag.pk}/delete/")
    assert not Tag.objects.exists()
    assert as_user(cast.ann).get("/admin/tags/").status_code == 404


def test_tags_on_the_page_and_over_the_api(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    browser = as_user(cast.ann)
    at = f"/tickets/{ticket.pk}/"
    browser.post(f"{at}tag/", {"name": "Needs parts"})
    assert "needs-parts" in browser.get(at).content.decode()
    assert browser.post(f"{at}tag/", {"name": "x" * 60}).status_code == 422
    program = api_as(cast.ann)
    address = f"/api/v1/tickets/{ticket.pk}/tags/"
    assert program.post(address, {"name": "Gold"}, format="json").json() == ["gold", "needs-parts"]
    assert program.delete(address, {"name": "gold"}, format="json").json() == ["needs-parts"]
    assert api_as(cast.rob).get(address).json() == []
    tag = Tag.objects.get(name="gold")
    merged = api_as(cast.ada).post(
        f"/api/v1/tags/{tag.pk}/merge/",
        {"into": Tag.objects.get(name="needs-parts").pk},
        format="json",
    )
    assert merged.json()["name"] == "needs-parts"


# --- history ----------------------------------------------------------------------------------


def test_the_history_holds_every_kind_of_fact_with_its_words(
    ticket: Ticket, cast: Cast, after_commit: Play, as_user: Callable[..., Client]
) -> None:
    with after_commit():
        actions.assign_ticket(ticket, actor=cast.pia, assignee=cast.ann)
        actions.edit_ticket(ticket, actor=cast.ann, version=2, title="Card refused")
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Odd", kind="internal_note")
        actions.reply_to_ticket(ticket, actor=cast.ann, body="We look at it")
        actions.add_task(ticket, actor=cast.ann, title="Call the bank")
        actions.note_time(ticket, actor=cast.ann, minutes=5, what="Phone")
        actions.tag_ticket(ticket, actor=cast.ann, name="vip")
        actions.follow_ticket(ticket, actor=cast.max)
        actions.share_ticket(ticket, team=cast.payments_team, because="devlink.workitem:1")
        actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    page = as_user(cast.pia).get(f"/tickets/{ticket.pk}/history/").content.decode()
    for words in (
        "assigned the ticket to Ann", "Card is declined at checkout", "Card refused", "Odd",
        "We look at it", "Call the bank", "noted 5 min: Phone", "tagged it vip",
        "Max</strong> follows the ticket", "shared the ticket with Payments development",
        "resolved the ticket: Fixed", "Rob (mail waiting)", "told Ann",
    ):  # fmt: skip
        assert words in page, words
    assert "look-alikes" not in page


def test_the_history_is_narrowed_by_kind_and_person(ticket: Ticket, cast: Cast) -> None:
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Hello?")
    actions.reply_to_ticket(ticket, actor=cast.ann, body="We look at it")
    actions.tag_ticket(ticket, actor=cast.ann, name="vip")

    def found(**narrow: str) -> list[str]:
        return [event.name for event in history_of(cast.ann, ticket, **narrow)]

    assert found(kind="messages") == ["incidents.ticket_replied"] * 2
    assert found(kind="tags") == ["incidents.ticket_tagged"]
    assert found(kind="messages", actor=str(cast.rob.pk)) == ["incidents.ticket_replied"]
    assert found(actor="upstream") == []
    assert found(actor="nonsense") == []


def test_requesters_read_public_facts_only(
    ticket: Ticket, cast: Cast, note: Message, as_user: Callable[..., Client]
) -> None:
    actions.reply_to_ticket(ticket, actor=cast.ann, body="We look at it")
    actions.tag_ticket(ticket, actor=cast.ann, name="troublemaker")
    actions.add_task(ticket, actor=cast.ann, title="Ask the bank about Rob")
    actions.assign_ticket(ticket, actor=cast.ann, assignee=cast.pia)
    actions.start_ticket(ticket, actor=cast.pia)
    browser = as_user(cast.rob)
    for query in ("", "?kind=tags", "?kind=tasks", "?kind=notices", "?kind=assignments"):
        page = browser.get(f"/tickets/{ticket.pk}/history/{query}").content.decode()
        for secret in ("Zanzibar", "troublemaker", "Ask the bank", "assigned the", "told "):
            assert secret not in page, (query, secret)
    page = browser.get(f"/tickets/{ticket.pk}/history/").content.decode()
    assert "We look at it" in page
    assert "started work" in page


def test_words_given_with_a_step_are_read_by_whom_they_are_for(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client]
) -> None:
    actions.start_ticket(ticket, actor=cast.ann)
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="supplier", note="Bank is slow")
    actions.hand_ticket_to_development(ticket, actor=cast.ann, note="Race in the lock?")
    actions.return_ticket_to_desk(ticket, actor=cast.ann, note="Not ours")
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="A new card")
    actions.reopen_ticket(ticket, actor=cast.ann, note="He called, angry")
    address = f"/tickets/{ticket.pk}/history/"
    ours = as_user(cast.pia).get(address).content.decode()
    theirs = as_user(cast.rob).get(address).content.decode()
    for words in ("Bank is slow", "Race in the lock?", "Not ours", "He called, angry"):
        assert words in ours
        assert words not in theirs
    assert "A new card" in theirs


def test_the_rule_that_did_something_is_named_and_linked(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client]
) -> None:
    with by_rule("Payments first", "/admin/rules/7/"):
        actions.assign_ticket(ticket, actor=None, team=cast.payments_team)
    actions.assign_ticket(ticket, actor=cast.ann, team=cast.desk)
    rules = [
        event.rule for event in history_of(cast.ann, ticket, kind="assignments").order_by("id")
    ]
    named = {"name": "Payments first", "url": "/admin/rules/7/", "kind": "rule"}
    assert rules == [named, None]
    link = '<a href="/admin/rules/7/">Payments first</a>'
    assert link in as_user(cast.ann).get(f"/tickets/{ticket.pk}/history/").content.decode()
    assert link in as_user(cast.ann).get(f"/tickets/{ticket.pk}/").content.decode()


def test_a_long_history_costs_the_same_on_every_page(
    ticket: Ticket,
    cast: Cast,
    as_user: Callable[..., Client],
    after_commit: Play,
    django_assert_max_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    browser = as_user(cast.ann)
    address = f"/tickets/{ticket.pk}/history/"
    with after_commit():
        for number in range(60):
            actions.tag_ticket(ticket, actor=cast.ann, name=f"t{number % 20}")
            actions.untag_ticket(ticket, actor=cast.ann, name=f"t{number % 20}")
    # The numbers of the rail are remembered for ten seconds from here.
    browser.get(address)
    with django_assert_max_num_queries(15):
        first = browser.get(address)
    following = first.context["links"]["next"]
    with django_assert_max_num_queries(15):
        second = browser.get(f"{address}{following}")
    seen = [entry.event.pk for page in (first, second) for entry in page.context["entries"]]
    assert len(seen) == len(set(seen)) == 100


def test_the_history_over_the_api(
    ticket: Ticket, cast: Cast, api_as: Callable[..., APIClient]
) -> None:
    actions.edit_ticket(ticket, actor=cast.ann, version=1, title="Card refused")
    answer = api_as(cast.ann).get(f"/api/v1/tickets/{ticket.pk}/history/?kind=fields").json()
    [entry] = answer["results"]
    assert entry["changes"] == {"title": ["Card is declined at checkout", "Card refused"]}
    assert entry["actor"]["name"] == "Ann"
    entries = told_entries(cast.rob, list(history_of(cast.rob, ticket)))
    assert [one.event.name for one in entries] == ["incidents.ticket_opened"]
