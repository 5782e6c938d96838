"""Tickets like an error text, and known errors it may be about."""

from accounts.models import Person
from analysis.similar import DUPLICATE
from devlink.evidence.excerpts import names_in
from devlink.mcp.arguments import SimilarQuery
from devlink.mcp.finding import component_named
from devlink.mcp.texts import Json, address, masked, shortened
from incidents import similar
from incidents.models import Ticket
from problems.known import known_errors_like
from problems.models import Problem

MOST_KNOWN_ERRORS = 5


def similar_tickets(person: Person, asked: SimilarQuery) -> Json:
    """Tickets the person may read that are like the text, with reasons; solved ones with how.

    Personal data is masked as in evidence packs: the words leave the house.
    """
    matches = similar.similar_tickets(
        person,
        text=asked.text,
        component=component_named(person, asked.component),
        limit=asked.limit,
    )
    readable = Ticket.objects.visible_to(person).select_related("requester", "assignee")
    tickets = readable.defer("description").in_bulk([one.ticket.pk for one in matches])
    names = names_in(tickets.values())
    return {
        "tickets": [
            _ticket(one, tickets[one.ticket.pk], names[one.ticket.pk])
            for one in matches
            if one.ticket.pk in tickets
        ],
        "known_errors": [
            _known_error(one)
            for one in known_errors_like(person, asked.text, limit=MOST_KNOWN_ERRORS)
        ],
    }


def _ticket(match: similar.Match, ticket: Ticket, names: set[str]) -> Json:
    return {
        "reference": ticket.reference,
        "title": masked(ticket.title, names),
        "state": ticket.state_label,
        "likeness_percent": match.percent,
        "likely_duplicate": match.kind == DUPLICATE,
        "reasons": [masked(one, names) for one in match.reasons],
        "component": match.ticket.component.name if match.ticket.component else None,
        "version_seen": ticket.version_seen,
        "resolution": masked(ticket.resolution_text, names) or None,
        "url": address(ticket.get_absolute_url()),
    }


def _known_error(problem: Problem) -> Json:
    known = problem.known_error
    verified = known.workaround_verified_at
    return {
        "reference": known.reference,
        "problem": problem.reference,
        "title": problem.title,
        "symptom": shortened(known.symptom),
        "root_cause": shortened(known.root_cause),
        "workaround": shortened(known.workaround or problem.workaround),
        "workaround_verified_at": verified.isoformat(timespec="seconds") if verified else None,
        "error_code": known.error_code,
        "affected_versions": known.affected_versions,
        "fixed_in_release": known.fixed_in_release,
        "component": problem.component.name if problem.component else None,
        "url": address(problem.get_absolute_url()),
    }
