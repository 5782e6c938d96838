"""The patterns a text may be asked to have: a closed list, none of which can be made slow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pattern:
    """A pattern for a whole text, its name for people and the sentence when it does not fit."""

    label: str
    expression: str
    sentence: str


PATTERNS: dict[str, Pattern] = {
    "email": Pattern(
        "E-mail address",
        r"[^@\s]{1,64}@[^@\s]{1,190}",
        "Write an e-mail address, such as rosa@example.org.",
    ),
    "phone": Pattern(
        "Phone number", r"\+?[0-9 ()/.-]{5,30}", "Write a phone number, such as +49 30 901820."
    ),
    "digits": Pattern("Digits only", r"[0-9]+", "Write digits only."),
    "code": Pattern(
        "Letters, digits and dashes", r"[A-Za-z0-9-]+", "Use letters, digits and dashes only."
    ),
    "version": Pattern(
        "Version number", r"[0-9]+(\.[0-9]+){0,3}", "Write a version, such as 4.18.2."
    ),
    "ip_address": Pattern(
        "IP address", r"[0-9]{1,3}(\.[0-9]{1,3}){3}", "Write an IP address, such as 192.0.2.17."
    ),
    "web_address": Pattern(
        "Web address", r"https?://[^\s]{3,400}", "Write an address that begins with https://."
    ),
}
