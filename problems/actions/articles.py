"""Articles of a problem, and the one that is written from its known error."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from knowledge.actions import revise_article, write_article
from knowledge.models import Article
from problems import events, permissions
from problems.actions.rows import locked
from problems.models import KnownError, Problem, ProblemArticle


def article_words(known: KnownError) -> dict[str, str]:
    """What the article of a known error says while it is in step with it."""
    facts = (("Error code", known.error_code), ("Affected versions", known.affected_versions))
    helps = (
        ("Workaround", known.workaround),
        ("Solution", known.solution),
        ("Fixed in release", known.fixed_in_release),
    )
    return {
        "issue": known.symptom,
        "environment": "\n".join(f"{name}: {value}" for name, value in facts if value),
        "cause": known.root_cause,
        "resolution": "\n\n".join(f"**{name}**\n\n{value}" for name, value in helps if value),
    }


def differing_parts(known: KnownError) -> list[str]:
    """The parts of its article that say something else than the known error, in order."""
    if known.article is None:
        return []
    wanted = article_words(known)
    return [
        name
        for name, text in wanted.items()
        if _plain(getattr(known.article, name)) != _plain(text)
    ]


def _plain(text: str) -> str:
    return " ".join(text.split())


@transaction.atomic
def write_known_error_article(
    problem: Problem, *, actor: Person, at: datetime | None = None
) -> Problem:
    """Writes an article for the house from the known error, and links it."""
    problem, known = _known(problem, actor)
    if known.article is not None:
        raise DomainError(f"{known.reference} has {known.article.reference} already.")
    component = known.component or problem.component
    words = article_words(known)
    article = write_article(
        actor=actor,
        title=problem.title,
        issue=words["issue"],
        environment=words["environment"],
        cause=words["cause"],
        resolution=words["resolution"],
        components=[component] if component else [],
        note=f"Written from {known.reference}",
        at=at,
    )
    known.article = article
    known.save(update_fields=["article"])
    _link(problem, article, actor=actor, at=at)
    record(
        events.KNOWN_ERROR_ARTICLE_WRITTEN,
        problem,
        actor=actor,
        at=at,
        article_id=article.pk,
        reference=article.reference,
    )
    return problem


@transaction.atomic
def update_known_error_article(
    problem: Problem, *, actor: Person, at: datetime | None = None
) -> Problem:
    """Makes the article say what the known error says now; its earlier words stay as a revision."""
    problem, known = _known(problem, actor)
    if known.article is None:
        raise DomainError(f"{known.reference} has no article yet.")
    if not differing_parts(known):
        return problem
    words = article_words(known)
    revise_article(
        known.article,
        actor=actor,
        note=f"Brought in step with {known.reference}",
        at=at,
        issue=words["issue"],
        environment=words["environment"],
        cause=words["cause"],
        resolution=words["resolution"],
    )
    record(
        events.KNOWN_ERROR_ARTICLE_UPDATED,
        problem,
        actor=actor,
        at=at,
        article_id=known.article.pk,
        reference=known.article.reference,
    )
    return problem


def _known(problem: Problem, actor: Person) -> tuple[Problem, KnownError]:
    problem = locked(problem)
    permissions.require(actor, "link_article", problem)
    known = KnownError.objects.select_related("article", "component").filter(problem=problem)
    found = known.first()
    if found is None:
        raise DomainError(f"{problem.reference} has no known error yet.")
    return problem, found


@transaction.atomic
def link_article(
    problem: Problem, *, actor: Person | None, article: Article, at: datetime | None = None
) -> Problem:
    """Says that an article belongs to the problem; a second time changes nothing."""
    problem = locked(problem)
    permissions.require(actor, "link_article", problem)
    if _link(problem, article, actor=actor, at=at):
        record(
            events.PROBLEM_ARTICLE_LINKED,
            problem,
            actor=actor,
            at=at,
            article_id=article.pk,
            reference=article.reference,
        )
    return problem


def _link(problem: Problem, article: Article, *, actor: Person | None, at: datetime | None) -> bool:
    _, new = ProblemArticle.objects.get_or_create(
        problem=problem,
        article=article,
        defaults={"person": actor, "created_at": at or timezone.now()},
    )
    return new


@transaction.atomic
def unlink_article(
    problem: Problem, *, actor: Person | None, article: Article, at: datetime | None = None
) -> Problem:
    """Takes an article away; a known error that named it has none any more."""
    problem = locked(problem)
    permissions.require(actor, "link_article", problem)
    gone, _ = ProblemArticle.objects.filter(problem=problem, article=article).delete()
    freed = KnownError.objects.filter(problem=problem, article=article).update(article=None)
    if not gone and not freed:
        raise DomainError(
            f"{article.reference} is not linked to {problem.reference}.", field="article"
        )
    record(
        events.PROBLEM_ARTICLE_UNLINKED,
        problem,
        actor=actor,
        at=at,
        article_id=article.pk,
        reference=article.reference,
    )
    return problem
