"""People and organisations over HTTP for programs."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.directory.actions import arrange_organisation, arrange_person
from accounts.models import Organisation, Person
from core.rest import VisibleField, person_of


class PersonSerializer(serializers.ModelSerializer[Person]):
    """A person. Who their manager is and what they see is for people who work here."""

    class Meta:
        model = Person
        fields = (
            "id", "name", "email", "organisation", "is_active", "manager", "sees_organisation",
        )  # fmt: skip

    def to_representation(self, instance: Person) -> dict[str, Any]:
        """Requesters read names and addresses only."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context["request"].user.is_staff_member:
            shown.pop("manager")
            shown.pop("sees_organisation")
        return shown


class PersonInput(serializers.Serializer[Any]):
    """What is arranged about a person; what is left out stays."""

    manager = VisibleField(Person, required=False, allow_null=True)
    sees_organisation = serializers.BooleanField(required=False)


class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """People one may see: staff everybody, requesters those of their organisation.

    `?q=` looks into names and addresses. PATCH is for those who arrange people.
    """

    queryset = Person.objects.none()
    serializer_class = PersonSerializer
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[Person]:
        people = Person.objects.visible_to(person_of(self.request))
        words = self.request.query_params.get("q", "").replace("\0", "").strip()[:100]
        if self.action == "list" and words:
            people = people.filter(Q(name__icontains=words) | Q(email__icontains=words))
        return people

    @extend_schema(parameters=[OpenApiParameter("q", str)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """People one may see."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=PersonInput, responses=PersonSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Says who the manager is; 422 at `manager` when that would be a circle."""
        person = self.get_object()
        form = PersonInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        fresh = arrange_person(person, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(fresh).data)


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    """An organisation; `copies_outside` lets its people copy anybody by e-mail address."""

    class Meta:
        model = Organisation
        fields = ("id", "name", "copies_outside")
        read_only_fields = ("name",)


class OrganisationInput(serializers.Serializer[Any]):
    """What is arranged about an organisation."""

    copies_outside = serializers.BooleanField()


class OrganisationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Organisations one may see: staff all, requesters theirs. PATCH is for who arranges them."""

    queryset = Organisation.objects.none()
    serializer_class = OrganisationSerializer
    keyset_order = ("id",)

    def get_queryset(self) -> QuerySet[Organisation]:
        return Organisation.objects.visible_to(person_of(self.request))

    @extend_schema(request=OrganisationInput, responses=OrganisationSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Says whom its people may put in copy."""
        organisation = self.get_object()
        form = OrganisationInput(data=request.data)
        form.is_valid(raise_exception=True)
        fresh = arrange_organisation(organisation, actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(fresh).data)
