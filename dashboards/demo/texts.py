"""Writes one ticket: picks what is said, lets the organisation's voice say it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from dashboards.demo.catalogue import service_of
from dashboards.demo.content import Cause, OneOff, Organisation
from dashboards.demo.grammar import Facts, expand, some_of, weighted
from dashboards.demo.voices import VOICES, Talk

_GERMAN_SHARE = 0.3
_PLAIN_SHARE = 0.8  # people who say the obvious first: one of the first three fragments
_FROM_BODY_SHARE = 0.3  # people who paste the first words of the message as its subject
_BEFORE = ("Urgent: ", "Again: ", "{service}: ", "Question: ", "{service} - ", "Re: ", "Problem: ")
_AFTER = (
    " since {weekday}",
    " ({small} cases)",
    ", please check",
    " again",
    " - {name}",
    " {time}",
    "!",
)


@dataclass(frozen=True)
class Contact:
    """A title and a first message as they reached the desk."""

    title: str
    body: str
    channel: str


def _code_in(cause: Cause, dice: random.Random) -> str:
    if not cause.codes or dice.random() >= cause.code_share:
        return ""
    code = dice.choice(cause.codes)
    return dice.choice(("Error: {}.", "It says {}.", "Message: {}", "({})", "Code {}.")).format(
        code
    )


def _speaks_german(cause: Cause, organisation: Organisation, dice: random.Random) -> bool:
    return (
        organisation.voice == "german" and bool(cause.german_says) and dice.random() < _GERMAN_SHARE
    )


def _told(fragments: tuple[str, ...], facts: Facts) -> list[str]:
    """What the person says: mostly the obvious, then what else they noticed, in any order."""
    dice = facts.dice
    wanted = dice.choice((1, 2, 3, 3, 4))
    first = [dice.choice(fragments[:3])] if dice.random() < _PLAIN_SHARE else []
    rest = [fragment for fragment in fragments if fragment not in first]
    chosen = first + dice.sample(rest, min(wanted - len(first), len(rest)))
    if dice.random() < 0.3:
        dice.shuffle(chosen)
    return [expand(fragment, facts) for fragment in chosen]


def _subject(title: str, first: str, cause: Cause, facts: Facts) -> str:
    """A subject line: a chosen one, perhaps dressed up, or simply how the message begins."""
    dice = facts.dice
    if dice.random() < _FROM_BODY_SHARE:
        words = first.rstrip(".").split()
        kept = words[: dice.randint(5, 9)]
        return " ".join(kept).rstrip(",") + ("..." if len(words) > len(kept) else "")
    if dice.random() < 0.2:
        title = dice.choice(_BEFORE).replace("{service}", service_of(cause.component).name) + title
    if dice.random() < 0.3:
        title += dice.choice(_AFTER)
    return expand(title, facts)


def write_contact(
    cause: Cause, organisation: Organisation, person: str, at: datetime, dice: random.Random
) -> Contact:
    """The ticket somebody of this organisation writes when this cause meets them."""
    facts = Facts(dice, at, organisation.domain)
    channel = weighted(dice, organisation.channels)
    german = _speaks_german(cause, organisation, dice)
    titles = cause.german_titles if german else cause.titles
    says = _told(cause.german_says if german else cause.says, facts)
    details = [] if german else some_of(cause.details, dice.choice((0, 1, 1, 2, 2)), facts)
    code = _code_in(cause, dice)
    title, body = VOICES[organisation.voice](
        Talk(
            title=_subject(dice.choice(titles), says[0], cause, facts),
            says=tuple(says),
            details=tuple(details) + ((code,) if code else ()),
            log=expand(dice.choice(cause.logs), facts) if cause.logs else "",
            person=person,
            organisation=organisation.name,
            domain=organisation.domain,
            at=at,
            channel="de" if german else channel,
        ),
        dice,
    )
    return Contact(_capital(title, organisation), body, channel)


def write_one_off(
    one_off: OneOff, organisation: Organisation, person: str, at: datetime, dice: random.Random
) -> Contact:
    """The ticket for an incident that happened once."""
    channel = weighted(dice, organisation.channels)
    talk = Talk(
        title=one_off.title,
        says=(one_off.text,),
        details=(),
        log="",
        person=person,
        organisation=organisation.name,
        domain=organisation.domain,
        at=at,
        channel=channel,
    )
    title, body = VOICES[organisation.voice](talk, dice)
    return Contact(_capital(title, organisation), body, channel)


def _capital(title: str, organisation: Organisation) -> str:
    return title if organisation.voice == "startup" else title[:1].upper() + title[1:]
