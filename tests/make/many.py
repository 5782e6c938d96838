"""Many tickets in a few statements, and what a statement reads of them."""

import json

from django.db import connection


def copy_tickets(how_many: int) -> None:
    """Copies of one ticket with a title out of a few words, as an import would leave them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM incidents_ticket")
        model = cursor.fetchone()[0]
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
            "WHERE table_name = 'incidents_ticket' AND column_name NOT IN ('id', 'title')"
        )
        columns = cursor.fetchone()[0]
        cursor.execute(
            f"INSERT INTO incidents_ticket (title, {columns}) "  # noqa: S608 (names of columns)
            "SELECT (ARRAY['Card','Invoice','Login','Printer','Report'])[1 + n %% 5] || ' ' || "
            "(ARRAY['declined','fails','is slow','is lost'])[1 + n %% 4] || ' case ' || n, "
            f"{columns} FROM incidents_ticket, generate_series(1, %s) AS n WHERE id = %s",
            [how_many, model],
        )
        cursor.execute(
            "INSERT INTO incidents_ticketsearch (ticket_id, everything, public) "
            "SELECT id, setweight(to_tsvector('english', title), 'A'), '' FROM incidents_ticket "
            "ON CONFLICT DO NOTHING"
        )
        cursor.execute("ANALYZE incidents_ticket, incidents_ticketsearch")


def rows_read(statement: str) -> int:
    """The most rows one part of the plan took from a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".replace("%", "%%"))
        plan = cursor.fetchone()[0]
    waiting = [json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"]]
    most = 0
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node.get("Relation Name"):
            passed_over = node.get("Rows Removed by Filter", 0)
            most = max(most, int((node["Actual Rows"] + passed_over) * node["Actual Loops"]))
    return most
