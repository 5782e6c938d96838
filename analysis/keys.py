"""Exact evidence that two tickets have one cause, whatever their wording or vectors say.

A stack trace, a failing job, an error code within a component or the template of a machine's
message gives a key; tickets with the same key belong together. Two keys of one `family` that
differ ("job A failed", "job B failed") are the opposite: proof of two causes.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.entities import Entity, entities
from analysis.text import mask_volatile, without_mail_noise

STRENGTH = {"stack": 0, "job": 1, "template": 2, "code": 3}
TOP_FRAMES = 5
_MIN_TEMPLATE_WORDS = 3
_MAX_TEMPLATE_WORDS = 24

_FRAME = re.compile(
    r"^\s*(?:at\s+(?P<java>[\w.$<>]+(?:\.[\w$<>]+)+)\s*\("
    r"|at\s+(?P<script>[\w.$<>\[\] ]+?)\s+\(?[^\s()]+:\d+:\d+\)?"
    r"|at\s+(?P<net>[\w.`<>]+\.[\w`<>]+)\(.*\)\s*(?:in\s.+)?$"
    r"|File\s+\"(?P<file>[^\"]+)\",\s+line\s+\d+,\s+in\s+(?P<function>\S+)"
    r"|#\d+\s+(?:0x[0-9a-f]+\s+in\s+)?(?P<native>[\w:~<>]+)\s*\()",
    re.MULTILINE | re.IGNORECASE,
)
_THROWN = re.compile(r"\b([A-Z]\w*(?:Exception|Error|Fault))\b")
_SPECIFIC_CODE = re.compile(
    r"^(?:0x[0-9a-f]{4,8}|(?:ora|tns|pls|cve|aadsts|sqlstate|dsg)-?\d{3,6}(?:-\d+)?|"
    r"[a-z]{1,6}-?\d{4,6}[a-z]?|\d{5,6})$"
)
_MONITOR = re.compile(
    r"(?im)^\s*(?:received\s+from|from|sender|von)\s*:\s*\S*"
    r"(?:monitor|alert|no-?reply|scheduler|nagios|zabbix|prometheus|icinga|grafana|cron|daemon|"
    r"watch|notify|notification|system|root)\S*@"
)
_HOST_FIRST = re.compile(r"^\s*[\w.-]*\d[\w.-]*\s*(?:\([^)]{1,60}\))?\s*:")
_NUMBER = re.compile(
    r"(?<![\w-])[-+]?\d+(?:[.,]\d+)*\s?(?:%|[kmgt]i?b?|ms|s|min|h)?(?![\w-])", re.I
)
_TEMPLATE_WORD = re.compile(r"<\*>|<thing>|[^\W_][\w.:/\\$-]*[\w$]|[^\W_]")
_TIME_ZONES = frozenset({"et", "est", "edt", "utc", "gmt", "cet", "cest", "pst", "pdt", "am", "pm"})


@dataclass(frozen=True, slots=True, order=True)
class ExactKey:
    """One exact link. Tickets with equal `value` share a cause; equal `family` but different
    `value` means different causes; an empty `family` conflicts with nothing."""

    kind: str
    value: str
    family: str = ""

    def in_words(self) -> str:
        """Say why two tickets with this key belong together."""
        shown = self.value.rsplit("\x1f", 1)[-1]
        match self.kind:
            case "stack":
                return f"same stack trace ({shown.split(' ', 1)[0]})"
            case "job":
                return f"same failing job “{shown}”"
            case "code":
                return f"same error code {shown.upper()}"
            case _:
                return "same message template"


def stack_hash(text: str) -> str | None:
    """Return exception and hash of the innermost frames without line numbers; None if no trace.

    Most languages print the innermost frame first; Python (`File "…", line …`) prints it last.
    """
    found = list(_FRAME.finditer(text[:100_000]))
    frames = ["".join(part for part in match.groups() if part) for match in found]
    if len(frames) < 2:
        return None
    innermost = frames[-TOP_FRAMES:] if found[0]["file"] else frames[:TOP_FRAMES]
    thrown = _THROWN.search(text)
    name = thrown.group(1) if thrown else "trace"
    tidy = [re.sub(r"\$\d+|0x[0-9a-f]+|\d+", "", frame) for frame in innermost]
    digest = hashlib.sha256("\n".join([name, *tidy]).encode()).hexdigest()[:16]
    return f"{name} {digest}"


def is_machine_message(title: str, text: str) -> bool:
    """True when a monitor or scheduler wrote it: a stamp in the title, a host in front, a sender
    that is a machine."""
    return bool(
        mask_volatile(title, "") != title or _HOST_FIRST.match(title) or _MONITOR.search(text[:500])
    )


def _words_of(masked: str) -> list[str]:
    lowered = _NUMBER.sub("<*>", masked).casefold()
    words = [word for word in _TEMPLATE_WORD.findall(lowered) if word not in _TIME_ZONES]
    return words[:_MAX_TEMPLATE_WORDS]


def message_template(title: str) -> str:
    """Return the title with everything that varies as `<*>`; job, host and code names stay."""
    words = _words_of(mask_volatile(title, " <*> "))
    kept = [word for at, word in enumerate(words) if word != "<*>" or words[at - 1 : at] != ["<*>"]]
    return " ".join(kept).strip()


def _family_of(template: str, things: Iterable[Entity]) -> str:
    names = {thing.value for thing in things}
    return " ".join("<thing>" if word.strip(":") in names else word for word in template.split())


def _template_key(title: str, things: Sequence[Entity]) -> ExactKey | None:
    template = message_template(title)
    said = [word for word in template.split() if word != "<*>"]
    if len(said) < _MIN_TEMPLATE_WORDS or not things:
        return None
    family = _family_of(template, things)
    return ExactKey("template", template, family if family != template else "")


def exact_keys(title: str, text: str, component: str = "") -> tuple[ExactKey, ...]:
    """Return the exact keys of a ticket, strongest first; most tickets by people have none."""
    found: list[ExactKey] = []
    trace = stack_hash(text)
    if trace:
        found.append(ExactKey("stack", trace))
    title_things = entities(title)
    things = title_things or entities(without_mail_noise(text))
    jobs = [thing.value for thing in things if thing.kind == "job"]
    if len(jobs) == 1:
        found.append(ExactKey("job", jobs[0], "job"))
    elif title_things and is_machine_message(title, text):
        key = _template_key(title, title_things)
        found.extend([key] if key else [])
    codes = [thing.value for thing in things if thing.kind == "code"]
    found.extend(
        ExactKey("code", f"{component.casefold()}\x1f{code}")
        for code in codes
        if _SPECIFIC_CODE.match(code)
    )
    return tuple(sorted(found, key=lambda key: (STRENGTH[key.kind], key)))


def contradicts(one: Iterable[ExactKey], other: Iterable[ExactKey]) -> bool:
    """True when two sets of keys prove different causes: one family, no value in common."""
    values: dict[str, set[str]] = {}
    for key in one:
        if key.family:
            values.setdefault(key.family, set()).add(key.value)
    theirs: dict[str, set[str]] = {}
    for key in other:
        if key.family in values:
            theirs.setdefault(key.family, set()).add(key.value)
    return any(not values[family] & found for family, found in theirs.items())
