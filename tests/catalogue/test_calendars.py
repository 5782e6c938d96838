"""Business calendars: hours as people write them, holidays, and versions that never change."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from catalogue.actions import CalendarHours, save_calendar
from catalogue.holidays import OwnDay, read_ical
from catalogue.hours import read_days, read_hours, write_days, write_hours
from catalogue.models import BusinessCalendar, CalendarVersion
from core.errors import DomainError, NotPermitted
from tests.conftest import Cast
from tests.make.clocks import OFFICE, make_hours, office_hours

ICAL = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260803
DTEND;VALUE=DATE:20260806
SUMMARY:Works holiday
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20240505
RRULE:FREQ=YEARLY
SUMMARY:Founders' day
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20260901T080000Z
DTEND:20260901T090000Z
SUMMARY:A meeting
END:VEVENT
END:VCALENDAR
"""
FORM = {
    "zone": "Europe/Berlin",
    "monday": "08:00-12:00, 13:00-18:00",
    "tuesday": "08:00-24:00",
    "country": "DE",
    "subdivision": "be",
    "own_days": "2026-12-24 Christmas Eve 08:00-12:00\n2026-12-31 Closed early",
}


@pytest.mark.parametrize("text", ["", "08:00-12:00", "08:00-12:00, 13:00-24:00"])
def test_hours_are_read_as_they_are_written(text: str) -> None:
    assert write_hours(read_hours(text)) == text


@pytest.mark.parametrize("text", ["8 to 12", "08:00-25:00", "08:61-09:00", "08:00"])
def test_hours_that_cannot_be_say_how_to_write_them(text: str) -> None:
    with pytest.raises(ValueError, match=r"08:00-12:00|24:00"):
        read_hours(text)


def test_own_dates_are_read_as_they_are_written() -> None:
    days = read_days("2026-12-24 Christmas Eve 08:00-12:00\n\n2026-12-31\n")
    assert days == [
        OwnDay(date(2026, 12, 24), "Christmas Eve", ((480, 720),)),
        OwnDay(date(2026, 12, 31), "Own date"),
    ]
    written = write_days(
        {"date": one.day.isoformat(), "name": one.name, "hours": one.hours} for one in days
    )
    assert read_days(written) == days
    with pytest.raises(ValueError, match="begins with no date"):
        read_days("tomorrow")


def test_an_ical_file_gives_its_whole_days_repeated_ones_included() -> None:
    days = {one.day: one.name for one in read_ical(ICAL, date(2026, 6, 1))}
    assert [days.get(date(2026, 8, day)) for day in (2, 3, 4, 5, 6)] == [
        None, "Works holiday", "Works holiday", "Works holiday", None,
    ]  # fmt: skip
    assert days[date(2027, 5, 5)] == "Founders' day"
    assert date(2026, 9, 1) not in days


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"BEGIN:VCALENDAR", b"{}", b"x" * 1_000_001])
def test_what_is_no_ical_file_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        read_ical(content, date(2026, 6, 1))
    assert refused.value.field == "ical"


def test_a_version_keeps_holidays_and_ones_own_word_goes_before(cast: Cast) -> None:
    calendar = office_hours(
        country="DE",
        subdivision="BE",
        own=[OwnDay(date(2026, 12, 25), "On duty", ((480, 600),))],
    )
    days = {one["date"]: one for one in calendar.newest.days}
    assert days["2026-03-08"]["source"] == "library"
    assert (days["2026-12-25"]["source"], days["2026-12-25"]["hours"]) == ("own", [[480, 600]])


def test_a_change_is_a_new_version_and_the_same_hours_are_none(cast: Cast) -> None:
    calendar = make_hours()
    first = calendar.newest
    hours = CalendarHours(zone="UTC", week=[OFFICE] * 7)
    assert save_calendar(calendar, actor=cast.ada, hours=hours).number == 2
    assert save_calendar(calendar, actor=cast.ada, hours=hours).number == 2
    assert CalendarVersion.objects.get(pk=first.pk).week == first.week


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("zone", {"zone": "Mars/Olympus"}),
        ("monday", {"week": [[(600, 500)]] + [()] * 6}),
        ("tuesday", {"week": [(), [(0, 60), (30, 90)]] + [()] * 5}),
        ("country", {"country": "XX"}),
        ("subdivision", {"country": "DE", "subdivision": "XX"}),
    ],
)
def test_hours_that_cannot_be_are_refused_at_their_field(
    cast: Cast, field: str, more: dict[str, object]
) -> None:
    given = {"zone": "UTC", "week": [()] * 7, **more}
    with pytest.raises(DomainError) as refused:
        save_calendar(make_hours(), actor=cast.ada, hours=CalendarHours(**given))
    assert refused.value.field == field


def test_only_admins_and_managers_arrange_hours(cast: Cast) -> None:
    hours = CalendarHours(zone="UTC", week=[OFFICE] * 7)
    for person in (cast.ann, cast.dev, cast.rob):
        with pytest.raises(NotPermitted):
            save_calendar(make_hours(), actor=person, hours=hours)
    save_calendar(make_hours(), actor=cast.mo, hours=hours)


def test_the_hours_are_changed_on_their_page(cast: Cast, as_user: Callable[..., Client]) -> None:
    calendar, browser = office_hours(), as_user(cast.ada)
    address = f"/admin/calendars/{calendar.pk}/edit/"
    upload = SimpleUploadedFile("house.ics", ICAL)
    assert browser.post(address, {**FORM, "ical": upload}).status_code == 302
    version = calendar.newest
    assert (version.number, version.subdivision) == (2, "BE")
    assert version.week[0] == [[480, 720], [780, 1080]]
    assert {one["source"] for one in version.days} == {"library", "own", "ical"}
    shown = browser.get(address).content.decode()
    assert "08:00-12:00, 13:00-18:00" in shown
    # Saved again without a file the dates of the file stay, until they are taken away.
    browser.post(address, {**FORM, "monday": ""})
    assert "ical" in {one["source"] for one in calendar.newest.days}
    browser.post(address, {**FORM, "forget_ical": "on"})
    assert "ical" not in {one["source"] for one in calendar.newest.days}


def test_a_refused_form_keeps_what_was_typed(cast: Cast, as_user: Callable[..., Client]) -> None:
    browser = as_user(cast.ada)
    given = {**FORM, "monday": "late", "own_days": "never", "name": "Odd hours"}
    answer = browser.post("/admin/calendars/new/", given)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="late"' in shown
    assert "Write hours as" in shown
    assert "begins with no date" in shown
    assert not BusinessCalendar.objects.filter(name="Odd hours").exists()


def test_hours_over_the_api(cast: Cast, api_as: Callable[..., APIClient]) -> None:
    program = api_as(cast.ada)
    given = {"name": "Nights", "zone": "UTC", "week": [[[0, 360]]] * 7, "country": "DE"}
    made = program.post("/api/v1/business-calendars/", given, format="json")
    assert made.status_code == 201
    assert made.json()["version"]["week"][6] == [[0, 360]]
    address = f"/api/v1/business-calendars/{made.json()['id']}/versions/"
    bad = program.post(address, {**given, "week": [[[0, 60], [30, 90]]] * 7}, format="json")
    assert (bad.status_code, list(bad.json())) == (422, ["monday"])
    assert api_as(cast.ann).post(address, given, format="json").status_code == 403
    assert api_as(cast.rob).get("/api/v1/business-calendars/").json()["results"] == []


def test_a_program_sends_an_ical_file_with_the_hours(
    cast: Cast, api_as: Callable[..., APIClient]
) -> None:
    program, address = api_as(cast.ada), "/api/v1/business-calendars/"
    given = {"name": "Works", "zone": "UTC", "week": [[[480, 1080]]] * 7, "ical": ICAL.decode()}
    made = program.post(address, given, format="json")
    days = {one["date"]: one["source"] for one in made.json()["version"]["days"]}
    assert days["2026-08-04"] == "ical"
    bad = program.post(address, {**given, "name": "Odd", "ical": "no calendar"}, format="json")
    assert (bad.status_code, list(bad.json())) == (422, ["ical"])
