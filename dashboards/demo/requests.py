"""What Fernwick and its customers may ask for, and what they asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class DemoStep:
    """One approval step; `team` and `people` are keys."""

    label: str
    asks: str = "manager"
    team: str = ""
    people: tuple[str, ...] = ()
    quorum: str = "any"
    count: int = 1
    due_hours: int | None = 48
    on_timeout: str = "escalate"


@dataclass(frozen=True)
class DemoTask:
    """One task of a plan; `after` is the place of an earlier one, counted from one."""

    title: str
    team: str
    hours: int
    after: int = 0
    required: bool = True


@dataclass(frozen=True)
class DemoItem:
    """One item of the catalogue."""

    name: str
    service: str
    category: str
    icon: str
    summary: str
    days: int
    form: str = ""
    audience: str = "everybody"
    steps: tuple[DemoStep, ...] = ()
    tasks: tuple[DemoTask, ...] = field(default=())


MANAGER = DemoStep("Manager")

ITEMS: tuple[DemoItem, ...] = (
    DemoItem(
        "Another user account", "identity", "Accounts and access", "user-plus",
        "For a colleague who begins to work with us", 1, "Another user account",
        steps=(MANAGER,),
        tasks=(
            DemoTask("Create the account", "access", 8),
            DemoTask("Send the invitation", "access", 16, after=1),
        ),
    ),
    DemoItem(
        "Access to payout reports", "reports", "Accounts and access", "chart-column",
        "Payouts, fees and chargebacks of your shops", 2, "Access to payout reports",
        steps=(
            MANAGER,
            DemoStep("Owner of the data", "people", people=("ines.moreau", "emma.fischer")),
        ),
        tasks=(DemoTask("Open the reports", "data", 8),),
    ),
    DemoItem(
        "Card terminal", "payments", "Shops and payments", "credit-card",
        "One more terminal for a shop, ready to plug in", 4, "Card terminal",
        steps=(MANAGER,),
        tasks=(
            DemoTask("Register the terminal", "money", 8),
            DemoTask("Send it", "money", 48, after=1),
            DemoTask("Call after the first payment", "money", 96, after=2, required=False),
        ),
    ),
    DemoItem(
        "New bank account for payouts", "payments", "Shops and payments", "shield-check",
        "Checked by two people before any money moves", 2, "New bank account",
        steps=(
            DemoStep("Two of Payments", "team", team="money", quorum="count", count=2,
                     due_hours=24, on_timeout="reject"),
        ),
        tasks=(DemoTask("Change the account", "money", 8),),
    ),
    DemoItem(
        "Data export", "reports", "Data", "database",
        "Your data as a file, once", 1, "Data export",
        tasks=(DemoTask("Make the export", "data", 16),),
    ),
    DemoItem(
        "New laptop", "workplace", "Equipment", "laptop",
        "With everything your team uses already on it", 5, "New laptop", "internal",
        steps=(MANAGER,),
        tasks=(
            DemoTask("Order it", "workplace", 8),
            DemoTask("Set it up", "workplace", 72, after=1),
            DemoTask("Hand it over", "workplace", 96, after=2),
            DemoTask("Take the old one back", "workplace", 240, after=3, required=False),
        ),
    ),
    DemoItem(
        "New starter", "workplace", "People", "user-plus",
        "Desk, laptop, accounts and a first day without waiting", 10, "New starter", "internal",
        steps=(MANAGER, DemoStep("Service management", "role")),
        tasks=(
            DemoTask("Order the laptop", "workplace", 24),
            DemoTask("Create the accounts", "access", 48),
            DemoTask("Set the laptop up", "workplace", 96, after=1),
            DemoTask("Put them on the rota", "desk", 120),
            DemoTask("Say hello on the first day", "desk", 200, after=4, required=False),
        ),
    ),
    DemoItem(
        "Somebody leaves", "workplace", "People", "user-minus",
        "Accounts closed and equipment back, on the day", 5, "", "internal",
        steps=(DemoStep("Service management", "role"),),
        tasks=(
            DemoTask("Close the accounts", "access", 24),
            DemoTask("Take the equipment back", "workplace", 72),
        ),
    ),
    DemoItem(
        "Network access from outside", "workplace", "Accounts and access", "key-round",
        "VPN for work from home or on the road", 2, "Network access", "internal",
        steps=(
            MANAGER,
            DemoStep("Platform Engineering", "team", team="platform", due_hours=24),
        ),
        tasks=(DemoTask("Open the access", "workplace", 8),),
    ),
    DemoItem(
        "Software licence", "workplace", "Equipment", "app-window",
        "A programme you cannot do your work without", 3, "Software licence", "internal",
        steps=(DemoStep("Manager", due_hours=24),),
        tasks=(DemoTask("Buy and install", "workplace", 24),),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class DemoRequest:
    """Somebody asks, some days ago, and it goes so far.

    `by` is a key of the house, or a customer's organisation and a place among its people.
    `goes` is how far: asked, approved, working, done, rejected, late.
    """

    item: str
    by: str
    days_ago: float
    goes: str
    answers: dict[str, Any]
    said: str = ""


_LAPTOP = {"model": "16 inch, strong", "reason": "Builds take 20 minutes on the old one."}
REQUESTS: tuple[DemoRequest, ...] = (
    DemoRequest("New laptop", "vikram.rao", 16, "done", _LAPTOP, "Fine, the old one is from 2020."),
    DemoRequest("New laptop", "leo.marsh", 4, "working", {"model": "14 inch, light"}),
    DemoRequest("New laptop", "nia.okafor", 0.3, "asked", {"model": "14 inch, light"}),
    DemoRequest(
        "New starter", "grace.lindqvist", 3, "working",
        {"full_name": "Jo Marchetti", "starts": "2027-01-04", "place": "From home",
         "address": "12 Quay Street, Bristol", "tools": ["Mail", "Ticket desk"]},
    ),
    DemoRequest(
        "Network access from outside", "chiara.conti", 1.2, "asked",
        {"systems": "Billing staging", "abroad": True, "country": "Italy"},
    ),
    DemoRequest(
        "Software licence", "kim.tran", 2.5, "late",
        {"product": "Phone recorder", "price": 640, "compared": "Two free ones; none is signed."},
    ),
    DemoRequest(
        "Software licence", "olek.nowak", 9, "rejected",
        {"product": "Diagram Studio", "price": 90}, "We have a house licence: ask Aoife for it.",
    ),
    DemoRequest(
        "Card terminal", "pippa 0", 6, "done",
        {"count": 1, "address": "Pippa & Finch, 4 Mill Lane, Bath"},
    ),
    DemoRequest(
        "Card terminal", "pippa 1", 0.5, "asked",
        {"count": 2, "address": "Pippa & Finch, 9 Harbour Road, Bristol", "rush": True,
         "rush_why": "The Christmas market begins on Friday."},
    ),
    DemoRequest(
        "Access to payout reports", "pippa 0", 1.5, "asked",
        {"reports": ["Payouts", "Fees"], "personal": False},
    ),
    DemoRequest(
        "Data export", "pippa 0", 2, "working",
        {"what": "All invoices of the last quarter", "format": "Excel"},
    ),
    DemoRequest(
        "Another user account", "pippa 1", 0.2, "asked",
        {"full_name": "Milo Finch", "email": "milo@pippaandfinch.example", "from": "2026-12-01",
         "role": "Accountant"},
    ),
    DemoRequest(
        "New bank account for payouts", "pippa 0", 0.6, "asked",
        {"iban": "GB33BUKB20201555555555", "valid_from": "2026-12-15"},
    ),
)  # fmt: skip
