"""What every change of a major incident shares."""

from functools import partial

from core import given
from core.errors import TransitionNotAllowed
from majors.models import MajorIncident

MOST_WORDS = 20_000
words = partial(given.words, most=MOST_WORDS)


def locked(major: MajorIncident) -> MajorIncident:
    """The row as it is now; nobody else changes it before this transaction ends."""
    return (
        MajorIncident.objects.select_for_update(of=("self",))
        .select_related("ticket")
        .get(pk=major.pk)
    )


def require_accepted(major: MajorIncident) -> None:
    """TransitionNotAllowed for one that nobody has accepted, or that was ended."""
    if major.state != "accepted":
        raise TransitionNotAllowed(
            f"This is possible once it is accepted; it is {major.word.lower()}."
        )
