"""Boxes of this app: look-alikes beside a ticket and beside the form that logs one."""

from collections import Counter

from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from core.extensions import Panel, panel
from incidents.models import Ticket, TicketDraft
from incidents.permissions import may
from incidents.queues import by_target, listed, rows_of
from incidents.similar import Match, similar_tickets
from knowledge.models import Article
from knowledge.suggest import suggest_articles

SIMILAR_SHOWN = 8
COMPONENT_ROWS = 10
# A component is proposed when look-alikes worth this much together have it.
ENOUGH = 0.75
LIKELY_SHARE = 0.5


def _reader(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise TypeError("boxes are drawn for people who are signed in")
    return request.user


@panel("incidents.ticketdraft", "suggestions", order=20)
def look_alikes(request: HttpRequest, record: models.Model) -> Panel | None:
    """Similar tickets in work, similar solved ones with how, and the component they speak for."""
    if not isinstance(record, TicketDraft):
        return None
    matches = similar_tickets(
        _reader(request), text=record.text, component=record.component, limit=SIMILAR_SHOWN
    )
    proposal = None if record.component_id else proposed_component(matches)
    if not matches:
        return None
    return Panel(
        "look-alikes",
        "Similar tickets",
        "incidents/panels/look_alikes.html",
        {
            "in_work": [match for match in matches if match.ticket.is_open][:4],
            "solved": [match for match in matches if match.ticket.resolution_text][:4],
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


@panel("incidents.ticketdraft", "suggestions", order=30)
def articles_for_draft(request: HttpRequest, record: models.Model) -> Panel | None:
    """Articles that may answer it."""
    if not isinstance(record, TicketDraft):
        return None
    found = suggest_articles(_reader(request), record.text, record.component)
    if not found:
        return None
    return Panel("articles", "Articles", "incidents/panels/articles.html", {"articles": found})


@panel("incidents.ticket", "context", order=50)
def similar(request: HttpRequest, record: models.Model) -> Panel | None:
    """Similar tickets, asked for once the page stands."""
    if not isinstance(record, Ticket) or not _reader(request).is_staff_member:
        return None
    return Panel("similar", "Similar tickets", "incidents/panels/similar.html", {})


@panel("incidents.ticket", "context", order=60)
def articles(request: HttpRequest, record: models.Model) -> Panel | None:
    """Articles used on the ticket, and those that may help."""
    person = _reader(request)
    if not isinstance(record, Ticket) or not person.is_staff_member:
        return None
    used = record.article_links.values("article_id")
    linked = list(Article.objects.visible_to(person).filter(pk__in=used))
    text = f"{record.title}\n{record.description[:600]}"
    suggested = suggest_articles(person, text, record.component) if record.is_open else []
    suggested = [one for one in suggested if one not in linked]
    if not linked and not suggested:
        return None
    return Panel(
        "articles",
        "Articles",
        "incidents/panels/articles.html",
        {
            "linked": linked,
            "articles": suggested,
            "may_link": may(person, "link_article", record),
        },
    )


@panel("catalogue.component", "main", order=10)
def open_tickets_of(request: HttpRequest, record: models.Model) -> Panel | None:
    """Open tickets of a component, nearest target first."""
    person = _reader(request)
    if not isinstance(record, Component) or not person.is_staff_member:
        return None
    tickets = Ticket.objects.visible_to(person).open().filter(component=record)
    now = timezone.now()
    return Panel(
        "open-tickets",
        "Open tickets",
        "incidents/panels/component_tickets.html",
        {"rows": rows_of(list(listed(by_target(tickets))[:COMPONENT_ROWS]), now), "now": now},
    )
