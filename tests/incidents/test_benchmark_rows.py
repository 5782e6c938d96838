"""The rows the benchmark copies into tables: nothing a table insists on may be missing."""

import pytest
from django.db import models

from benchmarks import rows
from incidents.models import Message, StatusInterval, Ticket, TicketClock


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Ticket, rows.TICKET),
        (Message, rows.MESSAGE),
        (StatusInterval, rows.INTERVAL),
        (TicketClock, rows.CLOCK),
    ],
)
def test_every_column_that_must_be_filled_is(model: type[models.Model], columns: list[str]) -> None:
    needed = {
        field.column
        for field in model._meta.concrete_fields
        if not (field.null or field.has_db_default() or isinstance(field, models.AutoField))
    }
    assert needed - {"id"} <= set(columns)
