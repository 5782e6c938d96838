"""Suggestions while somebody types, and the visits that deflection is inferred from, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest import VisibleField, person_of
from incidents.actions import note_intent, open_suggestion
from incidents.models import PortalSession
from incidents.serializers import PortalSessionSerializer
from knowledge.models import Article
from knowledge.suggest import suggest_articles

MOST_READ = 600


class TypedInput(serializers.Serializer[Any]):
    """What was typed so far."""

    title = serializers.CharField(max_length=250)
    description = serializers.CharField(required=False, allow_blank=True, max_length=200_000)


class SuggestedArticleSerializer(serializers.ModelSerializer[Article]):
    """An article that may answer it."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Article
        fields = ("id", "title", "url")


class SuggestionsSerializer(serializers.Serializer[Any]):
    """The visit (none while the title is too short to mean anything) and the articles."""

    session = serializers.IntegerField(allow_null=True)
    articles = SuggestedArticleSerializer(many=True)


class OpenedInput(serializers.Serializer[Any]):
    """The suggested article that is being opened."""

    article = VisibleField(Article)


class PortalSessionViewSet(viewsets.ReadOnlyModelViewSet[PortalSession]):
    """Visits of the portal, for those who lead: what deflection is inferred from.

    Anybody may POST what they type and gets articles that may answer it, as the portal does.
    """

    queryset = PortalSession.objects.none()
    serializer_class = PortalSessionSerializer

    def get_queryset(self) -> QuerySet[PortalSession]:
        return PortalSession.objects.visible_to(person_of(self.request))

    @extend_schema(request=TypedInput, responses=SuggestionsSerializer)
    def create(self, request: Request) -> Response:
        """Articles that may answer what is being typed; the words are kept as what was meant."""
        form = TypedInput(data=request.data)
        form.is_valid(raise_exception=True)
        title = form.validated_data["title"]
        text = f"{title} {form.validated_data.get('description', '')}"[:MOST_READ]
        articles = suggest_articles(person_of(request), text)
        session = note_intent(person_of(request), text=title, suggested=len(articles))
        found = {"session": session and session.pk, "articles": articles}
        return Response(SuggestionsSerializer(found).data)

    @extend_schema(request=OpenedInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def opened(self, request: Request, pk: str) -> Response:
        """Says that a suggested article is being opened, on a visit of one's own."""
        mine = PortalSession.objects.of(person_of(request))
        session = get_object_or_404(mine, pk=pk if pk.isdecimal() else 0)
        form = OpenedInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        open_suggestion(session, actor=person_of(request), article=form.validated_data["article"])
        return Response(status=204)
