"""Every change to articles: one verb-named function each."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from core.errors import DomainError, EditConflict, NotPermitted
from core.timeline import record
from knowledge import events
from knowledge.models import (
    EXTERNAL,
    VALIDATED,
    Article,
    Audience,
    Feedback,
    Governance,
    Revision,
)
from knowledge.permissions import PUBLISHERS, may, may_write, require
from knowledge.workflow import ARTICLE

WORDS = ("title", "issue", "environment", "cause", "resolution")
SETTINGS = ("audience", "governance", "valid_from_release", "valid_to_release", "owner")
FIELD_LABELS = {
    "valid_from_release": "valid from",
    "valid_to_release": "valid to",
}


class ArticleFields(TypedDict, total=False):
    """What a revision may change."""

    title: str
    issue: str
    environment: str
    cause: str
    resolution: str
    audience: str
    governance: str
    valid_from_release: str
    valid_to_release: str
    owner: Person
    components: Iterable[Component]


@transaction.atomic
def write_article(
    *,
    actor: Person,
    title: str,
    issue: str,
    environment: str = "",
    cause: str = "",
    resolution: str = "",
    audience: str = Audience.INTERNAL,
    governance: str = Governance.EXPERIENCE,
    components: Iterable[Component] = (),
    owner: Person | None = None,
    valid_from_release: str = "",
    valid_to_release: str = "",
    note: str = "",
    at: datetime | None = None,
) -> Article:
    """A new article, in work; its first revision is the writer's."""
    if not may_write(actor):
        raise NotPermitted("Writing articles is for people who work here.")
    now = at or timezone.now()
    article = Article(
        title=" ".join(title.split()),
        issue=issue,
        environment=environment,
        cause=cause,
        resolution=resolution,
        audience=audience,
        governance=governance,
        owner=owner or actor,
        valid_from_release=valid_from_release,
        valid_to_release=valid_to_release,
        created_at=now,
        updated_at=now,
    )
    _check_words(article)
    if governance == Governance.COMPLIANCE and not actor.has_role(PUBLISHERS):
        raise NotPermitted("Compliance-based articles are for a KCS Publisher.", field="governance")
    article.save()
    article.components.set(components)
    _keep_revision(article, actor=actor, note=note, at=now)
    record(events.ARTICLE_WRITTEN, article, actor=actor, at=now)
    return article


def _check_words(article: Article) -> None:
    """An article without a title or an issue cannot be found by anybody who has it."""
    if not article.title:
        raise DomainError("Give the article a title.", field="title")
    if not article.issue.strip():
        raise DomainError("Say what the requester sees, in their words.", field="issue")


def _keep_revision(article: Article, *, actor: Person, note: str, at: datetime) -> None:
    Revision.objects.create(
        article=article,
        number=article.revision_number,
        **{name: getattr(article, name) for name in WORDS},
        author=actor,
        author_side=actor.side,
        note=note,
        created_at=at,
    )


def _locked(article: Article) -> Article:
    return (
        Article.objects.select_for_update(of=("self",)).select_related("owner").get(pk=article.pk)
    )


@transaction.atomic
def revise_article(
    article: Article,
    *,
    actor: Person,
    version: int | None = None,
    note: str = "",
    at: datetime | None = None,
    **fields: Unpack[ArticleFields],
) -> Article:
    """Changes what an article says or whom it is for; new words make a new revision.

    `version` is the one the writer read: EditConflict when somebody was faster. Nothing happens
    when nothing differs.
    """
    fresh = _locked(article)
    require(actor, "revise", fresh)
    if version is not None and version != fresh.version:
        raise EditConflict(
            "Somebody changed this article while you were writing. Your words are kept below; "
            "compare them with the article and save again."
        )
    components = fields.get("components")
    wanted = {name: value for name, value in fields.items() if name != "components"}
    if "title" in wanted:
        wanted["title"] = " ".join(str(wanted["title"]).split())
    changed = [name for name, value in wanted.items() if getattr(fresh, name) != value]
    _require_publisher_for(fresh, wanted, changed, actor)
    for name in changed:
        setattr(fresh, name, wanted[name])
    _check_words(fresh)
    if components is not None and _set_components(fresh, components):
        changed.append("components")
    if not changed:
        return fresh
    now = at or timezone.now()
    words_changed = any(name in WORDS for name in changed)
    fresh.version += 1
    fresh.updated_at = now
    if words_changed:
        fresh.revision_number += 1
        _keep_revision(fresh, actor=actor, note=note, at=now)
    kept = [name for name in changed if name != "components"]
    fresh.save(update_fields=[*kept, "version", "updated_at", "revision_number"])
    record(
        events.ARTICLE_REVISED,
        fresh,
        actor=actor,
        at=now,
        fields_label=", ".join(FIELD_LABELS.get(name, name) for name in changed),
        fields=list(changed),
        words_changed=words_changed,
        number=fresh.revision_number,
        note=note,
    )
    return fresh


def _require_publisher_for(
    article: Article, wanted: Mapping[str, object], changed: list[str], actor: Person
) -> None:
    """Opening a validated article to customers, or making it follow a rule, is a Publisher's."""
    if actor.has_role(PUBLISHERS):
        return
    if "governance" in changed:
        raise NotPermitted("Governance is changed by a KCS Publisher.", field="governance")
    opens = "audience" in changed and wanted["audience"] in EXTERNAL
    if opens and article.confidence == VALIDATED:
        raise NotPermitted(
            "A validated article is opened to customers by a KCS Publisher.", field="audience"
        )


def _set_components(article: Article, components: Iterable[Component]) -> bool:
    """True when the set differs from before."""
    wanted = {one.pk for one in components}
    if wanted == set(article.components.values_list("pk", flat=True)):
        return False
    article.components.set(wanted)
    return True


@transaction.atomic
def submit_article(article: Article, *, actor: Person, at: datetime | None = None) -> Article:
    """The framed article is complete: others may use it and it waits for validation."""
    fresh = _locked(article)
    require(actor, "submit", fresh)
    if not fresh.resolution.strip():
        raise DomainError("An article is submitted with a resolution.", field="resolution")
    _move(fresh, "submit", at or timezone.now())
    record(events.ARTICLE_SUBMITTED, fresh, actor=actor, at=at)
    return fresh


@transaction.atomic
def validate_article(article: Article, *, actor: Person, at: datetime | None = None) -> Article:
    """Somebody entitled says that the article is right for its audience."""
    fresh = _locked(article)
    require(actor, "validate", fresh)
    if not fresh.resolution.strip():
        raise DomainError("An article is validated with a resolution.", field="resolution")
    now = at or timezone.now()
    fresh.validated_at = now
    _move(fresh, "validate", now, "validated_at")
    record(events.ARTICLE_VALIDATED, fresh, actor=actor, at=at)
    return fresh


@transaction.atomic
def flag_article(
    article: Article, *, actor: Person, reason: str, at: datetime | None = None
) -> Article:
    """A validated article is doubted: back to Not Validated, with the reason for its owner."""
    fresh = _locked(article)
    require(actor, "flag", fresh)
    if not reason.strip():
        raise DomainError("Say what is wrong or missing.", field="reason")
    _move(fresh, "flag", at or timezone.now())
    record(events.ARTICLE_FLAGGED, fresh, actor=actor, at=at, reason=reason.strip())
    return fresh


@transaction.atomic
def archive_article(
    article: Article, *, actor: Person, reason: str = "", at: datetime | None = None
) -> Article:
    """The article is no longer offered to anybody."""
    fresh = _locked(article)
    require(actor, "archive", fresh)
    _move(fresh, "archive", at or timezone.now())
    record(events.ARTICLE_ARCHIVED, fresh, actor=actor, at=at, reason=reason.strip())
    return fresh


@transaction.atomic
def restore_article(article: Article, *, actor: Person, at: datetime | None = None) -> Article:
    """Out of the archive, to be validated again."""
    fresh = _locked(article)
    require(actor, "restore", fresh)
    _move(fresh, "restore", at or timezone.now())
    record(events.ARTICLE_RESTORED, fresh, actor=actor, at=at)
    return fresh


def _move(article: Article, step: str, at: datetime, *also: str) -> None:
    article.confidence = ARTICLE.target(step, article.confidence)
    article.version += 1
    article.updated_at = at
    article.save(update_fields=["confidence", "version", "updated_at", *also])


@transaction.atomic
def give_feedback(
    article: Article,
    *,
    actor: Person,
    helpful: bool,
    comment: str = "",
    at: datetime | None = None,
) -> Feedback:
    """A reader's verdict; a later one of the same reader replaces it.

    "Flag it" needs a reason, and from somebody who may fix it, it sends a validated article back
    to Not Validated.
    """
    fresh = _locked(article)
    require(actor, "give_feedback", fresh)
    said = comment.strip()
    if not helpful and not said:
        raise DomainError("Say what is wrong or missing.", field="comment")
    feedback, _ = Feedback.objects.update_or_create(
        article=fresh,
        person=actor,
        defaults={
            "helpful": helpful,
            "comment": said,
            "side": actor.side,
            "created_at": at or timezone.now(),
        },
    )
    record(
        events.FEEDBACK_GIVEN,
        fresh,
        actor=actor,
        at=at,
        verdict="this helped" if helpful else said,
        helpful=helpful,
        comment=said,
    )
    if not helpful and fresh.confidence == VALIDATED and may(actor, "flag", fresh):
        flag_article(fresh, actor=actor, reason=said, at=at)
    return feedback
