"""Asking for something of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.timeline import record
from fulfilment.actions.deciding import ask_next, lay_out_approvals
from fulfilment.actions.planning import begin_plan
from fulfilment.events import ITEM_REQUESTED
from fulfilment.models import ItemRequest, RequestItem
from fulfilment.permissions import may_ask_for
from incidents.actions import (
    add_copies,
    approve_request,
    keep_answers,
    open_ticket,
    submit_request,
)
from incidents.models import Channel, Kind


@transaction.atomic
def request_item(
    item: RequestItem,
    *,
    actor: Person | None,
    requester: Person,
    given: Mapping[str, Any],
    uploads: Mapping[str, UploadedFile[bytes]] | None = None,
    note: str = "",
    copy_to: Sequence[str] = (),
    channel: str = Channel.PORTAL,
    at: datetime | None = None,
) -> ItemRequest:
    """Opens the service request with its answers and asks for its first approval.

    `copy_to` names people in copy. Without approval steps it is approved at once and its plan
    begins.
    """
    if not may_ask_for(actor, requester):
        raise NotPermitted("You may ask for yourself only.", field="requester")
    if not RequestItem.objects.visible_to(requester).filter(pk=item.pk, is_active=True).exists():
        raise DomainError(f"{requester.name} cannot ask for this.", field="requester")
    at = at or timezone.now()
    ticket = open_ticket(
        actor=actor,
        requester=requester,
        kind=Kind.SERVICE_REQUEST,
        title=item.name,
        description=note,
        service=item.service,
        category=item.category,
        channel=channel,
        at=at,
    )
    if copy_to:
        add_copies(ticket, actor=actor, named=copy_to, at=at)
    version = None if item.form is None else item.form.current
    answers = None
    if version is not None:
        answers = keep_answers(
            ticket,
            actor=actor,
            version=version,
            given=given,
            uploads=uploads,
            at=at,
            field="answers",
        )
    request = ItemRequest.objects.create(
        ticket=ticket,
        item=item,
        answers=answers,
        expected_at=working_days_after(at, item.expected_days),
        created_at=at,
    )
    record(ITEM_REQUESTED, ticket, actor=actor, at=at, item=item.name)
    by_steps = lay_out_approvals(request)
    request.ticket = submit_request(ticket, actor=actor, by_steps=by_steps, at=at)
    if by_steps:
        ask_next(request, at=at)
    else:
        request.ticket = approve_request(request.ticket, actor=None, at=at)
        begin_plan(request, at=at)
    return request


def working_days_after(at: datetime, days: int) -> datetime:
    """The moment so many days later, Saturdays and Sundays not counted."""
    moment = at
    while days > 0:
        moment += timedelta(days=1)
        days -= moment.weekday() < 5
    return moment
