"""How each organisation writes: a voice turns what happened into the ticket as it arrived."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Dice = random.Random


@dataclass(frozen=True)
class Talk:
    """What there is to say, before anybody has given it a tone."""

    title: str
    says: tuple[str, ...]
    details: tuple[str, ...]
    log: str
    person: str
    organisation: str
    domain: str
    at: datetime
    channel: str


Voice = Callable[[Talk, Dice], tuple[str, str]]


def _maybe(dice: Dice, chance: float, text: str) -> str:
    return text if dice.random() < chance else ""


def _first_name(person: str) -> str:
    return person.split(maxsplit=1)[0]


def _join(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def misspell(text: str, dice: Dice, rate: float) -> str:
    """Swaps or drops letters inside long words, as hurried fingers do."""

    def slip(match: re.Match[str]) -> str:
        word = match.group()
        if dice.random() >= rate:
            return word
        spot = dice.randrange(1, len(word) - 2)
        if dice.random() < 0.5:
            return word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
        return word[:spot] + word[spot + 1 :]

    return re.sub(r"[a-z]{5,}", slip, text)


def terse(talk: Talk, dice: Dice) -> tuple[str, str]:
    """A bank that pays by the word."""
    body = [talk.says[0], *talk.details[: dice.randint(0, 1)]]
    ending = dice.choice(("Advise.", "Please advise.", "Confirm receipt.", "Action required.", ""))
    ref = _maybe(dice, 0.5, f"Our ref {dice.choice('ABCDK')}{dice.randint(1000, 9999)}.")
    return talk.title, " ".join(part for part in (*body, ending, ref) if part)


def chatty(talk: Talk, dice: Dice) -> tuple[str, str]:
    """A shop that writes to friends."""
    hello = dice.choice(
        ("Hi lovely people,", "Hiya,", "Hello team!", "Hi there :)", "Morning all,")
    )
    small = dice.choice(
        (
            "Hope you had a good weekend!",
            "Sorry to be a pain again.",
            "Me again, I know!",
            "We're rushed off our feet here so I'll be quick (she says).",
            "Kettle's on and it's one of those days.",
            "",
            "",
        )
    )
    groan = dice.choice(
        (
            "It's driving us a bit potty to be honest.",
            "Any ideas??",
            "Would be ever so grateful if someone could have a look.",
            "Pippa is not amused.",
            "Shout if you need screenshots, I took loads.",
            "Thanks a million in advance!",
        )
    )
    middle = " ".join((*talk.says, *talk.details[:2]))
    bye = dice.choice(("xx", "Cheers,", "Big thanks,", "Love,", "Ta,"))
    return misspell(talk.title, dice, 0.02), _join(
        f"{hello} {small}".strip(),
        misspell(middle, dice, 0.02),
        groan,
        f"{bye}\n{_first_name(talk.person)}",
    )


def engineer(talk: Talk, dice: Dice) -> tuple[str, str]:
    """Somebody who sends logs and expects them back."""
    if talk.log and dice.random() < 0.6:
        return talk.title, _join(
            " ".join(talk.says[:2]),
            f"```\n{talk.log}\n```",
            " ".join(talk.details),
            dice.choice(("Full trace on request.", "Request ids available.", "", "Happy to test.")),
        )
    shape = "Observed: {}\nExpected: {}\nNotes: {}"
    wish = dice.choice(("it works as documented", "no such thing", "as last month", "success"))
    notes = " ".join(talk.details) or "none"
    return talk.title, shape.format(" ".join(talk.says), wish, notes)


_ARTICLES = re.compile(r"\b(?:the|a|an) (?=[a-z])", re.IGNORECASE)


def polish(talk: Talk, dice: Dice) -> tuple[str, str]:
    """Good vocabulary, no patience for articles."""

    def bare(text: str) -> str:
        return _ARTICLES.sub(lambda m: m.group() if dice.random() < 0.35 else "", text)

    hello = dice.choice(("Dear Support,", "Good day,", "Hello,", "Dear Sirs,"))
    please = dice.choice(
        (
            "Please for help.",
            "Please for urgent solution, it is blocking our work.",
            "I ask for information when it will be repaired.",
            "Please check it and write to me.",
            "What can we do with this?",
        )
    )
    body = bare(" ".join((*talk.says, *talk.details)))
    return bare(talk.title), _join(hello, body, please, f"Best regards\n{talk.person}")


def german(talk: Talk, dice: Dice) -> tuple[str, str]:
    """Colleagues from Hamburg, now in one language, now in the other."""
    if talk.channel == "de":
        hello = dice.choice(("Guten Morgen,", "Hallo zusammen,", "Sehr geehrte Damen und Herren,"))
        please = dice.choice(
            ("Bitte prüfen.", "Bitte um kurze Rückmeldung.", "Wann ist das behoben?", "")
        )
        bye = dice.choice(("Mit freundlichen Grüßen", "Viele Grüße", "MfG"))
    else:
        hello = dice.choice(("Dear colleagues,", "Hello together,", "Moin,", "Dear Support,"))
        please = dice.choice(
            (
                "Please check this.",
                "Please give us a short feedback.",
                "Until when can we calculate with a solution?",
                "",
            )
        )
        bye = dice.choice(("Best regards", "Kind regards", "Viele Grüße"))
    body = " ".join((*talk.says, *talk.details[:2], please)).strip()
    return talk.title, _join(hello, body, f"{bye}\n{talk.person}\n{talk.organisation}")


def capitals(talk: Talk, dice: Dice) -> tuple[str, str]:
    """The key got stuck in 1998."""
    body = " ".join((*talk.says, *talk.details[: dice.randint(0, 1)])).replace(".", "")
    cry = dice.choice(("PLEASE FIX ASAP!!!", "CALL ME", "STORE IS FULL OF PEOPLE", "HELP", "!!"))
    sign = dice.choice(("RON", "STORE 14", "DARLENE", "THX", ""))
    return talk.title.upper(), _join(f"{misspell(body, dice, 0.05).upper()} {cry}", sign)


def formal(talk: Talk, dice: Dice) -> tuple[str, str]:
    """A public body with file references."""
    file = f"{dice.choice('ABCEF')}-{dice.randint(11, 89)}/{talk.at:%Y}-{dice.randint(100, 999)}"
    opening = dice.choice(
        (
            "We hereby wish to report the following malfunction.",
            "With reference to our service agreement we report as follows.",
            "I am writing to notify you of an irregularity in the above service.",
            "Please be informed of the following matter.",
        )
    )
    closing = dice.choice(
        (
            "We should be obliged if you would inform us of the expected date of resolution.",
            "A written statement is requested.",
            "Kindly acknowledge receipt of this message.",
            "We reserve the right to refer to the agreed service levels.",
        )
    )
    body = " ".join((opening, *talk.says, *talk.details))
    return _maybe(dice, 0.4, f"[{file}] ") + talk.title, _join(
        f"Our reference: {file}",
        "Dear Sir or Madam,",
        body,
        closing,
        f"Yours faithfully\n{talk.person}\n{talk.organisation}",
    )


def forwarder(talk: Talk, dice: Dice) -> tuple[str, str]:
    """An accountant's office that forwards what its clients forwarded."""
    client = dice.choice(("A. Pemberton", "Harrow Tiles", "N. Osman", "The Old Bakery", "G. Hyde"))
    top = dice.choice(
        (
            "See below, please handle.",
            "FYI and action.",
            "Client is pressing, can you look at this today?",
            "Another one. See the mail underneath.",
            "As discussed on the phone.",
        )
    )
    if dice.random() < 0.45:
        top = f"{top} In short: {_lower_first(talk.says[0])}"
    inner = " ".join((*talk.says, *talk.details))
    dashes = _maybe(dice, 0.4, "-----Original Message-----\n")
    head = (
        f"{dashes}From: {client}\n"
        f"Sent: {talk.at:%d %B %Y}\nTo: {talk.person}\nSubject: {talk.title}"
    )
    layers = _maybe(dice, 0.4, f"From: Office\nSubject: FW: {talk.title}\n\nPlease pass on.\n")
    prefix = dice.choice(("FW: ", "Fwd: ", "FW: FW: ", "WG: ", ""))
    return prefix + talk.title, _join(
        top, _first_name(talk.person), layers, head, misspell(inner, dice, 0.015)
    )


_SPANISH = (
    (re.compile(r"\binformation\b"), "informations"),
    (re.compile(r"\bIt is\b"), "Is"),
    (re.compile(r"\bwe have\b", re.IGNORECASE), "we have got"),
    (re.compile(r"\bpeople\b"), "persons"),
    (re.compile(r"\bdoes not\b"), "doesn't"),
    (re.compile(r"\bvery\b"), "so much"),
)


def spanish(talk: Talk, dice: Dice) -> tuple[str, str]:
    """A travel agency in a hurry, in its second language."""
    text = " ".join((*talk.says, *talk.details[:1]))
    for pattern, other in _SPANISH:
        text = pattern.sub(other, text) if dice.random() < 0.7 else text
    hello = dice.choice(("Hello dears,", "Buenos días,", "Good morning!!", "Hola,", "Hi,"))
    plea = dice.choice(
        (
            "Please, can you to help us? Is urgent.",
            "We are waiting your news.",
            "Our clients are very angry with us.",
            "Thanks you very much!",
            "Sorry for my english.",
        )
    )
    bye = dice.choice(("Saludos,", "Saludos", "Un saludo,", "Thanks,"))
    return talk.title, _join(f"{hello} {text}", plea, f"{bye}\n{talk.person}")


def polite(talk: Talk, dice: Dice) -> tuple[str, str]:
    """School offices, who hope you are well."""
    hello = dice.choice(("Good morning,", "Dear all,", "Good afternoon,", "Dear Support Team,"))
    soft = dice.choice(
        (
            "I hope this finds you well.",
            "I wonder if you could help us with something.",
            "Apologies if this has been reported already.",
            "We appear to have a small difficulty.",
        )
    )
    term = dice.choice(
        (
            "As it is the busiest week of term, a quick answer would be much appreciated.",
            "There is no great rush, but parents have begun to ask.",
            "Many thanks for your continued support.",
            "Do let me know if you need anything further from us.",
        )
    )
    body = " ".join((soft, *talk.says, *talk.details))
    return talk.title, _join(hello, body, term, f"Kind regards,\n{talk.person}")


def japanese(talk: Talk, dice: Dice) -> tuple[str, str]:
    """Very polite, very precise."""
    hello = dice.choice(
        (
            "Thank you always for your support.",
            "Thank you for your continuous cooperation.",
            "I am sorry to trouble you when you are busy.",
        )
    )
    points = "\n".join(
        f"{i}) {text}" for i, text in enumerate((*talk.says, *talk.details), start=1)
    )
    ask = dice.choice(
        (
            "I would appreciate it if you could confirm the cause.",
            "Could you please investigate and inform us?",
            "We would be grateful for your kind confirmation.",
        )
    )
    return talk.title, _join(
        f"Dear Support team,\n{hello}", points, ask, f"Best regards,\n{talk.person}"
    )


def phone(talk: Talk, dice: Dice) -> tuple[str, str]:
    """What an agent typed while a hospital was on the line."""

    def told(text: str) -> str:
        for ours, theirs in (
            (r"\b[Ww]e\b", "they"),
            (r"\b[Oo]ur\b", "their"),
            (r"\bI\b", "caller"),
        ):
            text = re.sub(ours, theirs, text)
        return text

    opening = dice.choice(
        (
            f"{talk.person} on the phone.",
            f"Call from {talk.organisation}, ext {dice.randint(200, 899)}.",
            f"Caller: {talk.person}.",
            "Took a call, line was bad.",
        )
    )
    body = " ".join(_lower_first(told(text)) for text in (*talk.says, *talk.details[:2]))
    ending = dice.choice(
        (
            "Wants a call back.",
            "Pls call before 4pm.",
            "Told them we look into it.",
            "Is annoyed.",
            "",
        )
    )
    return talk.title, misspell(f"{opening} Says {body} {ending}".strip(), dice, 0.03)


def bullets(talk: Talk, dice: Dice) -> tuple[str, str]:
    """A control room that likes lists."""
    since = dice.choice(("this morning", "yesterday", f"{talk.at:%d.%m.}", "last week", "unknown"))
    lines = [f"- {text}" for text in (*talk.says, *talk.details)]
    lines.insert(1, f"- since: {since}")
    return talk.title, "\n".join((*lines, f"- contact: {talk.person}"))


def startup(talk: Talk, dice: Dice) -> tuple[str, str]:
    """No capitals, no full stops, no time."""
    hey = dice.choice(("hey", "yo team", "hi", "hey folks", "hello again"))
    text = " ".join((*talk.says, *talk.details[: dice.randint(0, 1)]))
    text = misspell(text.lower().replace(". ", dice.choice((", ", "... ", "\n"))), dice, 0.04)
    eta = dice.choice(("any eta?", "thx", "kinda blocking us", "lmk", "pls fix 🙏", ""))
    return talk.title.lower(), f"{hey}, {text.rstrip('.')} {eta}".strip()


def colleague(talk: Talk, dice: Dice) -> tuple[str, str]:
    """Somebody two floors up."""
    hello = dice.choice(("Hi,", "Hello IT,", "Hey,", "", ""))
    text = misspell(" ".join((*talk.says[:2], *talk.details[:1])), dice, 0.01)
    bye = dice.choice(
        (f"Thanks, {_first_name(talk.person)}", _first_name(talk.person), "", "Thanks!")
    )
    return talk.title, f"{hello} {text} {bye}".strip()


VOICES: dict[str, Voice] = {
    voice.__name__: voice
    for voice in (
        terse,
        chatty,
        engineer,
        polish,
        german,
        capitals,
        formal,
        forwarder,
        spanish,
        polite,
        japanese,
        phone,
        bullets,
        startup,
        colleague,
    )
}
