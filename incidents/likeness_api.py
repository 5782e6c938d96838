"""Similar tickets over HTTP, and what people said about them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from catalogue.models import Component
from core.rest import VisibleField, person_of
from incidents import actions
from incidents.models import Likeness, Ticket
from incidents.serializers import NamedField, SimilarSerializer
from incidents.similar import similar_tickets, similar_to
from knowledge.serializers import ArticleSerializer
from knowledge.suggest import suggest_articles


class LikenessSerializer(serializers.ModelSerializer[Likeness]):
    """What a person said about two tickets: `same` or `different`."""

    person = NamedField(read_only=True)

    class Meta:
        model = Likeness
        fields = ("first", "second", "kind", "person", "created_at")


class LikenessInput(serializers.Serializer[Any]):
    """The other ticket, and whether it is the same matter."""

    other = VisibleField(Ticket)
    kind = serializers.ChoiceField(choices=Likeness.Kind.choices)


class OtherInput(serializers.Serializer[Any]):
    """The other ticket."""

    other = VisibleField(Ticket)


class LookAlikesInput(serializers.Serializer[Any]):
    """A ticket that is still being typed."""

    title = serializers.CharField(max_length=250)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    component = VisibleField(Component, required=False, allow_null=True, default=None)


class LikenessEndpoints(GenericViewSet[Ticket]):
    """Endpoints below a ticket."""

    @extend_schema(responses=SimilarSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def similar(self, request: Request, pk: str) -> Response:
        """Tickets like this one among those the person may see, most similar first.

        Those about which somebody has said something are left out; see `likenesses`.
        """
        matches = similar_to(person_of(request), self.get_object())
        return Response(SimilarSerializer(matches, many=True, context={"request": request}).data)

    @extend_schema(request=LookAlikesInput, responses=SimilarSerializer(many=True))
    @action(
        detail=False,
        methods=["post"],
        url_path="look-alikes",
        pagination_class=None,
        filterset_class=None,
    )
    def look_alikes(self, request: Request) -> Response:
        """Tickets like one that is not saved yet, most similar first; nothing is kept."""
        form = LookAlikesInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        words = form.validated_data
        matches = similar_tickets(
            person_of(request),
            text=f"{words['title']}\n{words['description']}",
            component=words["component"],
        )
        return Response(SimilarSerializer(matches, many=True, context={"request": request}).data)

    @extend_schema(responses=ArticleSerializer(many=True))
    @action(detail=True, url_path="suggested-articles", pagination_class=None, filterset_class=None)
    def suggested_articles(self, request: Request, pk: str) -> Response:
        """Articles the person may read that may answer this ticket, best first."""
        ticket = self.get_object()
        return self._articles(f"{ticket.title}\n{ticket.description}", ticket.component)

    @extend_schema(request=LookAlikesInput, responses=ArticleSerializer(many=True))
    @action(
        detail=False,
        methods=["post"],
        url_path="suggested-articles",
        pagination_class=None,
        filterset_class=None,
    )
    def articles_for_words(self, request: Request) -> Response:
        """The same for a ticket that is not saved yet; nothing is kept."""
        form = LookAlikesInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        words = form.validated_data
        return self._articles(f"{words['title']}\n{words['description']}", words["component"])

    def _articles(self, text: str, component: Component | None) -> Response:
        found = suggest_articles(person_of(self.request), text, component)
        shown = ArticleSerializer(found, many=True, context=self.get_serializer_context())
        return Response(shown.data)

    @extend_schema(methods=["GET"], responses=LikenessSerializer(many=True))
    @extend_schema(
        methods=["POST"], request=LikenessInput, responses={201: LikenessSerializer(many=True)}
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def likenesses(self, request: Request, pk: str) -> Response:
        """What people said about this ticket and others; POST says something, the last word holds.

        Clustering obeys: the same matter is one cluster, different matters never are.
        """
        ticket = self.get_object()
        if request.method == "POST":
            form = LikenessInput(data=request.data, context=self.get_serializer_context())
            form.is_valid(raise_exception=True)
            actions.judge_likeness(ticket, actor=person_of(request), **form.validated_data)
        found = LikenessSerializer(self._said_of(ticket), many=True).data
        return Response(found, status=201 if request.method == "POST" else 200)

    @extend_schema(request=OtherInput, responses=LikenessSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="withdraw-likeness", filterset_class=None)
    def withdraw_likeness(self, request: Request, pk: str) -> Response:
        """Takes back what was said about this ticket and another; the rest stays."""
        ticket = self.get_object()
        form = OtherInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        actions.withdraw_likeness(ticket, actor=person_of(request), **form.validated_data)
        return Response(LikenessSerializer(self._said_of(ticket), many=True).data)

    def _said_of(self, ticket: Ticket) -> QuerySet[Likeness]:
        rows = Likeness.objects.visible_to(person_of(self.request)).of(ticket.pk)
        return rows.select_related("person").order_by("-created_at", "-pk")
