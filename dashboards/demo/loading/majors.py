"""Major incidents of the demo: one of last week with its review, and a candidate of right now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from dashboards.demo.loading.chronicle import Chronicle, World
from incidents.actions import open_ticket, resolve_ticket
from incidents.models import Channel, Ticket
from incidents.similar import embed_tickets
from majors.actions import (
    accept_major,
    add_follow_up,
    add_note,
    add_reports,
    complete_follow_up,
    give_role,
    post_update,
    propose_major,
    publish_review,
    write_review,
)
from majors.models import FollowUp, MajorIncident

_COMPONENT = "sso"
_DAYS_AGO = 8
_BEGAN_AT = time(8, 12)
_REPORTS = (
    ("Company login shows a white page", "Since ten minutes nobody of us gets past the login."),
    ("Tills stay closed: login fails", "Three counters cannot sign in; the password does work."),
    ("SSO login loops back to the start", "After the company login I am back at the first page."),
)
_CANDIDATE_BEFORE = timedelta(minutes=12)
_SURGE = "pay-bank-return"


def tell_majors(world: World, chronicle: Chronicle) -> None:
    """Adds both."""
    _Outage(world).tell(chronicle)
    chronicle.add(world.plan.now - _CANDIDATE_BEFORE, lambda at: _propose_surge(world, at))


def _propose_surge(world: World, at: datetime) -> None:
    """An agent sees the surge after the release and asks for a decision."""
    wanted = [one.key for one in world.plan.tickets if one.cause == _SURGE]
    for key in wanted:
        ticket = Ticket.objects.get(pk=world.tickets[key].pk)
        if ticket.is_open and ticket.created_at < at:
            propose_major(
                ticket,
                actor=world.person("ewan.price"),
                why="Card payments that go through the bank's page are lost since this morning's "
                "release. Five organisations have called within two hours.",
                at=at,
            )
            return


def _workday_morning(now: datetime) -> datetime:
    """Early on a working day of last week."""
    day = now - timedelta(days=_DAYS_AGO)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return datetime.combine(day.date(), _BEGAN_AT, tzinfo=now.tzinfo)


class _Outage:
    """Nobody could sign in for seventy minutes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.manager = world.person("adam.whitlock")
        self.ticket: Ticket | None = None
        self.major: MajorIncident | None = None
        self.follow_ups: list[FollowUp] = []
        self.reports: list[Ticket] = []

    def tell(self, chronicle: Chronicle) -> None:
        """Adds every act at its minute."""
        began = _workday_morning(self.world.plan.now)
        acts: tuple[tuple[int, Callable[[datetime], None]], ...] = (
            (0, self._open),
            (6, self._propose),
            (11, self._accept),
            (14, self._report),
            (18, self._first_word),
            (26, self._note),
            (41, self._found),
            (70, self._restored),
            (95, self._resolve),
            (60 * 20, self._review),
            (60 * 26, self._publish),
            (60 * 75, self._complete),
        )
        for minutes, act in acts:
            chronicle.add(began + timedelta(minutes=minutes), act)

    def _now(self) -> MajorIncident:
        if self.major is None:
            raise ValueError("the outage has not begun")
        return MajorIncident.objects.get(pk=self.major.pk)

    def _call(self, number: int, title: str, description: str, at: datetime) -> Ticket:
        """A ticket logged for a requester of one organisation after the other."""
        directory = self.world.directory
        people = [one for one in directory.people.values() if not one.is_staff_member]
        return open_ticket(
            actor=self.world.person("hana.sato"),
            title=title,
            description=description,
            requester=people[number * len(people) // (len(_REPORTS) + 1)],
            channel=Channel.PHONE,
            assignee=self.world.person("hana.sato"),
            component=directory.components[_COMPONENT],
            impact=1,
            urgency=1,
            at=at,
        )

    def _open(self, at: datetime) -> None:
        self.ticket = self._call(
            0,
            "Nobody can sign in through the company login",
            "All of us see a white page after the company login since a few minutes. The shop "
            "counters cannot open the till.",
            at,
        )

    def _report(self, at: datetime) -> None:
        self.reports = [
            self._call(number, title, description, at)
            for number, (title, description) in enumerate(_REPORTS, start=1)
        ]
        add_reports(self._now(), actor=self.world.person("hana.sato"), tickets=self.reports, at=at)

    def _propose(self, at: datetime) -> None:
        if self.ticket is None:
            raise ValueError("the outage has no ticket")
        self.major = propose_major(
            self.ticket,
            actor=self.world.person("hana.sato"),
            why="Nobody of any organisation with company login gets in. Nine calls in six minutes.",
            at=at,
        )

    def _accept(self, at: datetime) -> None:
        accept_major(
            self._now(),
            actor=self.manager,
            headline="Sign-in through the company login fails",
            business_impact="Every organisation with company login is locked out; counters of two "
            "retailers are closed.",
            at=at,
        )
        for role, key in (
            ("technical_lead", "yusuf.demir"),
            ("communications_lead", "grace.lindqvist"),
            ("scribe", "mateus.rocha"),
        ):
            give_role(
                self._now(), actor=self.manager, role=role, person=self.world.person(key), at=at
            )

    def _update(self, at: datetime, status: str, minutes: int, **texts: str) -> None:
        post_update(
            self._now(),
            actor=self.world.person("grace.lindqvist"),
            status=status,
            texts=texts,
            next_update_due_at=at + timedelta(minutes=minutes),
            at=at,
        )

    def _first_word(self, at: datetime) -> None:
        self._update(
            at,
            "investigating",
            25,
            internal="Sign-in through the company login fails for everybody. Password sign-in "
            "works. Yusuf looks at the certificate that was renewed last night.",
            requesters="We know that the company login does not work and are on it. Signing in "
            "with a password works. You need not report it again.",
            public="Sign-in through company logins fails. Signing in with a password works.",
        )

    def _note(self, at: datetime) -> None:
        add_note(
            self._now(),
            actor=self.world.person("mateus.rocha"),
            text="The new certificate is on two of four nodes only.",
            at=at,
        )

    def _found(self, at: datetime) -> None:
        self._update(
            at,
            "identified",
            30,
            internal="Two nodes still serve the expired certificate. Platform rolls it out again.",
            requesters="We have found the cause and are putting it right.",
            public="The cause is identified and is being removed.",
        )

    def _restored(self, at: datetime) -> None:
        self._update(
            at,
            "resolved",
            0,
            internal="All four nodes serve the new certificate; sign-ins are back to normal.",
            requesters="The company login works again. We are sorry for the trouble.",
            public="Sign-in through company logins works again.",
        )

    def _resolve(self, at: datetime) -> None:
        for ticket in (self.ticket, *self.reports):
            if ticket is not None:
                resolve_ticket(
                    ticket,
                    actor=self.world.person("hana.sato"),
                    code="fixed",
                    text="The expired certificate was replaced on all nodes.",
                    at=at,
                )

        embed_tickets([one.pk for one in (self.ticket, *self.reports) if one is not None])

    def _review(self, at: datetime) -> None:
        write_review(
            self._now(),
            actor=self.world.person("yusuf.demir"),
            summary="The certificate of the company login was renewed in the night. The roll-out "
            "stopped after two of four nodes without saying so. When the old certificate expired "
            "in the morning, sign-in failed on the other two, and with it every session that met "
            "one of them.",
            causes="The roll-out reports success when the first node answers. Nobody is warned of "
            "a certificate that expires within a week on a single node.",
            went_well="The candidate was accepted within eleven minutes of the first call, and "
            "people were told a way round at once.",
            went_wrong="The status page knew of it eighteen minutes after the first call.",
            lessons="What is renewed on several nodes is renewed when the last one serves it.",
            at=at,
        )
        for title, key, days in (
            ("Let the roll-out check every node", "carlos.mendez", 10),
            ("Warn of certificates that expire within 14 days, by node", "yusuf.demir", 4),
            ("Prepare the texts for a failing company login", "grace.lindqvist", -2),
        ):
            self.follow_ups.append(
                add_follow_up(
                    self._now(),
                    actor=self.manager,
                    title=title,
                    assignee=self.world.person(key),
                    due_on=(self.world.plan.now + timedelta(days=days)).date(),
                    at=at,
                )
            )

    def _publish(self, at: datetime) -> None:
        publish_review(self._now(), actor=self.manager, at=at)

    def _complete(self, at: datetime) -> None:
        complete_follow_up(
            self.follow_ups[1],
            actor=self.world.person("yusuf.demir"),
            note="An alert by node is live.",
            at=at,
        )
