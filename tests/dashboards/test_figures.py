"""Daily figures: counted from tickets, the same however often they are counted."""

from datetime import timedelta

from django.utils import timezone

from core.spreadsheets import safe_row
from core.timeline import HANDLERS
from dashboards.figures import contacts, figures_as_of, refresh_figures, weekly_incidents
from dashboards.models import DayFigures
from incidents.actions import resolve_ticket, start_ticket
from incidents.events import TICKETS_IMPORTED
from tests.conftest import Cast
from tests.make.tickets import make_ticket


def test_contacts_of_a_period_are_the_tickets_of_its_days(cast: Cast) -> None:
    now = timezone.now()
    today = now.date()
    make_ticket(cast.rob, component=cast.checkout, at=now)
    make_ticket(cast.rob, component=cast.checkout, kind="service_request", at=now)
    make_ticket(cast.rob, at=now - timedelta(days=3))
    make_ticket(cast.rob, at=now - timedelta(days=40))
    refresh_figures(today - timedelta(days=30), today)
    refresh_figures(today - timedelta(days=30), today)
    found = contacts(today - timedelta(days=29), today)
    assert (found.incidents, found.requests, found.total) == (2, 1, 3)
    assert found.incident_share == 2 / 3
    of_service = contacts(today - timedelta(days=29), today, cast.payments)
    assert (of_service.incidents, of_service.requests) == (1, 1)
    assert figures_as_of() is not None


def test_first_contact_resolution_counts_what_could_be_and_what_was(cast: Cast) -> None:
    once = make_ticket(cast.rob)
    resolve_ticket(once, actor=cast.ann, code="user_guided", text="Shown how.")
    twice = make_ticket(cast.rob)
    resolve_ticket(twice, actor=cast.ann, code="withdrawn", text="Not needed.")
    today = timezone.now().date()
    refresh_figures(today, today)
    found = contacts(today, today)
    once.refresh_from_db()
    twice.refresh_from_db()
    marks = [one.first_contact_resolution for one in (once, twice)]
    assert found.resolved == 2
    assert found.first_contact_eligible == sum(mark is not None for mark in marks)
    assert found.first_contact == sum(mark is True for mark in marks)


def test_a_day_without_figures_is_a_rate_of_nothing(cast: Cast) -> None:
    found = contacts(timezone.now().date(), timezone.now().date())
    assert found.incident_share is None
    assert found.first_contact_rate is None


def test_weeks_end_on_the_last_day_and_none_is_left_out(cast: Cast) -> None:
    now = timezone.now()
    for days in (0, 6, 7, 20):
        start_ticket(make_ticket(cast.rob, at=now - timedelta(days=days)), actor=cast.ann)
    today = now.date()
    refresh_figures(today - timedelta(days=30), today)
    weeks = weekly_incidents(today - timedelta(days=20), today)
    assert [count for _, count in weeks] == [1, 1, 2]
    assert weeks[-1][0] == today - timedelta(days=6)


def test_an_import_asks_for_new_figures() -> None:
    assert any("dashboards" in name for name in HANDLERS[TICKETS_IMPORTED.name])


def test_figures_of_a_day_and_service_stand_once(cast: Cast) -> None:
    make_ticket(cast.rob)
    today = timezone.now().date()
    for _ in range(2):
        refresh_figures(today, today)
    assert DayFigures.objects.filter(day=today, service=None).count() == 1


def test_cells_that_would_start_a_formula_are_text() -> None:
    assert safe_row(["=1+1", "@x", "plain", -3, None]) == ["'=1+1", "'@x", "plain", -3, ""]
