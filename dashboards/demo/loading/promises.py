"""When people of the demo work, and what they promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from accounts.models import Organisation, Team
from accounts.roles import Side
from catalogue.actions import (
    CalendarHours,
    PolicyTerms,
    TargetTerms,
    make_calendar,
    make_policy,
)
from catalogue.holidays import OwnDay
from catalogue.models import BusinessCalendar

_ALWAYS = ((0, 1440),)
_OFFICE = ((480, 1080),)
_KINDS = ("first_response", "next_response", "resolution")
# Minutes of working time to the first response, the next response and the resolution.
_STANDARD = {
    1: (30, 120, 480),
    2: (60, 300, 960),
    3: (180, 720, 2400),
    4: (300, 1200, 4200),
    5: (600, 1800, 7200),
}
_PREMIUM = {1: (15, 90, 360), 2: (45, 240, 720), 3: (120, 600, 1800), 4: (240, 900, 3600)}
# How long a team other than the first may have a ticket, by priority.
_OWNED = {1: 360, 2: 840, 3: 2100, 4: 3600, 5: 6000}
_PREMIUM_HOUSE = 3


def load_promises(
    houses: Mapping[str, Organisation], teams: Mapping[str, Team], at: datetime
) -> None:
    """Two calendars, the policy for everybody and one customer's better terms."""
    always = make_calendar(
        actor=None,
        name="Around the clock",
        hours=CalendarHours(zone="Europe/Berlin", week=[_ALWAYS] * 7),
        at=at,
    )
    office = make_calendar(actor=None, name="Office hours Berlin", hours=_berlin(at), at=at)
    specialists = [
        team for key, team in teams.items() if team.side == Side.SUPPORT and key != "desk"
    ]
    standard = [
        *_targets(_STANDARD, always, office),
        *(
            TargetTerms(priority, "ownership", minutes, _hours(priority, always, office), team)
            for team in specialists
            for priority, minutes in _OWNED.items()
        ),
    ]
    make_policy(actor=None, name="Standard", terms=PolicyTerms(targets=standard), at=at)
    house = [one for one in houses.values() if not one.is_internal][_PREMIUM_HOUSE]
    make_policy(
        actor=None,
        name=f"Premium {house.name}",
        organisation=house,
        terms=PolicyTerms(targets=list(_targets(_PREMIUM, always, office))),
        at=at,
    )


def _berlin(at: datetime) -> CalendarHours:
    return CalendarHours(
        zone="Europe/Berlin",
        week=[_OFFICE] * 5 + [(), ()],
        country="DE",
        subdivision="BE",
        own=[OwnDay(date(at.year, 12, 24), "Christmas Eve", ((480, 720),))],
    )


def _targets(
    minutes: Mapping[int, tuple[int, int, int]], always: BusinessCalendar, office: BusinessCalendar
) -> Iterator[TargetTerms]:
    for priority, amounts in minutes.items():
        hours = _hours(priority, always, office)
        for kind, amount in zip(_KINDS, amounts, strict=True):
            yield TargetTerms(priority, kind, amount, hours)


def _hours(priority: int, always: BusinessCalendar, office: BusinessCalendar) -> BusinessCalendar:
    return always if priority == 1 else office
