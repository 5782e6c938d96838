"""The API's manners: errors, keyset pages, answers with files, and steps as endpoints."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.fields import empty
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.html import is_html_input
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import exception_handler as rest_handler

from core.errors import DomainError, EditConflict, FieldErrors
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
    if isinstance(error, FieldErrors):
        return Response(_nested(error.errors), status=error.status)
    if isinstance(error, DomainError):
        return Response(_nested({error.field or "detail": error.message}), status=error.status)
    if isinstance(error, BadRequest):
        return Response({"detail": str(error)}, status=400)
    return rest_handler(error, context)


def _nested(errors: Mapping[str, str]) -> dict[str, Any]:
    """Every sentence under its field's name, those of one field's fields together."""
    inner: dict[str, dict[str, str]] = {}
    flat: dict[str, Any] = {}
    for field, message in errors.items():
        name, dot, rest = field.partition(".")
        if dot:
            inner.setdefault(name, {})[rest] = message
        else:
            flat[name] = [message]
    return flat | {name: _nested(found) for name, found in inner.items()}


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


@dataclass(frozen=True)
class GivenAnswers:
    """Answers by key as they were sent, and the files among them."""

    values: dict[str, Any]
    uploads: dict[str, UploadedFile[bytes]]


@extend_schema_field({"type": "object", "additionalProperties": True})
class AnswersField(serializers.Field[Any, Any, Any, Any]):
    """Answers to a form by key; gives GivenAnswers.

    In JSON an object. In `multipart/form-data` the same object as JSON text, with each file as a
    part of its own, named after the field and the key: `answers.offer`.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "shape": "Answers are an object by key.",
        "one_file": "One file, please; these are {count}.",
        "no_file": "Send the file itself.",
    }

    def get_value(self, dictionary: Any) -> Any:
        """The text and the parts of a form; what JSON holds as it is."""
        if not is_html_input(dictionary):
            return super().get_value(dictionary)
        prefix = f"{self.field_name}."
        parts = {
            name.removeprefix(prefix): dictionary.getlist(name)
            for name in dictionary
            if name.startswith(prefix)
        }
        if not parts and self.field_name not in dictionary:
            return empty
        return _Parts(dictionary.get(self.field_name) or "{}", parts)

    def to_internal_value(self, data: Any) -> GivenAnswers:
        """Checks the shape only; what each field takes is said by its form."""
        parts: dict[str, list[Any]] = {}
        if isinstance(data, _Parts):
            parts = data.parts
            try:
                data = json.loads(data.text)
            except ValueError:
                self.fail("shape")
        if not isinstance(data, dict):
            self.fail("shape")
        faults = {key: self._fault(sent) for key, sent in parts.items()}
        faults = {key: sentence for key, sentence in faults.items() if sentence}
        if faults:
            raise serializers.ValidationError({key: [one] for key, one in faults.items()})
        return GivenAnswers(dict(data), {key: sent[0] for key, sent in parts.items()})

    def _fault(self, sent: list[Any]) -> str:
        if len(sent) > 1:
            return str(self.error_messages["one_file"]).format(count=len(sent))
        return "" if isinstance(sent[0], UploadedFile) else str(self.error_messages["no_file"])

    def to_representation(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class _Parts:
    """What a form sent for answers."""

    text: str
    parts: dict[str, list[Any]]


def person_of(request: Request) -> Person:
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
