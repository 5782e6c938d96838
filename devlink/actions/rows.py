"""What every action begins with: the locked row, and text fit to be stored."""

from typing import TypeVar

from django.db import models

from accounts.models import Person, Team
from accounts.roles import Side
from core.errors import DomainError

Row = TypeVar("Row", bound=models.Model)

_SIDES = {
    Side.SUPPORT: "You are not a member of a support team.",
    Side.DEVELOPMENT: "You are not a member of a development team.",
}


def locked(row: Row) -> Row:
    """The row as it is now, locked until the transaction ends."""
    # `__class__`, not `type`: the signed-in person arrives wrapped in a lazy object.
    fresh: Row = row.__class__._base_manager.select_for_update().get(pk=row.pk)
    return fresh


def words(text: str, *, field: str, missing: str, longest: int | None = None) -> str:
    """Text without its surrounding blanks; DomainError at `field` when empty or too long."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise DomainError(missing, field=field)
    if longest is not None and len(text) > longest:
        raise DomainError(f"At most {longest} characters, please.", field=field)
    return text


def team_of(person: Person | None, side: Side, *, given: Team | None = None) -> Team:
    """The team on `side` that a person acts for: the one given, or their first by name."""
    if given is not None:
        if given.side != side:
            raise DomainError(
                f"{given.name} is not on the {side.label.lower()} side.", field="team"
            )
        return given
    team = None
    if person is not None:
        team = Team.objects.filter(side=side, memberships__person=person).order_by("name").first()
    if team is None:
        raise DomainError(f"{_SIDES[side]} Choose a team.", field="team")
    return team
