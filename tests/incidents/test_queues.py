"""The list of tickets: every filter, columns, orders, groups, the board, chosen tickets, files."""

import csv
import io
import json
import re
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from incidents import actions
from incidents.filters import TicketFilter, by_the_clock
from incidents.listing.columns import CHOOSABLE, columns_named
from incidents.listing.exporting import columns_of, exported
from incidents.models import Ticket, TicketJob
from incidents.selecting import select_tickets
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.catalogue import make_team

AsUser = Callable[[Person], Client]


def read(browser: Client, address: str, **headers: str) -> str:
    """A page that is there."""
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def shown(page: str) -> list[str]:
    """Titles of the rows, in order."""
    return re.findall(r'class="row-title"[^>]*>([^<]+)</a>', page)


FILTERS = {
    "q": "marmalade",
    "state": "in_progress",
    "state_not": "new",
    "pending_reason": None,
    "kind": "incident",
    "priority": "1",
    "priority_not": "3",
    "impact": "1",
    "urgency": "1",
    "severity": "2",
    "assignee": "me",
    "assignee_not": "nobody",
    "team": "{team}",
    "team_not": "{desk}",
    "service": "{service}",
    "service_not": "none",
    "component": "{checkout}",
    "component_not": "none",
    "organisation": "{acme}",
    "organisation_not": "{elsewhere}",
    "requester": "rob@acme.example",
    "affected": "{rita}",
    "channel": "chat",
    "category": "cards",
    "category_not": "",
    "tag": "slow-printer",
    "tag_not": "plain",
    "version_seen": "4.18",
    "answered": "true",
    "reopened": "true",
    "reassigned": "true",
    "created_after": "today",
    "created_before": "2999-01-01",
    "updated_after": "-1d",
    "updated_before": "1d",
    "due_after": "-1w",
    "due_before": "52w",
    "horizon": "4",
}


@pytest.fixture
def full(opened: Opener, cast: Cast) -> Ticket:
    """A ticket with something in every field of an open one, and a plain one beside it."""
    plain = opened(title="Plain", component=None, requester=cast.stan, channel="email")
    actions.tag_ticket(plain, actor=cast.ann, name="plain")
    ticket = opened(
        title="Full",
        description="Marmalade",
        impact=1,
        urgency=1,
        severity=2,
        channel="chat",
        category="cards",
        version_seen="4.18",
        affected_users=[cast.rita],
        assignee=cast.ann,
        team=cast.desk,
    )
    actions.tag_ticket(ticket, actor=cast.ann, name="slow printer")
    actions.reply_to_ticket(ticket, actor=cast.ann, body="On it")
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    actions.reopen_ticket(ticket, actor=cast.rob, note="Not over")
    actions.assign_ticket(ticket, actor=cast.mo, assignee=cast.ann, team=cast.payments_team)
    ticket.refresh_from_db()
    return ticket


@pytest.mark.parametrize("name", [name for name, value in FILTERS.items() if value])
def test_every_filter_of_open_tickets_finds_what_fits(full: Ticket, cast: Cast, name: str) -> None:
    value = FILTERS[name].format(
        team=cast.payments_team.pk,
        desk=cast.desk.pk,
        service=cast.payments.pk,
        checkout=cast.checkout.pk,
        acme=cast.acme.pk,
        elsewhere=cast.elsewhere.pk,
        rob=cast.rob.pk,
        rita=cast.rita.pk,
    )
    found = set(select_tickets(cast.ann, f"{name}={value}").values_list("title", flat=True))
    assert "Full" in found
    every = {"kind", "created_after", "created_before", "updated_after", "updated_before"}
    if name not in every | {"due_after", "due_before", "horizon", "team_not"}:
        assert found == {"Full"}


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("resolution_code=fixed", True),
        ("resolution_code=duplicate", False),
        ("csat=5", True),
        ("csat=4&csat=none", False),
        ("first_contact=true", True),
        ("resolved_after=-1d", True),
        ("resolved_before=-1d", False),
        ("closed_after=today", True),
        ("closed_before=-1w", False),
        ("state=closed", True),
        ("horizon=2", True),
    ],
)
def test_every_filter_of_ended_tickets_finds_what_fits(
    opened: Opener, cast: Cast, query: str, *, finds: bool
) -> None:
    ticket = opened(team=cast.desk)
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    actions.rate_ticket(ticket, actor=cast.rob, score=5)
    actions.close_ticket(ticket, actor=cast.ann)
    assert select_tickets(cast.ann, query).exists() == finds


def test_a_filter_takes_several_values_and_leaves_out_what_is_not_meant(
    opened: Opener, cast: Cast
) -> None:
    for impact, urgency in ((1, 1), (1, 2), (3, 3)):
        opened(title=f"P{impact + urgency - 1}", impact=impact, urgency=urgency)
    assert set(
        select_tickets(cast.ann, "priority=1&priority=2").values_list("title", flat=True)
    ) == {"P1", "P2"}
    assert list(
        select_tickets(cast.ann, "priority_not=1&priority_not=2").values_list("title", flat=True)
    ) == ["P5"]


def test_every_filter_stands_on_the_page_of_filters(cast: Cast, as_user: AsUser) -> None:
    page = read(as_user(cast.ann), "/tickets/filters/?priority=1&priority=2&team_not=none")
    for name in TicketFilter.base_filters:
        assert f'name="{name}"' in page, name
    assert len(re.findall(r'<option value="[12]" selected', page)) == 2


def test_days_from_today_move_with_the_day() -> None:
    assert by_the_clock(QueryDict("created_after=-7d"))
    assert by_the_clock(QueryDict("overdue=true"))
    assert not by_the_clock(QueryDict("created_after=2026-01-01&priority=1"))


def test_conditions_are_shown_as_words_that_can_be_taken_away(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    opened()
    page = read(as_user(cast.ann), f"/tickets/?priority=1&priority=2&assignee={cast.pia.pk}")
    chips = re.findall(r'class="chip" href="([^"]+)" aria-label="Take away ([^"]+)"', page)
    assert [words for _, words in chips] == ["Priority: P1 Critical, P2 High", "Assignee: Pia"]
    assert "priority" not in chips[0][0]


def test_a_wrong_value_is_said_and_finds_nothing(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    opened()
    page = read(as_user(cast.ann), "/tickets/?created_after=soon")
    assert "Created from: Write a day as 2026-01-31" in page
    assert shown(page) == []


@pytest.mark.parametrize("name", [name for name, _ in CHOOSABLE])
def test_every_column_is_shown_sorted_both_ways_and_paged(
    opened: Opener, cast: Cast, as_user: AsUser, name: str
) -> None:
    for place in range(4):
        opened(impact=1 + place % 3, assignee=cast.ann if place % 2 else None)
    browser = as_user(cast.ann)
    for sort in (name, f"-{name}"):
        page = read(browser, f"/tickets/?columns={name}&sort={sort}")
        assert len(shown(page)) == 4
        assert "aria-sort" in page


@pytest.mark.parametrize("sort", ["team", "-team", "assignee", "-updated", "-csat", "organisation"])
def test_an_order_by_a_named_or_missing_value_pages_through_all_rows_once(
    opened: Opener, cast: Cast, as_user: AsUser, sort: str
) -> None:
    for place in range(55):
        opened(team=cast.desk if place % 3 else None, assignee=cast.ann if place % 2 else None)
    browser, address, seen = as_user(cast.ann), f"/tickets/?sort={sort}", []
    for _ in range(2):
        page = read(browser, address)
        seen += re.findall(r'id="row-(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/tickets/" + (following[1].replace("&amp;", "&") if following else "")
    assert len(seen) == len(set(seen)) == 55
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert re.findall(r'id="row-(\d+)"', read(browser, "/tickets/" + back[1].replace("&amp;", "&")))


def test_groups_have_headings_with_their_counts(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    for _ in range(3):
        opened(assignee=cast.ann)
    opened(assignee=cast.pia)
    opened()
    page = read(as_user(cast.ann), "/tickets/?group=assignee")
    heads = re.findall(r'group-row.*?<a href="([^"]+)">([^<]+)</a> <span class="muted">(\d+)', page)
    assert [(label, count) for _, label, count in heads] == [
        ("Ann", "3"),
        ("Pia", "1"),
        ("Nobody", "1"),
    ]
    browser = as_user(cast.ann)
    assert len(shown(read(browser, "/tickets/" + heads[0][0].replace("&amp;", "&")))) == 3
    assert len(shown(read(browser, "/tickets/" + heads[2][0].replace("&amp;", "&")))) == 1


@pytest.mark.parametrize("by", ["state", "priority", "assignee", "team"])
def test_a_board_has_a_column_for_each_value(
    opened: Opener, cast: Cast, as_user: AsUser, by: str
) -> None:
    opened(title="Free")
    working = opened(
        title="Working", impact=1, urgency=1, assignee=cast.ann, team=cast.payments_team
    )
    actions.start_ticket(working, actor=cast.ann)
    page = read(as_user(cast.ann), f"/tickets/?layout=board&group={by}")
    columns = re.findall(r'data-column="([^"]+)"(.*?)</section>', page, re.S)
    where = {
        title: key for key, text in columns for title in ("Free", "Working") if f">{title}<" in text
    }
    assert where["Free"] != where["Working"]
    assert (
        where["Working"]
        == {
            "state": "in_progress",
            "priority": "1",
            "assignee": str(cast.ann.pk),
            "team": str(cast.payments_team.pk),
        }[by]
    )


def test_a_board_leaves_out_what_is_due_much_later_and_what_ended_long_ago(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    now = timezone.now()
    for title, due in (("Late", -1), ("Soon", 5), ("Far", 30)):
        ticket = opened(title=title)
        Ticket.objects.filter(pk=ticket.pk).update(resolution_due_at=now + timedelta(days=due))
    paused = opened(title="Paused")
    actions.put_ticket_on_hold(paused, actor=cast.ann, reason="supplier")
    for title, days in (("Fresh end", 3), ("Old end", 30)):
        ticket = opened(title=title)
        actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
        Ticket.objects.filter(pk=ticket.pk).update(resolved_at=now - timedelta(days=days))
    page = read(as_user(cast.ann), "/tickets/?layout=board")
    found = set(re.findall(r'class="board-link"[^>]*>([^<]+)<', page))
    assert found == {"Late", "Soon", "Paused", "Fresh end"}
    everything = read(as_user(cast.ann), "/tickets/?layout=board&state=any")
    assert {"Far", "Old end"} <= set(re.findall(r'class="board-link"[^>]*>([^<]+)<', everything))


def test_a_column_of_a_board_goes_on_by_key(opened: Opener, cast: Cast, as_user: AsUser) -> None:
    for _ in range(35):
        opened()
    browser = as_user(cast.ann)
    page, seen = read(browser, "/tickets/?layout=board"), []
    for _ in range(3):
        seen += re.findall(r'data-ticket="(\d+)"', page)
        more = re.search(r'hx-get="(\?[^"]*cursor[^"]*)"', page)
        if more:
            address = "/tickets/" + more[1].replace("&amp;", "&")
            page = read(browser, address, **{"HX-Request": "true"})
            assert "<html" not in page
    assert len(seen) == len(set(seen)) == 35


@pytest.mark.parametrize(
    ("by", "to", "field", "value"),
    [
        ("priority", "1", "priority", 1),
        ("state", "in_progress", "state", "in_progress"),
        ("team", "{team}", "team_id", "{team}"),
        ("assignee", "{pia}", "assignee_id", "{pia}"),
    ],
)
def test_a_card_moves_with_a_form(
    ticket: Ticket, cast: Cast, as_user: AsUser, by: str, to: str, field: str, value: object
) -> None:
    known = {"team": cast.payments_team.pk, "pia": cast.pia.pk}
    browser = as_user(cast.ann)
    assert read(browser, f"/tickets/{ticket.pk}/move/?by={by}")
    answer = browser.post(
        f"/tickets/{ticket.pk}/move/",
        {"by": by, "to": to.format(**known), "from": f"layout=board&group={by}"},
    )
    assert answer["Location"] == f"/tickets/?layout=board&group={by}"
    ticket.refresh_from_db()
    assert str(getattr(ticket, field)) == str(value).format(**known)


def test_a_move_that_needs_words_asks_for_them(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.ann)
    answer = browser.post(f"/tickets/{ticket.pk}/move/", {"by": "state", "to": "resolved"})
    assert answer["Location"].startswith(f"/tickets/{ticket.pk}/resolve/")
    answer = browser.post(f"/tickets/{ticket.pk}/move/", {"by": "state", "to": "closed"})
    assert answer.status_code == 422
    ticket.refresh_from_db()
    assert ticket.state == "new"


def test_chosen_tickets_are_changed_with_forms_alone(
    opened: Opener, cast: Cast, as_user: AsUser, after_commit: Callable[[], object]
) -> None:
    one, two, other = opened(), opened(), opened()
    browser = as_user(cast.ann)
    page = read(browser, "/tickets/")
    assert page.count('form="many"') == 3
    page = read(browser, f"/tickets/many/?operation=edit&ticket={one.pk}&ticket={two.pk}")
    assert "Edit fields: 2 tickets" in page
    assert "You can undo this for ten minutes" in page
    with after_commit():
        answer = browser.post(
            "/tickets/many/",
            {"operation": "edit", "ticket": [one.pk, two.pk], "category": "cards"},
        )
    job = TicketJob.objects.get()
    assert answer["Location"].startswith(job.get_absolute_url())
    assert set(Ticket.objects.filter(category="cards")) == {one, two}
    page = read(browser, answer["Location"])
    assert "Undo" in page
    with after_commit():
        browser.post(f"/ticket-jobs/{job.pk}/undo/")
    assert not Ticket.objects.filter(category="cards").exists()
    assert other.category == ""


def test_a_whole_list_is_changed_at_once(
    opened: Opener, cast: Cast, as_user: AsUser, after_commit: Callable[[], object]
) -> None:
    for impact in (1, 1, 3):
        opened(impact=impact, urgency=1)
    over = opened(impact=1, urgency=1)
    actions.cancel_ticket(over, actor=cast.ann)
    browser = as_user(cast.ann)
    words = {"operation": "start", "whole": "1", "list": "priority=1"}
    assert "Start work: 2 tickets" in browser.get("/tickets/many/", words).content.decode()
    with after_commit():
        browser.post("/tickets/many/", words)
    assert Ticket.objects.filter(state="in_progress").count() == 2


def test_what_cannot_be_undone_is_said_before_it_starts(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    page = read(as_user(cast.ann), f"/tickets/many/?operation=resolve&ticket={ticket.pk}")
    assert "This cannot be undone." in page


def test_wrong_words_for_many_tickets_keep_the_choice(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    one, two = opened(), opened()
    answer = as_user(cast.ann).post(
        "/tickets/many/", {"operation": "resolve", "ticket": [one.pk, two.pk], "code": "fixed"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'name="ticket" value="{one.pk}"' in page
    assert not TicketJob.objects.exists()


def test_refused_tickets_are_listed_with_their_reasons(
    opened: Opener, cast: Cast, as_user: AsUser, after_commit: Callable[[], object]
) -> None:
    over = opened(title="Gone already")
    actions.cancel_ticket(over, actor=cast.ann)
    browser = as_user(cast.ann)
    with after_commit():
        answer = browser.post("/tickets/many/", {"operation": "start", "ticket": [over.pk]})
    page = read(browser, answer["Location"])
    assert "Gone already" in page
    assert "“Start work” is not possible while the state is “Cancelled”." in page


def test_programs_start_stop_and_undo_work_on_many_tickets(
    opened: Opener,
    cast: Cast,
    api_as: Callable[[Person], APIClient],
    after_commit: Callable[[], object],
) -> None:
    tickets = [opened() for _ in range(3)]
    program = api_as(cast.ann)
    words = {
        "operation": "edit",
        "params": {"priority": 1},
        "tickets": [one.pk for one in tickets],
    }
    with after_commit():
        answer = program.post("/api/v1/ticket-jobs/", words, format="json")
    assert answer.status_code == 201
    address = f"/api/v1/ticket-jobs/{answer.data['id']}/"
    assert program.get(address).data["done"] == 3
    assert len(program.get(f"{address}items/?state=done").data["results"]) == 3
    assert program.post(f"{address}cancel/").status_code == 409
    with after_commit():
        undoing = program.post(f"{address}undo/")
    assert undoing.data["undoes"] == answer.data["id"]
    assert not Ticket.objects.filter(priority=1).exists()
    both = {**words, "query": "state=any"}
    assert program.post("/api/v1/ticket-jobs/", both, format="json").status_code == 400
    wrong = {**words, "params": {"priority": 9}}
    refused = program.post("/api/v1/ticket-jobs/", wrong, format="json")
    assert (refused.status_code, list(refused.data)) == (422, ["priority"])
    assert api_as(cast.pia).get(address).status_code == 404


def test_the_api_filters_as_the_page_does(
    full: Ticket, cast: Cast, api_as: Callable[[Person], APIClient]
) -> None:
    found = api_as(cast.ann).get("/api/v1/tickets/?priority=1&priority=2&category=cards").data
    assert [one["id"] for one in found["results"]] == [full.pk]


def test_a_list_is_written_to_a_spreadsheet_that_runs_nothing(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    opened(title="=HYPERLINK(1)", impact=1, urgency=1)
    opened(title="Plain", impact=3, urgency=3)
    secret = opened(title="Secret", team=make_team("Security", restricted=True))
    answer = as_user(cast.ann).get("/tickets/export.csv?sort=priority&columns=priority,team")
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Number", "Title", "Priority", "Team"]
    assert [row[1:3] for row in rows[1:]] == [["'=HYPERLINK(1)", "1"], ["Plain", "5"]]
    assert secret.title not in text


def test_a_list_is_written_as_json(
    full: Ticket, cast: Cast, as_user: AsUser, api_as: Callable[[Person], APIClient]
) -> None:
    answer = as_user(cast.ann).get("/tickets/export.json?category=cards&columns=team,opened,csat")
    found = json.loads(b"".join(answer.streaming_content))
    assert found == [
        {
            "id": full.pk,
            "url": full.get_absolute_url(),
            "reference": full.reference,
            "title": "Full",
            "team": "Payments development",
            "opened": full.created_at.isoformat(timespec="seconds"),
            "csat": None,
        }
    ]
    answer = api_as(cast.ann).get("/api/v1/tickets/export/?as=json&category=nothing")
    assert json.loads(b"".join(answer.streaming_content)) == []
    assert api_as(cast.ann).get("/api/v1/tickets/export/?as=pdf").status_code == 400
    assert api_as(cast.ann).get("/api/v1/tickets/export/?priority=9").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_rows_are_written_in_little_memory(cast: Cast) -> None:
    Ticket.objects.bulk_create(
        [
            Ticket(title=f"Card {place} is declined", description="x" * 500, requester=cast.rob)
            for place in range(10_000)
        ],
        batch_size=2_000,
    )
    columns = columns_of(columns_named([name for name, _ in CHOOSABLE]))
    tickets = select_tickets(cast.mo, "state=any")
    for kind in ("csv", "json"):
        for _ in exported(tickets.none(), ("-id",), columns, kind):
            pass
        tracemalloc.start()
        size = sum(len(piece) for piece in exported(tickets, ("-id",), columns, kind))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 1_000_000
        assert peak < 8_000_000, (kind, peak)


def test_the_next_ticket_is_the_next_of_the_view(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    first, second, third = (opened(title=title) for title in ("One", "Two", "Three"))
    browser = as_user(cast.ann)
    origin = "state%3Dunresolved%26sort%3Doldest"
    page = read(browser, f"/tickets/{second.pk}/?from={origin}")
    assert f'rel="next" href="/tickets/{third.pk}/?from={origin}"' in page
    assert f'rel="prev" href="/tickets/{first.pk}/?from={origin}"' in page
    actions.resolve_ticket(second, actor=cast.ann, code="fixed", text="Done")
    page = read(browser, f"/tickets/{second.pk}/?from={origin}")
    assert f'rel="next" href="/tickets/{first.pk}/' in page


def test_the_next_ticket_is_known_deep_in_a_long_list(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    tickets = [opened() for _ in range(40)]
    page = read(as_user(cast.ann), f"/tickets/{tickets[33].pk}/?from=sort%3Doldest")
    assert f'rel="next" href="/tickets/{tickets[34].pk}/' in page


def test_requesters_have_no_part_in_queues(
    ticket: Ticket, cast: Cast, as_user: AsUser, api_as: Callable[[Person], APIClient]
) -> None:
    browser = as_user(cast.rob)
    for address in ("/tickets/filters/", "/tickets/many/", "/tickets/export.csv", "/views/"):
        assert browser.get(address)["Location"] == "/portal/"
    assert api_as(cast.rob).get("/api/v1/views/").data["results"] == []
    words = {"operation": "start", "tickets": [ticket.pk]}
    assert api_as(cast.rob).post("/api/v1/ticket-jobs/", words, format="json").status_code == 403
