"""Builders of the request catalogue and of requests that go through the actions."""

from itertools import count
from typing import Any

from accounts.models import Person
from catalogue.actions import change_draft, create_form, publish_form
from catalogue.models import IntakeForm, Service
from fulfilment.actions import request_item, save_approval_rule, save_item, save_plan_rule
from fulfilment.models import ApprovalRule, ItemRequest, PlanRule, RequestItem

_numbers = count(1)


def make_form(*fields: dict[str, Any], service: Service | None = None) -> IntakeForm:
    """A published form of one section; labels default to the key, types to text."""
    form = create_form(actor=None, name=f"Form {next(_numbers)}", service=service)
    asked = [{"label": one["key"].capitalize(), "type": "text", **one} for one in fields]
    form = change_draft(form, actor=None, definition={"sections": [{"fields": asked}]})
    return publish_form(form, actor=None)


def make_item(service: Service, **fields: Any) -> RequestItem:
    """An item for everybody, without form, approvals and plan."""
    fields.setdefault("name", f"New laptop {next(_numbers)}")
    fields.setdefault("category", "Workplace")
    return save_item(None, actor=None, service=service, **fields)


def add_step(item: RequestItem, **fields: Any) -> ApprovalRule:
    """A further approval step."""
    fields.setdefault("label", f"Step {next(_numbers)}")
    return save_approval_rule(item, None, actor=None, **fields)


def add_task(item: RequestItem, **fields: Any) -> PlanRule:
    """A further task of the plan."""
    fields.setdefault("title", f"Task {next(_numbers)}")
    return save_plan_rule(item, None, actor=None, **fields)


def make_request(item: RequestItem, by: Person, **fields: Any) -> ItemRequest:
    """A request of this item by this person."""
    fields.setdefault("given", {})
    return request_item(item, actor=by, requester=by, **fields)
