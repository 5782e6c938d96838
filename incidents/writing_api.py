"""Writing on a ticket over HTTP: drafts and their files, people in copy, `/` choices, presence."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person, Team
from core.errors import DomainError, NotPermitted
from core.rest import BadInput, VisibleField, person_of
from incidents import actions
from incidents.actions import DraftWords
from incidents.composing import composer_choices
from incidents.copies import Copied, copied_people
from incidents.models import CannedReply, Draft, DraftFile, Message, Ticket
from incidents.permissions import REPLY_STEPS, allowed
from incidents.presence import DOING, GONE, beat
from incidents.rendering import reference_to, show_text
from incidents.serializers import CopyToField, NamedField


class DraftFileSerializer(serializers.ModelSerializer[DraftFile]):
    """A file that waits; `reference` is what shows a picture inside the text."""

    reference = serializers.SerializerMethodField()

    class Meta:
        model = DraftFile
        fields = ("token", "name", "content_type", "size", "sha256", "reference")

    def get_reference(self, waiting: DraftFile) -> str:
        """Markdown of a picture; empty for other files."""
        return reference_to(waiting)


class DraftSerializer(serializers.ModelSerializer[Draft]):
    """What one is writing; `other` texts were overtaken by a newer one and kept."""

    files = DraftFileSerializer(many=True, read_only=True)

    class Meta:
        model = Draft
        fields = (
            "id", "ticket", "kind", "body", "copy_to", "fields", "other", "version", "updated_at",
            "discarded_at", "shared_at", "files",
        )  # fmt: skip


class SharedDraftSerializer(serializers.ModelSerializer[Draft]):
    """A colleague's draft as far as it has got."""

    person = NamedField(read_only=True)

    class Meta:
        model = Draft
        fields = ("id", "person", "kind", "body", "updated_at", "shared_at")


class DraftInput(serializers.Serializer[Any]):
    """The words, and the version one went on from (0 for none)."""

    version = serializers.IntegerField(min_value=0, default=0)
    kind = serializers.ChoiceField(choices=Message.Kind.choices, default=Message.Kind.PUBLIC)
    body = serializers.CharField(
        required=False, allow_blank=True, default="", trim_whitespace=False
    )
    copy_to = serializers.CharField(required=False, allow_blank=True, default="")


class TakeUpInput(serializers.Serializer[Any]):
    """The number of a shared draft."""

    draft = serializers.IntegerField(min_value=1)


class CopySerializer(serializers.Serializer[Any]):
    """Somebody in copy; requesters read the names of their own organisation only."""

    person = NamedField(source="*")
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Copied) -> dict[str, Any]:
        """The person in brief, by the name the reader may know."""
        person = {"id": instance.person_id, "name": instance.name}
        return {"person": person, "created_at": instance.created_at}


class CopyInput(serializers.Serializer[Any]):
    """Who is put in copy: `person` by number, or `copy_to` by name or e-mail address.

    Requesters name colleagues of their own organisation, and others by address where it allows
    that. Support confirms people outside the requester's organisation.
    """

    person = VisibleField(Person, required=False)
    copy_to = CopyToField(required=False)
    outside_confirmed = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two is needed."""
        if not attrs.get("person") and not attrs.get("copy_to"):
            raise serializers.ValidationError({"person": ["Say who is put in copy."]})
        return attrs


class EndCopyInput(serializers.Serializer[Any]):
    """The number of the person who is taken out of copy."""

    person = serializers.IntegerField(min_value=1)


class ChoiceSerializer(serializers.Serializer[Any]):
    """One line of the `/` menu."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the choice's label, not the field's
    group = serializers.CharField()
    hint = serializers.CharField()
    text = serializers.CharField()
    run_url = serializers.CharField()
    internal = serializers.BooleanField()


class TextPreviewInput(serializers.Serializer[Any]):
    """Words as they were typed."""

    body = serializers.CharField(allow_blank=True, max_length=200_000)


class TextPreviewSerializer(serializers.Serializer[Any]):
    """The words as safe HTML; `quoted` is what a page folds."""

    before = serializers.CharField()
    quoted = serializers.CharField()
    after = serializers.CharField()


class PresenceInput(serializers.Serializer[Any]):
    """What one does at the ticket."""

    doing = serializers.ChoiceField(choices=[*DOING, GONE], default="viewing")


class PresentSerializer(serializers.Serializer[Any]):
    """Somebody else at the ticket."""

    name = serializers.CharField()
    doing = serializers.CharField()
    words = serializers.CharField()


class WritingEndpoints(viewsets.GenericViewSet[Any]):
    """What a ticket's writing box does, as endpoints below the ticket."""

    def _writable(self, request: Request) -> Ticket:
        """The ticket, for those who may write on it."""
        ticket: Ticket = self.get_object()
        if allowed(person_of(request), ticket).isdisjoint(REPLY_STEPS.values()):
            raise NotPermitted(f"Writing on {ticket.reference} is not for your role.")
        return ticket

    def _staffed(self, request: Request) -> Ticket:
        """The same, for people who work here."""
        ticket = self._writable(request)
        if not person_of(request).is_staff_member:
            raise NotPermitted("This is for people who work here.")
        return ticket

    @extend_schema(methods=["GET"], responses=DraftSerializer(many=True))
    @extend_schema(methods=["PUT"], request=DraftInput, responses=DraftSerializer)
    @extend_schema(methods=["DELETE"], request=None, responses={204: None})
    @action(
        detail=True, methods=["get", "put", "delete"], pagination_class=None, filterset_class=None
    )
    def draft(self, request: Request, pk: str) -> Response:
        """One's own texts for this ticket, the current first; PUT saves, DELETE throws away."""
        ticket, person = self._writable(request), person_of(request)
        if request.method == "PUT":
            form = DraftInput(data=request.data)
            form.is_valid(raise_exception=True)
            said = dict(form.validated_data)
            version = said.pop("version")
            draft = actions.save_draft(
                actor=person, ticket=ticket, words=DraftWords(**said), version=version
            )
            return Response(DraftSerializer(draft).data)
        mine = Draft.objects.visible_to(person).filter(ticket=ticket).prefetch_related("files")
        if request.method == "DELETE":
            current = mine.filter(other=False).first()
            if current is not None:
                actions.discard_draft(current, actor=person)
            return Response(status=204)
        return Response(DraftSerializer(mine.order_by("other", "-updated_at"), many=True).data)

    @extend_schema(responses=SharedDraftSerializer(many=True))
    @action(detail=True, url_path="shared-drafts", pagination_class=None, filterset_class=None)
    def shared_drafts(self, request: Request, pk: str) -> Response:
        """Texts that colleagues who write on the ticket share."""
        shared = Draft.objects.shared_with(person_of(request), self._staffed(request))
        return Response(SharedDraftSerializer(shared, many=True).data)

    @extend_schema(request=TakeUpInput, responses=DraftSerializer)
    @action(detail=True, methods=["post"], url_path="take-up-draft")
    def take_up_draft(self, request: Request, pk: str) -> Response:
        """Goes on with a colleague's shared draft; one's own is kept beside it."""
        ticket, person = self._staffed(request), person_of(request)
        form = TakeUpInput(data=request.data)
        form.is_valid(raise_exception=True)
        shared = Draft.objects.shared_with(person, ticket)
        chosen = shared.filter(pk=form.validated_data["draft"]).first()
        if chosen is None:
            raise DomainError("Nobody shares a draft of this number.", field="draft")
        return Response(DraftSerializer(actions.take_up_draft(chosen, actor=person)).data)

    @extend_schema(request={"multipart/form-data": {"type": "object"}})
    @action(
        detail=True,
        methods=["post"],
        url_path="draft/files",
        parser_classes=[MultiPartParser, FormParser],
    )
    def draft_files(self, request: Request, pk: str) -> Response:
        """Keeps uploads (`attachments`) with one's draft until it is sent."""
        ticket = self._writable(request)
        files = request.FILES.getlist("attachments")
        if not files:
            raise BadInput("Choose a file.", field="attachments")
        kept = actions.add_draft_files(actor=person_of(request), ticket=ticket, files=files)
        return Response(DraftFileSerializer(kept, many=True).data, status=201)

    def _copied(self, request: Request, ticket: Ticket) -> Response:
        rows = copied_people(person_of(request), ticket)
        return Response(CopySerializer(rows, many=True).data)

    @extend_schema(methods=["GET"], responses=CopySerializer(many=True))
    @extend_schema(methods=["POST"], request=CopyInput, responses=CopySerializer(many=True))
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def copies(self, request: Request, pk: str) -> Response:
        """People in copy; POST puts some there, by the desk or the ticket's requester."""
        ticket = self._writable(request)
        if request.method == "POST":
            form = CopyInput(data=request.data, context=self.get_serializer_context())
            form.is_valid(raise_exception=True)
            said = form.validated_data
            actions.add_copies(
                ticket,
                actor=person_of(request),
                people=[said["person"]] if said.get("person") else [],
                named=said.get("copy_to", ()),
                outside_confirmed=said["outside_confirmed"],
            )
        return self._copied(request, ticket)

    @extend_schema(request=EndCopyInput, responses={200: CopySerializer(many=True)})
    @action(detail=True, methods=["post"], url_path="end-copy", pagination_class=None)
    def end_copy(self, request: Request, pk: str) -> Response:
        """Takes somebody out of copy: the desk and the requester anybody, others themselves."""
        ticket = self._writable(request)
        form = EndCopyInput(data=request.data)
        form.is_valid(raise_exception=True)
        copies = ticket.copies.select_related("person")
        copy = copies.filter(person_id=form.validated_data["person"]).first()
        if copy is None:
            raise DomainError("Nobody of this number is in copy.", field="person")
        actions.end_copy(ticket, actor=person_of(request), person=copy.person)
        return self._copied(request, ticket)

    @extend_schema(responses=ChoiceSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def choices(self, request: Request, pk: str) -> Response:
        """What `/` offers here: canned replies filled in, articles, macros."""
        found = composer_choices(person_of(request), self._staffed(request))
        return Response(ChoiceSerializer(found, many=True).data)

    @extend_schema(request=TextPreviewInput, responses=TextPreviewSerializer)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """How words will look."""
        ticket = self._writable(request)
        form = TextPreviewInput(data=request.data)
        form.is_valid(raise_exception=True)
        draft = Draft.objects.visible_to(person_of(request)).current(person_of(request), ticket)
        files = [] if draft is None else list(draft.files.all())
        return Response(TextPreviewSerializer(show_text(form.validated_data["body"], files)).data)

    @extend_schema(request=PresenceInput, responses=PresentSerializer(many=True))
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def presence(self, request: Request, pk: str) -> Response:
        """Says what one does at the ticket for some seconds; tells who else is there."""
        ticket = self._staffed(request)
        form = PresenceInput(data=request.data)
        form.is_valid(raise_exception=True)
        others = beat(ticket, person_of(request), form.validated_data["doing"])
        return Response(PresentSerializer(others, many=True).data)


class DraftViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """One's own drafts on all tickets."""

    queryset = Draft.objects.none()
    serializer_class = DraftSerializer

    def get_queryset(self) -> Any:
        mine = Draft.objects.of(person_of(self.request)).prefetch_related("files")
        return mine if self.action == "restore" else mine.filter(discarded_at__isnull=True)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Makes a text thrown away, or kept beside, the current one."""
        draft = actions.restore_draft(self.get_object(), actor=person_of(request))
        return Response(self.get_serializer(draft).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def share(self, request: Request, pk: str) -> Response:
        """Shows it to everybody who writes on its ticket."""
        draft = actions.share_draft(self.get_object(), actor=person_of(request))
        return Response(self.get_serializer(draft).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="stop-sharing")
    def stop_sharing(self, request: Request, pk: str) -> Response:
        """Shows it to oneself only."""
        draft = actions.stop_sharing_draft(self.get_object(), actor=person_of(request))
        return Response(self.get_serializer(draft).data)


class CannedReplySerializer(serializers.ModelSerializer[CannedReply]):
    """A text to use again."""

    owner = NamedField(read_only=True)
    team = NamedField(read_only=True)

    class Meta:
        model = CannedReply
        fields = ("id", "title", "body", "scope", "team", "owner", "version", "updated_at")


class CannedReplyInput(serializers.Serializer[Any]):
    """What is kept; variables are those of the list."""

    title = serializers.CharField(max_length=120)
    body = serializers.CharField(max_length=20_000)
    scope = serializers.ChoiceField(
        choices=CannedReply.Scope.choices, default=CannedReply.Scope.PERSONAL
    )
    team = VisibleField(Team, required=False, allow_null=True)


class EditCannedReplyInput(CannedReplyInput):
    """The whole text anew, upon the version that was read."""

    version = serializers.IntegerField(min_value=1)


class CannedReplyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Canned replies one may use; PUT changes the version that was read."""

    queryset = CannedReply.objects.none()
    serializer_class = CannedReplySerializer

    def get_queryset(self) -> Any:
        rows = CannedReply.objects.visible_to(person_of(self.request))
        return rows.select_related("owner", "team")

    @extend_schema(request=CannedReplyInput, responses={201: CannedReplySerializer})
    def create(self, request: Request) -> Response:
        """Keeps a text."""
        form = CannedReplyInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        reply = actions.can_reply(actor=person_of(request), **form.validated_data)
        return Response(self.get_serializer(reply).data, status=201)

    @extend_schema(request=EditCannedReplyInput)
    def update(self, request: Request, pk: str) -> Response:
        """Changes it; 409 when there is a newer version."""
        form = EditCannedReplyInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        reply = actions.change_canned_reply(
            self.get_object(), actor=person_of(request), **form.validated_data
        )
        return Response(self.get_serializer(reply).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Deletes it."""
        actions.drop_canned_reply(self.get_object(), actor=person_of(request))
        return Response(status=204)
