"""Words and times of other desks, and which column is which."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.imports.fields import propose
from incidents.imports.mapping import BadMapping, MappingRules, complete, from_stored, read_toml
from incidents.imports.times import DateOrder, NotATime, read_time
from incidents.imports.values import CHANNELS, CODES, STATES, impact_level, plain_words
from incidents.imports.values import priority_level as priority
from incidents.workflow import INCIDENT

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def at(text: str, order: str = "day_first", zone: str = "UTC") -> datetime:
    """The time a text means."""
    return read_time(text, order=order, zone=ZoneInfo(zone), now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "2016-08-03 08:30:00",
        "2016-08-03T08:30:00Z",
        "2016-08-03T10:30+02:00",
        "2016-08-03T08:30:00.000+0000",
        "3/8/2016 08:30",
        "03.08.2016 08:30:00",
        "03-08-2016 8:30 AM",
        "03/08/16 08:30",
        "2016/08/03 08:30:00.000",
        "3 Aug 2016 08:30",
        "03-Aug-2016 08:30:00",
        "Aug 3, 2016 8:30 AM",
        "August 3 2016 08:30 UTC",
        "Wednesday, August 3, 2016 8:30:00 am",
        "Wed, 03 Aug 2016 08:30:00 +0000",
        "03/Aug/16 8:30 AM",
        "1470213000",
        "1470213000000",
        "1470213000.0",
        "20160803T083000",
    ],
)
def test_times_in_many_spellings(text: str) -> None:
    assert at(text) == datetime(2016, 8, 3, 8, 30, tzinfo=UTC)


def test_afternoons_and_midnight() -> None:
    assert at("3/8/2016 12:05 am").hour == 0
    assert at("3/8/2016 12:05 PM").hour == 12
    assert at("3/8/2016 1:05 p.m.").hour == 13


def test_month_first_when_told() -> None:
    assert at("03/08/2016", "month_first") == datetime(2016, 3, 8, tzinfo=UTC)


def test_a_time_without_zone_is_in_the_one_given() -> None:
    assert at("2016-08-03 10:30", zone="Europe/Berlin").hour == 8


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yesterday", "is not a date"),
        ("2016-02-30", "is not a date"),
        ("31/31/2016", "is not a date"),
        ("2016-08-03 25:00", "is not a date"),
        ("3/8/2016 13:00 pm", "is not a date"),
        ("9" * 40, "is not a date"),
        ("0001-01-01", "before 1980"),
        ("1899-12-30", "before 1980"),
        ("9999-12-31", "in the future"),
        ("2026-04-01", "in the future"),
        (",", "is not a date"),
        ("٣/٨/٢٠١٦ xx", "is not a date"),
    ],
)
def test_what_cannot_be_a_time_says_why(text: str, why: str) -> None:
    with pytest.raises(NotATime, match=why):
        at(text)


def test_the_order_of_dates_is_learnt_from_the_file() -> None:
    day, month, unknown = DateOrder(), DateOrder(), DateOrder()
    day.look_at("29/2/2016 01:16")
    month.look_at("2/29/2016 01:16")
    unknown.look_at("3/4/2016")
    assert (day.order, month.order, unknown.order) == ("day_first", "month_first", "day_first")
    assert (day.is_a_guess, unknown.is_a_guess, DateOrder().is_a_guess) == (False, True, False)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("New", "new"),
        ("Active", "in_progress"),
        ("Work In Progress", "in_progress"),
        ("On Hold", "pending:requester"),
        ("Awaiting User Info", "pending:requester"),
        ("Awaiting Vendor", "pending:supplier"),
        ("Awaiting Problem", "pending:change"),
        ("Solved", "resolved"),
        ("Closed", "closed"),
        ("Closed Complete", "closed"),
        ("Canceled", "cancelled"),
        ("in_development", "in_development"),
    ],
)
def test_states_of_other_desks(theirs: str, ours: str) -> None:
    assert STATES[plain_words(theirs)] == ours


def test_every_state_of_ours_is_understood() -> None:
    left_out = {name for name in INCIDENT.states if plain_words(name) not in STATES}
    assert left_out == set()


def test_levels_channels_and_codes() -> None:
    assert [priority(text) for text in ("1 - Critical", "P2", "Moderate", "4", "Lowest", "x")] == [
        1,
        2,
        3,
        4,
        5,
        None,
    ]
    assert [impact_level(text) for text in ("1 - High", "Medium", "3 - Low", "4", "odd")] == [
        1,
        2,
        3,
        3,
        None,
    ]
    assert CHANNELS[plain_words("Self-Service")] == "portal"
    assert CHANNELS[plain_words("E-Mail")] == "email"
    assert CODES[plain_words("Solved (Permanently)")] == "fixed"
    assert CODES[plain_words("Closed/Resolved by Caller")] == "withdrawn"


def test_known_columns_map_themselves() -> None:
    columns = ["Number", "opened_at", "sys_created_at", "Caller ID", "assignment_group"]
    columns += ["shortDescription", "description", "incident_state", "Ticket Channel", "shoe size"]
    assert propose(columns) == {
        "number": "Number",
        "created_at": "opened_at",
        "title": "shortDescription",
        "description": "description",
        "requester": "Caller ID",
        "team": "assignment_group",
        "state": "incident_state",
        "channel": "Ticket Channel",
    }


def test_a_flag_goes_before_what_is_known_and_may_leave_a_field_out() -> None:
    columns = ["number", "subject", "summary", "impact"]
    rules = MappingRules(columns={"title": "Summary", "impact": ""})
    done = complete(rules, columns)
    assert done.columns == {"number": "number", "title": "summary"}
    assert complete(done, columns) == done


def test_a_mapping_survives_being_stored() -> None:
    text = """
        dates = "month_first"
        timezone = "Europe/Berlin"
        blank = ["no value"]
        [columns]
        title = "Betreff"
        [states]
        "Warten auf Kunde" = "pending:requester"
        [defaults]
        state = "closed"
    """
    rules = read_toml(text)
    assert rules.values == {"state": {"warten auf kunde": "pending:requester"}}
    assert "no value" in rules.blank
    assert from_stored(rules.as_stored()) == rules


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "not TOML"),
        ("[column]\ntitle = 'x'", "known are"),
        ("[columns]\nheadline = 'x'", "not a field"),
        ("[columns]\ntitle = ['x']", "is a text"),
        ("columns = 3", "is a table"),
        ("[states]\nOdd = 'strange'", "a state is one of"),
        ("[defaults]\nstate = 'strange'", "a state is one of"),
        ("dates = 'american'", "month_first"),
        ("timezone = 'Mars/Olympus'", "not a time zone"),
        ("timezone = '../../etc/passwd'", "not a time zone"),
        ("encoding = 'klingon'", "not an encoding"),
        ("delimiter = '::'", "one character"),
        ("blank = '?'", "list"),
    ],
)
def test_a_mapping_that_cannot_be_followed_says_why(text: str, words: str) -> None:
    with pytest.raises(BadMapping, match=words):
        read_toml(text)


def test_a_column_the_file_does_not_have_is_named() -> None:
    with pytest.raises(BadMapping, match=r"no column “Betreff”\. It has: a, b"):
        complete(MappingRules(columns={"title": "Betreff"}), ["a", "b"])


def test_rows_need_something_to_be_called_by() -> None:
    with pytest.raises(BadMapping, match="title=COLUMN"):
        complete(MappingRules(columns={}), ["shoe size", "weather"])
