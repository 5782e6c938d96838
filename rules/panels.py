"""Boxes of this app beside a ticket, and macros in the menu of the writing box."""

from collections.abc import Sequence

from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Person
from core.extensions import Panel, panel
from incidents.composing import Choice, composer_source
from incidents.models import Ticket
from rules.models import Macro, RuleRun
from rules.tracing import traced

SHOWN_RUNS = 3
SHOWN_MACROS = 6


@composer_source
def macros_to_run(person: Person, ticket: Ticket) -> Sequence[Choice]:
    """The person's macros, run on the ticket when chosen."""
    return [
        Choice(
            key=f"macro.{macro.pk}",
            label=macro.name,
            group="Macros",
            hint=macro.what,
            run_url=reverse("rules:macro_run", args=[macro.pk, ticket.pk]),
        )
        for macro in Macro.objects.visible_to(person).kept().select_related("current")
    ]


@panel("incidents.ticket", "context", order=85)
def macros(request: HttpRequest, record: models.Model) -> Panel | None:
    """A button for each of the first macros, and the way to all of them."""
    person = request.user
    if not isinstance(person, Person) or not person.is_support or not isinstance(record, Ticket):
        return None
    found = list(
        Macro.objects.visible_to(person).kept().select_related("current")[: SHOWN_MACROS + 1]
    )
    if not found:
        return None
    context = {
        "ticket": record,
        "macros": found[:SHOWN_MACROS],
        "more": len(found) > SHOWN_MACROS,
    }
    return Panel("macros", "Macros", "rules/panels/macros.html", dict(context))


@panel("incidents.ticket", "context", order=90)
def which_rule_did_this(request: HttpRequest, record: models.Model) -> Panel | None:
    """The newest runs of rules on the ticket, with what followed from each."""
    person = request.user
    if not isinstance(person, Person) or not person.is_staff_member:
        return None
    if not isinstance(record, Ticket):
        return None
    runs = RuleRun.objects.filter(ticket=record)  # visibility: of the ticket whose page this is
    newest = list(runs.select_related("rule", "version").order_by("-id")[: SHOWN_RUNS + 1])
    if not newest:
        return None
    return Panel(
        "which-rule",
        "Which rule did this",
        "rules/panels/runs.html",
        {
            "ticket": record,
            "runs": traced(newest[:SHOWN_RUNS]),
            "more": len(newest) > SHOWN_RUNS,
        },
    )
