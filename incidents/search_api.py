"""The words of the search over HTTP, for those who arrange them."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest import person_of
from incidents import actions
from incidents.models import SearchIndex, StopWord, SynonymGroup


class WordsInput(serializers.Serializer[Any]):
    """Words, divided by commas."""

    words = serializers.CharField(max_length=1_500)


class SynonymGroupSerializer(serializers.ModelSerializer[SynonymGroup]):
    """Words that mean the same."""

    class Meta:
        model = SynonymGroup
        fields = ("id", "words", "changed_by", "changed_at")


class StopWordSerializer(serializers.ModelSerializer[StopWord]):
    """A word left out of searches."""

    class Meta:
        model = StopWord
        fields = ("id", "word")


class SearchIndexSerializer(serializers.ModelSerializer[SearchIndex]):
    """The languages of the search and how far the words of tickets are written."""

    class Meta:
        model = SearchIndex
        fields = ("languages", "total", "done", "started_at", "touched_at", "finished_at")


class LanguagesInput(serializers.Serializer[Any]):
    """Text search configurations of PostgreSQL, besides English."""

    languages = serializers.ListField(child=serializers.CharField(max_length=63), max_length=30)


class SearchIndexViewSet(viewsets.GenericViewSet[Any]):
    """How far the words of tickets are written: POST chooses the languages."""

    queryset = SearchIndex.objects.none()
    serializer_class = SearchIndexSerializer

    pagination_class = None

    @extend_schema(responses=SearchIndexSerializer)
    def list(self, request: Request) -> Response:
        """The languages, and the filling that runs or ended last."""
        index = get_object_or_404(SearchIndex.objects.visible_to(person_of(request)))
        return Response(self.get_serializer(index).data)

    @extend_schema(request=LanguagesInput, responses=SearchIndexSerializer)
    def create(self, request: Request) -> Response:
        """Chooses the languages besides English; tickets are written anew in the background."""
        form = LanguagesInput(data=request.data)
        form.is_valid(raise_exception=True)
        index = actions.choose_languages(actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(index).data)


class SynonymGroupViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Words that mean the same: POST adds a group, PUT replaces its words."""

    queryset = SynonymGroup.objects.none()
    serializer_class = SynonymGroupSerializer

    def get_queryset(self) -> QuerySet[SynonymGroup]:
        return SynonymGroup.objects.visible_to(person_of(self.request))

    @extend_schema(request=WordsInput, responses={201: SynonymGroupSerializer})
    def create(self, request: Request) -> Response:
        """Adds a group."""
        group = actions.add_synonyms(actor=person_of(request), words=_words(request))
        return Response(self.get_serializer(group).data, status=201)

    @extend_schema(request=WordsInput, responses=SynonymGroupSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replaces the words of a group."""
        group = self.get_object()
        changed = actions.change_synonyms(group, actor=person_of(request), words=_words(request))
        return Response(self.get_serializer(changed).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Removes a group."""
        actions.remove_synonyms(self.get_object(), actor=person_of(request))
        return Response(status=204)


class StopWordViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Words left out of searches: POST adds some."""

    queryset = StopWord.objects.none()
    serializer_class = StopWordSerializer

    def get_queryset(self) -> QuerySet[StopWord]:
        return StopWord.objects.visible_to(person_of(self.request))

    @extend_schema(request=WordsInput, responses={201: StopWordSerializer(many=True)})
    def create(self, request: Request) -> Response:
        """Leaves words out; those left out already are not answered."""
        added = actions.add_stop_words(actor=person_of(request), words=_words(request))
        return Response(self.get_serializer(added, many=True).data, status=201)

    def destroy(self, request: Request, pk: str) -> Response:
        """Takes a word into searches again."""
        actions.remove_stop_word(self.get_object(), actor=person_of(request))
        return Response(status=204)


def _words(request: Request) -> str:
    form = WordsInput(data=request.data)
    form.is_valid(raise_exception=True)
    return str(form.validated_data["words"])
