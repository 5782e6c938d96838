"""Look-alikes beside a ticket and beside the form that logs one."""

from collections import Counter

from django.db import models
from django.http import HttpRequest

from analysis.similar import DUPLICATE
from catalogue.models import Component
from core.extensions import Panel, panel
from incidents.models import Ticket, TicketDraft
from incidents.panels._reading import reader_of
from incidents.permissions import may
from incidents.similar import ALIKE, Match, look_alikes_of, similar_tickets

SIMILAR_SHOWN = 8
# A component is proposed when look-alikes worth this much together have it.
ENOUGH = 0.75
LIKELY_SHARE = 0.5


@panel("incidents.ticketdraft", "suggestions", order=20)
def look_alikes(request: HttpRequest, record: models.Model) -> Panel | None:
    """Likely duplicates, tickets worth a look, and the component they speak for."""
    if not isinstance(record, TicketDraft):
        return None
    matches = similar_tickets(
        reader_of(request), text=record.text, component=record.component, limit=SIMILAR_SHOWN
    )
    proposal = None if record.component_id else proposed_component(matches)
    if not matches:
        return None
    return Panel(
        "look-alikes",
        "Similar tickets",
        "incidents/panels/look_alikes.html",
        {
            "duplicates": [one for one in matches if one.kind == DUPLICATE],
            "worth_a_look": [one for one in matches if one.kind != DUPLICATE],
            "definition": ALIKE,
            "proposal": proposal,
        },
    )


def proposed_component(matches: list[Match]) -> Component | None:
    """The component most of the likeness speaks for; None when it is not clear."""
    votes: Counter[Component] = Counter()
    for match in matches:
        if match.ticket.component is not None:
            votes[match.ticket.component] += match.score  # type: ignore[assignment]  # weights, not counts
    if not votes:
        return None
    component, weight = votes.most_common(1)[0]
    total = sum(match.score for match in matches)
    return component if weight >= ENOUGH and weight >= LIKELY_SHARE * total else None


@panel("incidents.ticket", "context", order=50)
def similar(request: HttpRequest, record: models.Model) -> Panel | None:
    """Similar tickets, asked for once the page stands."""
    if not isinstance(record, Ticket) or not reader_of(request).is_staff_member:
        return None
    return Panel("similar", "Similar tickets", "incidents/panels/similar.html", {})


@panel("incidents.ticket", "look-alikes", order=10)
def look_alikes_of_ticket(request: HttpRequest, record: models.Model) -> Panel | None:
    """The two lists of look-alikes, and what people said about them."""
    if not isinstance(record, Ticket):
        return None
    reader = reader_of(request)
    context: dict[str, object] = {
        "found": look_alikes_of(reader, record),
        "definition": ALIKE,
        "may_judge": may(reader, "judge", record),
    }
    return Panel("look-alikes", "Similar tickets", "incidents/_similar.html", context)
