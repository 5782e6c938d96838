"""What Fernwick and its customers may ask for: forms, items, approval steps, plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Definition = dict[str, Any]


def _ask(key: str, label: str, type: str = "text", **more: Any) -> Definition:  # noqa: A002 (the form's own word)
    return {"key": key, "label": label, "type": type, **more}


def _when(key: str, value: str, comparison: str = "is") -> Definition:
    return {"field": key, "comparison": comparison, "value": value}


def _form(*sections: tuple[str, list[Definition]]) -> Definition:
    return {"sections": [{"title": title, "fields": fields} for title, fields in sections]}


CUSTOM_FIELDS: dict[str, Definition] = {
    "payments": _form(
        (
            "",
            [
                _ask("terminal", "Terminal or shop", help="As printed on the receipt.", most=20),
                _ask("scheme", "Card", "choice", options=["Visa", "Mastercard", "Amex", "Other"]),
                _ask("amount", "Amount", "number", least=0),
                _ask(
                    "declined_code", "Code shown", shown_when=_when("scheme", "", "filled"), most=10
                ),
                _ask("fraud", "Fraud is suspected", "yes_no", staff_only=True),
            ],
        )
    ),
    "identity": _form(
        (
            "",
            [
                _ask(
                    "method",
                    "How do you sign in?",
                    "choice",
                    options=["Password", "Single sign-on", "Code by text message"],
                ),
                _ask(
                    "provider",
                    "Identity provider",
                    "choice",
                    options=["Okta", "Entra ID", "Other"],
                    shown_when=_when("method", "Single sign-on"),
                ),
                _ask("affected", "How many people?", "number", least=1),
            ],
        )
    ),
}

FORMS: dict[str, Definition] = {
    "Another user account": _form(
        (
            "The person",
            [
                _ask("full_name", "Full name", required=True),
                _ask("email", "E-mail address", pattern="email", required=True),
                _ask("from", "From when", "date", required=True),
            ],
        ),
        (
            "What they do",
            [
                _ask(
                    "role",
                    "Role",
                    "choice",
                    required=True,
                    options=["Viewer", "Accountant", "Administrator"],
                ),
                _ask(
                    "why_admin",
                    "Why an administrator?",
                    "long_text",
                    shown_when=_when("role", "Administrator"),
                    required=True,
                ),
            ],
        ),
    ),
    "Access to payout reports": _form(
        (
            "",
            [
                _ask(
                    "reports",
                    "Which reports",
                    "choices",
                    required=True,
                    options=["Payouts", "Fees", "Chargebacks", "Customers"],
                ),
                _ask("personal", "Do you need customers' personal data?", "yes_no", required=True),
                _ask(
                    "purpose",
                    "What for?",
                    "long_text",
                    shown_when={
                        "any": [_when("personal", "yes"), _when("reports", "Customers", "includes")]
                    },
                    required=True,
                ),
                _ask("until", "Until when", "date"),
            ],
        )
    ),
    "Card terminal": _form(
        (
            "",
            [
                _ask("count", "How many", "number", required=True, least=1, most=50, default="1"),
                _ask(
                    "address",
                    "Where should it go?",
                    "long_text",
                    required=True,
                    help="Full address",
                ),
                _ask("rush", "Is it urgent?", "yes_no"),
                _ask(
                    "rush_why",
                    "Why is it urgent?",
                    shown_when=_when("rush", "yes"),
                    required=True,
                ),
            ],
        )
    ),
    "Data export": _form(
        (
            "",
            [
                _ask("what", "What data", "long_text", required=True),
                _ask("format", "Format", "choice", required=True, options=["CSV", "Excel", "JSON"]),
                _ask("since", "From", "date"),
                _ask("until", "To", "date"),
            ],
        )
    ),
    "New bank account": _form(
        (
            "",
            [
                _ask("iban", "IBAN of the new account", pattern="code", required=True, least=15),
                _ask("valid_from", "From when", "date", required=True),
                _ask("letter", "Letter of the bank", "file", help="A photograph is enough."),
            ],
        )
    ),
    "New laptop": _form(
        (
            "",
            [
                _ask(
                    "model",
                    "Model",
                    "choice",
                    required=True,
                    options=["14 inch, light", "16 inch, strong", "Workstation"],
                ),
                _ask(
                    "reason",
                    "What for?",
                    "long_text",
                    required=True,
                    shown_when=_when("model", "14 inch, light", "is_not"),
                ),
                _ask("old", "Inventory number of the old one", pattern="code"),
                _ask("cost_centre", "Cost centre", pattern="digits", staff_only=True),
            ],
        )
    ),
    "New starter": _form(
        (
            "Who starts",
            [
                _ask("full_name", "Full name", required=True),
                _ask("starts", "First day", "date", required=True),
                _ask("lead", "Their team lead", "person"),
            ],
        ),
        (
            "Where and with what",
            [
                _ask(
                    "place",
                    "Place of work",
                    "choice",
                    required=True,
                    options=["Office", "From home"],
                ),
                _ask(
                    "address",
                    "Address for the parcel",
                    "long_text",
                    shown_when=_when("place", "From home"),
                    required=True,
                ),
                _ask(
                    "tools",
                    "Tools",
                    "choices",
                    options=["Mail", "Source code", "Ticket desk", "Design", "Accounting"],
                ),
            ],
        ),
    ),
    "Network access": _form(
        (
            "",
            [
                _ask("systems", "Which systems", "long_text", required=True),
                _ask("until", "Until when", "date"),
                _ask("abroad", "Will you work from abroad?", "yes_no", required=True),
                _ask("country", "From where", shown_when=_when("abroad", "yes"), required=True),
            ],
        )
    ),
    "Software licence": _form(
        (
            "",
            [
                _ask("product", "Product", required=True),
                _ask("price", "Price a year", "number", least=0, required=True),
                _ask(
                    "compared",
                    "What did you compare it with?",
                    "long_text",
                    shown_when=_when("price", "500", "above"),
                    required=True,
                ),
            ],
        )
    ),
}


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
