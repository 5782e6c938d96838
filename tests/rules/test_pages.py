"""Pages of rules and macros: written, previewed, explained; words kept when something is wrong."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import Event
from incidents.models import Message
from rules import previewing
from rules.actions import run_event_rules, run_macro, save_rule, switch_rule
from rules.models import DryRun, Macro, Rule
from tests.conftest import Cast
from tests.make.many import copy_tickets
from tests.make.rules import NOTE, TAGS, make_macro, make_rule
from tests.make.tickets import make_ticket, make_tickets

AsUser = Callable[..., Client]
AfterCommit = Callable[[], AbstractContextManager[None]]

WORDS = {
    "name": "Greet",
    "activator": "since_created",
    "amount": "2",
    "unit": "1440",
    "if-state": "unresolved",
    "if-priority": "1",
    "more": "/tickets/?channel=phone\nq=printer",
    "match": "all",
    "most_per_hour": "50",
    "set-category": "Greeted",
    "note-body": "Hello {{requester.name}}",
}


def test_a_rule_is_written_on_its_page(cast: Cast, as_user: AsUser) -> None:
    answer = as_user(cast.mo).post("/admin/rules/new/", WORDS)
    rule = Rule.objects.get()
    assert answer["Location"] == f"/admin/rules/{rule.pk}/"
    version = rule.version
    assert (version.activator, version.minutes, version.most_per_hour) == (
        "since_created",
        2880,
        50,
    )
    assert version.conditions == ["state=unresolved&priority=1", "channel=phone", "q=printer"]
    assert version.actions == {
        "set": {"category": "Greeted"},
        "note": {"body": "Hello {{requester.name}}"},
    }
    assert not rule.is_on
    page = as_user(cast.mo).get(f"/admin/rules/{rule.pk}/edit/").content.decode()
    for words in ("Greet", "Greeted", "Hello {{requester.name}}", "q=printer"):
        assert words in page
    assert '<option value="1440" selected>' in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"amount": ""}, "Say after how long"),
        ({"more": "colour=red"}, "The list of tickets cannot be narrowed by “colour”"),
        ({"if-assignee": "me"}, "“me” is whoever looks"),
        ({"note-body": "{{password}}"}, "There is no variable “password”"),
        ({"step-step": "wait"}, "Say what it waits for"),
        ({"set-category": "", "note-body": ""}, "Choose at least one action"),
        ({"assign-team": "987654"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    wrong: dict[str, str], sentence: str, cast: Cast, as_user: AsUser
) -> None:
    answer = as_user(cast.mo).post("/admin/rules/new/", {**WORDS, **wrong})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    if "note-body" not in wrong:
        assert "Hello {{requester.name}}" in page
    assert not Rule.objects.exists()


def test_the_preview_counts_and_lists_what_fits_now(cast: Cast, as_user: AsUser) -> None:
    make_tickets(12, cast.rob, channel="phone", title="printer")
    make_ticket(cast.rob, title="printer")
    said = {"if-channel": "phone", "if-q": "printer"}
    page = as_user(cast.mo).post("/admin/rules/preview/", said).content.decode()
    assert "12 tickets" in page
    assert page.count("INC-") == 10
    assert 'href="/tickets/?q=printer&amp;channel=phone&amp;state=any"' in page
    assert "<html" not in page
    whole = as_user(cast.mo).post("/admin/rules/new/", {**said, "preview": "1"})
    assert "12 tickets" in whole.content.decode()
    assert whole.status_code == 200
    broken = as_user(cast.mo).post("/admin/rules/preview/", {"more": "colour=red"})
    assert "cannot be narrowed by “colour”" in broken.content.decode()


def test_the_number_of_several_conditions_opens_the_same_tickets(
    cast: Cast, as_user: AsUser
) -> None:
    ticket = make_ticket(cast.rob, channel="phone", title="printer")
    make_ticket(cast.rob, channel="phone", title="mouse")
    browser = as_user(cast.mo)
    page = browser.get("/admin/rules/matching/?if=channel%3Dphone&if=q%3Dprinter&match=all")
    assert f"INC-{ticket.pk}" in page.content.decode()
    assert page.content.decode().count('class="row-title"') <= 1
    assert "mouse" not in page.content.decode()
    wrong = browser.get("/admin/rules/matching/?if=colour%3Dred").content.decode()
    assert "cannot be narrowed by “colour”" in wrong


@pytest.mark.parametrize(
    "address", ["/admin/rules/new/", "/admin/rules/{rule}/edit/", "/admin/rules/preview/"]
)
def test_agents_read_rules_but_do_not_write_them(address: str, cast: Cast, as_user: AsUser) -> None:
    rule = make_rule(cast.mo)
    browser = as_user(cast.ann)
    assert browser.get("/admin/rules/").status_code == 200
    page = browser.get(f"/admin/rules/{rule.pk}/").content.decode()
    assert "Switch off" not in page
    assert browser.post(address.format(rule=rule.pk), WORDS).status_code == 403
    browser.post(f"/admin/rules/{rule.pk}/switch-off/")
    rule.refresh_from_db()
    assert rule.is_on


def test_requesters_see_no_rules(cast: Cast, as_user: AsUser) -> None:
    rule = make_rule(cast.mo)
    browser = as_user(cast.rob)
    assert browser.get("/admin/rules/").status_code == 403
    assert browser.get(f"/admin/rules/{rule.pk}/").status_code == 404


def test_rules_are_switched_moved_restored_and_retired_with_buttons(
    cast: Cast, as_user: AsUser
) -> None:
    first, second = make_rule(cast.mo, "first", on=False), make_rule(cast.mo, "second")
    browser = as_user(cast.mo)
    browser.post(f"/admin/rules/{first.pk}/switch-on/")
    browser.post(f"/admin/rules/{second.pk}/move-up/")
    browser.post(f"/admin/rules/{first.pk}/restore/", {"number": "1"})
    assert [rule.name for rule in Rule.objects.active().in_order()] == ["second", "first"]
    assert first.versions.count() == 2
    browser.post(f"/admin/rules/{second.pk}/retire/")
    assert list(Rule.objects.kept()) == [first]


def test_the_list_of_rules_costs_the_same_queries_however_many_there_are(
    cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.mo)

    def queries() -> int:
        browser.get("/admin/rules/")
        with CaptureQueriesContext(connection) as caught:
            browser.get("/admin/rules/")
        return len(caught)

    for number in range(3):
        make_rule(cast.mo, f"r{number}")
    few = queries()
    for number in range(30):
        make_rule(cast.mo, f"more {number}")
    assert queries() == few


def test_runs_cost_the_same_queries_however_many_there_are(cast: Cast, as_user: AsUser) -> None:
    make_rule(cast.mo, actions={"set": {"category": "x"}})
    browser = as_user(cast.mo)

    def queries(more: int) -> int:
        for ticket in make_tickets(more, cast.rob):
            run_event_rules(Event.objects.about(ticket).get(name="incidents.ticket_opened"))
        browser.get("/admin/rules/runs/")
        with CaptureQueriesContext(connection) as caught:
            browser.get("/admin/rules/runs/")
        return len(caught)

    assert queries(3) == queries(20)


def test_the_ticket_says_which_rule_did_what(
    cast: Cast, as_user: AsUser, after_commit: AfterCommit
) -> None:
    rule = make_rule(cast.mo, "Sort it", actions={"set": {"category": "Sorted"}})
    with after_commit():
        ticket = make_ticket(cast.rob)
    browser = as_user(cast.ann)
    page = browser.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Which rule did this" in page
    assert "Sort it" in page
    # What the rule brought about leads to the rule.
    assert page.count(f'<a href="{rule.get_absolute_url()}">Sort it</a>') >= 1
    trace = browser.get(f"/tickets/{ticket.pk}/rules/").content.decode()
    assert "changed category" in trace
    quiet = make_ticket(cast.rob)
    assert "Which rule did this" not in browser.get(f"/tickets/{quiet.pk}/").content.decode()


def test_why_a_rule_did_not_act_is_said_condition_by_condition(
    cast: Cast, as_user: AsUser, after_commit: AfterCommit
) -> None:
    query = f"state=open&priority=1&component={cast.checkout.pk}"
    rule = make_rule(cast.mo, "Urgent checkout", conditions=[query])
    with after_commit():
        ticket = make_ticket(cast.rob, component=cast.checkout)
    browser = as_user(cast.ann)
    asked = browser.get(f"/admin/rules/{rule.pk}/why/", {"ticket": ticket.reference})
    page = browser.get(asked["Location"])
    answers = {one.asked: one.holds for one in page.context["answers"]}
    assert answers["The rule is switched on"] is True
    assert answers["A ticket is opened"] is True
    assert answers["State: Open"] is True
    assert answers["Priority: P1 Critical"] is False
    assert answers["Component: Checkout"] is True
    assert any(name.startswith("Conditions did not hold") for name in answers)
    switch_rule(rule, actor=cast.mo, on=False)
    again = browser.get(f"/admin/rules/{rule.pk}/why/{ticket.pk}/")
    assert again.context["answers"][0].holds is False
    lost = browser.get(f"/admin/rules/{rule.pk}/why/", {"ticket": "INC-999999"}, follow=True)
    assert "There is no ticket INC-999999 for you." in lost.content.decode()


def test_a_dry_run_is_asked_for_and_shows_its_tickets(
    cast: Cast, as_user: AsUser, after_commit: AfterCommit
) -> None:
    ticket = make_ticket(cast.rob)
    rule = make_rule(cast.mo, on=False)
    browser = as_user(cast.mo)
    with after_commit():
        answer = browser.post(f"/admin/rules/{rule.pk}/dry-run/")
    page = browser.get(answer["Location"]).content.decode()
    assert "It would have acted on 1 ticket." in page
    assert ticket.reference in page
    assert "looks at the ticket as it is today" in page
    run = DryRun.objects.get()
    progress = browser.get(f"/admin/dry-runs/{run.pk}/progress/")
    assert progress["HX-Redirect"] == run.get_absolute_url()
    assert as_user(cast.ada).get(run.get_absolute_url()).status_code == 404


def test_a_macro_is_written_run_and_retired_on_pages(cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.ann)
    said = {"name": "Ask", "scope": "personal", "note-body": "Asked.", "assign-to_me": "on"}
    assert browser.post("/admin/macros/new/", {**said, "name": ""}).status_code == 422
    assert browser.post("/admin/macros/new/", {**said, "scope": "everybody"}).status_code == 422
    saved = browser.post("/admin/macros/new/", said)
    assert saved["Location"] == f"/admin/macros/{Macro.objects.get().pk}/"
    macro = Macro.objects.get()
    ticket = make_ticket(cast.rob)
    assert "Ask" in browser.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Ask" in browser.get(f"/tickets/{ticket.pk}/macros/").content.decode()
    done = browser.post(f"/admin/macros/{macro.pk}/run/{ticket.pk}/", follow=True)
    assert "“Ask” is done" in done.content.decode()
    assert Message.objects.get(ticket=ticket).author == cast.ann
    browser.post(f"/admin/macros/{macro.pk}/edit/", {**said, "name": "Ask again"})
    macro.refresh_from_db()
    assert macro.name == "Ask again"
    browser.post(f"/admin/macros/{macro.pk}/retire/")
    assert not Macro.objects.kept().exists()


def test_a_macro_that_is_refused_says_so_and_did_nothing(cast: Cast, as_user: AsUser) -> None:
    macro = make_macro(cast.ann, "Shut", actions={"step": {"step": "close"}})
    ticket = make_ticket(cast.rob)
    answer = as_user(cast.ann).post(f"/admin/macros/{macro.pk}/run/{ticket.pk}/", follow=True)
    assert "“Shut” did nothing. “Close” is not possible" in answer.content.decode()


def test_a_macros_fact_stands_in_the_history(cast: Cast, as_user: AsUser) -> None:
    macro = make_macro(cast.ann, "Sort", actions={"set": {"category": "x"}})
    ticket = make_ticket(cast.rob)
    run_macro(macro, actor=cast.ann, ticket=ticket)
    page = as_user(cast.ann).get(f"/tickets/{ticket.pk}/").content.decode()
    assert "ran version 1 of the macro “Sort”: set category to “x”" in page
    assert f'by macro <a href="/admin/macros/{macro.pk}/">Sort, version 1</a>' in page


def test_the_admin_page_offers_rules_to_those_who_arrange_them(cast: Cast, as_user: AsUser) -> None:
    assert 'href="/admin/rules/"' in as_user(cast.mo).get("/admin/").content.decode()


def test_choices_left_open_in_the_form_are_no_conditions(cast: Cast, as_user: AsUser) -> None:
    said = {**WORDS, "if-overdue": "unknown", "if-first_contact": "unknown", "more": ""}
    as_user(cast.mo).post("/admin/rules/new/", said)
    rule = Rule.objects.get()
    assert rule.version.conditions == ["state=unresolved&priority=1"]
    page = as_user(cast.mo).get(f"/admin/rules/{rule.pk}/edit/").content.decode()
    assert "<summary>More conditions" in page
    assert '<details class="rule-more" open' not in page
    as_user(cast.mo).post(f"/admin/rules/{rule.pk}/edit/", {**said, "if-overdue": "true"})
    rule.refresh_from_db()
    assert rule.version.conditions == ["state=unresolved&priority=1&overdue=true"]
    again = as_user(cast.mo).get(f"/admin/rules/{rule.pk}/edit/").content.decode()
    assert '<details class="rule-more" open' in again


def test_texts_of_conditions_are_written_and_stay_when_the_rule_is_edited(
    cast: Cast, as_user: AsUser
) -> None:
    said = {**WORDS, "more": "", "if-tag": ["vip", "urgent", ""], "if-tag_not": ["spam", ""]}
    browser = as_user(cast.mo)
    browser.post("/admin/rules/new/", said)
    rule = Rule.objects.get()
    query = "state=unresolved&priority=1&tag=vip&tag=urgent&tag_not=spam"
    assert rule.version.conditions == [query]
    page = browser.get(f"/admin/rules/{rule.pk}/edit/").content.decode()
    assert page.count('name="if-tag"') == 3
    for value in ("vip", "urgent"):
        assert f'value="{value}"' in page
    browser.post(f"/admin/rules/{rule.pk}/edit/", {**said, "if-category": "x"})
    rule.refresh_from_db()
    assert rule.version.conditions == [query.replace("&tag=vip", "&category=x&tag=vip")]


def test_a_macros_page_shows_versions_with_what_changed_and_restores_one(
    cast: Cast, as_user: AsUser
) -> None:
    macro = make_macro(cast.ann, "Sort", actions={"set": {"category": "x"}})
    browser, address = as_user(cast.ann), f"/admin/macros/{macro.pk}/"
    said = {"name": "Sort it", "scope": "personal", "set-category": "y", "tags-add": "VIP, late"}
    assert browser.post(f"{address}edit/", said)["Location"] == address
    page = browser.get(address).content.decode()
    for words in (
        "<strong>Name:</strong> <del>Sort</del>",
        "<del>set category to “x”</del>",
        "<ins>set category to “y”</ins>",
        "<strong>Tags:</strong> <ins>add the tags vip, late</ins>",
    ):
        assert words in page
    assert browser.post(f"{address}restore/", {"number": "1"}).status_code == 302
    macro.refresh_from_db()
    assert (macro.name, macro.version.number, macro.version.restored_from) == ("Sort", 3, 1)
    assert as_user(cast.pia).get(address).status_code == 404
    wrong = browser.post(f"{address}restore/", {"number": "9"}, follow=True)
    assert "There is no version 9" in wrong.content.decode()


def test_a_rules_page_says_what_each_version_changed(cast: Cast, as_user: AsUser) -> None:
    rule = make_rule(cast.mo, "One", conditions=["priority=1"])
    save_rule(rule, actor=cast.mo, name="One", activator="edited", actions={**NOTE, **TAGS})
    page = as_user(cast.ann).get(f"/admin/rules/{rule.pk}/").content.decode()
    assert "<del>A ticket is opened</del>" in page
    assert "<del>Priority: P1 Critical</del>" in page
    assert "<ins>every ticket</ins>" in page
    assert "<ins>add the tag vip</ins>" in page


def test_a_preview_that_takes_too_long_says_so_and_the_rule_can_be_saved(
    cast: Cast, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "STATEMENT_MS", 1)
    monkeypatch.setattr(previewing, "MOST_COUNTED", 10**8)
    make_ticket(cast.rob)
    copy_tickets(20_000)
    browser = as_user(cast.mo)
    page = browser.post("/admin/rules/preview/", {"if-category": "none"}).content.decode()
    assert "took too long and was stopped. The rule can be saved all the same." in page
    listed = browser.get("/admin/rules/matching/?if=category%3Dnone&if=impact%3D1")
    assert "took too long and was stopped" in listed.content.decode()
    assert browser.post("/admin/rules/new/", {**WORDS, "more": ""}).status_code == 302
