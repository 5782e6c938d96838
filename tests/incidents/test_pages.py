"""Pages of tickets: each reached once and refused once, at a constant price."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.models import Person
from core.extensions import Panel, panel
from incidents import actions
from incidents.models import Message, Ticket, TicketArticle
from incidents.similar import embed_tickets
from knowledge.models import Article
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AsUser = Callable[[Person], Client]


def read(browser: Client, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def price(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


def test_my_desk_shows_what_is_mine_and_what_nobody_took(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    mine = opened(title="Mine to do", assignee=cast.ann)
    waiting = opened(title="Nobody took this")
    other = opened(title="Pia works on it", assignee=cast.pia)
    page = read(as_user(cast.ann), "/desk/")
    assert page.index(mine.title) < page.index(waiting.title)
    assert other.title not in page


def test_requesters_are_sent_to_their_portal(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.rob)
    for address in ("/desk/", "/tickets/"):
        assert browser.get(address)["Location"] == "/portal/"
    assert browser.get(ticket.get_absolute_url())["Location"] == f"/portal/{ticket.pk}/"
    assert browser.get("/tickets/new/")["Location"] == "/portal/report/"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"fresh", "held"}),
        ("?state=waiting", {"held"}),
        ("?state=resolved", {"done"}),
        ("?state=any", {"fresh", "held", "done"}),
        ("?assignee=me", {"held"}),
        ("?assignee=nobody", {"fresh"}),
        ("?priority=1", {"fresh"}),
        ("?q=marmalade", {"held"}),
        ("?state=any&q=done", {"done"}),
    ],
)
def test_the_queue_is_narrowed(
    opened: Opener, cast: Cast, as_user: AsUser, query: str, found: set[str]
) -> None:
    opened(title="T-fresh", impact=1, urgency=1)
    held = opened(title="T-held", description="Marmalade", assignee=cast.ann)
    actions.put_ticket_on_hold(held, actor=cast.ann, reason="supplier")
    done = opened(title="T-done")
    actions.resolve_ticket(done, actor=cast.pia, code="fixed", text="Done")
    page = read(as_user(cast.ann), f"/tickets/{query}")
    assert set(re.findall(r">T-(\w+)</a>", page)) == found


@pytest.mark.parametrize("sort", ["sla", "newest", "oldest", "priority", "nonsense"])
def test_every_order_pages_through_all_rows_once(
    opened: Opener, cast: Cast, as_user: AsUser, sort: str
) -> None:
    tickets = [opened(impact=1 + place % 3) for place in range(55)]
    for ticket in tickets[::9]:
        actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="supplier")
    browser, address, seen = as_user(cast.ann), f"/tickets/?sort={sort}", []
    for _ in range(2):
        page = read(browser, address)
        seen += re.findall(r'id="row-(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/tickets/" + (following[1].replace("&amp;", "&") if following else "")
    assert len(seen) == len(set(seen)) == 55


def test_a_cursor_made_elsewhere_is_refused(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.ann).get("/tickets/?cursor=%3Eforged").status_code == 400


def test_rows_refresh_as_a_fragment(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    part = read(as_user(cast.ann), "/tickets/", **{"HX-Request": "true"})
    assert ticket.title in part
    assert "<html" not in part


@pytest.mark.parametrize("address", ["/tickets/", "/desk/"])
def test_lists_cost_the_same_at_three_and_at_thirty_rows(
    opened: Opener, cast: Cast, as_user: AsUser, address: str
) -> None:
    browser = as_user(cast.ann)
    for _ in range(3):
        opened(assignee=cast.ann)
    few = price(browser, address)
    for _ in range(27):
        opened(assignee=cast.ann)
    assert price(browser, address) == few <= 18


def test_each_key_of_a_ticket_does_one_thing(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    keys = re.findall(r'data-key="([^"]+)"', read(as_user(cast.pia), ticket.get_absolute_url()))
    quick = re.findall(
        r'class="quick-key">.*?<kbd>(.)</kbd>', read(as_user(cast.pia), ticket.get_absolute_url())
    )
    assert len(keys) > 15
    assert sorted({*keys, *quick}) == sorted([*keys, *quick])


def test_a_ticket_costs_the_same_with_three_and_with_thirty_messages(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    for person in (cast.ann, cast.rob, cast.pia):
        actions.reply_to_ticket(ticket, actor=person, body="Hello")
    few = price(browser, ticket.get_absolute_url())
    for _ in range(27):
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Hello")
    assert price(browser, ticket.get_absolute_url()) == few


def test_the_workspace_shows_conversation_facts_and_queue(
    ticket: Ticket, note: Message, cast: Cast, as_user: AsUser
) -> None:
    actions.start_ticket(ticket, actor=cast.ann)
    page = read(as_user(cast.ann), ticket.get_absolute_url())
    for words in (ticket.description, "Zanzibar", "Internal note", "started work", "Send to Rob"):
        assert words in page
    assert f'href="/tickets/{ticket.pk}/?from="' in page


def test_the_queue_it_came_from_stays_beside_the_ticket(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    ticket, beside = opened(), opened(title="Beside it", priority=1)
    apart = opened(title="Of another list", priority=4)
    page = read(as_user(cast.ann), f"/tickets/{ticket.pk}/?from=priority%3D1")
    assert beside.title in page
    assert apart.title not in page


def test_a_developer_sees_the_shared_ticket_without_the_desk_s_buttons(
    shared: Ticket, cast: Cast, as_user: AsUser
) -> None:
    page = read(as_user(cast.dev), shared.get_absolute_url())
    assert "Ask the developers" in page
    assert "/resolve/" not in page
    actions.unshare_tickets(because="devlink.workitem:1")
    assert as_user(cast.dev).get(shared.get_absolute_url()).status_code == 404


def test_new_words_come_as_a_fragment_and_nothing_as_nothing(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    first = read(browser, f"/tickets/{ticket.pk}/conversation/")
    address = re.search(r'hx-get="([^"]+)"', first)
    assert address is not None
    again = address[1].replace("&amp;", "&")
    assert browser.get(again).status_code == 204
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Any news?")
    assert "Any news?" in read(browser, again)


def test_a_reply_is_sent_with_its_step(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    answer = as_user(cast.ann).post(
        f"/tickets/{ticket.pk}/reply/",
        {"kind": "public_reply", "body": "Which bank?", "then": "wait:requester"},
    )
    assert answer["Location"].startswith(ticket.get_absolute_url())
    ticket.refresh_from_db()
    assert ticket.state == "pending"


def test_a_refused_reply_keeps_its_words(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    answer = as_user(cast.ann).post(
        f"/tickets/{ticket.pk}/reply/",
        {"kind": "internal_note", "body": "Precious words", "then": "resolve:magic"},
    )
    assert answer.status_code == 422
    assert "Precious words" in answer.content.decode()
    assert not Message.objects.exists()


def test_a_requester_writes_in_the_portal_only(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    answer = as_user(cast.rob).post(
        f"/tickets/{ticket.pk}/reply/", {"kind": "internal_note", "body": "Psst"}
    )
    assert answer["Location"] == f"/portal/{ticket.pk}/reply/"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("step", "words", "state"),
    [
        ("take", {}, "assigned"),
        ("start", {}, "in_progress"),
        ("wait", {"reason": "supplier"}, "pending"),
        ("hand-to-development", {"note": "Look"}, "awaiting_development"),
        ("resolve", {"code": "fixed", "text": "Done"}, "resolved"),
        ("cancel", {}, "cancelled"),
    ],
)
def test_steps_are_taken_and_refused(
    ticket: Ticket,
    cast: Cast,
    as_user: AsUser,
    step: str,
    words: dict[str, str],
    state: str,
) -> None:
    address = f"/tickets/{ticket.pk}/{step}/"
    assert as_user(cast.rita).post(address, words).status_code == 404
    answer = as_user(cast.ann).post(address + "?from=priority%3D1", words)
    assert answer["Location"] == f"/tickets/{ticket.pk}/?from=priority%3D1"
    ticket.refresh_from_db()
    assert ticket.state == state


def test_a_requester_may_see_but_not_assign(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.rob)
    for call in (browser.get, browser.post):
        assert call(f"/tickets/{ticket.pk}/assign/").status_code == 403


def test_a_step_refused_by_its_rule_keeps_the_words(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    answer = as_user(cast.pia).post(
        f"/tickets/{ticket.pk}/resolve/", {"code": "fixed", "text": "Also precious"}
    )
    assert answer.status_code == 409
    assert "Also precious" in answer.content.decode()


def edit_fields(page: str) -> dict[str, str]:
    """What the edit form would send, read from its page."""
    fields = dict(re.findall(r'name="([\w-]+)"[^>]*?value="([^"]*)"', page))
    for name in ("impact", "urgency", "priority", "severity", "channel", "service", "component"):
        chosen = re.search(
            rf'<select name="{name}".*?<option value="([^"]*)" selected', page, re.DOTALL
        )
        fields[name] = chosen[1] if chosen else ""
    return fields


def test_an_edit_conflict_is_shown_and_then_decided(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    browser, address = as_user(cast.pia), f"/tickets/{ticket.pk}/edit/"
    typed = edit_fields(read(browser, address)) | {"title": "Bank is down", "description": "x"}
    actions.edit_ticket(ticket, actor=cast.ann, version=1, title="Cards", category="Cards")
    answer = browser.post(address, typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Bank is down" in page
    assert "Ann changed title" in page
    again = typed | {"version": edit_fields(page)["version"]}
    assert browser.post(address, again).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.title, ticket.category) == ("Bank is down", "Cards")


def test_an_article_is_noted_as_used(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    article = Article.objects.create(title="Cards", issue="Declined", owner=cast.ann)
    as_user(cast.ann).post(f"/tickets/{ticket.pk}/link-article/", {"article": article.pk})
    assert TicketArticle.objects.get().article == article


def test_similar_tickets_come_as_a_fragment_and_as_a_page(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    ticket, like = opened(), opened(title="Card is declined when paying")
    embed_tickets([ticket.pk, like.pk])
    address = f"/tickets/{ticket.pk}/similar/"
    assert like.title in read(as_user(cast.ann), address)
    part = read(as_user(cast.ann), address, **{"HX-Request": "true"})
    assert like.title in part
    assert "<html" not in part


def test_a_beat_becomes_time_spent(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    address = f"/tickets/{ticket.pk}/touch/"
    for said in ("15", "9999999", "-3", "x"):
        assert as_user(cast.ann).post(address, {"seconds": said}).status_code == 204
    spent = ticket.touches.get()
    assert 15 <= (spent.ended_at - spent.started_at).total_seconds() < 60
    assert as_user(cast.rob).post(address, {"seconds": "15"}).status_code == 204
    assert as_user(cast.stan).post(address, {"seconds": "15"}).status_code == 404
    assert ticket.touches.count() == 1


def test_a_file_is_a_download_for_those_who_may_read_it(
    ticket: Ticket, cast: Cast, as_user: AsUser, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    note = actions.reply_to_ticket(
        ticket,
        actor=cast.ann,
        body="Log",
        kind=Message.Kind.NOTE,
        files=[SimpleUploadedFile("übel.html", b"<script>", content_type="text/html")],
    )
    address = f"/attachments/{note.attachments.get().token}/"
    answer = as_user(cast.ann).get(address)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == b"<script>"
    for person in (cast.rob, cast.stan, cast.dev):
        assert as_user(person).get(address).status_code == 404


def new_ticket(cast: Cast, **words: object) -> dict[str, object]:
    given = {
        "requester": f"Rob <{cast.rob.email}>",
        "title": "Card is declined",
        "impact": 1,
        "urgency": 2,
        "kind": "incident",
        "channel": "phone",
    }
    return {**given, **words}


def test_a_ticket_is_logged_for_somebody_known(cast: Cast, as_user: AsUser) -> None:
    answer = as_user(cast.ann).post(
        "/tickets/new/", new_ticket(cast, component=cast.checkout.pk, mine="on")
    )
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"/tickets/{ticket.pk}/?sent=1"
    assert (ticket.requester, ticket.created_by, ticket.assignee) == (cast.rob, cast.ann, cast.ann)
    assert (ticket.service, ticket.priority) == (cast.payments, 2)


def test_a_ticket_is_logged_for_somebody_new(cast: Cast, as_user: AsUser) -> None:
    words = new_ticket(cast, requester="", new_name="Rosa", new_email="Rosa@acme.example")
    as_user(cast.ann).post("/tickets/new/", words)
    rosa = Ticket.objects.get().requester
    assert (rosa.name, rosa.organisation, rosa.roles) == ("Rosa", cast.acme, ["requester"])
    assert not rosa.has_usable_password()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"requester": "Nobody Known"}, "requester"),
        ({"requester": ""}, "requester"),
        ({"title": ""}, "title"),
        ({"impact": "9"}, "impact"),
        ({"requester": "", "new_email": "not an address"}, "new_email"),
        ({"requester": "", "new_email": "new@acme.example"}, "new_name"),
        ({"title": "a\x00b"}, "title"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    cast: Cast, as_user: AsUser, words: dict[str, object], field: str
) -> None:
    people = Person.objects.count()
    answer = as_user(cast.ann).post(
        "/tickets/new/", new_ticket(cast, description="Precious words", **words)
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Precious words" in page
    assert f'href="#id_{field}"' in page
    assert not Ticket.objects.exists()
    assert Person.objects.count() == people


def test_people_are_offered_by_the_beginning_of_their_name(cast: Cast, as_user: AsUser) -> None:
    offered = read(as_user(cast.ann), "/tickets/new/people/?requester=ro")
    assert "Rob &lt;rob@acme.example&gt;" in offered
    assert "Stan" not in offered
    assert "<option" not in read(as_user(cast.rob), "/tickets/new/people/?requester=ro")


def test_suggestions_name_look_alikes_and_propose_the_component(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    tickets = [opened(title=f"Card is declined at checkout again {n}") for n in range(2)]
    solved = opened(title="Card is declined at checkout once more")
    actions.resolve_ticket(solved, actor=cast.ann, code="fixed", text="Pay by invoice")
    embed_tickets([one.pk for one in [*tickets, solved]])
    answer = as_user(cast.ann).post(
        "/tickets/new/suggestions/", {"title": "card is declined at the checkout"}
    )
    page = answer.content.decode()
    for words in (*[one.reference for one in tickets], "Pay by invoice", "Payments › Checkout"):
        assert words in page
    assert f'data-use-component="{cast.checkout.pk}"' in page


def test_a_requester_s_suggestions_hold_nobody_else_s_tickets(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    embed_tickets([ticket.pk])
    answer = as_user(cast.stan).post("/tickets/new/suggestions/", {"title": ticket.title})
    assert ticket.reference not in answer.content.decode()


@pytest.mark.parametrize("title", ["", "abc", "\x00\x00\x00\x00\x00", "' | & !", "x" * 5000])
def test_odd_drafts_are_answered(cast: Cast, as_user: AsUser, title: str) -> None:
    answer = as_user(cast.ann).post(
        "/tickets/new/suggestions/", {"title": title, "component": "one", "service": "9" * 30}
    )
    assert answer.status_code == 200


@pytest.fixture
def broken_box() -> None:
    """A box of another app that fails in the worst way: with a broken statement."""

    @panel("incidents.ticketdraft", "suggestions", order=1)
    def fails(request: object, record: object) -> Panel | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        return None

    from core import extensions  # noqa: PLC0415 (taken away again below)

    yield
    registered = extensions._panels["incidents.ticketdraft", "suggestions"]
    registered[:] = [pair for pair in registered if pair[1] is not fails]


@pytest.mark.usefixtures("broken_box")
def test_a_failing_suggestion_leaves_the_others_and_the_form(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    ticket = opened()
    browser = as_user(cast.ann)
    page = browser.post("/tickets/new/suggestions/", {"title": ticket.title}).content.decode()
    assert "not available now" in page
    assert ticket.reference in page
    assert browser.post("/tickets/new/", new_ticket(cast)).status_code == 302
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def test_without_scripts_suggestions_come_with_the_form(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    ticket = opened()
    browser = as_user(cast.ann)
    words = new_ticket(cast, title=ticket.title, description="Precious words")
    page = browser.post("/tickets/new/", {**words, "suggest": "1"}).content.decode()
    assert ticket.reference in page
    assert "Precious words" in page
    taken = {**words, "use_component": cast.checkout.pk, "use_service": cast.payments.pk}
    page = browser.post("/tickets/new/", taken).content.decode()
    assert re.search(rf'<option value="{cast.checkout.pk}" selected', page)
    assert Ticket.objects.count() == 1


def test_notes_show_on_no_page_of_a_requester(
    ticket: Ticket, note: Message, cast: Cast, as_user: AsUser
) -> None:
    actions.hand_ticket_to_development(ticket, actor=cast.ann, note="Zanzibar for developers")
    browser = as_user(cast.rob)
    for address in (
        f"/portal/{ticket.pk}/",
        "/portal/",
        f"/tickets/{ticket.pk}/conversation/",
        f"/tickets/{ticket.pk}/similar/",
        f"/api/v1/tickets/{ticket.pk}/",
        f"/api/v1/tickets/{ticket.pk}/messages/",
        "/search/?q=zanzibar",
    ):
        assert "Zanzibar" not in browser.get(address, follow=True).content.decode(), address


def test_looking_for_a_requester_is_one_query_of_few_rows_and_waits_for_two_letters(
    cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    address = "/tickets/new/people/"
    assert "acme" not in browser.get(address, {"requester": "r"}).content.decode()
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(address, {"requester": "acme"}).content.decode()
    assert "rob@acme.example" in page
    assert "rita@acme.example" in page
    assert len(asked) <= 3  # session, reader, people
    assert "stan@" not in page
    assert "rob@" in browser.get(address, {"requester": "Rob"}).content.decode()
    assert browser.get(address, {"requester": "a(b[*\\"}).status_code == 200
