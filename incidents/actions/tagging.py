"""Tags on tickets, and keeping the list of tags tidy."""

from django.db import transaction

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.events import (
    TAG_DELETED,
    TAG_RENAMED,
    TAGS_MERGED,
    TICKET_TAGGED,
    TICKET_UNTAGGED,
)
from incidents.models import Tag, Ticket, TicketTag
from incidents.models.tags import MOST_LETTERS, normalised
from incidents.permissions import require, require_arranger

MOST_TAGS = 30


def _name(text: str) -> str:
    name = normalised(text)
    if not name:
        raise DomainError("Write a word.", field="name")
    if len(name) > MOST_LETTERS:
        raise DomainError(f"At most {MOST_LETTERS} characters.", field="name")
    return name


@transaction.atomic
def tag_ticket(ticket: Ticket, *, actor: Person | None, name: str) -> Tag:
    """Marks the ticket with a tag, which is made when nobody has used it before."""
    name = _name(name)
    require(actor, "tag", ticket)
    Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    if ticket.ticket_tags.count() >= MOST_TAGS:
        raise DomainError(f"At most {MOST_TAGS} tags on one ticket.", field="name")
    tag, _ = Tag.objects.get_or_create(name=name, defaults={"created_by": actor})
    _, added = TicketTag.objects.get_or_create(ticket=ticket, tag=tag, defaults={"person": actor})
    if added:
        record(TICKET_TAGGED, ticket, actor=actor, tag=name)
    return tag


@transaction.atomic
def untag_ticket(ticket: Ticket, *, actor: Person | None, name: str) -> None:
    """Takes a tag from the ticket."""
    require(actor, "tag", ticket)
    gone, _ = TicketTag.objects.filter(ticket=ticket, tag__name=normalised(name)).delete()
    if gone:
        record(TICKET_UNTAGGED, ticket, actor=actor, tag=normalised(name))


def _locked(tag: Tag) -> Tag:
    found = Tag.objects.select_for_update(of=("self",)).filter(pk=tag.pk).first()
    if found is None:
        raise DomainError("This tag has been deleted meanwhile.")
    return found


@transaction.atomic
def rename_tag(tag: Tag, *, actor: Person | None, name: str) -> Tag:
    """Gives the tag another name on every ticket; a name that is taken is refused."""
    require_arranger(actor)
    name = _name(name)
    tag = _locked(tag)
    if tag.name == name:
        return tag
    if Tag.objects.filter(name=name).exists():
        raise DomainError(f"There is a tag {name}: merge the two instead.", field="name")
    record(TAG_RENAMED, tag, actor=actor, before=tag.name, after=name)
    tag.name = name
    tag.save(update_fields=["name"])
    return tag


@transaction.atomic
def merge_tags(tag: Tag, *, actor: Person | None, into: Tag) -> Tag:
    """Puts `into` on every ticket that has `tag`, and takes `tag` away."""
    require_arranger(actor)
    if tag.pk == into.pk:
        raise DomainError("Choose another tag.", field="into")
    # Locked in the order of their numbers: two who merge in opposite directions cannot wait for
    # each other, and the second finds its tag gone.
    for one in sorted((tag, into), key=lambda each: each.pk):
        _locked(one)
    have = TicketTag.objects.filter(tag=into).values("ticket_id")
    carried = tag.ticket_tags.count()
    tag.ticket_tags.exclude(ticket_id__in=have).update(tag=into)
    record(TAGS_MERGED, into, actor=actor, before=tag.name, after=into.name, tickets=carried)
    tag.delete()
    return into


@transaction.atomic
def delete_tag(tag: Tag, *, actor: Person | None) -> None:
    """Takes the tag from every ticket."""
    require_arranger(actor)
    tag = _locked(tag)
    record(TAG_DELETED, tag, actor=actor, tag=tag.name, tickets=tag.ticket_tags.count())
    tag.delete()
