"""Policies and calendars as the clocks read them, compiled once a process and version."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from catalogue.models import CalendarVersion, PolicyTarget, PolicyVersion
from incidents.clocks.calendars import Calendar, Day, around_the_clock
from incidents.clocks.policies import CompiledPolicy, Row, Subject, most_specific
from incidents.clocks.rules import DEFAULT_PAUSES, Agreement, Rules, Target
from incidents.models import Ticket
from incidents.models.ticket import Priority

Revision = tuple[int | None, ...]
_REVISION = """
    SELECT policies.many, policies.newest, calendars.many, calendars.newest
    FROM (SELECT count(*) AS many, max(id) AS newest FROM catalogue_policyversion) AS policies,
         (SELECT count(*) AS many, max(id) AS newest FROM catalogue_calendarversion) AS calendars
"""
_MOST_CALENDARS = 64


def revision() -> Revision:
    """How many versions of policies and calendars there are, and the newest: one short query.

    Versions are only ever added, so equal revisions mean equal promises. The newest alone would
    not do: of two saved at once the older may be seen last. Every change of a ticket asks this;
    written out, it costs a sixth of what building the same query does.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REVISION)
        return tuple(cursor.fetchone())


def agreement_for(ticket: Ticket, policies: Sequence[CompiledPolicy]) -> Agreement | None:
    """What is promised for this ticket; None when no policy is for it."""
    policy = most_specific(policies, subject_of(ticket))
    return None if policy is None else policy.agreement(ticket.priority)


def subject_of(ticket: Ticket) -> Subject:
    """What decides about a ticket's targets."""
    return Subject(ticket.priority, ticket.service_id, ticket.organisation_id)


def working_calendar(service_id: int | None, policies: Sequence[CompiledPolicy]) -> Calendar:
    """The hours in which the desk first answers an ordinary (P3) ticket of a service.

    Where nothing is promised for P3, those of the least urgent promise; around the clock without
    a policy.
    """
    policy = most_specific(policies, Subject(Priority.P3, service_id))
    if policy is None:
        return around_the_clock()
    rows = sorted(
        policy.rows,
        key=lambda row: (
            row.priority != Priority.P3,
            row.target is not Target.FIRST_RESPONSE,
            -row.priority,
        ),
    )
    return rows[0].calendar


def policies_now() -> Sequence[CompiledPolicy]:
    """Every policy's newest version, compiled; costs the query of `revision` while none is new."""
    return _policies(revision())


@lru_cache(maxsize=4)
def _policies(at: Revision) -> tuple[CompiledPolicy, ...]:
    versions = PolicyVersion.objects.order_by("policy_id", "-number").distinct("policy_id")
    found = versions.select_related("policy").prefetch_related("targets")
    calendars = newest_calendars()
    compiled = (compile_policy(one, one.targets.all(), calendars) for one in found)
    # A policy whose newest version has no target at all has been retired.
    return tuple(one for one in compiled if one.rows)


def newest_calendars() -> dict[int, CalendarVersion]:
    """Each calendar's version in force, by the calendar's key."""
    versions = CalendarVersion.objects.order_by("calendar_id", "-number").distinct("calendar_id")
    return {one.calendar_id: one for one in versions}


def compile_policy(
    version: PolicyVersion,
    targets: Sequence[PolicyTarget] | Any,
    calendars: dict[int, CalendarVersion],
) -> CompiledPolicy:
    """One version with its targets, ready to be read; rows need not be written for it."""
    return CompiledPolicy(
        version=version.pk or 0,
        service=version.policy.service_id,
        organisation=version.policy.organisation_id,
        rows=tuple(
            Row(
                priority=one.priority,
                target=Target(one.kind),
                minutes=one.minutes,
                calendar=calendar_of(calendars[one.calendar_id]),
                calendar_version=calendars[one.calendar_id].pk or 0,
                team=one.team_id,
            )
            for one in targets
        ),
        rules=rules_of(version),
        warn_percent=version.warn_percent,
    )


def rules_of(version: PolicyVersion) -> Rules:
    """How a version reads history."""
    named = {Target(name): frozenset(categories) for name, categories in version.pauses.items()}
    return Rules(pauses={**DEFAULT_PAUSES, **named}, reasons=version.reasons)


def calendar_of(version: CalendarVersion) -> Calendar:
    """The calendar of a version; the same one each time while it is remembered."""
    return _compiled(version.pk, version) if version.pk else compile_calendar(version)


_remembered: dict[int, Calendar] = {}


def _compiled(pk: int, version: CalendarVersion) -> Calendar:
    known = _remembered.get(pk)
    if known is None:
        if len(_remembered) >= _MOST_CALENDARS:
            _remembered.clear()
        known = _remembered[pk] = compile_calendar(version)
    return known


def compile_calendar(version: CalendarVersion) -> Calendar:
    """A version's hours as the clocks read them."""
    days = {date.fromisoformat(one["date"]): _day(one["hours"]) for one in version.days}
    week = tuple(_day(hours) for hours in version.week)
    return Calendar(ZoneInfo(version.zone), week, days)  # type: ignore[arg-type]  # the form sees to seven days


def _day(hours: Sequence[Sequence[int]]) -> Day:
    return tuple((start, end) for start, end in hours)
