"""Known errors a ticket may be about, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.rest import VisibleField, person_of
from incidents.likeness_api import LookAlikesInput
from incidents.models import Ticket
from problems.known import MOST_KNOWN_ERRORS, helpful_problems_like
from problems.models import Problem
from problems.serializers import ProblemSerializer


class KnownErrorsQuery(serializers.Serializer[Any]):
    """The ticket that may be about a known error."""

    ticket = VisibleField(Ticket)


class KnownErrorEndpoints(GenericViewSet[Any]):
    """Beside the list of problems."""

    @extend_schema(
        methods=["GET"],
        parameters=[OpenApiParameter("ticket", OpenApiTypes.INT, required=True)],
        responses=ProblemSerializer(many=True),
    )
    @extend_schema(
        methods=["POST"], request=LookAlikesInput, responses=ProblemSerializer(many=True)
    )
    @action(
        detail=False,
        methods=["get", "post"],
        url_path="known-errors",
        pagination_class=None,
        filterset_class=None,
    )
    def known_errors(self, request: Request) -> Response:
        """Open problems with a known error or a workaround that a ticket may be about.

        Those whose error code stands in its text come first. GET asks for the ticket `?ticket=`,
        POST for one that is not saved yet; nothing is kept.
        """
        if request.method == "POST":
            form = LookAlikesInput(data=request.data, context=self.get_serializer_context())
            form.is_valid(raise_exception=True)
            title, body = form.validated_data["title"], form.validated_data["description"]
        else:
            asked = KnownErrorsQuery(
                data=request.query_params, context=self.get_serializer_context()
            )
            asked.is_valid(raise_exception=True)
            ticket = asked.validated_data["ticket"]
            title, body = ticket.title, ticket.description
        found = helpful_problems_like(
            person_of(request), f"{title}\n{body}", limit=MOST_KNOWN_ERRORS
        )
        shown: QuerySet[Problem] = self.get_queryset()
        rows = shown.in_bulk([one.pk for one in found])
        return Response(self.get_serializer([rows[one.pk] for one in found], many=True).data)
