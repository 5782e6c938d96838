"""What requests and two services of the demo ask."""

from __future__ import annotations

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
