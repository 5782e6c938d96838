"""Articles over HTTP for programs: the same rows, filters and actions as the pages."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from core.rest import person_of, step_endpoint
from knowledge import actions
from knowledge.filters import ArticleFilter
from knowledge.models import Article, Feedback, Revision
from knowledge.serializers import (
    ArticleInput,
    ArticleSerializer,
    EditInput,
    FeedbackInput,
    FeedbackSerializer,
    OptionalReasonInput,
    ReasonInput,
    RevisionSerializer,
)


class ArticleViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Articles: POST writes one, PATCH edits the version that was read, steps are endpoints."""

    queryset = Article.objects.none()
    serializer_class = ArticleSerializer
    filterset_class = ArticleFilter

    def get_queryset(self) -> QuerySet[Article]:
        return Article.objects.visible_to(person_of(self.request)).with_list_relations()

    @extend_schema(request=ArticleInput, responses={201: ArticleSerializer})
    def create(self, request: Request) -> Response:
        """Writes an article."""
        form = ArticleInput(data=request.data)
        form.is_valid(raise_exception=True)
        article = actions.write_article(actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(article).data, status=201)

    @extend_schema(request=EditInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes fields; 409 when somebody else changed the article since `version`."""
        article = self.get_object()
        form = EditInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        actions.revise_article(article, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=RevisionSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def revisions(self, request: Request, pk: str) -> Response:
        """Everything the article ever said, newest first."""
        rows = Revision.objects.visible_to(person_of(request)).filter(article=self.get_object())
        return Response(RevisionSerializer(rows, many=True).data)

    @extend_schema(methods=["GET"], responses=FeedbackSerializer(many=True))
    @extend_schema(methods=["POST"], request=FeedbackInput, responses={201: FeedbackSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def feedback(self, request: Request, pk: str) -> Response:
        """What readers said; POST gives one's own verdict."""
        article = self.get_object()
        if request.method == "POST":
            form = FeedbackInput(data=request.data)
            form.is_valid(raise_exception=True)
            given = actions.give_feedback(article, actor=person_of(request), **form.validated_data)
            return Response(FeedbackSerializer(given).data, status=201)
        rows = Feedback.objects.visible_to(person_of(request)).filter(article=article)
        return Response(FeedbackSerializer(rows.order_by("-created_at"), many=True).data)

    submit = step_endpoint("submit", actions.submit_article)
    validate = step_endpoint("validate", actions.validate_article)
    flag = step_endpoint("flag", actions.flag_article, takes=ReasonInput)
    archive = step_endpoint("archive", actions.archive_article, takes=OptionalReasonInput)
    restore = step_endpoint("restore", actions.restore_article)


def register(router: BaseRouter) -> None:
    """Adds this app's view sets to /api/v1/."""
    router.register("articles", ArticleViewSet, basename="article")
