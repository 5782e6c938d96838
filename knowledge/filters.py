"""What a list of articles can be narrowed to, on the page and in the API."""

from typing import Any

import django_filters as filters

from catalogue.models import Component
from core.choices import visible_choices
from core.wording import printable
from knowledge.models import Article, ArticleQuerySet, Audience, Governance
from knowledge.workflow import ARTICLE


class ArticleFilter(filters.FilterSet):
    """Every parameter is optional."""

    q = filters.CharFilter(label="Words or number", method="find", max_length=200)
    confidence = filters.ChoiceFilter(
        label="Confidence", choices=ARTICLE.choices, empty_label="Any"
    )
    audience = filters.ChoiceFilter(label="Audience", choices=Audience.choices, empty_label="Any")
    governance = filters.ChoiceFilter(
        label="Governance", choices=Governance.choices, empty_label="Any"
    )
    component = filters.ModelChoiceFilter(
        label="Component",
        queryset=visible_choices(Component),
        field_name="components",
        empty_label="Any",
    )

    class Meta:
        model = Article
        fields: list[str] = []

    def find(self, articles: ArticleQuerySet, name: str, value: str) -> ArticleQuerySet:
        """Words anywhere in the article or a reference, best first."""
        text = printable(value)
        return articles.search(text) if text else articles

    @property
    def is_search(self) -> bool:
        """True when words decide about the order."""
        given: dict[str, Any] = self.form.cleaned_data if self.is_valid() else {}
        return bool(given.get("q"))
