"""The API's manners: errors, keyset pages, and steps as endpoints."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import BadRequest
from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import exception_handler as rest_handler

from core.errors import DomainError, EditConflict
from core.pages import keyset_page

if TYPE_CHECKING:
    from accounts.models import Person


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """A refused rule becomes its status with the sentence under the field's name (or `detail`).

    A conflict also carries the record's present `version` and both values of each field.
    """
    if isinstance(error, EditConflict) and error.conflicts:
        body = {one.field: [error.message] for one in error.conflicts[:1]}
        both = [asdict(one) for one in error.conflicts]
        return Response({**body, "version": error.version, "conflicts": both}, status=409)
    if isinstance(error, DomainError):
        return Response({error.field or "detail": [error.message]}, status=error.status)
    if isinstance(error, BadRequest):
        return Response({"detail": str(error)}, status=400)
    return rest_handler(error, context)


class KeysetPagination(BasePagination):
    """`{"results": [...], "next": url, "previous": url}`; the same cost on every page.

    A view may set `keyset_order` (default newest first).
    """

    largest = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page; `page_size` up to 200."""
        self.request = request
        self.page = keyset_page(
            queryset,
            order=getattr(view, "keyset_order", ("-id",)),
            cursor=request.query_params.get("cursor"),
            size=self._size(request),
        )
        return self.page.rows

    def _size(self, request: Request) -> int:
        raw = request.query_params.get("page_size", "50")
        if not raw.isdecimal() or not 1 <= int(raw[:6]) <= self.largest:
            raise BadInput(f"page_size is a number from 1 to {self.largest}.", field="page_size")
        return int(raw)

    def get_paginated_response(self, data: Any) -> Response:
        """The page with absolute links to its neighbours."""
        return Response(
            {
                "results": data,
                "next": self._link(self.page.next_cursor),
                "previous": self._link(self.page.previous_cursor),
            }
        )

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page's shape in the OpenAPI schema."""
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["results"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters in the OpenAPI schema."""
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": kind}}
            for name, kind in (("cursor", "string"), ("page_size", "integer"))
        ]


class BadInput(DomainError):
    """Bad shape of input rather than a refused rule."""

    status = 400


class VisibleField(serializers.PrimaryKeyRelatedField[Any]):
    """A record by number, found only among what the person may see."""

    def __init__(self, model: Any, **kwargs: Any) -> None:
        self.model = model
        super().__init__(queryset=model.objects.none(), **kwargs)

    def get_queryset(self) -> Any:
        """Visible rows; none without a signed-in person."""
        request = self.context.get("request")
        if request is None or not request.user.is_authenticated:
            return self.model.objects.none()
        return self.model.objects.visible_to(request.user)


def person_of(request: Request) -> "Person":
    """Who asks; the API answers nobody who is not signed in."""
    return cast("Person", request.user)


def step_endpoint(
    name: str,
    action_function: Callable[..., models.Model],
    *,
    takes: type[serializers.Serializer[Any]] | None = None,
    title: str = "",
) -> Any:
    """A POST endpoint `…/<pk>/<name>/` that takes a record through one step.

    The record comes from the view's visible queryset, the words from `takes`, the rule from the
    action; the answer is the record as the view shows it.
    """

    def endpoint(view: Any, request: Request, pk: str) -> Response:
        record = view.get_object()
        words: dict[str, Any] = {}
        if takes is not None:
            form = takes(data=request.data, context=view.get_serializer_context())
            form.is_valid(raise_exception=True)
            words = form.validated_data
        action_function(record, actor=request.user, **words)
        return Response(view.get_serializer(view.get_object()).data)

    endpoint.__name__ = name
    endpoint.__doc__ = title or f"Takes the step “{name.replace('_', ' ')}”."
    documented = extend_schema(request=takes, description=endpoint.__doc__)(endpoint)
    return action(detail=True, methods=["post"], url_path=name.replace("_", "-"))(documented)
