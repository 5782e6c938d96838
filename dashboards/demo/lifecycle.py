"""What becomes of a contact at the desk: answers, waits, hand-overs, fixes, reopenings, ratings."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.demo.arrivals import Arrival
from dashboards.demo.catalogue import SERVICE_BY_KEY, service_of
from dashboards.demo.content import Cause, phrases
from dashboards.demo.grammar import Facts, expand
from dashboards.demo.people import BY_KEY, TEAMS, DemoPerson, members_of
from dashboards.demo.story import NowReached, Story
from dashboards.demo.texts import Contact

_TEAM_NAMES = {team.key: team.name for team in TEAMS}
_APPROVED = ("req-laptop", "req-software", "req-payout-account", "req-plan", "req-api-key")
_EASY = 0.42  # share of incidents the desk can end in the first contact
_GRUMBLES = ("Took far too long.", "Still not convinced.", "Had to ask three times.", "")
_PRAISE = ("Quick and friendly, thanks.", "Perfect.", "Great help.", "", "", "")


@dataclass(frozen=True)
class Remedy:
    """What development did about a cause: since when tickets wait, and when it shipped."""

    asked_at: datetime
    release: str
    deployed_at: datetime | None
    in_work: bool


class Teller:
    """Tells one ticket's story with the desk's people, in their words."""

    def __init__(
        self, arrival: Arrival, contact: Contact, now: datetime, dice: random.Random
    ) -> None:
        self.arrival = arrival
        self.channel = contact.channel
        self.now = now
        self.dice = dice
        self.facts = Facts(dice, arrival.at, arrival.organisation.domain)
        self.requester = address_of(arrival)
        kind = "incident" if arrival.kind == "incident" else "service_request"
        service = service_of(arrival.subject.component)
        self.service = SERVICE_BY_KEY[service.key]
        self.home = "workplace" if service.key == "workplace" else "desk"
        self.agent = dice.choice(members_of(self.home, "agent"))
        self.creator = self.agent.email if contact.channel == "phone" else self.requester
        self.story = Story(kind, arrival.at, now, self.creator, dice)
        # While something is breaking out nobody goes home.
        self.story.around_the_clock = getattr(arrival.subject, "surge", False)
        self.story.tell("ticket_opened", self.creator, {"channel": self.channel})
        self.score: tuple[int, str, datetime] | None = None

    def phrase(self, occasion: str, **more: str) -> str:
        """One of the phrases for an occasion, with its slots filled."""
        text = self.dice.choice(phrases()[occasion])
        for slot, value in more.items():
            text = text.replace("{" + slot + "}", value)
        return expand(text, self.facts)

    def words(self, fragments: tuple[str, ...], occasion: str) -> str:
        """One of the cause's own fragments, or a phrase when it has none."""
        return (
            expand(self.dice.choice(fragments), self.facts) if fragments else self.phrase(occasion)
        )

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.dice.random() < share

    def hours(self, median: float, spread: float = 0.8) -> float:
        """A duration around the median, with a long tail."""
        return median * self.dice.lognormvariate(0, spread)

    def take(self, person: DemoPerson, team: str) -> None:
        """The person takes the ticket."""
        self.story.assign(person.email, team, _TEAM_NAMES[team], person.email, person.name)
        self.agent = person

    def begin(self) -> None:
        """Somebody picks the contact up and starts."""
        self.story.later(0.05 if self.channel == "phone" else self.hours(0.4))
        self.take(self.agent, self.home)
        self.story.later(self.hours(0.12, 0.5))
        if self.story.kind == "incident":
            self.start()

    def answer(self, text: str, minutes: float) -> None:
        """A public answer after some minutes of work."""
        self.story.busy(self.agent.email, minutes)
        self.story.reply(
            self.agent.email,
            f"Hello {self.arrival.person},\n\n{text}\n\n{self.agent.name}",
            self.channel,
        )

    def cancel(self, note: str) -> None:
        """Ends a ticket that needs no work; the note is internal."""
        self.story.step("cancel", self.agent.email)
        self.story.closed_at = self.story.at
        self.story.add(self.agent.email, note, "portal", "internal_note")
        self.story.tell("ticket_cancelled", self.agent.email, {"note": ""})

    def hand_over(self) -> None:
        """The desk passes the ticket to the team that supports the service."""
        team = self.service.support_team
        self.story.busy(self.agent.email, self.hours(6, 0.4))
        self.story.note(self.agent.email, self.phrase("handover_note", team=_TEAM_NAMES[team]))
        self.story.later(self.hours(1.2))
        self.take(self.dice.choice(members_of(team, "agent")), team)

    def hold_for_others(self) -> None:
        """Waits for a supplier, a date or a change, and goes on afterwards."""
        reason = self.dice.choice(("supplier", "scheduled", "change"))
        self.story.hold(self.agent.email, reason)
        self.story.add(self.agent.email, self.phrase("waiting_note"), "portal", "internal_note")
        self.story.later(self.hours(60))
        self.start()

    def start(self) -> None:
        """Begins or takes up work."""
        self.story.step("start", self.agent.email)
        self.story.tell("ticket_started", self.agent.email)

    def ask_back(self) -> None:
        """A question to the requester, the wait and the answer."""
        story = self.story
        self.answer(self.phrase("ask_back"), self.hours(5, 0.4))
        story.hold(self.agent.email, "requester")
        story.later(self.hours(18))
        story.hear(self.requester, self.phrase("requester_more"), self.channel)
        story.step("start", self.requester)
        story.tell("ticket_resumed", self.requester)

    def finish(self, code: str, text: str, by: str = "") -> None:
        """Resolves; then thanks, a rating, perhaps a reopening, and the closing days later."""
        story = self.story
        story.resolve(by or self.agent.email, code, text)
        if story.kind == "incident" and story.reopens == 0 and self.chance(0.075):
            story.later(self.hours(40, 0.6))
            note = self.phrase("requester_not_fixed")
            story.requester_wrote = True
            story.reopen(self.requester, note)
            story.add(self.requester, note, self.channel)
            story.later(self.hours(7))
            self.answer(
                self.words(getattr(self.arrival.subject, "answers", ()), "one_off_answer"),
                self.hours(14),
            )
            story.later(self.hours(5))
            self.finish(code, text)
            return
        self.rate()
        story.later(self.dice.uniform(3, 5) * 24, office=False)
        story.close(self.agent.email)

    def rate(self) -> None:
        """Some people say how the help was; slowness and reopenings cost stars."""
        if not self.chance(0.27):
            return
        story = self.story
        self.story.later(self.hours(6))
        days = (story.at - story.intervals[0].started_at) / timedelta(days=1)
        mood = self.dice.gauss(4.6, 0.7) - 0.14 * min(days, 12) - 0.9 * story.reopens
        score = max(1, min(5, round(mood)))
        comment = self.dice.choice(_PRAISE if score > 3 else _GRUMBLES)
        self.score = (score, comment, story.at)
        story.tell("ticket_rated", self.requester, {"score": score, "comment": comment})


def address_of(arrival: Arrival) -> str:
    """The requester's e-mail address."""
    return requester_address(arrival.person, arrival.organisation.domain)


def requester_address(person: str, domain: str) -> str:
    """An address made of a name: 'Rocío Camacho' becomes rocio.camacho@…"""
    plain = person.lower().translate(str.maketrans("áàąćéęíłñóöśüúżź", "aaaceeilnoosuuzz"))
    words = [word for word in plain.replace(".", " ").split() if word.isalnum()]
    return f"{'.'.join(words)}@{domain}"


def tell_incident(teller: Teller, remedy: Remedy | None) -> None:
    """The life of an incident up to now."""
    subject = teller.arrival.subject
    with suppress(NowReached):
        teller.begin()
        if teller.chance(0.014):
            teller.story.step("cancel", teller.agent.email)
            teller.story.tell(
                "ticket_cancelled",
                teller.agent.email,
                {"note": "Reported twice by the same person."},
            )
            return
        if isinstance(subject, Cause) and not subject.surge and teller.chance(_EASY):
            teller.answer(teller.words(subject.answers, "one_off_answer"), teller.hours(9, 0.5))
            teller.story.later(0.05)
            teller.finish(*_resolution(subject, teller))
            return
        _work_on(teller, subject if isinstance(subject, Cause) else None, remedy)


def _work_on(teller: Teller, cause: Cause | None, remedy: Remedy | None) -> None:
    """What the first contact could not end: hand-over, questions, waits, perhaps development."""
    _find_out(teller, cause)
    if cause is not None and remedy is not None and _waits_for(remedy, teller):
        _wait_for_development(teller, cause, remedy)
        return
    story = teller.story
    if teller.chance(0.08):
        teller.hold_for_others()
    story.later(teller.hours(7, 1.2))
    answers = cause.answers if cause else ()
    teller.answer(teller.words(answers, "one_off_answer"), teller.hours(12, 0.6))
    if teller.chance(0.3):
        story.later(teller.hours(3))
        story.hear(teller.requester, teller.phrase("requester_thanks"), teller.channel)
    story.later(teller.hours(4))
    teller.finish(*_resolution(cause, teller))


def _find_out(teller: Teller, cause: Cause | None) -> None:
    story = teller.story
    if teller.chance(0.6):
        teller.answer(teller.phrase("first_reply"), teller.hours(3, 0.4))
    if teller.home == "desk" and teller.chance(0.62):
        teller.hand_over()
    if teller.chance(0.3):
        story.later(teller.hours(0.6))
        teller.ask_back()
    story.later(teller.hours(2.5))
    story.busy(teller.agent.email, teller.hours(17, 0.6))
    story.note(teller.agent.email, teller.words(cause.notes if cause else (), "one_off_note"))
    if teller.chance(0.14):
        story.later(teller.hours(14))
        story.hear(teller.requester, teller.phrase("requester_chase"), teller.channel)


def _waits_for(remedy: Remedy, teller: Teller) -> bool:
    asked = teller.story.at >= remedy.asked_at
    shipped = remedy.deployed_at is not None and teller.story.at >= remedy.deployed_at
    return asked and not shipped and teller.chance(0.4)


def _wait_for_development(teller: Teller, cause: Cause, remedy: Remedy) -> None:
    """Hands the ticket to development; a release brings the fix, or nothing has come yet."""
    story, lead = teller.story, teller.service.development_owner
    story.later(teller.hours(3))
    teller.answer(teller.words(cause.answers, "one_off_answer"), teller.hours(8, 0.5))
    story.note(teller.agent.email, teller.phrase("development_note"))
    story.step("hand_to_development", teller.agent.email)
    story.tell("ticket_handed_to_development", teller.agent.email, {"note": ""})
    if remedy.in_work and teller.chance(0.7):
        story.later(teller.hours(40))
        story.step("begin_development", BY_KEY[lead].email)
        story.tell("development_begun", BY_KEY[lead].email)
    if remedy.deployed_at is None:
        return
    story.until(remedy.deployed_at + timedelta(minutes=teller.dice.uniform(4, 30)))
    text = teller.phrase(
        "fix_available", release=remedy.release, when=f"{remedy.deployed_at:%d %B}"
    )
    story.step("offer_fix", teller.agent.email)
    story.add(teller.agent.email, text, teller.channel)
    story.tell("fix_offered", teller.agent.email, {"release": remedy.release, "note": text})
    story.later(teller.hours(30))
    by = ""
    if teller.chance(0.8):
        story.tell("fix_confirmed", teller.requester)
        by = teller.requester
    teller.finish("fixed", f"Fixed in release {remedy.release}.", by)


def _resolution(cause: Cause | None, teller: Teller) -> tuple[str, str]:
    if cause is None:
        code = teller.dice.choice(
            ("fixed", "fixed", "user_guided", "not_reproducible", "third_party")
        )
        return code, teller.phrase("one_off_note")
    code = teller.dice.choice(
        ("workaround_applied", "workaround_applied", "known_error", "fixed", "user_guided")
    )
    return code, teller.words(cause.notes, "one_off_note")


def tell_request(teller: Teller) -> None:
    """The life of a service request or a question up to now."""
    story, answers = teller.story, getattr(teller.arrival.subject, "answers", ())
    question = teller.arrival.kind == "question"
    with suppress(NowReached):
        if teller.arrival.subject.key in _APPROVED and not _is_approved(teller):
            return
        teller.begin()
        teller.start()
        if teller.chance(0.02):
            teller.cancel("Withdrawn by the requester on the phone.")
            return
        story.later(teller.hours(0.3 if question else 4))
        minutes = teller.hours(6 if question else 11, 0.5)
        teller.answer(teller.words(answers, "one_off_answer"), minutes)
        story.later(0.1)
        code = "user_guided" if question else "request_fulfilled"
        teller.finish(code, teller.words(answers, "one_off_answer"))


def _is_approved(teller: Teller) -> bool:
    story, boss = teller.story, BY_KEY["adam.whitlock"].email
    story.later(0.05, office=False)
    story.step("submit", teller.requester)
    story.tell("request_submitted", teller.requester)
    story.later(teller.hours(6))
    if teller.chance(0.06):
        note = "Not in this quarter's budget."
        story.step("reject", boss)
        story.closed_at = story.at
        story.add(boss, note, teller.channel)
        story.tell("request_rejected", boss, {"note": note})
        return False
    story.step("approve", boss)
    story.tell("request_approved", boss)
    return True
