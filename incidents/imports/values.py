"""The words other desks use for levels, states, channels and codes, and ours for them."""

import re

from incidents.models.ticket import Channel, Kind
from incidents.workflow import INCIDENT, PENDING_REASONS, RESOLUTION_CODES, SERVICE_REQUEST


def plain_words(text: str) -> str:
    """Lower case, only letters and digits, single blanks: `On-Hold ` is `on hold`."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


# Ours → theirs, in plain words. A waiting state names its reason after the colon.
_STATES = {
    "new": "new open opened submitted registered logged incoming created unassigned todo received "
    "waiting_for_support to_do backlog reported",
    "assigned": "assigned dispatched allocated accepted acknowledged triaged",
    "in_progress": "in_progress active work_in_progress working started ongoing processing "
    "under_investigation investigating reopened escalated processing_assigned in_review "
    "processing_planned selected_for_development wip",
    "pending:requester": "pending waiting on_hold hold awaiting_user_info awaiting_user "
    "awaiting_caller awaiting_customer awaiting_requester waiting_for_customer waiting_on_customer "
    "pending_customer pending_user pending_user_info awaiting_evidence awaiting_customer_response "
    "waiting_for_user pending_reminder stalled waiting_for_requester awaiting_information",
    "pending:supplier": "awaiting_vendor awaiting_supplier waiting_for_vendor pending_vendor "
    "waiting_on_third_party awaiting_third_party pending_supplier waiting_for_third_party",
    "pending:change": "awaiting_change pending_change awaiting_problem pending_problem "
    "waiting_for_change",
    "pending:scheduled": "scheduled planned deferred suspended postponed",
    "awaiting_development": "awaiting_development awaiting_product_assist waiting_for_development "
    "escalated_to_development",
    "in_development": "in_development development",
    "fix_available": "fix_available awaiting_confirmation",
    "resolved": "resolved solved fixed completed complete done answered fulfilled",
    "closed": "closed closed_complete closed_successful closed_unsuccessful closed_incomplete "
    "closed_skipped archived merged finished",
    "cancelled": "cancelled canceled rejected withdrawn deleted removed spam void duplicate "
    "closed_cancelled declined",
}
_CHANNELS = {
    Channel.PORTAL: "portal self_service self_service_portal web website web_form form webform "
    "service_portal customer_portal",
    Channel.EMAIL: "email e_mail mail",
    Channel.PHONE: "phone telephone call voice phone_call",
    Channel.CHAT: "chat live_chat virtual_agent messaging messenger slack whatsapp bot",
    Channel.WALK_IN: "walk_in walkin in_person desk onsite",
    Channel.MONITORING: "monitoring event alert event_management system alarm",
    Channel.API: "api integration webhook",
    Channel.OTHER: "other unknown fax letter social twitter facebook",
}
_KINDS = {
    Kind.INCIDENT: "incident inc fault failure bug defect error problem issue disruption",
    Kind.SERVICE_REQUEST: "service_request request req sc_request sc_req_item requested_item "
    "question query change task service_request_item ritm how_to inquiry enhancement",
}
_CODES = {
    "fixed": "fixed solved resolved permanently solved_permanently resolved_permanently done "
    "solved_remotely solution_provided permanent_fix",
    "workaround_applied": "workaround_applied workaround solved_work_around solved_workaround "
    "resolved_workaround",
    "known_error": "known_error",
    "user_guided": "user_guided user_error training advice_given information_provided guidance "
    "user_education",
    "request_fulfilled": "request_fulfilled fulfilled request_completed",
    "not_reproducible": "not_reproducible cannot_reproduce not_solved_not_reproducible "
    "no_fault_found unreproducible could_not_reproduce",
    "duplicate": "duplicate",
    "third_party": "third_party vendor resolved_by_vendor supplier external",
    "no_response": "no_response user_not_responding no_customer_response abandoned",
    "withdrawn": "withdrawn cancelled canceled closed_resolved_by_caller resolved_by_caller "
    "no_longer_required",
}
_PRIORITIES = {
    1: "critical blocker highest urgent emergency very_high top immediate",
    2: "high major important",
    3: "medium moderate normal standard average",
    4: "low minor",
    5: "very_low lowest trivial planning none",
}
_LEVELS = {
    1: "high critical urgent major extensive widespread extensive_widespread very_high blocker "
    "enterprise highest",
    2: "medium moderate normal significant significant_large large department average",
    3: "low minor localized localised limited moderate_limited minor_localized very_low individual "
    "none lowest",
}
_NUMBERED = re.compile(r"^(?:p|s|sev|severity|prio|priority|level|impact|urgency)?\s*([1-9])\b")
_LONE_SERVICE_REQUEST_STATES = {
    "new": "approved",
    "resolved": "fulfilled",
    "closed": "closed",
    "cancelled": "cancelled",
}


def _by_their_word(table: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for ours, theirs in table.items():
        for word in [*theirs.split(), ours]:
            found.setdefault(plain_words(word), ours)
    return found


def _numbered(table: dict[int, str]) -> dict[str, int]:
    return {plain_words(word): level for level, words in table.items() for word in words.split()}


STATES = _by_their_word(_STATES)
CHANNELS = _by_their_word({str(ours): theirs for ours, theirs in _CHANNELS.items()})
KINDS = _by_their_word({str(ours): theirs for ours, theirs in _KINDS.items()})
CODES = _by_their_word(_CODES)
_PRIORITY_WORDS = _numbered(_PRIORITIES)
_LEVEL_WORDS = _numbered(_LEVELS)

# What a value map of a mapping file may lead to.
TARGETS: dict[str, frozenset[str]] = {
    "state": frozenset(
        [
            *(name for name in INCIDENT.states if name not in ("pending", "merged")),
            *(name for name in SERVICE_REQUEST.states if name != "merged"),
            *(f"pending:{reason}" for reason, _ in PENDING_REASONS),
        ]
    ),
    "channel": frozenset(Channel.values),
    "kind": frozenset(Kind.values),
    "resolution_code": frozenset(name for name, _ in RESOLUTION_CODES),
    "pending_reason": frozenset(name for name, _ in PENDING_REASONS),
    "priority": frozenset("12345"),
    "impact": frozenset("123"),
    "urgency": frozenset("123"),
    "severity": frozenset("123"),
}


def _numeral(text: str) -> int | None:
    found = _NUMBERED.match(text.strip().casefold())
    return int(found[1]) if found else None


def priority_level(text: str) -> int | None:
    """1 to 5 for `1 - Critical`, `P2`, `moderate`; None for a word nobody knows."""
    number = _numeral(text)
    if number is not None:
        return number if number <= 5 else None
    return _PRIORITY_WORDS.get(plain_words(text))


def impact_level(text: str) -> int | None:
    """1 to 3 for `2 - Medium`, `high`; a fourth or fifth level of others is our lowest."""
    number = _numeral(text)
    if number is not None:
        return min(number, 3) if number <= 5 else None
    return _LEVEL_WORDS.get(plain_words(text))


def state_of(kind: str, state: str) -> str:
    """A state of the incident table as a ticket of this kind has it."""
    if kind == Kind.INCIDENT or state in SERVICE_REQUEST.states:
        return state
    return _LONE_SERVICE_REQUEST_STATES.get(state, "fulfilling")
