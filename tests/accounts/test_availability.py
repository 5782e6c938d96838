"""Working hours and absences: the arithmetic, who may arrange them, the pages and the API."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.availability.actions import end_absence, note_absence
from accounts.availability.reading import (
    absences_now,
    schedules,
    stood_in_for,
    substitutes_of,
)
from accounts.models import Absence, Membership, WorkWeek
from accounts.working_time import Schedule, Shift
from core.errors import DomainError, NotPermitted
from tests.conftest import Cast

OFFICE = [Shift(day, time(9), time(17)) for day in range(5)]
LISBON = ZoneInfo("Europe/Lisbon")
# A Monday in winter, when Lisbon and UTC agree.
MONDAY = datetime(2026, 1, 5, 0, tzinfo=UTC)


def test_only_time_at_work_is_counted() -> None:
    week = Schedule(LISBON, OFFICE)
    assert week.worked(MONDAY, MONDAY + timedelta(days=7)) == timedelta(hours=40)
    friday_evening = MONDAY + timedelta(days=4, hours=16, minutes=30)
    assert week.worked(friday_evening, MONDAY + timedelta(days=7, hours=9)) == timedelta(minutes=30)


def test_time_away_is_not_counted_even_when_absences_overlap() -> None:
    away = [
        (MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=12)),
        (MONDAY + timedelta(hours=11), MONDAY + timedelta(hours=13)),
    ]
    week = Schedule(LISBON, OFFICE, away)
    assert week.worked(MONDAY, MONDAY + timedelta(days=1)) == timedelta(hours=4)
    assert not week.is_working(MONDAY + timedelta(hours=12, minutes=30))
    assert week.is_working(MONDAY + timedelta(hours=13))


def test_the_clock_on_the_wall_decides_on_both_sides_of_daylight_saving() -> None:
    week = Schedule(LISBON, OFFICE)
    summer = datetime(2026, 7, 6, 8, 30, tzinfo=UTC)
    assert week.is_working(summer)
    assert not week.is_working(MONDAY + timedelta(hours=8, minutes=30))


def test_a_night_without_two_o_clock_has_an_hour_less() -> None:
    night = Schedule(ZoneInfo("Europe/Berlin"), [Shift(6, time(0), time(6))])
    sunday = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert night.worked(sunday, sunday + timedelta(days=1)) == timedelta(hours=5)


def test_nobody_without_hours_is_ever_off() -> None:
    assert Schedule().worked(MONDAY, MONDAY + timedelta(days=2)) == timedelta(days=2)


def test_absence_names_who_stands_in_while_it_lasts(cast: Cast) -> None:
    now = timezone.now()
    absence = note_absence(
        cast.ann,
        actor=cast.ann,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=2),
        substitute=cast.pia,
    )
    assert substitutes_of(cast.ann, now) == [cast.pia]
    assert stood_in_for(cast.pia, absences_now(now)) == [absence]
    assert not schedules([cast.ann.pk], now)[cast.ann.pk].is_working(now)
    end_absence(absence, actor=cast.ann, at=now)
    assert substitutes_of(cast.ann, now) == []
    assert Absence.objects.get().ends_at == now


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"hours": -1}, "ends_at"),
        ({"reason": "beach"}, "reason"),
        ({"substitute": "ann"}, "substitute"),
        ({"substitute": "rob"}, "substitute"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    cast: Cast, fields: dict[str, object], field: str
) -> None:
    now = timezone.now()
    hours = fields.pop("hours", 5)
    if "substitute" in fields:
        fields["substitute"] = cast.everyone[str(fields["substitute"])]
    with pytest.raises(DomainError) as error:
        note_absence(
            cast.ann,
            actor=cast.ann,
            starts_at=now,
            ends_at=now + timedelta(hours=float(str(hours))),
            **fields,  # type: ignore[arg-type]  # the case's own fields
        )
    assert error.value.field == field


def test_oneself_ones_lead_and_a_manager_arrange_and_nobody_else(cast: Cast) -> None:
    now = timezone.now()

    def note(actor: object) -> Absence:
        return note_absence(
            cast.ann,
            actor=actor,  # type: ignore[arg-type]  # a person of the cast
            starts_at=now,
            ends_at=now + timedelta(hours=1),
        )

    note(cast.ann)
    note(cast.mo)
    with pytest.raises(NotPermitted):
        note(cast.pia)
    Membership.objects.filter(person=cast.pia).update(is_lead=True)
    note(cast.pia)


def test_hours_are_written_as_people_write_them(cast: Cast, as_user: Callable[..., Client]) -> None:
    browser = as_user(cast.ann)
    address = f"/availability/{cast.ann.pk}/hours/"
    said = {"time_zone": "Europe/Lisbon", "capacity": "4", "day_0": "09:00–12:30, 13:00-17:30"}
    assert browser.post(address, said).status_code == 302
    week = WorkWeek.objects.get(person=cast.ann)
    assert (week.time_zone, week.capacity, week.hours.count()) == ("Europe/Lisbon", 4, 2)
    wrong = browser.post(address, {**said, "day_0": "nine to five"})
    assert wrong.status_code == 422
    assert "nine to five" in wrong.content.decode()
    overlap = browser.post(address, {**said, "day_0": "09:00-12:00, 11:00-13:00"})
    assert overlap.status_code == 422
    assert WorkWeek.objects.get(person=cast.ann).hours.count() == 2


def test_requesters_learn_nothing_of_who_is_away(
    cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    assert as_user(cast.rob).get("/availability/").status_code == 404
    assert as_user(cast.rob).get(f"/availability/{cast.ann.pk}/").status_code == 404
    assert api_as(cast.rob).get("/api/v1/absences/").json()["results"] == []


def test_the_reason_of_an_absence_is_for_who_may_arrange_it(
    cast: Cast, as_user: Callable[..., Client]
) -> None:
    now = timezone.now()
    note_absence(
        cast.ann, actor=cast.ann, starts_at=now, ends_at=now + timedelta(days=1), reason="sick"
    )
    address = f"/availability/{cast.ann.pk}/"
    assert "Sick" in as_user(cast.mo).get(address).content.decode()
    assert "Sick<" not in as_user(cast.max).get(address).content.decode()


def test_programs_note_absences_and_hours(cast: Cast, api_as: Callable[..., APIClient]) -> None:
    program = api_as(cast.ann)
    now = timezone.now()
    answer = program.post(
        "/api/v1/absences/",
        {"starts_at": now, "ends_at": now + timedelta(days=1), "substitute": cast.pia.pk},
        format="json",
    )
    assert answer.status_code == 201
    assert program.post(f"/api/v1/absences/{answer.json()['id']}/end/").status_code == 204
    hours = [{"weekday": 0, "starts_at": "09:00", "ends_at": "17:00"}]
    week = program.post(
        "/api/v1/work-weeks/", {"time_zone": "Mars/Olympus", "hours": hours}, format="json"
    )
    assert week.status_code == 422
    assert "time_zone" in week.json()
    week = program.post("/api/v1/work-weeks/", {"time_zone": "UTC", "hours": hours}, format="json")
    assert week.json()["hours"][0]["weekday"] == 0
    theirs = {"person": cast.pia.pk, "time_zone": "UTC", "hours": hours}
    assert program.post("/api/v1/work-weeks/", theirs, format="json").status_code == 403


def test_the_list_of_the_staff_costs_the_same_however_many_are_away(
    cast: Cast,
    as_user: Callable[..., Client],
    django_assert_num_queries: Callable[..., object],
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    browser = as_user(cast.ada)
    browser.get("/availability/")
    now = timezone.now()
    for one in (cast.ann, cast.pia, cast.max, cast.dev):
        note_absence(one, actor=None, starts_at=now, ends_at=now + timedelta(days=1))
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]  # a context manager
        browser.get("/availability/")
