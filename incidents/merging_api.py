"""Merging, splitting and linking tickets over HTTP, beside the other endpoints of a ticket."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import Person
from core.rest import VisibleField, person_of
from incidents import actions
from incidents.forms.merging import LINK_CHOICES
from incidents.jobs.operations import start_job
from incidents.merge_preview import preview_merge
from incidents.models import Message, Ticket, TicketRelation
from incidents.serializers import MessageSerializer, TicketDetailSerializer, TicketSerializer
from incidents.targets import propose_tickets


class MergeInput(serializers.Serializer[Any]):
    """Where it is merged into; `opened` lets the people of both tickets read both."""

    into = VisibleField(Ticket)
    opened = serializers.BooleanField(default=False)


class SplitInput(serializers.Serializer[Any]):
    """The message that becomes a ticket, with those after it when `following`."""

    message = VisibleField(Message)
    following = serializers.BooleanField(default=False)
    title = serializers.CharField(max_length=250)
    requester = VisibleField(Person, required=False, allow_null=True)
    confirmed = serializers.BooleanField(default=False)


class LinkInput(serializers.Serializer[Any]):
    """How this ticket relates to which others; kinds with `_inverse` are read from their end."""

    kind = serializers.ChoiceField(choices=[(k, v[1]) for k, v in LINK_CHOICES.items()])
    others = VisibleField(Ticket, many=True)


class UnlinkInput(serializers.Serializer[Any]):
    """The link to take away."""

    relation = VisibleField(TicketRelation)


class ResolveFollowersInput(serializers.Serializer[Any]):
    """Which children and duplicates; `own` maps a ticket's number to a text of its own."""

    tickets = VisibleField(Ticket, many=True, required=False)
    own = serializers.DictField(child=serializers.CharField(max_length=100_000), required=False)


class CandidateSerializer(serializers.Serializer[Any]):
    """A ticket that may be meant, and what it shares with the one at hand."""

    ticket = TicketSerializer()
    reason = serializers.CharField()


class RelationSerializer(serializers.ModelSerializer[TicketRelation]):
    """`from_ticket` is a child, a duplicate or a consequence of `to_ticket`, or relates to it."""

    from_ticket = TicketSerializer(read_only=True)
    to_ticket = TicketSerializer(read_only=True)

    class Meta:
        model = TicketRelation
        fields = ("id", "kind", "from_ticket", "to_ticket", "created_at")


class LineSerializer(serializers.Serializer[Any]):
    """One thing and what becomes of it."""

    what = serializers.CharField()
    becomes = serializers.CharField()


class MergePreviewSerializer(serializers.Serializer[Any]):
    """What merging would give; `differ` says that the requesters are two."""

    source = TicketSerializer()  # type: ignore[assignment]  # the merge's source, not the field's
    target = TicketSerializer()
    differ = serializers.BooleanField()
    same_organisation = serializers.BooleanField()
    lines = LineSerializer(many=True)
    messages = MessageSerializer(many=True)


class StartedJobSerializer(serializers.Serializer[Any]):
    """The job that was started."""

    id = serializers.IntegerField()
    total = serializers.IntegerField()
    state = serializers.CharField()


class JoiningEndpoints(GenericViewSet[Any]):
    """The endpoints below `/api/v1/tickets/<number>/` that bring tickets together or apart."""

    def _words(self, kind: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
        form = kind(data=data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def _detail(self, ticket: Ticket, status: int = 200) -> Response:
        fresh = Ticket.objects.visible_to(person_of(self.request)).get(pk=ticket.pk)
        context = self.get_serializer_context()
        return Response(TicketDetailSerializer(fresh, context=context).data, status=status)

    @extend_schema(request=MergeInput, responses=TicketDetailSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Merges this ticket into another; answers with the one that handles both."""
        ticket = self.get_object()
        words = self._words(MergeInput, request.data)
        merge = actions.merge_ticket(ticket, actor=person_of(request), **words)
        return self._detail(merge.target)

    @extend_schema(request=None, responses=TicketDetailSerializer)
    @action(detail=True, methods=["post"], url_path="undo-merge")
    def undo_merge(self, request: Request, pk: str) -> Response:
        """Takes the merge of this ticket back, within 30 days."""
        merge = actions.undo_merge(self.get_object(), actor=person_of(request))
        return self._detail(merge.source)

    @extend_schema(responses=CandidateSerializer(many=True))
    @action(detail=True, url_path="merge-targets", pagination_class=None, filterset_class=None)
    def merge_targets(self, request: Request, pk: str) -> Response:
        """Tickets that may be meant: near ones, or what `q` finds by number or title."""
        words = request.query_params.get("q", "")[:200]
        found = propose_tickets(person_of(request), self.get_object(), words)
        return Response(CandidateSerializer(found, many=True).data)

    @extend_schema(responses=MergePreviewSerializer)
    @action(detail=True, url_path="merge-preview", pagination_class=None, filterset_class=None)
    def merge_preview(self, request: Request, pk: str) -> Response:
        """What merging into the ticket `into` would give; nothing is changed."""
        ticket = self.get_object()
        target = self._words(MergeInput, request.query_params)["into"]
        preview = preview_merge(person_of(request), ticket, target)
        said = {**vars(preview), "messages": [e.message for e in preview.entries if e.message]}
        return Response(MergePreviewSerializer(said).data)

    @extend_schema(request=SplitInput, responses={201: TicketDetailSerializer})
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Moves a message, or it and those after it, to a new ticket; answers with that."""
        ticket = self.get_object()
        words = self._words(SplitInput, request.data)
        new = actions.split_ticket(ticket, actor=person_of(request), **words)
        return self._detail(new, status=201)

    @extend_schema(methods=["GET"], responses=RelationSerializer(many=True))
    @extend_schema(
        methods=["POST"], request=LinkInput, responses={201: RelationSerializer(many=True)}
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    def links(self, request: Request, pk: str) -> Response:
        """How it relates to tickets the person may see; POST links all of `others` or none."""
        ticket, person = self.get_object(), person_of(request)
        if request.method == "POST":
            words = self._words(LinkInput, request.data)
            kind, _, inverse = LINK_CHOICES[words["kind"]]
            actions.link_tickets(
                ticket, actor=person, kind=kind, others=words["others"], inverse=inverse
            )
        rows = TicketRelation.objects.visible_to(person).of(ticket)
        ends = [
            f"{end}__{name}"
            for end in ("from_ticket", "to_ticket")
            for name in ("requester", "organisation", "assignee", "team", "component")
        ]
        found = RelationSerializer(rows.select_related(*ends), many=True).data
        return Response(found, status=201 if request.method == "POST" else 200)

    @extend_schema(request=UnlinkInput, responses=TicketDetailSerializer)
    @action(detail=True, methods=["post"])
    def unlink(self, request: Request, pk: str) -> Response:
        """Takes one link away; the others stay."""
        ticket = self.get_object()
        words = self._words(UnlinkInput, request.data)
        return self._detail(actions.unlink_ticket(ticket, actor=person_of(request), **words))

    @extend_schema(request=ResolveFollowersInput, responses={202: StartedJobSerializer})
    @action(detail=True, methods=["post"], url_path="resolve-followers")
    def resolve_followers(self, request: Request, pk: str) -> Response:
        """Resolves its open children and duplicates, all or those named, as a job."""
        ticket, person = self.get_object(), person_of(request)
        words = self._words(ResolveFollowersInput, request.data)
        followers = actions.followers_of(person, ticket).order_by("pk")
        ids = list(followers.values_list("pk", flat=True))
        if "tickets" in words:
            chosen = {one.pk for one in words["tickets"]}
            ids = [pk for pk in ids if pk in chosen]
        job = start_job(
            actor=person,
            operation="resolve_like",
            params={"ticket": ticket.reference, "own": words.get("own", {})},
            ticket_ids=ids,
        )
        return Response(StartedJobSerializer(job).data, status=202)
