"""The main job, end to end, in the browser, each step as the person whose job it is.

An agent logs a ticket; it joins a candidate cause; a person confirms it and opens a problem; the
evidence goes to a sprint; development answers; a release ships; the requester is asked; the
manager sees it. With the folder of real data present, 5,950 real tickets are imported first.
"""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import serious
from tests.conftest import SHARED_DATA
from tests.e2e.conftest import Product, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("walk")]

TITLE = "Buyers come back from online banking to an empty basket"
STORY = (
    "Two of our customers approved the pay by bank transfer and were sent back to an empty basket. "
    "The order is gone, the bank says the money left. Cards work."
)
REQUESTER = "pippa.wainwright@pippaandfinch.example"
SECONDS = 1000


def _reload_until(page: Page, words: str, *, within: float = 90) -> None:
    """Reloads until the page says it: what workers do takes a moment."""
    until = time.monotonic() + within
    while words not in page.locator("main").inner_text():
        assert time.monotonic() < until, f"“{words}” did not appear on {page.url}"
        page.wait_for_timeout(500)
        page.reload()
        # The boxes beside a ticket come in a request of their own.
        page.wait_for_load_state("networkidle")


def _tab_to(page: Page, field: str) -> None:
    """Moves on with Tab until the field has the focus."""
    for _ in range(60):
        if page.evaluate("document.activeElement.id") == field:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {field}")


def _number(page: Page) -> int:
    found = re.search(r"/(\d+)/", page.url)
    assert found, page.url
    return int(found[1])


@pytest.fixture(scope="module")
def with_real_tickets(product: Product) -> int:
    """Real tickets beside the demo's, as far as the folder is there; their number."""
    source = Path(SHARED_DATA) / "tickets" / "it_tickets.csv"
    if not source.is_file():
        return 0
    product.manage("import_tickets", str(source), "--create-missing", "--source", "it")
    again = product.manage("import_tickets", str(source), "--create-missing", "--source", "it")
    assert "0 tickets created, 5,950 were here already" in again
    return 5950


def _log_by_keyboard(page: Page) -> int:
    """Step 1: nothing but keys."""
    page.wait_for_load_state("networkidle")
    page.keyboard.press("c")
    page.wait_for_url("**/tickets/new/")
    _tab_to(page, "id_requester")
    page.keyboard.type(REQUESTER)
    _tab_to(page, "id_title")
    page.keyboard.type(TITLE, delay=10)
    suggestions = page.locator("#suggestions")
    expect(suggestions).to_contain_text("Similar", timeout=15 * SECONDS)
    _tab_to(page, "id_description")
    page.keyboard.type(STORY)
    page.keyboard.press("Alt+s")
    expect(page.locator("#id_component")).not_to_have_value("", timeout=10 * SECONDS)
    expect(suggestions).to_contain_text("What changed on", timeout=15 * SECONDS)
    assert serious(page) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/"))
    return _number(page)


def _cluster_of(page: Page) -> str:
    """Step 2: the ticket says which candidate cause it joined, and why."""
    _reload_until(page, "Why:")
    assert serious(page) == []
    link = page.locator(".workspace-side a[href^='/clusters/']").first
    return str(link.get_attribute("href"))


def _group_again(page: Page) -> None:
    """Step 3: a run is started and watched, after the one an import asks for by itself."""
    page.goto("/clusters/")
    again = page.get_by_role("button", name=re.compile("Run again")).first
    expect(again.or_(page.locator(".run-progress")).first).to_be_visible()
    if page.locator(".run-progress").count():
        expect(page.locator("main")).to_contain_text("The run is done", timeout=420 * SECONDS)
        page.goto("/clusters/")
    again.click()
    progress = page.locator(".run-progress, #run-progress, progress").first
    expect(progress).to_be_attached(timeout=20 * SECONDS)
    expect(page.locator("main")).to_contain_text("The run is done", timeout=420 * SECONDS)
    assert serious(page) == []


def _confirm_and_open_problem(page: Page, cluster: str, ticket: int) -> str:
    """Still step 3: look, take out what does not belong, confirm, open a problem."""
    page.goto(cluster)
    main = page.locator("main")
    expect(main).to_contain_text("Why it is here")
    expect(main).to_contain_text("First seen after")
    expect(main).to_contain_text("7.9.0")
    assert serious(page) == []
    members = page.locator("section[aria-labelledby=members] tbody tr")
    before = members.count()
    wrong = members.filter(has_not_text=f"INC-{ticket}").last
    name = wrong.locator(".row-title").inner_text()
    wrong.get_by_role("button", name="Not this").click()
    expect(members).to_have_count(before - 1)
    assert name
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(main).to_contain_text("Confirmed")
    page.get_by_role("link", name=re.compile("^Open a problem")).click()
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/problems/\d+/$"))
    expect(page.locator("main")).to_contain_text(f"INC-{ticket}")
    assert serious(page) == []
    return page.url


def _ask_for_a_fix(page: Page, problem: str) -> str:
    """Step 4, support: the evidence is frozen and asked for in the sprint being planned."""
    page.goto(problem)
    page.locator("#id_sprint").select_option(index=1)
    page.locator("#id_points").fill("5")
    page.locator("#id_team").select_option(label="Service Desk")
    page.locator("#id_rationale").fill("Orders are lost; five organisations within three hours.")
    page.get_by_role("button", name="Freeze the evidence and ask").click()
    page.wait_for_url(re.compile(r"/(problems|sprints)/\d+/"))
    page.goto(problem)
    expect(page.locator("main")).to_contain_text("unanswered")
    link = page.locator("main a[href*='#ask-']").first
    # Without the mark: going to the same place of the same page would not read it again.
    return str(link.get_attribute("href")).split("#", maxsplit=1)[0]


def _developer_answers(developer: Page, agent: Page, sprint: str) -> str:
    """Step 4, development: read the pack, ask, be answered, accept."""
    developer.goto(sprint)
    row = _ask_row(developer)
    row.get_by_role("link", name=re.compile("incident")).click()
    developer.wait_for_url(re.compile(r"/packs/\d+/"))
    expect(developer.locator("main")).to_contain_text("INC-")
    assert serious(developer) == []
    developer.goto(sprint)
    row = _ask_row(developer)
    row.get_by_text("Ask support").click()
    row.locator("textarea[name=body]").fill("Does it happen with every bank?")
    row.get_by_role("button", name="Ask", exact=True).click()
    expect(_ask_row(developer)).to_contain_text("waits for support")
    agent.goto(sprint)
    row = _ask_row(agent)
    expect(row).to_contain_text("Does it happen with every bank?")
    row.locator("textarea[name=answer]").fill("With three of the four we tried.")
    row.get_by_role("button", name="Answer", exact=True).click()
    expect(_ask_row(agent)).to_contain_text("With three of the four we tried.")
    developer.goto(sprint)
    row = _ask_row(developer)
    expect(row).to_contain_text("With three of the four we tried.")
    row.get_by_role("link", name="Answer", exact=True).click()
    row.locator("input[name=verdict][value=accept]").check()
    row.get_by_role("button", name="Answer", exact=True).last.click()
    expect(_ask_row(developer)).to_contain_text("Accepted")
    assert serious(developer) == []
    return _ask_row(developer).locator(".row-title").inner_text().split()[0]


def _ask_row(page: Page):
    return page.locator("tr", has_text="Orders are lost; five organisations").last


def _ship(developer: Page, support: Page, key: str) -> str:
    """Step 5: into a release, readiness met and signed by support, deployed."""
    version = f"8.{int(time.time()) % 100000}.0"
    developer.goto("/releases/new/")
    developer.locator("#id_version").fill(version)
    developer.locator("main form button[type=submit]").last.click()
    developer.wait_for_url(re.compile(r"/releases/\d+/$"))
    release = developer.url
    developer.get_by_role("link", name=re.compile("^Add a work item")).click()
    item = developer.locator("#id_work_item option", has_text=key).first
    developer.locator("#id_work_item").select_option(value=str(item.get_attribute("value")))
    developer.locator("main form button[type=submit]").last.click()
    developer.wait_for_url(re.compile(r"/releases/\d+/$"))
    developer.get_by_role("button", name="Check readiness").click()
    support.goto(release)
    open_ones = support.locator("tr", has_text="blocking").filter(
        has=support.locator("summary", has_text="It is met")
    )
    for left in range(open_ones.count() - 1, -1, -1):
        row = open_ones.first
        row.locator("summary", has_text="It is met").click()
        row.locator("textarea[name=evidence]").fill("Seen in staging and written down.")
        row.get_by_role("button", name="It is met").last.click()
        expect(open_ones).to_have_count(left)
    support.locator("input[name=verdict][value=ready]").check()
    support.locator("select[name=team]").select_option(label="Service Desk")
    support.get_by_role("button", name="Sign for support").click()
    expect(support.locator("main")).to_contain_text("met “Tried by support in staging”")
    expect(support.locator("main")).not_to_contain_text("Support has not signed yet")
    assert serious(support) == []
    developer.goto(release)
    for step in ("Approve", "Deploy", "Deployed"):
        _press(developer, step)
    expect(developer.locator("main")).to_contain_text("Hypercare")
    return release


def _press(page: Page, name: str) -> None:
    """Presses a step's button, and the one that asks again when there is one."""
    button = page.get_by_role("button", name=name, exact=True).first
    asks_first = button.get_attribute("popovertarget")
    button.click()
    if asks_first:
        page.locator(f"#{asks_first} button[type=submit]").click()
    expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)


def test_the_whole_walk(product: Product, sign_in: SignIn, with_real_tickets: int) -> None:
    agent = sign_in("agent")
    ticket = _log_by_keyboard(agent)
    cluster = _cluster_of(agent)

    manager_of_problems = sign_in("problem manager")
    _group_again(manager_of_problems)
    agent.goto(f"/tickets/{ticket}/")
    cluster = _cluster_of(agent)
    problem = _confirm_and_open_problem(manager_of_problems, cluster, ticket)

    sprint = _ask_for_a_fix(manager_of_problems, problem)
    developer = sign_in("developer")
    key = _developer_answers(developer, manager_of_problems, sprint)
    agent.goto(f"/tickets/{ticket}/")
    _reload_until(agent, "Awaiting development")

    release = _ship(developer, manager_of_problems, key)
    _reload_until(developer, "told before")
    agent.goto(f"/tickets/{ticket}/")
    _reload_until(agent, "Fix available")

    requester = sign_in("requester", email=REQUESTER)
    requester.goto("/notifications/")
    _reload_until(requester, f"INC-{ticket}")
    about = requester.locator("main").inner_text().count(f"INC-{ticket}")
    assert about >= 1
    requester.goto(f"/portal/{ticket}/")
    expect(requester.locator("main")).to_contain_text("Does it work for you now?")
    assert serious(requester) == []
    requester.get_by_role("button", name="Yes, it is fixed").click()
    expect(requester.locator("main")).to_contain_text("Resolved")

    manager_of_problems.goto(cluster)
    _reload_until(manager_of_problems, "Watching")

    manager = sign_in("manager")
    manager.goto("/proactivity/")
    expect(manager.locator("main")).to_contain_text("Did the fix work?")
    assert manager.locator(".number-card").count() == 6
    assert serious(manager) == []
    manager.locator(".number-card a").first.click()
    manager.wait_for_url(re.compile(r"/proactivity/[a-z-]+/"))
    expect(manager.locator("main tbody tr").first).to_be_visible()

    admin = sign_in("admin")
    admin.goto("/admin/mail/")
    expect(admin.locator("main")).to_contain_text(REQUESTER)
    assert release
