"""What people read about a ticket: its clock, and its state in a requester's words. Pure."""

from dataclasses import dataclass
from datetime import datetime

from core.wording import clock_words, span_words

SOON_SECONDS = 3_600
FRESH_SECONDS = 120

# The state as the requester sees it: whose turn it is, without our words for it.
REQUESTER_STATES = {
    "new": "Received",
    "assigned": "With our team",
    "in_progress": "Being worked on",
    "pending": "Waiting",
    "awaiting_development": "With development",
    "in_development": "Being fixed by development",
    "fix_available": "Fix available: please check",
    "resolved": "Resolved",
    "closed": "Closed",
    "cancelled": "Cancelled",
    "merged": "Handled together with another",
    "draft": "Received",
    "awaiting_approval": "Waiting for approval",
    "approved": "Approved",
    "rejected": "Not approved",
    "fulfilling": "Being worked on",
    "fulfilled": "Done",
}
_PENDING = {
    "requester": "Waiting for your answer",
    "supplier": "Waiting for a supplier",
    "change": "Waiting for a planned change",
    "scheduled": "Planned for later",
}
_FROM_ASIDE = {"pending": "Waiting", "fix_available": "A fix is being checked"}


@dataclass(frozen=True)
class Clock:
    """What stands where a ticket's clock stands, and its tone; `title` says it in full."""

    text: str
    tone: str
    title: str
    target: str = ""
    icon: str = ""


STOPPED = Clock("", "", "")
# What each target is called, and how a clock that runs, waits or has ended is drawn.
TARGETS = {
    "first_response": "First response",
    "next_response": "Next response",
    "resolution": "Resolution",
    "ownership": "Time with the team",
}
RUNNING_ICON, PAUSED_ICON, OVER_ICON = "play", "pause", "triangle-alert"
MET_ICON, MISSED_ICON = "circle-check", "circle-x"


def next_clock(target: str, due: datetime | None, now: datetime) -> Clock:
    """The clock of an open ticket that is due next, whichever it is; empty without a target.

    One that waits has no time; one that waits although its time was up is over.
    """
    name = TARGETS.get(target, "")
    if not name:
        return STOPPED
    if due is None:
        return Clock("paused", "", f"{name}: the clock is paused", name, PAUSED_ICON)
    left = (due - now).total_seconds()
    if left < 0:
        late = clock_words(-left)
        return Clock(f"late {late}", "red", f"{name}: over its target", name, OVER_ICON)
    text = clock_words(left)
    if left < SOON_SECONDS:
        return Clock(f"breach in {text}", "red", f"{name}: its target is near", name, RUNNING_ICON)
    return Clock(text, "", f"{name}: left until its target", name, RUNNING_ICON)


def ended_clock(due: datetime | None, resolved: datetime | None) -> Clock:
    """How the resolution of a ticket that is over kept its target; empty without one."""
    if due is None or resolved is None:
        return STOPPED
    name = TARGETS["resolution"]
    if resolved > due:
        return Clock("missed", "red", f"{name}: after its target", name, MISSED_ICON)
    return Clock("met", "", f"{name}: within its target", name, MET_ICON)


def ago_words(when: datetime, now: datetime) -> str:
    """How long ago, to the second while it is fresh: `20 s ago`, `5 min ago`."""
    seconds = max(0, int((now - when).total_seconds()))
    return f"{seconds} s ago" if seconds < FRESH_SECONDS else f"{span_words(seconds)} ago"


def requester_state(state: str, pending_reason: str) -> str:
    """A ticket's state in the requester's words."""
    if state == "pending":
        return _PENDING.get(pending_reason, REQUESTER_STATES[state])
    return REQUESTER_STATES[state]


def state_from_aside(state: str) -> str:
    """The same for somebody whose ticket is handled in this one: it is not they who is waited for,
    nor they who is to check.
    """
    return _FROM_ASIDE.get(state, REQUESTER_STATES[state])


# What the state means for the requester: whose turn it is, and what comes next.
_EXPLAINED = {
    "new": "We have it and look at it soon.",
    "assigned": "It is with the people who can help.",
    "in_progress": "Somebody works on it now.",
    "awaiting_development": "It needs a change of the product; development has been asked.",
    "in_development": "Development changes the product so that it does not happen again.",
    "fix_available": "We believe it is fixed. Nothing is closed before you have said so.",
    "resolved": "We believe that this is settled. Write to us if it is not.",
    "closed": "This is over.",
    "merged": "It is handled together with another ticket.",
    "cancelled": "This was withdrawn.",
    "draft": "We have it and look at it soon.",
    "awaiting_approval": "Somebody has to agree first; we have asked them.",
    "approved": "It was agreed to, and we prepare it.",
    "rejected": "It was not agreed to; the reason stands below.",
    "fulfilling": "We prepare it now.",
    "fulfilled": "It is done. Write to us if anything is missing.",
}
_PENDING_EXPLAINED = {
    "requester": "We asked you something and go on when you answer.",
    "supplier": "Somebody outside has to do something first; we keep after it.",
    "change": "It goes on with a change that is planned already.",
    "scheduled": "It is planned for later, as agreed.",
}


def requester_explanation(state: str, pending_reason: str) -> str:
    """One sentence on what the state means for the requester."""
    if state == "pending":
        return _PENDING_EXPLAINED.get(pending_reason, "It waits for somebody.")
    return _EXPLAINED[state]


@dataclass(frozen=True)
class Stage:
    """One mark of the way of a ticket: `done`, `now`, `ahead` or `ended`."""

    label: str
    standing: str
    note: str = ""


_WAY = ("Received", "Being worked on", "Solved")
_WAY_OF_DEVELOPMENT = ("Received", "With development", "Please check", "Solved")
_PLACES = {
    "new": 0,
    "assigned": 1,
    "in_progress": 1,
    "pending": 1,
    "awaiting_development": 1,
    "in_development": 1,
    "fix_available": 2,
}


def requester_stages(kind: str, state: str) -> list[Stage]:
    """The way of an incident; requests of the catalogue show their own steps instead."""
    if kind != "incident" or state == "cancelled":
        return []
    with_development = state in {"awaiting_development", "in_development", "fix_available"}
    way = _WAY_OF_DEVELOPMENT if with_development else _WAY
    here = _PLACES.get(state, len(way))
    return [
        Stage(label, "done" if place < here else "now" if place == here else "ahead")
        for place, label in enumerate(way)
    ]
