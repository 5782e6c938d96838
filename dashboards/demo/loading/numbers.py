"""References that do not begin at one."""

from __future__ import annotations

from django.db import connection


def start_numbers_at(table: str, number: int) -> None:
    """Lets the first reference of an empty table be `number` + 1, as on a desk of some age."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, number])
