"""What assistants did in somebody's name."""

from django.db import transaction

from accounts.models import Person
from core.models import Event
from core.timeline import record
from devlink import events


@transaction.atomic
def note_assistant_call(
    *, actor: Person, tool: str, arguments: str, outcome: str, said: str, milliseconds: int
) -> Event:
    """Writes down one call: by whom, of which tool, with what, how it ended and how long it took.

    The texts are shortened and cleaned by the caller.
    """
    return record(
        events.ASSISTANT_CALLED,
        actor,
        actor=actor,
        tool=tool,
        arguments=arguments,
        outcome=outcome,
        said=said,
        milliseconds=milliseconds,
    )
