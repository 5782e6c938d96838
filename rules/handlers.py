"""What rules do when something happened."""

from django.db import transaction

from core.models import Event
from core.timeline import handles
from incidents.models import Ticket
from rules import notices, tasks
from rules.actions import run_event_rules
from rules.activators import KINDS
from rules.events import DRY_RUN_REQUESTED, PEOPLE_TOLD, RULE_PAUSED
from rules.models import Rule


@handles(*KINDS)
def run_rules(event: Event) -> None:
    """Rules this fact sets off; what they do and the receipt commit together."""
    run_event_rules(event)


@handles(PEOPLE_TOLD)
def tell_people(event: Event) -> None:
    """Whom a rule or macro wanted to know hears of the ticket."""
    notices.tell_people(event, Ticket.objects.get(pk=event.subject_id))


@handles(RULE_PAUSED)
def tell_the_owner(event: Event) -> None:
    """The owner hears that the rule does not run any more, and why."""
    notices.tell_owner(event, Rule.objects.select_related("owner").get(pk=event.subject_id))


@handles(DRY_RUN_REQUESTED)
def begin_dry_run(event: Event) -> None:
    """Wakes a worker; with a broker that is down the schedule does."""
    run_id = event.subject_id

    def wake() -> None:
        tasks.work_on_dry_run.delay(run_id)

    transaction.on_commit(wake, robust=True)
