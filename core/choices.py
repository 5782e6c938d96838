"""Choices that depend on who asks, for list filters."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest


def visible_choices(model: Any) -> Any:
    """The choices of a filter's field: what the person asking may see of a model.

    A callable, because the person is known only with the request; none without one.
    """

    def rows(request: HttpRequest | None) -> QuerySet[Any]:
        visible: QuerySet[Any] = model.objects.none()
        return visible if request is None else model.objects.visible_to(request.user)

    return rows
