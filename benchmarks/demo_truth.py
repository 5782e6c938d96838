"""The demo's incidents with the causes behind them, straight from the plan, without a database."""

from datetime import UTC, datetime

from dashboards.demo.plan import make_plan

# Any working day: the figures of two runs must be comparable.
MOMENT = datetime(2026, 5, 6, 14, 30, tzinfo=UTC)


def load_demo_truth() -> tuple[list[str], list[str]]:
    """Texts (the title is the first line) and true causes of the demo's incidents.

    An incident that shares its cause with no other has a cause of its own.
    """
    incidents = [
        ticket
        for ticket in make_plan(MOMENT).tickets
        if ticket.kind == "incident" and ticket.state != "cancelled"
    ]
    texts = [f"{ticket.title}\n{ticket.body}" for ticket in incidents]
    return texts, [ticket.cause for ticket in incidents]
