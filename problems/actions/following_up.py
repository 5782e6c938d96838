"""What follows from a review: the same rules for problems and for major incidents."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypedDict, TypeVar, cast

from django.db.models import Model
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.events import EventKind
from core.given import words
from core.timeline import record
from incidents.models.ticket import Level
from problems.models import FollowUpFields
from problems.workflow import FOLLOW_UP

Owner = TypeVar("Owner", bound=Model)
Row = TypeVar("Row", bound=FollowUpFields)


class FollowUpWords(TypedDict, total=False):
    """What a follow-up says; what is left out stays as it is."""

    title: str
    assignee: Person | None
    priority: int
    due_on: date | None
    link: str


@dataclass(frozen=True)
class FollowUps(Generic[Owner, Row]):
    """The follow-ups of one kind of record. Callers open the transaction.

    `field` is the row's field of its owner; `hold` locks an owner that may have follow-ups and
    refuses any other; `require` refuses who may not. Facts after the first are recorded of the
    row, or of the owner with `of_owner`; they carry `fields`, or `label`, `note` and `state`, or
    (`overdue`) `title` and `due_on`; all but those of a step also carry `follow_up_id`.
    """

    model: type[Row]
    field: str
    hold: Callable[[Owner], Owner]
    require: Callable[[Person | None, Owner], None]
    added: EventKind
    changed: EventKind
    moved: EventKind
    overdue: EventKind
    of_owner: bool = False

    def add(
        self, owner: Owner, *, actor: Person | None, at: datetime | None, fields: FollowUpWords
    ) -> Row:
        """Adds something to be done."""
        owner = self.hold(owner)
        self.require(actor, owner)
        row = self.model(**{self.field: owner}, created_at=at or timezone.now())
        self._write(row, fields)
        row.save()
        record(self.added, owner, actor=actor, at=at, title=row.title, follow_up_id=row.pk)
        return row

    def edit(
        self, row: Row, *, actor: Person | None, at: datetime | None, fields: FollowUpWords
    ) -> Row:
        """Changes what is to be done, by whom, until when."""
        row = self._locked(row)
        self.require(actor, self.owner_of(row))
        before = {name: getattr(row, name) for name in fields}
        self._write(row, fields)
        changed = [name for name in fields if getattr(row, name) != before[name]]
        if changed:
            row.save(update_fields=changed)
            names = ", ".join(name.replace("_", " ") for name in changed)
            record(
                self.changed,
                self._subject(row),
                actor=actor,
                at=at,
                fields=names,
                follow_up_id=row.pk,
            )
        return row

    def take(
        self, row: Row, step: str, *, actor: Person | None, note: str, at: datetime | None
    ) -> Row:
        """Takes a step of the workflow; dropping needs a reason."""
        needed = "Say why it will not be done." if step == "drop" else ""
        note = words(note, "note", most=2_000, needed=needed)
        row = self._locked(row)
        self.require(actor, self.owner_of(row))
        row.state = FOLLOW_UP.target(step, row.state)
        row.note = note
        row.settled_at = None if row.state == FOLLOW_UP.initial else at or timezone.now()
        row.save(update_fields=["state", "note", "settled_at"])
        label = FOLLOW_UP.steps[step].label.lower()
        record(
            self.moved,
            self._subject(row),
            actor=actor,
            at=at,
            label=label,
            note=note,
            state=row.state,
        )
        return row

    def remind(self, row: Row, *, at: datetime) -> bool:
        """Records once for each date that what was to be done by then is not."""
        row = self._locked(row)
        today = timezone.localdate(at)
        waiting = row.state == FOLLOW_UP.initial and row.due_on is not None
        if not waiting or cast("date", row.due_on) >= today or row.reminded_of == row.due_on:
            return False
        row.reminded_of = row.due_on
        row.save(update_fields=["reminded_of"])
        record(
            self.overdue,
            self._subject(row),
            actor=None,
            at=at,
            title=row.title,
            due_on=str(row.due_on),
            follow_up_id=row.pk,
        )
        return True

    def owner_of(self, row: Row) -> Owner:
        """What the follow-up belongs to."""
        return cast("Owner", getattr(row, self.field))

    def _subject(self, row: Row) -> Model:
        return self.owner_of(row) if self.of_owner else row

    def _locked(self, row: Row) -> Row:
        held = self.model._default_manager.select_for_update(of=("self",))
        return held.select_related(self.field, "assignee").get(pk=row.pk)

    def _write(self, row: Row, fields: FollowUpWords) -> None:
        given: dict[str, Any] = {**fields}
        for name, value in given.items():
            setattr(row, name, value)
        row.title = words(row.title, "title", most=200, needed="Say what is to be done.")
        row.link = words(row.link, "link", most=300)
        if row.priority not in Level.values:
            raise DomainError("Choose one of the list.", field="priority")
        if row.assignee is not None and not row.assignee.is_staff_member:
            raise DomainError(f"{row.assignee.name} does not work here.", field="assignee")
