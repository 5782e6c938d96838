"""Operations that bring tickets together: merge a selection, link it, resolve it like another."""

from accounts.models import Person
from core.errors import DomainError
from incidents import actions
from incidents.forms.merging import LinkManyForm, MergeManyForm, ResolveLikeForm
from incidents.jobs.operations import Params, operation
from incidents.models import RelationKind, Ticket, TicketRelation
from incidents.targets import ticket_meant


def _meant(person: Person, params: Params) -> Ticket:
    found = ticket_meant(person, params["ticket"])
    if found is None:
        raise DomainError(f"There is no ticket {params['ticket']} any more.", field="ticket")
    return found


def _merge(ticket: Ticket, person: Person, params: Params) -> Params:
    target = _meant(person, params)
    merge = actions.merge_ticket(ticket, actor=person, into=target, opened=params["opened"])
    return {"merge": merge.pk}


def _merge_back(ticket: Ticket, person: Person, payload: Params) -> None:
    standing = actions.standing_merge(ticket)
    if standing.pk != payload["merge"]:
        who = standing.actor.name if standing.actor else "Upstream"
        raise DomainError(
            f"It stays merged into {standing.target.reference}: {who} merged it again."
        )
    actions.undo_merge(ticket, actor=person)


def _link(ticket: Ticket, person: Person, params: Params) -> Params:
    other = _meant(person, params)
    known = set(TicketRelation.objects.of(ticket).values_list("pk", flat=True))
    link = actions.link_ticket(ticket, actor=person, kind=params["kind"], other=other)
    return {"relation": None if link.pk in known else link.pk}


def _link_back(ticket: Ticket, person: Person, payload: Params) -> None:
    relation = TicketRelation.objects.filter(pk=payload["relation"]).first()
    if relation is not None:
        actions.unlink_ticket(ticket, actor=person, relation=relation)


def _resolve_like(ticket: Ticket, person: Person, params: Params) -> None:
    text = params["own"].get(str(ticket.pk), "")
    actions.resolve_like(ticket, actor=person, like=_meant(person, params), text=text)


def _described_link(params: Params) -> str:
    return f"Link: {RelationKind(params['kind']).label.lower()} {params['ticket']}"


operation(
    "merge",
    label="Merge into one ticket",
    apply=_merge,
    undo=_merge_back,
    form=MergeManyForm,
    describe=lambda params: f"Merge into {params['ticket']}",
    undo_note="Each ticket is what it was before; later a merge can be undone on its own for 30 "
    "days.",
    order=110,
)
operation(
    "link",
    label="Link with a ticket",
    apply=_link,
    undo=_link_back,
    form=LinkManyForm,
    describe=_described_link,
    undo_note="The links made by this are taken away; others stay.",
    order=120,
)
operation(
    "resolve_like",
    label="Resolve like another ticket",
    apply=_resolve_like,
    form=ResolveLikeForm,
    describe=lambda params: f"Resolve like {params['ticket']}",
    undo_note="The requesters are told; reopen what is not over.",
    order=130,
)
