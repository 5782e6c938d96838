"""Articles of the demo: written, revised by both sides, validated, and used on tickets."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from accounts.models import Person
from core.models import Event
from dashboards.demo.articles import DemoArticle, demo_articles
from dashboards.demo.catalogue import COMPONENT_BY_KEY
from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.loading.numbers import start_numbers_at
from incidents.events import ARTICLE_LINKED
from incidents.models import TicketArticle
from knowledge.actions import (
    archive_article,
    give_feedback,
    revise_article,
    submit_article,
    validate_article,
    write_article,
)
from knowledge.models import Article

_FIRST_NUMBER = 100
_USED_SHARE = 0.42


def tell_knowledge(world: World, chronicle: Chronicle) -> None:
    """Adds the life of every article to the chronicle."""
    if not Article.objects.exists():
        start_numbers_at("knowledge_article", _FIRST_NUMBER)
    for position, one in enumerate(demo_articles()):
        dice = random.Random(f"article:{position}")
        _tell(one, world, chronicle, dice)


def _tell(one: DemoArticle, world: World, chronicle: Chronicle, dice: random.Random) -> None:
    now = world.plan.now
    component = COMPONENT_BY_KEY[one.component]
    writer = world.person(component.support_owner)
    developer = world.person(component.development_owner)
    keeper = world.person("priya.nair")
    written = now - timedelta(weeks=_age(one, world, dice), hours=dice.random() * 9)

    def write(at: datetime) -> None:
        world.articles[one.title] = write_article(
            # A rule's article is framed by somebody entitled to keep rules.
            actor=keeper if one.governance == "compliance_based" else writer,
            title=one.title,
            issue=one.issue,
            environment=one.environment,
            cause=one.cause_text,
            resolution=one.resolution,
            audience=one.audience,
            governance=one.governance,
            components=[world.directory.components[one.component]],
            owner=writer,
            valid_to_release=one.valid_to,
            at=at,
        )

    chronicle.add(written, write)
    if one.confidence != "work_in_progress":
        chronicle.add(
            written + timedelta(days=2),
            lambda at: _keep(
                world, one, submit_article(world.articles[one.title], actor=writer, at=at)
            ),
        )
    if one.confidence == "validated":
        chronicle.add(
            written + timedelta(days=5),
            lambda at: _keep(
                world, one, validate_article(world.articles[one.title], actor=keeper, at=at)
            ),
        )
    if one.both_sides:
        _tell_developers_part(one, world, chronicle, developer, written + timedelta(days=3))
    if one.confidence == "archived":
        chronicle.add(
            now - timedelta(weeks=1),
            lambda at: _keep(
                world,
                one,
                archive_article(
                    world.articles[one.title], actor=keeper, reason="No longer happens.", at=at
                ),
            ),
        )
    elif dice.random() < 0.5:
        _tell_feedback(one, world, chronicle, dice)


def _keep(world: World, one: DemoArticle, article: Article) -> None:
    world.articles[one.title] = article


def _age(one: DemoArticle, world: World, dice: random.Random) -> float:
    """Weeks before now; an article about a cause is not older than the cause."""
    first = [ticket.created_at for ticket in world.plan.tickets if ticket.cause == one.cause]
    if one.cause and first:
        weeks = (world.plan.now - min(first)) / timedelta(weeks=1)
        return max(0.02, weeks - min(weeks * 0.5, dice.uniform(1, 4)))
    return dice.uniform(8, 25)


def _tell_developers_part(
    one: DemoArticle, world: World, chronicle: Chronicle, developer: Person, at: datetime
) -> None:
    """A developer adds what only development knows; the reader gets one sentence more."""

    def revise(moment: datetime) -> None:
        article = world.articles[one.title]
        text = f"{article.resolution}\n\nFrom development: {one.from_development}"
        world.articles[one.title] = revise_article(
            article, actor=developer, note="Added what the code does.", resolution=text, at=moment
        )

    chronicle.add(at, revise)


def _tell_feedback(
    one: DemoArticle, world: World, chronicle: Chronicle, dice: random.Random
) -> None:
    reader = world.person(dice.choice(("nia.okafor", "tomas.vesely", "samir.haddad", "kim.tran")))
    comment = dice.choice(
        ("Solved it in two minutes.", "Clear.", "Used it with three customers.", "")
    )
    chronicle.add(
        world.plan.now - timedelta(days=dice.uniform(0.2, 20)),
        lambda at: _read(world, one, reader, comment, at),
    )


def _read(world: World, one: DemoArticle, reader: Person, comment: str, at: datetime) -> None:
    article = world.articles.get(one.title)
    if article is not None:
        give_feedback(article, actor=reader, helpful=True, comment=comment, at=at)


def load_article_uses(world: World) -> int:
    """Notes on which resolved tickets an article was used; returns how many links there are."""
    by_cause = {one.cause: world.articles[one.title] for one in demo_articles() if one.cause}
    links, events = [], []
    for ticket in world.plan.tickets:
        article = by_cause.get(ticket.cause)
        dice = random.Random(f"use:{ticket.key}")
        if article is None or ticket.resolved_at is None or dice.random() > _USED_SHARE:
            continue
        if article.created_at > ticket.resolved_at:
            continue
        person = world.directory.people[ticket.assignee]
        row = world.tickets[ticket.key]
        links.append(
            TicketArticle(
                ticket=row,
                article=article,
                person=person,
                known=article.created_at < row.created_at,
                created_at=ticket.resolved_at,
            )
        )
        events.append(
            Event(
                name=ARTICLE_LINKED.name,
                at=ticket.resolved_at,
                actor=person,
                subject_kind="incidents.ticket",
                subject_id=row.pk,
                payload={
                    "reference": f"{article.reference} {article.title}",
                    "article_id": article.pk,
                },
            )
        )
    TicketArticle.objects.bulk_create(links, batch_size=1000)
    Event.objects.bulk_create(events, batch_size=1000)
    return len(links)
