"""Keeping what people are still writing.

Nobody else learns of it, so no fact is recorded until a colleague goes on with a shared draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.timeline import record
from incidents.actions._files import check_files, keep_files
from incidents.actions._keeping import MOST_WORDS
from incidents.events import DRAFT_TAKEN_UP
from incidents.models import Draft, DraftFile, Message, Ticket
from incidents.permissions import REPLY_STEPS, allowed

MOST_FIELD = 2_000
UNDO_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class DraftWords:
    """What stands in the writing box, or in the form that logs a ticket (`fields`)."""

    kind: str = Message.Kind.PUBLIC
    body: str = ""
    copy_to: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> tuple[str, str, str, dict[str, Any]]:
        """Everything, to compare with a draft."""
        return self.kind, self.body, self.copy_to, self.fields


@transaction.atomic
def save_draft(
    *,
    actor: Person,
    ticket: Ticket | None,
    words: DraftWords,
    version: int = 0,
    at: datetime | None = None,
) -> Draft:
    """Keeps what is being written on `ticket` (None: the form that logs one); returns the draft.

    `version` is the draft's version the writer went on from, 0 for none. When another window or
    device saved a different text since, this one becomes the current draft and that one is kept
    beside it as another draft.
    """
    _admit(actor, ticket)
    _check(words)
    at = at or timezone.now()
    draft = _locked(actor, ticket)
    if draft is None:
        return _written(
            Draft(person=actor, ticket=ticket, version=version, created_at=at), words, at
        )
    if draft.says == words.says:
        return draft
    if version != draft.version and _would_be_lost(draft, words):
        _keep_beside(draft)
    return _written(draft, words, at)


def _admit(actor: Person, ticket: Ticket | None) -> None:
    """Whoever may write on the ticket may keep a draft for it."""
    if ticket is None:
        if not actor.is_support:
            raise NotPermitted("Logging tickets is for support.")
    elif allowed(actor, ticket).isdisjoint(REPLY_STEPS.values()):
        raise NotPermitted(f"Writing on {ticket.reference} is not for your role.")


def _check(words: DraftWords) -> None:
    if words.kind and words.kind not in Message.Kind.values:
        raise DomainError("Choose one of the list.", field="kind")
    if len(words.body) > MOST_WORDS:
        raise DomainError(
            f"At most {MOST_WORDS:,} characters; this has {len(words.body):,}.", field="body"
        )
    if len(words.copy_to) > MOST_FIELD:
        raise DomainError("That are too many people at once.", field="copy_to")
    for name, value in words.fields.items():
        if len(str(value)) > MOST_WORDS:
            raise DomainError(f"At most {MOST_WORDS:,} characters.", field=name)


def _locked(actor: Person, ticket: Ticket | None) -> Draft | None:
    """The current draft; this person's other windows wait until this transaction ends."""
    Person.objects.select_for_update(no_key=True).get(pk=actor.pk)
    return Draft.objects.current(actor, ticket)


def _would_be_lost(draft: Draft, words: DraftWords) -> bool:
    """True when the newer text does not hold the older one."""
    if draft.is_empty:
        return False
    if draft.ticket_id is None:
        return any(
            value and str(value) not in str(words.fields.get(name, ""))
            for name, value in draft.fields.items()
        )
    return bool(draft.body.strip()) and draft.body.strip() not in words.body


def _keep_beside(draft: Draft) -> None:
    """A copy of the current text becomes another draft, unless the same is kept already."""
    beside = Draft.objects.others(draft.person, draft.ticket)
    if not beside.filter(body=draft.body, fields=draft.fields).exists():
        Draft.objects.create(
            person=draft.person,
            ticket=draft.ticket,
            kind=draft.kind,
            body=draft.body,
            copy_to=draft.copy_to,
            fields=draft.fields,
            other=True,
            created_at=draft.created_at,
            updated_at=draft.updated_at,
        )


def _written(draft: Draft, words: DraftWords, at: datetime) -> Draft:
    draft.kind, draft.body = words.kind, words.body
    draft.copy_to, draft.fields = words.copy_to, dict(words.fields)
    draft.version += 1
    draft.updated_at = at
    draft.save()
    return draft


@transaction.atomic
def add_draft_files(
    *,
    actor: Person,
    ticket: Ticket,
    files: Sequence[UploadedFile[bytes]],
    at: datetime | None = None,
) -> list[DraftFile]:
    """Keeps files with the draft until it is sent; without a draft one begins."""
    _admit(actor, ticket)
    at = at or timezone.now()
    draft = _locked(actor, ticket)
    beside = 0 if draft is None else len(draft.files.all())
    check_files(files, beside=beside)
    if draft is None:
        draft = _written(Draft(person=actor, ticket=ticket, version=0), DraftWords(), at)
    owner = draft
    return keep_files(files, lambda known: DraftFile(draft=owner, **known))


@transaction.atomic
def remove_draft_file(waiting: DraftFile, *, actor: Person) -> Draft:
    """Takes a file out of one's own draft; its bytes go when that is certain."""
    draft = waiting.draft
    if draft.person_id != actor.pk:
        raise NotPermitted("This draft is somebody else's.")
    stored = waiting.file
    waiting.delete()
    transaction.on_commit(lambda: stored.delete(save=False), robust=True)
    return draft


@transaction.atomic
def discard_draft(draft: Draft, *, actor: Person, at: datetime | None = None) -> Draft:
    """Throws one's own draft away; `restore_draft` takes that back within a week."""
    draft = _own(draft, actor)
    draft.discarded_at = at or timezone.now()
    draft.save(update_fields=["discarded_at"])
    return draft


@transaction.atomic
def restore_draft(draft: Draft, *, actor: Person, at: datetime | None = None) -> Draft:
    """Makes an older text of one's own, thrown away or kept beside, the current draft.

    A text that is current now is kept beside; nothing is lost by changing one's mind.
    """
    draft = _own(draft, actor)
    current = _locked(actor, draft.ticket)
    if current is not None and current.pk != draft.pk:
        draft.version = max(draft.version, current.version)
        _step_aside(current)
    draft.other, draft.discarded_at = False, None
    draft.version += 1
    draft.updated_at = at or timezone.now()
    draft.save()
    return draft


@transaction.atomic
def share_draft(draft: Draft, *, actor: Person, at: datetime | None = None) -> Draft:
    """Shows one's own draft to everybody who writes on its ticket, as it grows."""
    draft = _own(draft, actor)
    if draft.ticket is None:
        raise DomainError("Log the ticket first: nobody else can see it yet.")
    if draft.is_empty:
        raise DomainError("Write something to share.", field="body")
    draft.shared_at = at or timezone.now()
    draft.save(update_fields=["shared_at"])
    return draft


@transaction.atomic
def stop_sharing_draft(draft: Draft, *, actor: Person) -> Draft:
    """One's own draft is one's own again."""
    draft = _own(draft, actor)
    draft.shared_at = None
    draft.save(update_fields=["shared_at"])
    return draft


@transaction.atomic
def take_up_draft(draft: Draft, *, actor: Person, at: datetime | None = None) -> Draft:
    """Goes on with a colleague's shared draft: text and files are the actor's draft from now on.

    What the actor had begun on the ticket is kept beside. The colleague hears of it; words they
    add meanwhile are a draft of their own.
    """
    ticket = draft.ticket
    if ticket is None:
        raise NotPermitted("This draft is somebody else's.")
    _admit(actor, ticket)
    found = Draft.objects.shared_with(actor, ticket).filter(pk=draft.pk)
    taken = found.select_for_update(of=("self",)).first()
    if taken is None:
        raise DomainError("This draft is not shared any more.")
    writer = taken.person
    _step_aside(_locked(actor, ticket))
    taken.person, taken.shared_at = actor, None
    taken.version += 1
    taken.updated_at = at or timezone.now()
    taken.save()
    record(DRAFT_TAKEN_UP, ticket, actor=actor, writer=writer.name, person_id=writer.pk)
    return taken


def _step_aside(current: Draft | None) -> None:
    """The text that is current so far is kept beside; an empty one is forgotten."""
    if current is None:
        return
    current.other = True
    if current.is_empty and not current.files.exists():
        current.delete()
    else:
        current.save(update_fields=["other"])


def _own(draft: Draft, actor: Person) -> Draft:
    if draft.person_id != actor.pk:
        raise NotPermitted("This draft is somebody else's.")
    return Draft.objects.select_for_update().get(pk=draft.pk)


def spend_draft(*, actor: Person, ticket: Ticket | None) -> None:
    """Deletes the current draft, whose words have become a message; in the same transaction."""
    draft = _locked(actor, ticket)
    if draft is not None:
        draft.delete()


@transaction.atomic
def move_drafts(from_ticket: Ticket, to_ticket: Ticket) -> int:
    """Takes everybody's drafts along when one ticket becomes part of another; how many.

    Whoever also writes on the target keeps that draft, and the moved one stands beside it.
    """
    moving = Draft.objects.select_for_update().filter(ticket=from_ticket)
    writing = set(
        Draft.objects.filter(ticket=to_ticket, other=False, discarded_at__isnull=True).values_list(
            "person_id", flat=True
        )
    )
    moved = 0
    for draft in moving.order_by("id"):
        draft.ticket = to_ticket
        draft.other = draft.other or draft.person_id in writing
        draft.save(update_fields=["ticket", "other"])
        moved += draft.discarded_at is None
    return moved


def forget_discarded_drafts(now: datetime) -> int:
    """Deletes drafts thrown away more than a week ago, with their files; returns how many."""
    old = Draft.objects.filter(discarded_at__lt=now - UNDO_WITHIN)
    stored = [waiting.file for waiting in DraftFile.objects.filter(draft__in=old)]
    gone = old.count()
    old.delete()
    for one in stored:
        one.delete(save=False)
    return gone
