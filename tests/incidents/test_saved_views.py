"""Saved views: their address, who may keep them, and numbers that are always right."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Membership, Person
from accounts.roles import Role
from core.errors import DomainError, NotPermitted
from incidents import actions, tasks
from incidents.models import SavedView, Ticket, ViewCount, ViewTicket
from incidents.saved_views import counting
from incidents.saved_views.actions import change_view, delete_view, save_view
from incidents.saved_views.counting import badge, counts_for, follow_tickets, recount_view
from incidents.selecting import select_tickets
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.catalogue import make_team
from tests.make.many import copy_tickets
from tests.make.tickets import make_ticket

AsUser = Callable[[Person], Client]


def everybodys(by: Person, query: str, **fields: object) -> SavedView:
    """A view for everybody."""
    return save_view(actor=by, personal=False, name=query or "all", query=query, **fields)


def test_a_view_opens_as_the_list_its_address_says(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    opened(title="Urgent", impact=1, urgency=1)
    opened(title="Slow", impact=3, urgency=3)
    view = save_view(
        actor=cast.ann,
        name="Worst first",
        query="priority=1&priority=2&sort=x",
        sort="-updated",
        columns=["team", "updated"],
    )
    browser = as_user(cast.ann)
    answer = browser.get(f"/views/{view.pk}/")
    address = answer["Location"]
    assert QueryDict(address.partition("?")[2]) == QueryDict(
        f"state=unresolved&priority=1&priority=2&columns=team,updated&sort=-updated&view={view.pk}"
    )
    page = browser.get(address).content.decode()
    assert "Urgent" in page
    assert "Slow" not in page
    assert "<h1>Worst first</h1>" in page
    assert 'data-label="Team"' in page
    assert 'data-label="State"' not in page


def test_a_list_is_kept_with_one_form_and_changed_with_one_button(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    answer = browser.post(
        "/views/new/", {"name": "Mine", "scope": "me", "shown": "assignee=me&sort=oldest"}
    )
    view = SavedView.objects.get()
    assert answer["Location"] == view.get_absolute_url()
    assert (view.owner, view.query, view.sort) == (
        cast.ann,
        "state=unresolved&assignee=me",
        "oldest",
    )
    browser.post(f"/views/{view.pk}/update/", {"shown": "state=any&priority=1&group=team"})
    view.refresh_from_db()
    assert (view.query, view.grouping) == ("state=any&priority=1", "team")


def test_a_view_without_a_name_is_refused_and_keeps_what_was_typed(
    cast: Cast, as_user: AsUser
) -> None:
    answer = as_user(cast.ann).post(
        "/views/new/", {"name": "", "scope": "me", "shown": "priority=1", "position": "7"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="priority=1"' in page
    assert 'value="7"' in page


def test_views_are_seen_by_those_they_are_for(cast: Cast) -> None:
    own = save_view(actor=cast.ann, name="Mine", query="")
    teams = save_view(actor=cast.ann, personal=False, team=cast.desk, name="Desk", query="")
    shared = everybodys(cast.mo, "priority=1")
    seen = {
        name: set(SavedView.objects.visible_to(person)) for name, person in cast.everyone.items()
    }
    assert seen["ann"] == {own, teams, shared}
    assert seen["pia"] == {teams, shared}
    assert seen["max"] == seen["dev"] == {shared}
    assert seen["rob"] == set()


def test_only_leads_managers_and_admins_keep_views_for_everybody(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        everybodys(cast.ann, "priority=1")
    shared = everybodys(cast.mo, "priority=1")
    for change in (
        lambda: change_view(shared, actor=cast.ann, name="Ours"),
        lambda: delete_view(shared, actor=cast.ann),
    ):
        with pytest.raises(NotPermitted):
            change()
    assert change_view(shared, actor=cast.ada, name="Ours").name == "Ours"


def test_a_team_keeps_its_views_and_other_teams_do_not(cast: Cast) -> None:
    view = save_view(actor=cast.ann, personal=False, team=cast.desk, name="Desk", query="")
    assert change_view(view, actor=cast.pia, name="Our desk").name == "Our desk"
    with pytest.raises(NotPermitted):
        change_view(view, actor=cast.max, name="Theirs")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"query": "priority=9"}, "priority"),
        ({"query": "created_after=soon"}, "created_after"),
        ({"columns": ["nonsense"]}, "columns"),
        ({"sort": "nonsense"}, "sort"),
        ({"grouping": "nonsense"}, "grouping"),
        ({"layout": "wall"}, "layout"),
    ],
)
def test_a_view_that_makes_no_sense_is_refused_at_its_field(
    cast: Cast, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        save_view(actor=cast.ann, **{"name": "V", "query": "", **fields})
    assert refused.value.field == field


VIEWS = [
    "",
    "state=any",
    "assignee=me",
    "assignee=nobody",
    "priority=1&priority=2",
    "team_not=none&state=any",
    "state=waiting",
    "state=resolved&state=closed",
    "q=card&state=any",
    "reopened=true&state=any",
    "created_after=-7d&state=any",
]


def _step(dice: random.Random, cast: Cast, opened: Opener, secret: object) -> None:
    """Anything somebody may do to a ticket."""
    if dice.random() < 0.3 or not Ticket.objects.exists():
        opened(impact=dice.randint(1, 3), urgency=dice.randint(1, 3))
        return
    ticket = dice.choice(list(Ticket.objects.all()))
    choices: list[Callable[[], object]] = [
        lambda: actions.assign_ticket(
            ticket, actor=cast.mo, assignee=dice.choice([cast.ann, cast.pia])
        ),
        lambda: actions.assign_ticket(ticket, actor=cast.mo, team=dice.choice([cast.desk, secret])),
        lambda: actions.start_ticket(ticket, actor=cast.mo),
        lambda: actions.put_ticket_on_hold(ticket, actor=cast.mo, reason="supplier"),
        lambda: actions.resolve_ticket(ticket, actor=cast.mo, code="fixed", text="Done"),
        lambda: actions.reopen_ticket(ticket, actor=cast.mo, note="Not over"),
        lambda: actions.close_ticket(ticket, actor=cast.mo),
        lambda: actions.cancel_ticket(ticket, actor=cast.mo),
        lambda: actions.reply_to_ticket(ticket, actor=cast.rob, body="My card again"),
        lambda: actions.edit_ticket(
            ticket, actor=cast.mo, version=ticket.version, priority=dice.randint(1, 5)
        ),
        lambda: actions.share_ticket(ticket, team=cast.payments_team, because="x"),
    ]
    with suppress(DomainError):
        dice.choice(choices)()


@pytest.mark.parametrize("seed", range(2))
def test_numbers_kept_up_step_by_step_equal_a_recount_for_everybody(
    seed: int, opened: Opener, cast: Cast, after_commit: Callable[[], object]
) -> None:
    secret = make_team("Security", restricted=True)
    Membership.objects.create(person=cast.pia, team=secret)
    with after_commit():
        views = [everybodys(cast.mo, query) for query in VIEWS]
        views.append(save_view(actor=cast.pia, name="Pia's", query="assignee=me&priority_not=5"))
    dice = random.Random(seed)
    for _ in range(40):
        with after_commit():
            _step(dice, cast, opened, secret)
    for name in ("ann", "pia", "max", "mo", "dev"):
        person = Person.objects.get(pk=cast.everyone[name].pk)
        counts = counts_for(person)
        for view in SavedView.objects.visible_to(person):
            told = counts.get(view.pk, 0)
            assert told == select_tickets(person, view.query).count(), (name, view.query)
    kept = set(ViewTicket.objects.values_list("view", "ticket_id", "team", "person"))
    sums = {
        row for row in ViewCount.objects.values_list("view", "team", "person", "count") if row[3]
    }
    for view in views:
        recount_view(view.pk)
    assert set(ViewTicket.objects.values_list("view", "ticket_id", "team", "person")) == kept
    assert set(ViewCount.objects.values_list("view", "team", "person", "count")) == sums


def test_a_number_never_tells_of_tickets_of_a_restricted_team(
    opened: Opener, cast: Cast, after_commit: Callable[[], object]
) -> None:
    secret = make_team("Security", restricted=True)
    with after_commit():
        view = everybodys(cast.mo, "state=any")
        opened()
        opened(team=secret)
    view.refresh_from_db()
    told = {
        name: badge(view, counts_for(cast.everyone[name]), cast.everyone[name])
        for name in ("ann", "dev", "mo")
    }
    assert told == {"ann": "1", "dev": "0", "mo": "2"}


def test_a_view_with_very_many_tickets_says_no_more_than_that(cast: Cast, as_user: AsUser) -> None:
    secret = make_team("Security", restricted=True)
    view = everybodys(cast.mo, "priority=1")
    make_ticket(cast.ann, requester=cast.rob, team=secret, priority=1)
    copy_tickets(counting.MOST_COUNTED)
    recount_view(view.pk)
    view.refresh_from_db()
    assert badge(view, counts_for(cast.mo), cast.mo) == "10,000+"
    assert badge(view, counts_for(cast.ann), cast.ann) == ""
    assert not ViewTicket.objects.exists()
    for shown in ("sort=team", "layout=board"):
        page = as_user(cast.mo).get(f"/tickets/?state=any&{shown}").content.decode()
        assert "More than 10,000 tickets fit" in page
    kept = Ticket.objects.values("pk")[:3]
    Ticket.objects.exclude(pk__in=list(kept.values_list("pk", flat=True))).update(priority=2)
    SavedView.objects.update(counted_at=timezone.now() - timedelta(minutes=6))
    tasks.recount_views()
    view.refresh_from_db()
    assert badge(view, counts_for(cast.mo), cast.mo) == "3"


def test_time_alone_moves_a_number_within_five_minutes(
    opened: Opener, cast: Cast, after_commit: Callable[[], object]
) -> None:
    with after_commit():
        view = everybodys(cast.mo, "overdue=true")
        opened()
    assert counts_for(cast.mo).get(view.pk, 0) == 0
    Ticket.objects.update(resolution_due_at=timezone.now() - timedelta(minutes=1))
    SavedView.objects.update(counted_at=timezone.now() - timedelta(minutes=5))
    tasks.recount_views()
    assert counts_for(cast.mo) == {view.pk: 1}


def test_following_a_ticket_twice_changes_nothing(opened: Opener, cast: Cast) -> None:
    view = everybodys(cast.mo, "state=any")
    recount_view(view.pk)
    ticket = opened()
    for _ in range(2):
        follow_tickets([ticket.pk])
    assert counts_for(cast.mo) == {view.pk: 1}


def test_one_statement_follows_a_ticket_through_forty_views(opened: Opener, cast: Cast) -> None:
    ticket = opened()
    for place in range(2):
        everybodys(cast.mo, f"priority=1&category={place}")
    follow_tickets([ticket.pk])
    with CaptureQueriesContext(connection) as few:
        follow_tickets([ticket.pk])
    for place in range(38):
        everybodys(cast.mo, f"priority=2&category={place}")
    follow_tickets([ticket.pk])
    with CaptureQueriesContext(connection) as many:
        follow_tickets([ticket.pk])
    assert len(many) == len(few)


def price(browser: Client, address: str) -> int:
    """How many queries a page takes."""
    assert browser.get(address).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        browser.get(address)
    return len(queries)


@pytest.mark.parametrize(
    "layout", ["", "layout=board", "group=team", "layout=board&group=assignee"]
)
def test_the_page_costs_the_same_with_one_and_with_forty_views_and_at_thirty_rows(
    opened: Opener, cast: Cast, as_user: AsUser, layout: str
) -> None:
    browser = as_user(cast.ann)
    for _ in range(3):
        opened(assignee=cast.ann)
    recount_view(save_view(actor=cast.ann, name="One", query="assignee=me").pk)
    few = price(browser, f"/tickets/?{layout}")
    for place in range(39):
        recount_view(save_view(actor=cast.ann, name=f"V{place}", query="priority=1").pk)
    for _ in range(27):
        opened(assignee=cast.ann)
    assert price(browser, f"/tickets/?{layout}") == few <= 16


def test_programs_keep_views_with_the_same_rules(
    opened: Opener, cast: Cast, api_as: Callable[[Person], APIClient]
) -> None:
    opened()
    program = api_as(cast.ann)
    given = {"name": "Cards", "query": "priority=3&q=card", "personal": True, "pinned": True}
    answer = program.post("/api/v1/views/", given, format="json")
    assert answer.status_code == 201
    pk = answer.data["id"]
    recount_view(pk)
    found = program.get("/api/v1/views/").data["results"]
    assert [(one["name"], one["count"], one["scope"]) for one in found] == [
        ("Cards", "1", "Personal")
    ]
    refused = program.patch(f"/api/v1/views/{pk}/", {"query": "priority=9"}, format="json")
    assert (refused.status_code, list(refused.data)) == (422, ["priority"])
    shared = {"name": "All", "personal": False}
    assert program.post("/api/v1/views/", shared, format="json").status_code == 403
    assert api_as(cast.pia).get(f"/api/v1/views/{pk}/").status_code == 404
    assert program.delete(f"/api/v1/views/{pk}/").status_code == 204


def test_a_lead_of_a_team_shares_with_everybody(cast: Cast) -> None:
    cast.max.roles = [Role.TEAM_LEAD]
    cast.max.save()
    assert everybodys(cast.max, "priority=1").is_shared
