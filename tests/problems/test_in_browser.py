"""Problems in a real browser: on a phone, in the dark, by keyboard alone, with scripts off."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from incidents.jobs.running import go_on
from incidents.models import Message, TicketJob
from problems import actions
from problems.models import Problem, Telling
from tests.browsing import PHONE, Window, serious
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.tickets import make_tickets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def problem(cast: Cast) -> Problem:
    """A resolved problem with everything a problem may have."""
    found = make_problem(
        cast.ann, component=cast.checkout, owner=cast.pia, workaround="Restart the till.",
        tickets=make_tickets(3, cast.rob),
    )  # fmt: skip
    actions.analyse_problem(found, actor=cast.pia)
    actions.record_known_error(
        found, actor=cast.pia, symptom="Hangs", root_cause="A lock", workaround="Restart the till."
    )
    actions.write_known_error_article(found, actor=cast.pia)
    for words in ("The till hung", "A lock was held"):
        actions.add_why(found, actor=cast.dev, answer=words, evidence="INC-1")
    cause = actions.add_cause(
        found, actor=cast.dev, text="Old lock", branch="software", standing="contributing",
        falsifier="No lock is held",
    )  # fmt: skip
    actions.add_cause(found, actor=cast.dev, text="No test", branch="software", parent=cause)
    actions.add_cause(found, actor=cast.dev, text="Haste", branch="people", standing="ruled_out")
    actions.add_timeline_entry(found, actor=cast.dev, at=timezone.now(), text="Seen in staging")
    actions.add_problem_task(found, actor=cast.ann, title="Compare logs", assignee=cast.dev)
    actions.resolve_problem(found, actor=cast.pia)
    actions.write_problem_review(
        found, actor=cast.pia, summary="It hung", causes="A lock", lessons="Test locks"
    )
    actions.add_problem_action(
        found, actor=cast.pia, title="Test locks", assignee=cast.dev,
        due_on=timezone.localdate() - timedelta(days=1),
    )  # fmt: skip
    found.refresh_from_db()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 1440, "height": 900}])
def test_every_page_is_clean_and_fits(
    scheme: str, viewport: dict[str, int], cast: Cast, problem: Problem, window: Window
) -> None:
    page = window(cast.pia, viewport=viewport, color_scheme=scheme)
    base = problem.get_absolute_url()
    wrong = []
    for address in (
        "/problems/", base, f"{base}analysis/", f"{base}review/", f"{base}tell-fix/",
        f"{base}effect/without/", f"{base}analysis/causes/", f"{base}tasks/add/",
        "/problem-actions/?state=outstanding",
    ):  # fmt: skip
        page.goto(address)
        wrong += [(address, one) for one in serious(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wrong.append((address, "wider than the window"))
    assert wrong == []


def test_a_why_is_answered_by_keyboard_alone(cast: Cast, problem: Problem, window: Window) -> None:
    page = window(cast.dev)
    page.goto(f"{problem.get_absolute_url()}analysis/")
    summary = page.locator("summary", has_text="Answer the next why")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Nobody tests locks")
    page.keyboard.press("Tab")
    page.keyboard.type("https://git.example/locks")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody tests locks")).to_be_visible()
    assert problem.whys.count() == 3


def test_the_fix_is_previewed_sent_and_watched(
    cast: Cast, problem: Problem, window: Window
) -> None:
    page = window(cast.ann)
    page.goto(problem.get_absolute_url())
    page.get_by_role("link", name="Communicate the fix").click()
    page.get_by_label("What the requesters read").fill("Fixed in **4.2**.")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator(".quote strong")).to_have_text("4.2")
    assert not TicketJob.objects.exists()
    page.get_by_role("button", name="Send to 3 tickets").click()
    expect(page.locator("#job-progress")).to_be_visible()
    job = TicketJob.objects.get()
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    expect(page.locator("#job-progress .facts-row")).to_contain_text("Done3", timeout=10_000)
    assert Telling.objects.count() == Message.objects.count() == 3


def test_the_fishbone_is_a_nested_list_without_scripts(
    cast: Cast, problem: Problem, window: Window
) -> None:
    page = window(cast.rel, java_script_enabled=False)
    page.goto(f"{problem.get_absolute_url()}analysis/")
    bones = page.locator(".bones > li")
    expect(bones).to_have_count(2)
    expect(bones.first.locator(".twigs .twigs .twig-words")).to_have_text("No test")
    page.locator("summary", has_text="Add a possible cause").click()
    page.get_by_label("What may have caused it").fill("Full disk")
    page.get_by_label("Branch").select_option("infrastructure")
    page.locator("form:has(#cause_text) button[type=submit]").click()
    expect(page.get_by_text("Full disk").first).to_be_visible()
    assert problem.causes.filter(text="Full disk", branch="infrastructure").exists()
