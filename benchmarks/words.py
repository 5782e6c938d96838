"""Made-up ticket texts whose words are as common or rare as on a real desk."""

import random

SUBJECTS = [
    "checkout",
    "invoice",
    "login",
    "report",
    "export",
    "dashboard",
    "password",
    "session",
    "mailbox",
    "printer",
    "calendar",
    "webhook",
    "payment",
    "refund",
    "voucher",
    "backup",
    "search",
    "import",
    "profile",
    "licence",
    "certificate",
    "upload",
]
TROUBLES = [
    "fails",
    "hangs",
    "is-slow",
    "shows-an-error",
    "is-blank",
    "times-out",
    "loses-data",
    "is-rejected",
    "loops-for-ever",
    "cannot-be-opened",
    "returns-nothing",
    "stopped-working",
]
PLACES = [
    "since-this-morning",
    "after-the-update",
    "in-the-branch-office",
    "on-my-phone",
    "for-all-colleagues",
    "when-offline",
    "at-month-end",
    "in-the-new-browser",
    "behind-the-proxy",
    "for-one-customer",
]
# This word stands in about a third of all tickets, for the search of a common word.
COMMON = "customer"
RARE_WORDS = 4000


def rare_word(number: int) -> str:
    """A word found in few tickets."""
    letters = "bcdfghklmnprstvz"
    vowels = "aeiou"
    word = ""
    number += 7919
    while number:
        number, left = divmod(number, len(letters) * len(vowels))
        word += letters[left % len(letters)] + vowels[left // len(letters)]
    return f"q{word}"


class Texts:
    """An endless, repeatable supply of titles and sentences."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def title(self) -> str:
        """A short complaint."""
        pick = self.chance.choice
        words = f"{pick(SUBJECTS)} {pick(TROUBLES)} {pick(PLACES)}"
        return words.replace("-", " ").capitalize()

    def sentence(self) -> str:
        """About thirty words, one of them rare."""
        pick = self.chance.choice
        rare = rare_word(int(RARE_WORDS * self.chance.random() ** 2))
        who = f"our {COMMON} " if self.chance.random() < 1 / 3 else "we "
        return (
            f"{self.title()}, and {who} cannot go on. The {pick(SUBJECTS)} says {rare} and then "
            f"the {pick(SUBJECTS)} {pick(TROUBLES).replace('-', ' ')}. We tried again "
            f"{pick(PLACES).replace('-', ' ')} with the same result, "
            f"code E{self.chance.randrange(900)}."
        )
