"""What PostgreSQL has to know to choose good plans."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model


def refresh_statistics(models: Iterable[type[Model]]) -> None:
    """Counts the tables anew for the planner, as it would by itself a minute or more later.

    After thousands of new rows the old numbers lead to joins that take minutes.
    https://www.postgresql.org/docs/current/populate.html (“Run ANALYZE Afterwards”)
    """
    tables = (connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")
