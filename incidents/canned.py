"""Canned replies and articles in the `/` menu of the writing box."""

from collections.abc import Sequence

from accounts.models import Person
from incidents.composing import Choice, composer_source
from incidents.models import CannedReply, Ticket
from incidents.values import Values
from incidents.variables import fill
from knowledge.models import Article, Audience
from knowledge.suggest import suggest_articles

MOST_ARTICLES = 40
FOR_REQUESTERS = frozenset({Audience.REQUESTERS, Audience.PUBLIC})
REPLIES, ARTICLES = "Canned replies", "Articles"


@composer_source
def canned_replies(person: Person, ticket: Ticket) -> Sequence[Choice]:
    """Texts of one's own, of one's teams and of everybody, filled in for this ticket."""
    values = Values(ticket, person)
    replies = CannedReply.objects.visible_to(person).select_related("team")
    return [
        Choice(
            key=f"canned.{reply.pk}",
            label=reply.title,
            group=REPLIES,
            hint=reply.team.name if reply.team else reply.get_scope_display(),
            text=fill(reply.body, values),
        )
        for reply in replies
    ]


@composer_source
def articles(person: Person, ticket: Ticket) -> Sequence[Choice]:
    """Articles that may answer it first, then the newest others; inserted as link and text."""
    suggested = suggest_articles(person, f"{ticket.title}\n{ticket.description[:600]}")
    others = (
        Article.objects.visible_to(person).usable().exclude(pk__in=[one.pk for one in suggested])
    )
    newest = others.order_by("-pk")[: MOST_ARTICLES - len(suggested)]
    return [_article(one) for one in [*suggested, *newest]]


def _article(article: Article) -> Choice:
    internal = article.audience not in FOR_REQUESTERS
    text = f"[{article.reference} {article.title}]({article.get_absolute_url()})"
    if article.resolution:
        text = f"{text}\n\n{article.resolution}"
    return Choice(
        key=f"article.{article.pk}",
        label=f"{article.reference} {article.title}",
        group=ARTICLES,
        hint="Internal: for notes only" if internal else article.get_confidence_display(),
        text=text,
        internal=internal,
    )
