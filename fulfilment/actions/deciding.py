"""Deciding on a request: whom a step asks, votes, what they add up to, and handing a vote on."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Role
from core.errors import DomainError, TransitionNotAllowed
from core.given import words
from core.timeline import record
from fulfilment.actions.planning import begin_plan
from fulfilment.actions.rows import locked_approval
from fulfilment.events import APPROVAL_ASKED, APPROVAL_DELEGATED, APPROVAL_SETTLED, VOTE_CAST
from fulfilment.models import Approval, ApprovalRule, Approver, ItemRequest, Vote
from fulfilment.permissions import require_vote
from fulfilment.workflow import APPROVAL, UNDECIDED
from incidents.actions import approve_request, reject_request
from incidents.agreements import calendar_of

MOST_COMMENT = 5_000
INSTEAD_OF_MANAGER = "no manager is known"


def lay_out_approvals(request: ItemRequest) -> bool:
    """Copies the item's steps to the request, so that later changes do not touch it.

    True when there are any.
    """
    rules = list(request.item.approval_rules.select_related("calendar"))
    Approval.objects.bulk_create(
        [
            Approval(
                request=request,
                position=rule.position,
                label=rule.label,
                quorum=rule.quorum,
                count=rule.count,
                percent=rule.percent,
                calendar=rule.calendar,
                on_timeout=rule.on_timeout,
                due_hours=rule.due_hours,
                remind_hours=rule.remind_hours,
            )
            for rule in rules
        ]
    )
    return bool(rules)


def ask_next(request: ItemRequest, *, at: datetime) -> Approval | None:
    """Asks those of the first step that still waits; None when every step is decided."""
    waiting = request.approvals.filter(state="waiting").select_related("calendar")
    approval = waiting.order_by("position").first()
    if approval is None:
        return None
    _add_approvers(approval, at)
    approval.state = APPROVAL.target("ask", approval.state)
    approval.asked_at = at
    approval.due_at = _later(approval, at, approval.due_hours)
    approval.remind_at = _later(approval, at, approval.remind_hours)
    approval.save(update_fields=["state", "asked_at", "due_at", "remind_at"])
    record(
        APPROVAL_ASKED,
        request.ticket,
        actor=None,
        at=at,
        label=approval.label,
        approval_id=approval.pk,
    )
    return approval


def _later(approval: Approval, at: datetime, hours: int | None) -> datetime | None:
    """So many hours after `at`: working hours of the step's calendar as it is now, or plain ones.

    None without hours, and for a calendar by which nobody ever works.
    """
    if hours is None:
        return None
    if approval.calendar is None:
        return at + timedelta(hours=hours)
    return calendar_of(approval.calendar.newest).add(at, timedelta(hours=hours))


def _add_approvers(approval: Approval, at: datetime) -> None:
    """Everybody the step asks, but never the requester; the house's managers when nobody is left.

    A step that asks nobody would let a request wait for ever.
    """
    request = approval.request
    requester = request.ticket.requester
    rule = request.item.approval_rules.filter(position=approval.position).first()
    people = [] if rule is None else _people_of(rule, requester)
    because = ""
    if not people:
        because = INSTEAD_OF_MANAGER
        people = list(Person.objects.with_role(Role.MANAGER).exclude(pk=requester.pk))
    if not people:
        raise DomainError(f"Nobody can decide “{approval.label}”; please tell the desk.")
    Approver.objects.bulk_create(
        [
            Approver(approval=approval, person=person, because=because, added_at=at)
            for person in people
        ]
    )


def _people_of(rule: ApprovalRule, requester: Person) -> list[Person]:
    everybody = Person.objects.with_role(rule.role) if rule.role else Person.objects.none()
    if rule.asks == ApprovalRule.Asks.MANAGER:
        everybody = Person.objects.filter(pk=requester.manager_id or 0, is_active=True)
    elif rule.asks == ApprovalRule.Asks.PEOPLE:
        everybody = rule.people.filter(is_active=True)
    elif rule.asks == ApprovalRule.Asks.TEAM:
        everybody = Person.objects.filter(memberships__team=rule.team_id, is_active=True)
    return list(everybody.exclude(pk=requester.pk).order_by("pk"))


@transaction.atomic
def cast_vote(
    approval: Approval,
    *,
    actor: Person,
    verdict: str,
    comment: str = "",
    at: datetime | None = None,
) -> Approval:
    """Adds one vote and settles the step when it decides it.

    *Any*: the first vote decides. *All*: every approval is needed, one rejection ends it. *A
    number* and *a percentage* (rounded up): so many approvals, and it ends as soon as they can no
    longer be reached.
    """
    approval = locked_approval(approval)
    _require_asked(approval)
    require_vote(actor, approval)
    if verdict not in Vote.Verdict.values:
        raise DomainError("Approve or reject.", field="verdict")
    needed = "Say why, so that the requester knows." if verdict == Vote.Verdict.REJECTED else ""
    comment = words(comment, "comment", most=MOST_COMMENT, needed=needed)
    at = at or timezone.now()
    Vote.objects.create(approval=approval, person=actor, verdict=verdict, comment=comment, at=at)
    record(
        VOTE_CAST,
        approval.request.ticket,
        actor=actor,
        at=at,
        verdict=Vote.Verdict(verdict).label.lower(),
        label=approval.label,
        comment=comment,
        approval_id=approval.pk,
    )
    outcome = decided(approval)
    if outcome is not None:
        reason = f"{actor.name}: {comment}" if comment else ""
        settle(approval, granted=outcome, reason=reason, at=at)
    return approval


def _require_asked(approval: Approval) -> None:
    if approval.state != "asked":
        raise TransitionNotAllowed(
            f"“{approval.label}” is not open for a vote: {approval.state_label.lower()}."
        )


def decided(approval: Approval) -> bool | None:
    """What the votes so far add up to: True, False, or None for not decided yet."""
    asked = approval.approvers.filter(delegated_to=None).count()
    verdicts = list(approval.votes.values_list("verdict", flat=True))
    yes = verdicts.count(Vote.Verdict.APPROVED)
    no = len(verdicts) - yes
    needed = approval.needed(asked)
    # With any one, the first vote decides, though others could still approve.
    reachable = no == 0 if approval.quorum == ApprovalRule.Quorum.ANY else no <= asked - needed
    if not reachable:
        return False
    return True if yes >= needed else None


def settle(approval: Approval, *, granted: bool, reason: str, at: datetime) -> None:
    """Closes a step of a locked request; the last one granted approves it, one refused ends it."""
    step = "grant" if granted else "refuse"
    approval.state = APPROVAL.target(step, approval.state)
    approval.settled_at = at
    approval.save(update_fields=["state", "settled_at"])
    request = approval.request
    record(
        APPROVAL_SETTLED,
        request.ticket,
        actor=None,
        at=at,
        label=approval.label,
        outcome=approval.state_label.lower(),
        approval_id=approval.pk,
    )
    if not granted:
        note = f"Not approved ({approval.label}). {reason or 'Nobody decided in time.'}"
        drop_approvals(request, at=at)
        request.ticket = reject_request(request.ticket, actor=None, note=note, at=at)
    elif ask_next(request, at=at) is None:
        request.ticket = approve_request(request.ticket, actor=None, at=at)
        begin_plan(request, at=at)


def drop_approvals(request: ItemRequest, *, at: datetime) -> int:
    """Nobody needs to decide the undecided steps any more; returns how many there were."""
    undecided = request.approvals.filter(state__in=APPROVAL.in_category(UNDECIDED))
    return undecided.update(state="dropped", settled_at=at)


@transaction.atomic
def delegate_approval(
    approval: Approval, *, actor: Person, to: Person, at: datetime | None = None
) -> Approval:
    """Hands one's vote to somebody else, who is then asked instead."""
    approval = locked_approval(approval)
    _require_asked(approval)
    require_vote(actor, approval)
    if not to.is_active or to.pk in {actor.pk, approval.request.ticket.requester_id}:
        raise DomainError("Choose somebody else: neither yourself nor the requester.", field="to")
    if approval.approvers.filter(person=to).exists():
        raise DomainError(f"{to.name} is asked already.", field="to")
    at = at or timezone.now()
    Approver.objects.create(
        approval=approval, person=to, because=f"on behalf of {actor.name}"[:120], added_at=at
    )
    approval.approvers.filter(person=actor).update(delegated_to=to)
    record(
        APPROVAL_DELEGATED,
        approval.request.ticket,
        actor=actor,
        at=at,
        to=to.name,
        to_id=to.pk,
        label=approval.label,
        approval_id=approval.pk,
    )
    return approval
