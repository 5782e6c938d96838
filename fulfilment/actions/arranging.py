"""Arranging the request catalogue: items, their approval steps and their plans."""

from collections.abc import Sequence
from typing import Any, TypedDict, TypeVar, Unpack

from django.db import models, transaction
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.models import BusinessCalendar, IntakeForm, Service
from core.errors import DomainError
from core.given import words
from core.timeline import record
from fulfilment.events import ITEM_SAVED
from fulfilment.models import ApprovalRule, PlanRule, RequestItem
from fulfilment.permissions import require_catalogue

MOST_STEPS = 10
MOST_TASKS = 40


class ItemFields(TypedDict, total=False):
    """What describes an item."""

    name: str
    service: Service
    category: str
    icon: str
    summary: str
    description: str
    audience: str
    organisations: Sequence[Organisation]
    form: IntakeForm | None
    expected_days: int
    is_active: bool


@transaction.atomic
def save_item(
    item: RequestItem | None, *, actor: Person | None, **fields: Unpack[ItemFields]
) -> RequestItem:
    """Writes a new item, or changes the given fields of one that is there."""
    require_catalogue(actor)
    if item is not None:
        item = RequestItem.objects.select_for_update().get(pk=item.pk)
    row = item or RequestItem()
    organisations = fields.pop("organisations", None)
    for name, value in fields.items():
        setattr(row, name, value)
    row.name = words(row.name, "name", most=120, needed="Give it a name.")
    row.category = words(row.category, "category", most=80, needed="Say where it stands.")
    if RequestItem.objects.filter(name__iexact=row.name).exclude(pk=row.pk).exists():
        raise DomainError("Another item has this name.", field="name")
    row.updated_at = timezone.now()
    row.save()
    if organisations is not None:
        row.organisations.set(organisations)
    if row.audience == RequestItem.Audience.ORGANISATIONS and not row.organisations.exists():
        raise DomainError("Choose at least one organisation.", field="organisations")
    record(ITEM_SAVED, row, actor=actor)
    return row


R = TypeVar("R", ApprovalRule, PlanRule)


class ApprovalFields(TypedDict, total=False):
    """What describes an approval step."""

    label: str
    asks: str
    people: Sequence[Person]
    team: Team | None
    role: str
    quorum: str
    count: int
    percent: int
    calendar: BusinessCalendar | None
    due_hours: int | None
    remind_hours: int | None
    on_timeout: str


@transaction.atomic
def save_approval_rule(
    item: RequestItem,
    rule: ApprovalRule | None,
    *,
    actor: Person | None,
    **fields: Unpack[ApprovalFields],
) -> ApprovalRule:
    """Writes a new last step of an item, or changes one; requests already made keep theirs."""
    item = _locked(item, actor)
    people = fields.pop("people", None)
    row = rule or ApprovalRule(item=item, position=_end(item.approval_rules, MOST_STEPS))
    _set(row, fields)
    row.label = words(row.label, "label", most=80, needed="Name the step.")
    _check_who(row, people)
    if row.due_hours is not None and (row.remind_hours or 0) >= row.due_hours:
        raise DomainError("Remind before the decision is due.", field="remind_hours")
    row.save()
    if people is not None:
        row.people.set(people)
    record(ITEM_SAVED, item, actor=actor)
    return row


def _check_who(row: ApprovalRule, people: Sequence[Person] | None) -> None:
    asks = ApprovalRule.Asks
    if row.asks == asks.TEAM and row.team is None:
        raise DomainError("Choose the team.", field="team")
    if row.asks == asks.ROLE and not row.role:
        raise DomainError("Choose the role.", field="role")
    known = people if people is not None else row.pk and row.people.all()
    if row.asks == asks.PEOPLE and not known:
        raise DomainError("Name at least one person.", field="people")
    if row.quorum == ApprovalRule.Quorum.COUNT and row.count < 1:
        raise DomainError("At least one.", field="count")
    if row.quorum == ApprovalRule.Quorum.PERCENT and not 1 <= row.percent <= 100:
        raise DomainError("A percentage from 1 to 100.", field="percent")


class PlanFields(TypedDict, total=False):
    """What describes a task of a plan."""

    title: str
    instructions: str
    team: Team | None
    after: PlanRule | None
    required: bool
    due_hours: int | None


@transaction.atomic
def save_plan_rule(
    item: RequestItem, rule: PlanRule | None, *, actor: Person | None, **fields: Unpack[PlanFields]
) -> PlanRule:
    """Writes a new last task of an item's plan, or changes one; plans already begun stay."""
    item = _locked(item, actor)
    row = rule or PlanRule(item=item, position=_end(item.plan_rules, MOST_TASKS))
    _set(row, fields)
    row.title = words(row.title, "title", most=150, needed="Say what is to be done.")
    before = row.after is None or (
        row.after.item_id == item.pk and row.after.position < row.position
    )
    if not before:
        raise DomainError("Choose a task that stands before this one.", field="after")
    row.save()
    record(ITEM_SAVED, item, actor=actor)
    return row


@transaction.atomic
def move_rule(rule: R, *, actor: Person | None, up: bool) -> R:
    """Changes places with the neighbour; at an end nothing changes."""
    item = _locked(rule.item, actor)
    rows = type(rule).objects.filter(item=item)
    here = rows.get(pk=rule.pk)
    beside = (
        rows.filter(position__lt=here.position).order_by("-position").first()
        if up
        else rows.filter(position__gt=here.position).order_by("position").first()
    )
    if beside is None:
        return here
    here.position, beside.position = beside.position, here.position
    here.save(update_fields=["position"])
    beside.save(update_fields=["position"])
    _forget_later(item)
    record(ITEM_SAVED, item, actor=actor)
    return here


@transaction.atomic
def remove_rule(rule: ApprovalRule | PlanRule, *, actor: Person | None) -> RequestItem:
    """Takes a step or a task out of an item; requests already made keep theirs."""
    item = _locked(rule.item, actor)
    rule.delete()
    record(ITEM_SAVED, item, actor=actor)
    return item


def _forget_later(item: RequestItem) -> None:
    """A task moved before the one it waited for waits for it no more."""
    item.plan_rules.filter(after__position__gte=models.F("position")).update(after=None)


def _locked(item: RequestItem, actor: Person | None) -> RequestItem:
    require_catalogue(actor)
    return RequestItem.objects.select_for_update().get(pk=item.pk)


def _set(row: models.Model, fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)


def _end(rules: Any, most: int) -> int:
    """The place after the last rule."""
    places = [rule.position for rule in rules.all()]
    if len(places) >= most:
        raise DomainError(f"At most {most}.")
    return max(places, default=0) + 1
