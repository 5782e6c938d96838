"""What every change of a major incident shares."""

from core.errors import DomainError, TransitionNotAllowed
from majors.models import MajorIncident

MOST_WORDS = 20_000


def locked(major: MajorIncident) -> MajorIncident:
    """The row as it is now; nobody else changes it before this transaction ends."""
    return (
        MajorIncident.objects.select_for_update(of=("self",))
        .select_related("ticket")
        .get(pk=major.pk)
    )


def words(text: str, field: str, *, most: int = MOST_WORDS, needed: str = "") -> str:
    """The text without blank ends; a DomainError at `field` when too long, or empty but needed."""
    clean = text.replace("\x00", "").strip()
    if needed and not clean:
        raise DomainError(needed, field=field)
    if len(clean) > most:
        raise DomainError(f"At most {most:,} characters; this has {len(clean):,}.", field=field)
    return clean


def label_of(value: str, choices: list[tuple[str, str]], field: str) -> str:
    """The label of a choice; a DomainError at `field` when there is no such choice."""
    for name, label in choices:
        if name == value:
            return label
    raise DomainError("Choose one of the list.", field=field)


def require_accepted(major: MajorIncident) -> None:
    """TransitionNotAllowed for one that nobody has accepted, or that was ended."""
    if major.state != "accepted":
        raise TransitionNotAllowed(
            f"This is possible once it is accepted; it is {major.word.lower()}."
        )
