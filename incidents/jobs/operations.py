"""What can be done to many tickets at once, and the start, end and undoing of a job."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, connection, transaction
from django.db.models import IntegerField, QuerySet, Value
from django.utils import timezone

from accounts.models import Person
from accounts.roles import SUPPORT_ROLES
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.timeline import record
from incidents.events import TICKET_JOB_CANCELLED, TICKET_JOB_REQUESTED
from incidents.forms.params import Params, ParamsForm
from incidents.models import Ticket, TicketJob, TicketJobItem
from incidents.models.ticket import TicketQuerySet
from incidents.selecting import select_tickets

__all__ = [
    "Operation",
    "Params",
    "ParamsForm",
    "cancel_job",
    "known_operations",
    "operation",
    "operations_for",
    "start_job",
    "undo_job",
    "undo_refusal",
]

# Named one by one, as a form or a program sends them.
MOST_NAMED = 20_000
# Found by a list's conditions.
MOST_TICKETS = 200_000

Apply = Callable[[Ticket, Person, Params], Params | None]
Undo = Callable[[Ticket, Person, Params], Sequence[str] | None]
Check = Callable[[Person, Params], Params]


@dataclass(frozen=True)
class Operation:
    """Something that can be done to any number of tickets.

    `apply(ticket, person, params)` changes one ticket and returns what undoing needs; DomainError
    refuses this ticket with its sentence. `undo(ticket, person, payload)` takes back what nobody
    changed since, and returns a sentence for each thing that stays because somebody did; None when
    there is no honest way back, and where it depends on the params `goes_back` says whether there
    is one. `check` looks at the params before anything is queued and returns
    those to keep. `form` asks for the params; `describe` says in a few words what they mean;
    `undo_note` says what undoing leaves, or why it is not possible. `roles` lists who may.
    """

    name: str
    label: str
    apply: Apply
    undo: Undo | None = None
    goes_back: Callable[[Params], bool] | None = None
    check: Check | None = None
    form: type[ParamsForm] | None = None
    describe: Callable[[Params], str] | None = None
    undo_note: str = ""
    roles: frozenset[str] = SUPPORT_ROLES
    order: int = 100

    @property
    def can_be_undone(self) -> bool:
        return self.undo is not None

    def takes_back(self, params: Params) -> bool:
        """True when what was done with these params can be undone."""
        return self.undo is not None and (self.goes_back is None or self.goes_back(params))

    def checked(self, person: Person, params: Params) -> Params:
        """The params to keep; DomainError at the first that is wrong."""
        if self.form is not None:
            unknown = sorted(params.keys() - self.form.base_fields.keys())
            if unknown:
                raise DomainError("This operation takes nothing of this name.", field=unknown[0])
            form = self.form(params, reader=person)
            if not form.is_valid():
                field, sentences = next(iter(form.errors.items()))
                raise DomainError(str(sentences[0]), field=field)
            params = form.params()
        return self.check(person, params) if self.check else params

    def summary(self, params: Params) -> str:
        """What a job with these params does, in one line."""
        return (self.describe(params) if self.describe else self.label)[:300]


_operations: dict[str, Operation] = {}


def operation(name: str, *, label: str, apply: Apply, **more: Any) -> Operation:
    """Registers an operation under its name, once; `more` are further fields of `Operation`."""
    if name in _operations:
        raise ValueError(f"operation {name} is defined twice")
    made = Operation(name=name, label=label, apply=apply, **more)
    _operations[name] = made
    return made


def known_operations() -> Mapping[str, Operation]:
    """Every operation by name."""
    return _operations


def operations_for(person: Person) -> list[Operation]:
    """What this person is offered, in order; each ticket's own rules are asked all the same."""
    offered = (one for one in _operations.values() if person.has_role(one.roles))
    return sorted(offered, key=lambda one: (one.order, one.label))


@transaction.atomic
def start_job(
    *,
    actor: Person,
    operation: str,
    params: Params,
    ticket_ids: Sequence[int] | None = None,
    query: str | None = None,
) -> TicketJob:
    """Queues an operation on these tickets, or on those a list's query string finds right now.

    Whatever is opened or changed later is not taken in: the tickets are written down at once.
    Raises DomainError for unknown operations, params, tickets or conditions, for no ticket, for
    more than 20,000 named ones and for conditions that more than 200,000 fit.
    """
    chosen = _operations.get(operation)
    if chosen is None:
        raise DomainError("Choose one of the operations.", field="operation")
    if not actor.has_role(chosen.roles):
        raise NotPermitted(f"“{chosen.label}” is not for your role.")
    kept = chosen.checked(actor, params)
    job = TicketJob.objects.create(
        operation=chosen.name,
        summary=chosen.summary(kept),
        params=kept,
        query="" if ticket_ids is not None else query or "",
        requested_by=actor,
    )
    if ticket_ids is None:
        job.total = _write_down(job, _by_query(actor, job.query))
    else:
        named = _by_number(actor, ticket_ids)
        job.total = _write_down(job, Ticket.objects.filter(pk__in=named))
    if not job.total:
        raise DomainError("Choose at least one ticket.", field="tickets")
    job.save(update_fields=["total"])
    record(TICKET_JOB_REQUESTED, job, actor=actor, summary=job.summary, count=job.total)
    return job


def _by_query(actor: Person, query: str) -> TicketQuerySet:
    """The tickets found; a DomainError when they are more than one job takes."""
    found = select_tickets(actor, query)
    if found.order_by("-pk").values_list("pk", flat=True)[MOST_TICKETS : MOST_TICKETS + 1]:
        raise DomainError(
            f"More than {MOST_TICKETS:,} tickets fit. Narrow the list, for example by when they "
            "were opened, and take one part after the other.",
            field="tickets",
        )
    return found


def _by_number(actor: Person, ticket_ids: Sequence[int]) -> list[int]:
    wanted = list(dict.fromkeys(ticket_ids))
    if len(wanted) > MOST_NAMED:
        raise DomainError(
            f"At most {MOST_NAMED:,} tickets by number; choose them by the conditions of a list "
            f"to take up to {MOST_TICKETS:,}.",
            field="tickets",
        )
    seen = set(Ticket.objects.visible_to(actor).filter(pk__in=wanted).values_list("pk", flat=True))
    missing = [pk for pk in wanted if pk not in seen]
    if missing:
        shown = ", ".join(str(pk) for pk in missing[:5])
        raise DomainError(f"There is no such ticket: {shown}.", field="tickets")
    return wanted


_WRITE_DOWN = """
INSERT INTO incidents_ticketjobitem (job_id, ticket_id, undoes_id, state, reason, undo)
SELECT %s, found.ticket, found.undoes::bigint, 'waiting', '', '{{}}'
FROM ({}) AS found (ticket, undoes) ORDER BY found.ticket DESC
"""


def _write_down(job: TicketJob, rows: QuerySet[Any], *columns: str) -> int:
    """An item for each row, the newest ticket first; how many. The database does it alone, so
    that a job of many tickets takes no memory here.

    `columns` name the ticket and the item that is undone; without them the rows are tickets.
    """
    chosen = rows.order_by().annotate(nothing=Value(None, output_field=IntegerField()))
    try:
        sql, given = chosen.values_list(*(columns or ("pk", "nothing"))).query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_DOWN.format(sql), [job.pk, *given])
        return int(cursor.rowcount)


def _locked(job: TicketJob) -> TicketJob:
    return TicketJob.objects.select_for_update(of=("self",)).get(pk=job.pk)


@transaction.atomic
def cancel_job(job: TicketJob, *, actor: Person) -> TicketJob:
    """No further ticket is touched; what is done stays done, and can be undone."""
    fresh = _locked(job)
    if fresh.requested_by_id != actor.pk and not actor.is_overseer:
        raise NotPermitted("Only who started this may stop it.")
    if not fresh.is_unfinished:
        raise TransitionNotAllowed(f"This is {fresh.get_state_display().lower()} already.")
    fresh.state = TicketJob.State.CANCELLED
    fresh.finished_at = timezone.now()
    fresh.save(update_fields=["state", "finished_at"])
    record(TICKET_JOB_CANCELLED, fresh, actor=actor, summary=fresh.summary)
    return fresh


def undo_refusal(job: TicketJob, actor: Person) -> str:
    """Why this person cannot undo the job now, in a sentence; empty when they can."""
    chosen = _operations.get(job.operation)
    until = job.undo_until()
    if job.requested_by_id != actor.pk:
        return "Only who started this may undo it."
    if chosen is None or job.undoes_id is not None or not chosen.takes_back(job.params):
        return "This cannot be undone."
    if until is None:
        return "This is still at work; stop it first."
    if timezone.now() > until:
        return "This can be undone for ten minutes only."
    return "" if job.done else "Nothing was changed."


def undo_job(job: TicketJob, *, actor: Person) -> TicketJob:
    """Queues the undoing of a job, within ten minutes of its end; returns the job that undoes it.

    What somebody changed on a ticket since stays, and is listed with who it was.
    """
    try:
        with transaction.atomic():
            return _undo(_locked(job), actor)
    except IntegrityError as error:
        raise TransitionNotAllowed("This is being undone already.") from error


def _undo(job: TicketJob, actor: Person) -> TicketJob:
    refusal = undo_refusal(job, actor)
    if refusal:
        raise TransitionNotAllowed(refusal)
    undoing = TicketJob.objects.create(
        operation=job.operation,
        summary=f"Undo: {job.summary}"[:300],
        undoes=job,
        requested_by=actor,
    )
    done = job.items.filter(state=TicketJobItem.State.DONE)
    undoing.total = _write_down(undoing, done, "ticket_id", "pk")
    undoing.save(update_fields=["total"])
    record(TICKET_JOB_REQUESTED, undoing, actor=actor, summary=undoing.summary, count=undoing.total)
    return undoing
