"""Articles beside a ticket and beside the form that logs one."""

from django.db import models
from django.http import HttpRequest

from core.extensions import Panel, panel
from incidents.models import Ticket, TicketDraft
from incidents.panels._reading import reader_of
from incidents.permissions import may
from knowledge.models import Article
from knowledge.suggest import suggest_articles


@panel("incidents.ticketdraft", "suggestions", order=30)
def articles_for_draft(request: HttpRequest, record: models.Model) -> Panel | None:
    """Articles that may answer it."""
    if not isinstance(record, TicketDraft):
        return None
    found = suggest_articles(reader_of(request), record.text, record.component)
    if not found:
        return None
    return Panel("articles", "Articles", "incidents/panels/articles.html", {"articles": found})


@panel("incidents.ticket", "context", order=60)
def articles(request: HttpRequest, record: models.Model) -> Panel | None:
    """Articles used on the ticket, and those that may help."""
    person = reader_of(request)
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
