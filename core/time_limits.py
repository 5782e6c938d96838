"""A limit on what one reading of the database may cost."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from core.errors import DomainError

_CANCELLED = "57014"


class TookTooLong(DomainError):
    """A reading was stopped; nothing is wrong with the database or the question."""

    status = 422


@contextmanager
def time_limit(milliseconds: int, sentence: str, *, field: str | None = None) -> Iterator[None]:
    """No statement inside may take longer: then TookTooLong says `sentence` at `field`.

    For reading only: what was written inside is gone with the statement that was stopped.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'), "
                "set_config('statement_timeout', %s, true)",
                [str(milliseconds)],
            )
            before = cursor.fetchone()[0]
            yield
            # A transaction around this one goes on with its own limit.
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != _CANCELLED:
            raise
        raise TookTooLong(sentence, field=field) from error
