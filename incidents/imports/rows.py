"""A row → the draft of a ticket, or a reason why not. Pure: nothing is looked up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from hashlib import sha256
from zoneinfo import ZoneInfo

from incidents.imports.drafts import Draft, Name, Notes, Refused
from incidents.imports.fields import BY_NAME
from incidents.imports.mapping import MappingRules
from incidents.imports.parsing import RawRow
from incidents.imports.times import DAY_FIRST, NotATime, read_time
from incidents.imports.values import (
    CHANNELS,
    CODES,
    KINDS,
    STATES,
    impact_level,
    plain_words,
    priority_level,
    state_of,
)
from incidents.models.ticket import Channel, Kind, Level, priority_of
from incidents.workflow import category_of

LONGEST_TITLE = 250
LONGEST_DESCRIPTION = 100_000
LONGEST_NUMBER = 80
LONGEST_COUNT = 32_767
# Names are refused when too long: half a name would be somebody else.
_LONGEST_NAMES = {"requester": 150, "assignee": 150, "organisation": 120, "team": 120}
_LONGEST_NAMES |= {"service": 120, "component": 120}
_LONGEST_LABELS = {"category": 80, "version_seen": 60}
LONGEST_EMAIL = 254


@dataclass(frozen=True)
class Reader:
    """Reads rows of one file by one mapping. `now` bounds what times may be."""

    rules: MappingRules
    now: datetime

    def read(self, row: RawRow) -> Draft:
        """The draft of a ticket; raises Refused with the field and the reason."""
        if row.fault:
            name, sign, reason = row.fault.partition(": ")
            known = sign and name in self.rules.columns.values()
            raise Refused(*((self._field_of(name), reason) if known else ("", row.fault)))
        return _Row(self.rules, self.now, row).draft()

    def _field_of(self, column: str) -> str:
        return next(name for name, mapped in self.rules.columns.items() if mapped == column)


class _Row:
    """One row under one mapping."""

    def __init__(self, rules: MappingRules, now: datetime, row: RawRow) -> None:
        self._rules = rules
        self._now = now
        self._row = row
        self._notes = Notes()

    def draft(self) -> Draft:
        kind = self._kind()
        title, description = self._words(kind)
        created_at = self._created_at()
        resolved_at = self._later("resolved_at", created_at)
        closed_at = self._later("closed_at", resolved_at or created_at)
        state, reason = self._state(kind, resolved_at, closed_at)
        impact, urgency = self._level("impact"), self._level("urgency")
        code, resolution = self._resolution()
        return Draft(
            line=self._row.line,
            number=self._number(),
            kind=kind,
            title=title,
            description=description,
            created_at=created_at,
            state=state,
            category_of_state=category_of(kind, state, reason),
            pending_reason=reason,
            channel=self._channel(),
            impact=impact or Level.MEDIUM,
            urgency=urgency or Level.MEDIUM,
            priority=self._priority(impact, urgency),
            severity=self._level("severity"),
            requester=self._person("requester", "requester_email"),
            assignee=self._person("assignee", "assignee_email"),
            organisation=self._name("organisation"),
            team=self._name("team"),
            service=self._name("service"),
            component=self._name("component"),
            category=self._label("category"),
            updated_at=self._aside("updated_at", created_at),
            first_response_at=self._aside("first_response_at", created_at),
            resolved_at=resolved_at,
            closed_at=closed_at,
            reassignment_count=self._count("reassignment_count"),
            reopen_count=self._count("reopen_count"),
            resolution_code=code,
            resolution_text=resolution,
            version_seen=self._label("version_seen"),
            csat_score=self._score(),
            notes=tuple(self._notes.said),
        )

    def _raw(self, field: str) -> str:
        """The cell's text, or the mapping's default; empty for a blank one."""
        column = self._rules.columns.get(field)
        value = self._row.values.get(column, "").strip() if column else ""
        if value.casefold() in self._rules.blank:
            value = self._rules.defaults.get(field, "")
        return value

    def _line_of_text(self, field: str) -> str:
        return " ".join(self._raw(field).split())

    def _number(self) -> str:
        if "number" not in self._rules.columns:
            return _number_from(self._row.values)
        number = self._line_of_text("number")
        if not number:
            raise Refused("number", "is empty")
        if len(number) > LONGEST_NUMBER:
            raise Refused("number", f"has more than {LONGEST_NUMBER} characters")
        return number

    def _words(self, kind: str) -> tuple[str, str]:
        """Title and description. What does not fit into the title stays in the description."""
        if not self._rules.has_words:
            self._notes.add("The file has no words; titles were made of number and category.")
            return self._title_without_words(kind), ""
        title = self._line_of_text("title")
        description = self._raw("description").replace("\r\n", "\n").replace("\r", "\n")
        if not title:
            title = " ".join(next(filter(str.strip, description.split("\n")), "").split())
            if not title:
                raise Refused("title", "is empty, and so is the description")
            self._notes.add("An empty title was taken from the description's first line.")
        if len(title) > LONGEST_TITLE:
            if title not in " ".join(description.split()):
                description = f"{title}\n\n{description}".strip()
            title = title[: LONGEST_TITLE - 1].rstrip() + "…"
            self._notes.add("A long title was shortened; it is whole in the description.")
        if len(description) > LONGEST_DESCRIPTION:
            description = description[: LONGEST_DESCRIPTION - 1] + "…"
            self._notes.add(f"A description was cut at {LONGEST_DESCRIPTION:,} characters.")
        return title, description

    def _title_without_words(self, kind: str) -> str:
        parts = (Kind(kind).label, self._number(), self._label("category"))
        return " ".join(part for part in parts if part)

    def _created_at(self) -> datetime:
        if "created_at" not in self._rules.columns and "created_at" not in self._rules.defaults:
            self._notes.add("Without a column for it, the time of opening is that of the import.")
            return self._now
        created_at = self._time("created_at")
        if created_at is None:
            raise Refused("created_at", "is empty")
        return created_at

    def _time(self, field: str) -> datetime | None:
        text = self._line_of_text(field)
        if not text:
            return None
        order = self._rules.dates or DAY_FIRST
        try:
            return read_time(text, order=order, zone=ZoneInfo(self._rules.timezone), now=self._now)
        except NotATime as error:
            raise Refused(field, f"“{text[:60]}” {error}") from error

    def _later(self, field: str, earlier: datetime) -> datetime | None:
        found = self._time(field)
        if found is not None and found < earlier:
            raise Refused(field, "lies before what must come earlier")
        return found

    def _aside(self, field: str, earlier: datetime) -> datetime | None:
        """A time nothing else hangs on: one that cannot be is left out."""
        try:
            return self._later(field, earlier)
        except Refused:
            self._notes.add(f"An impossible time was left out of “{BY_NAME[field].label}”.")
            return None

    def _mapped(self, field: str) -> tuple[str, str | None]:
        """(the cell's text, what the mapping itself makes of it or None)."""
        text = self._line_of_text(field)
        return text, self._rules.values.get(field, {}).get(plain_words(text)) if text else None

    def _kind(self) -> str:
        text, kind = self._mapped("kind")
        if not text:
            return Kind.INCIDENT
        kind = kind or KINDS.get(plain_words(text))
        if kind is None:
            self._unknown("type", text, "an incident")
        return kind or Kind.INCIDENT

    def _unknown(self, what: str, text: str, became: str) -> None:
        """A word nobody here knows, about something a ticket can do without."""
        self._notes.add(f"The {what} “{text[:60]}” is not known here and became {became}.")

    def _state(
        self, kind: str, resolved_at: datetime | None, closed_at: datetime | None
    ) -> tuple[str, str]:
        """(state, reason for waiting); without a state the times tell."""
        text, found = self._mapped("state")
        if not text:
            found = "closed" if closed_at else "resolved" if resolved_at else "new"
        found = found or STATES.get(plain_words(text))
        if found is None:
            raise Refused("state", f"“{text[:60]}” is no known state; map it in [states]")
        name, _, reason = found.partition(":")
        state = state_of(kind, name)
        if state != "pending":
            return state, ""
        return state, self._pending_reason(reason)

    def _pending_reason(self, by_state: str) -> str:
        text, reason = self._mapped("pending_reason")
        if not text or reason:
            return reason or by_state
        known = STATES.get(f"awaiting {plain_words(text)}") or STATES.get(plain_words(text)) or ""
        return known.partition(":")[2] or by_state

    def _channel(self) -> str:
        text, channel = self._mapped("channel")
        if not text:
            return Channel.OTHER
        channel = channel or CHANNELS.get(plain_words(text))
        if channel is None:
            self._unknown("channel", text, "“Other”")
        return channel or Channel.OTHER

    def _level(self, field: str) -> int | None:
        text, mapped = self._mapped(field)
        if not text:
            return None
        level = int(mapped) if mapped else impact_level(text)
        if level is None:
            self._unknown(field, text, "the middle one" if field != "severity" else "none")
        return level

    def _priority(self, impact: int | None, urgency: int | None) -> int:
        text, mapped = self._mapped("priority")
        priority = int(mapped) if mapped else priority_level(text) if text else None
        if text and priority is None:
            self._unknown("priority", text, "that of impact and urgency")
        return priority or priority_of(impact or Level.MEDIUM, urgency or Level.MEDIUM)

    def _resolution(self) -> tuple[str, str]:
        """(code, text); a code nobody knows here is kept in the text."""
        text, code = self._mapped("resolution_code")
        words = self._raw("resolution_text").replace("\r\n", "\n")[:LONGEST_DESCRIPTION]
        code = code or CODES.get(plain_words(text), "")
        if text and not code:
            self._notes.add("An unknown resolution code was kept in the resolution's text.")
            words = f"Resolution code: {text[:200]}\n\n{words}".strip()
        return code, words

    def _person(self, name_field: str, email_field: str) -> Name | None:
        name, email = self._line_of_text(name_field), self._line_of_text(email_field)
        if not email and "@" in name:
            name, email = parseaddr(name)
        if not name and not email:
            return None
        if len(name) > _LONGEST_NAMES[name_field]:
            raise Refused(name_field, f"has more than {_LONGEST_NAMES[name_field]} characters")
        if email and (len(email) > LONGEST_EMAIL or not _looks_like_an_address(email)):
            raise Refused(email_field, f"“{email[:60]}” is not an e-mail address")
        return Name(name or email.partition("@")[0], email.lower())

    def _name(self, field: str) -> str:
        name = self._line_of_text(field)
        if len(name) > _LONGEST_NAMES[field]:
            raise Refused(field, f"has more than {_LONGEST_NAMES[field]} characters")
        return name

    def _label(self, field: str) -> str:
        text = self._line_of_text(field)
        longest = _LONGEST_LABELS[field]
        if len(text) > longest:
            self._notes.add(f"A long {BY_NAME[field].label.lower()} was cut at {longest}.")
            return text[: longest - 1] + "…"
        return text

    def _count(self, field: str) -> int:
        text = self._line_of_text(field).removesuffix(".0").replace(",", "")
        if not text:
            return 0
        if not text.isascii() or not text.isdecimal() or int(text[:9]) > LONGEST_COUNT:
            raise Refused(field, f"“{text[:60]}” is not a number from 0 to {LONGEST_COUNT:,}")
        return int(text)

    def _score(self) -> int | None:
        text = self._line_of_text("csat_score").removesuffix(".0")
        if not text:
            return None
        if text not in {"1", "2", "3", "4", "5"}:
            raise Refused("csat_score", f"“{text[:60]}” is not a score from 1 to 5")
        return int(text)


def _looks_like_an_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and not any(sign.isspace() for sign in text)


def _number_from(values: Mapping[str, str]) -> str:
    """A number for rows without one: the same words are the same row, however often imported."""
    said = "\x1f".join(f"{name}\x1e{value.strip()}" for name, value in sorted(values.items()))
    return f"row-{sha256(said.encode('utf-8', 'replace')).hexdigest()[:20]}"
