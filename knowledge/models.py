"""Articles and their revisions."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Side
from catalogue.models import Component
from core.references import PREFIXES, parse_reference, reference
from knowledge.workflow import ARTICLE


class Audience(models.TextChoices):
    """Who may read."""

    TEAM = "team", "Team"
    INTERNAL = "internal", "Internal"
    DEVELOPMENT = "development", "Development"
    REQUESTERS = "requesters", "Requesters"
    PUBLIC = "public", "Public"


# Audiences outside the house.
EXTERNAL = (Audience.REQUESTERS, Audience.PUBLIC)
VALIDATED = "validated"
LONGEST_TEXT = 50_000


class Governance(models.TextChoices):
    """Who may change."""

    EXPERIENCE = "experience_based", "Experience based"
    COMPLIANCE = "compliance_based", "Compliance based"


class ArticleQuerySet(models.QuerySet["Article"]):
    """Reads of articles."""

    def visible_to(self, person: Person) -> Self:
        """Support reads all; development all but another team's; requesters what is for them.

        Requesters read validated articles only: what nobody has checked is not told to customers.
        """
        if person.is_support or person.is_overseer:
            return self
        if person.is_development:
            return self.exclude(audience=Audience.TEAM)
        return self.filter(audience__in=EXTERNAL, confidence=VALIDATED)

    def usable(self) -> Self:
        """Not in the archive and not a first draft."""
        return self.filter(confidence__in=ARTICLE.in_category("usable"))

    def with_list_relations(self) -> Self:
        """What a row of a list shows, in few queries, without the search index beside it."""
        return self.select_related("owner").prefetch_related("components").defer("search_vector")

    def active(self) -> Self:
        """Not in the archive."""
        return self.exclude(confidence__in=ARTICLE.in_category("closed"))

    def search(self, text: str) -> Self:
        """Articles with these words or this reference, best first."""
        found = parse_reference(text)
        if found:
            return self.filter(pk=found[1]) if found[0] == PREFIXES["article"] else self.none()
        query = SearchQuery(text, config="english", search_type="websearch")
        return self.filter(search_vector=query).order_by(
            SearchRank(F("search_vector"), query).desc(), "-pk"
        )


class Article(models.Model):
    """One piece of knowledge; its text fields are those of the current revision."""

    title = models.CharField(max_length=200)
    confidence = models.CharField(max_length=20, choices=ARTICLE.choices, default=ARTICLE.initial)
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.INTERNAL)
    governance = models.CharField(max_length=20, choices=Governance, default=Governance.EXPERIENCE)
    issue = models.TextField(help_text="What the requester sees, in their words.")
    environment = models.TextField(blank=True, default="")
    cause = models.TextField(blank=True, default="")
    resolution = models.TextField(blank=True, default="")
    components = models.ManyToManyField(Component, blank=True, related_name="+")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    revision_number = models.PositiveIntegerField(default=1)
    valid_from_release = models.CharField(max_length=40, blank=True, default="")
    valid_to_release = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    validated_at = models.DateTimeField(null=True, blank=True)
    # Raised by every change, so that two people cannot overwrite each other unseen.
    version = models.PositiveIntegerField(default=1)
    search_vector = models.GeneratedField(
        expression=SearchVector(F("title"), weight="A", config="english")
        + SearchVector(F("issue"), weight="B", config="english")
        + SearchVector(F("environment"), F("cause"), F("resolution"), weight="C", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="knowledge_article_confidence",
                condition=Q(confidence__in=list(ARTICLE.states)),
            ),
        )
        indexes = (GinIndex(fields=["search_vector"], name="knowledge_article_search"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("knowledge:article", args=[self.pk])

    @property
    def reference(self) -> str:
        return reference("article", self.pk)

    @property
    def is_external(self) -> bool:
        """Readable outside the house once validated."""
        return self.audience in EXTERNAL


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Reads of revisions."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible articles; requesters read what is said now, not how it came about."""
        if not person.is_staff_member:
            return self.none()
        return self.filter(article__in=Article.objects.visible_to(person))


class Revision(models.Model):
    """What an article said, who wrote it, and for which side they spoke. Rows are only added."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    issue = models.TextField()
    environment = models.TextField(blank=True, default="")
    cause = models.TextField(blank=True, default="")
    resolution = models.TextField(blank=True, default="")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    author_side = models.CharField(max_length=12, choices=Side, default=Side.SUPPORT)
    note = models.CharField(max_length=250, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints = (
            models.UniqueConstraint(fields=["article", "number"], name="knowledge_revision_number"),
        )

    def __str__(self) -> str:
        return f"{self.article_id} r{self.number}"


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Reads of feedback."""

    def visible_to(self, person: Person) -> Self:
        """Staff read what everybody said on visible articles, others what they said themselves."""
        verdicts = self.filter(article__in=Article.objects.visible_to(person))
        return verdicts if person.is_staff_member else verdicts.filter(person=person)


class Feedback(models.Model):
    """A reader's verdict: it helped, or it is flagged with a reason. A later one replaces it."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="feedback")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    # The side the reader spoke for then; roles may change later.
    side = models.CharField(max_length=12, choices=Side, default=Side.OTHER)
    helpful = models.BooleanField()
    comment = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"
        constraints = (
            models.UniqueConstraint(fields=["article", "person"], name="knowledge_feedback_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} on {self.article_id}"
