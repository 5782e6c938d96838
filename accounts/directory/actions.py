"""Arranging people and organisations: managers, what colleagues see, whom they may copy."""

from collections.abc import Collection
from typing import TypedDict, Unpack

from django.db import connection, transaction

from accounts.events import ORGANISATION_ARRANGED, PERSON_ARRANGED
from accounts.models import Organisation, Person
from accounts.roles import PEOPLE_ROLES
from core.errors import DomainError, NotPermitted
from core.timeline import record, type_json


class PersonFields(TypedDict, total=False):
    """What is arranged about a person."""

    manager: Person | None
    sees_organisation: bool


def may_arrange_people(person: Person | None) -> bool:
    """Managers and admins arrange people and organisations; None is the system itself."""
    return person is None or person.has_role(PEOPLE_ROLES)


def _require(actor: Person | None) -> None:
    if not may_arrange_people(actor):
        raise NotPermitted("People and organisations are arranged by managers and admins.")


@transaction.atomic
def arrange_person(
    person: Person, *, actor: Person | None, **fields: Unpack[PersonFields]
) -> Person:
    """Says who a person's manager is and whether they see their organisation's tickets.

    A DomainError at `manager` says when that would be a circle.
    """
    _require(actor)
    with connection.cursor() as cursor:
        # Two changes at once could close a circle that neither of them sees.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.manager'))")
    fresh = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if "manager" in fields:
        _check_manager(fresh, fields["manager"])
    changes: dict[str, type_json] = {}
    for name, value in fields.items():
        before = getattr(fresh, name)
        if before != value:
            changes[name] = [_plain(before), _plain(value)]
            setattr(fresh, name, value)
    if changes:
        fresh.save(update_fields=list(changes))
        record(PERSON_ARRANGED, fresh, actor=actor, says=_says(fresh, changes), changes=changes)
    return fresh


def _plain(value: object) -> type_json:
    if isinstance(value, Person):
        return value.name
    return value if isinstance(value, bool) else None


def _says(person: Person, changes: Collection[str]) -> str:
    said = []
    if "manager" in changes:
        said.append(f"made {person.manager} the manager" if person.manager else "took the manager")
    if "sees_organisation" in changes:
        sees = "sees" if person.sees_organisation else "no longer sees"
        said.append(f"{sees} the tickets of the organisation")
    return " and ".join(said)


def _check_manager(person: Person, manager: Person | None) -> None:
    """Somebody else who is here, and above whom the person does not stand already."""
    if manager is None:
        return
    if manager.pk == person.pk:
        raise DomainError("Nobody is their own manager.", field="manager")
    if not manager.is_active:
        raise DomainError(f"{manager.name} has left; choose somebody else.", field="manager")
    way: dict[int, str] = {}
    above: Person | None = Person.objects.get(pk=manager.pk)
    while above is not None and above.pk not in way:
        way[above.pk] = above.name
        if above.pk == person.pk:
            raise DomainError(
                f"That would be a circle: {person.name} stands above {manager.name} already "
                f"({' → '.join(way.values())}).",
                field="manager",
            )
        above = above.manager


@transaction.atomic
def arrange_organisation(
    organisation: Organisation, *, actor: Person | None, copies_outside: bool
) -> Organisation:
    """Says whether its people may put anybody in copy by e-mail address, or colleagues only."""
    _require(actor)
    fresh = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if fresh.copies_outside != copies_outside:
        fresh.copies_outside = copies_outside
        fresh.save(update_fields=["copies_outside"])
        whom = "anybody by e-mail address" if copies_outside else "colleagues only"
        record(
            ORGANISATION_ARRANGED,
            fresh,
            actor=actor,
            says=f"lets people put {whom} in copy",
            changes={"copies_outside": [not copies_outside, copies_outside]},
        )
    return fresh
