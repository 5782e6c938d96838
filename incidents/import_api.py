"""Imports over HTTP for programs; admins only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest import person_of, step_endpoint
from incidents.imports import actions
from incidents.imports.mapping import MappingRules, read_toml
from incidents.models import ImportReject, ImportRun


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    """A run with its counts."""

    class Meta:
        model = ImportRun
        fields = (
            "id",
            "source",
            "file_name",
            "sha256",
            "mapping",
            "create_missing",
            "state",
            "total",
            "done",
            "created",
            "unchanged",
            "rejected",
            "notes",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class ImportRejectSerializer(serializers.ModelSerializer[ImportReject]):
    """A refused row."""

    class Meta:
        model = ImportReject
        fields = ("line", "field", "reason", "row")
        read_only_fields = fields


class UploadInput(serializers.Serializer[Any]):
    """A file as multipart form data. Without `start` the run waits for its mapping."""

    file = serializers.FileField()
    source = serializers.CharField(max_length=60)  # type: ignore[assignment]  # hides Field.source
    create_missing = serializers.BooleanField(default=False)
    mapping = serializers.CharField(
        required=False, allow_blank=True, help_text="A mapping file (TOML) as text."
    )
    start = serializers.BooleanField(default=False)


class MapInput(serializers.Serializer[Any]):
    """A mapping file (TOML) as text."""

    mapping = serializers.CharField(allow_blank=True)
    create_missing = serializers.BooleanField(required=False)


class ImportRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Imports: POST uploads a file, `map` says which column is what, `start` begins."""

    queryset = ImportRun.objects.none()
    serializer_class = ImportRunSerializer
    parser_classes = (JSONParser, MultiPartParser, FormParser)

    def get_queryset(self) -> QuerySet[ImportRun]:
        return ImportRun.objects.visible_to(person_of(self.request))

    @extend_schema(
        request={"multipart/form-data": UploadInput}, responses={201: ImportRunSerializer}
    )
    def create(self, request: Request) -> Response:
        """Uploads a file; known columns map themselves."""
        actions.require_importer(person_of(request))
        form = UploadInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        run = actions.upload_file(
            actor=person_of(request),
            upload=given["file"],
            source=given["source"],
            create_missing=given["create_missing"],
            rules=read_toml(given["mapping"]) if given.get("mapping") else None,
        )
        if given["start"]:
            run = actions.start_import(run, actor=person_of(request))
        return Response(ImportRunSerializer(run).data, status=201)

    @extend_schema(request=MapInput)
    @action(detail=True, methods=["post"])
    def map(self, request: Request, pk: str) -> Response:
        """Replaces the mapping before the start."""
        run = self.get_object()
        form = MapInput(data=request.data)
        form.is_valid(raise_exception=True)
        text = form.validated_data["mapping"]
        fresh = actions.map_columns(
            run,
            actor=person_of(request),
            rules=read_toml(text) if text else MappingRules(columns={}),
            create_missing=form.validated_data.get("create_missing", run.create_missing),
        )
        return Response(ImportRunSerializer(fresh).data)

    @extend_schema(responses=ImportRejectSerializer(many=True))
    @action(detail=True)
    def rejects(self, request: Request, pk: str) -> Response:
        """The refused rows, newest first, a page at a time."""
        rows = ImportReject.objects.visible_to(person_of(request)).filter(run=self.get_object())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ImportRejectSerializer(page, many=True).data)

    start = step_endpoint("start", actions.start_import)
    stop = step_endpoint("stop", actions.stop_import)
