"""Every change of a saved view."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Role
from core.errors import DomainError, NotPermitted
from core.timeline import record
from incidents.events import VIEW_DELETED, VIEW_SAVED
from incidents.filters import only_filters
from incidents.listing.columns import COLUMNS
from incidents.listing.reading import GROUPS, is_sort, with_state
from incidents.models import SavedView
from incidents.selecting import select_tickets

LONGEST_QUERY = 4_000
SHARED_BY = frozenset({Role.TEAM_LEAD, Role.MANAGER, Role.ADMIN})


class ViewFields(TypedDict, total=False):
    """What a view is made of; a field that is left out stays as it is."""

    name: str
    query: str
    columns: list[str]
    sort: str
    grouping: str
    layout: str
    pinned: bool
    position: int


def may_share(person: Person, team: Team | None) -> bool:
    """A team's views are kept by its members, those for everybody by leads, managers, admins."""
    if person.has_role(SHARED_BY):
        return True
    return team is not None and person.is_staff_member and team.pk in person.team_ids


def may_change(person: Person, view: SavedView) -> bool:
    """One's own view, or one this person may share."""
    if view.owner_id is not None:
        return view.owner_id == person.pk
    return may_share(person, view.team)


@transaction.atomic
def save_view(
    *,
    actor: Person,
    personal: bool = True,
    team: Team | None = None,
    at: datetime | None = None,
    **fields: Unpack[ViewFields],
) -> SavedView:
    """Keeps a view: one's own, a team's, or (neither personal nor with a team) everybody's."""
    if not actor.is_staff_member:
        raise NotPermitted("Views are for those who work on tickets.")
    at = at or timezone.now()
    view = SavedView(created_by=actor, created_at=at, updated_at=at)
    _place(view, actor, personal=personal, team=team)
    fields.setdefault("name", "")
    fields.setdefault("query", "")
    _write(view, actor, fields)
    view.save()
    record(VIEW_SAVED, view, actor=actor, at=at, name=view.name)
    return view


@transaction.atomic
def change_view(
    view: SavedView,
    *,
    actor: Person,
    personal: bool | None = None,
    team: Team | None = None,
    **fields: Unpack[ViewFields],
) -> SavedView:
    """Changes the given fields; with `personal` also whose it is."""
    view = SavedView.objects.select_for_update(of=("self",)).get(pk=view.pk)
    if not may_change(actor, view):
        raise NotPermitted("This view is kept by others; save it as your own to change it.")
    if personal is not None:
        _place(view, actor, personal=personal, team=team)
    _write(view, actor, fields)
    view.updated_at = timezone.now()
    view.save()
    record(VIEW_SAVED, view, actor=actor, name=view.name)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, actor: Person) -> None:
    """Forgets the view; its tickets are not touched."""
    view = SavedView.objects.select_for_update(of=("self",)).get(pk=view.pk)
    if not may_change(actor, view):
        raise NotPermitted("This view is kept by others.")
    record(VIEW_DELETED, view, actor=actor, name=view.name)
    view.delete()


def _place(view: SavedView, actor: Person, *, personal: bool, team: Team | None) -> None:
    if not personal and not may_share(actor, team):
        words = "its members" if team else "team leads, managers and admins"
        raise NotPermitted(f"A view for {team or 'everybody'} is kept by {words}.")
    view.owner = actor if personal else None
    view.team = None if personal else team


def _write(view: SavedView, actor: Person, fields: ViewFields) -> None:
    _check(fields)
    if "name" in fields:
        view.name = _name(fields["name"])
    if "query" in fields:
        view.query = _query(actor, fields["query"])
    if "columns" in fields:
        view.columns = _columns(fields["columns"])
    for name in ("sort", "grouping", "layout", "pinned", "position"):
        if name in fields:
            setattr(view, name, fields[name])


def _check(fields: ViewFields) -> None:
    if fields.get("sort") and not is_sort(fields["sort"]):
        raise DomainError("Choose one of the orders.", field="sort")
    if fields.get("grouping") and fields["grouping"] not in GROUPS:
        raise DomainError("Choose one of the groupings.", field="grouping")
    if "layout" in fields and fields["layout"] not in SavedView.Layout.values:
        raise DomainError("Choose a list or a board.", field="layout")


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 80:
        raise DomainError("Give the view a name of up to 80 characters.", field="name")
    return name


def _query(actor: Person, query: str) -> str:
    """The conditions in a fixed order; raises DomainError where one makes no sense."""
    if len(query) > LONGEST_QUERY:
        raise DomainError(f"At most {LONGEST_QUERY:,} characters of conditions.", field="query")
    kept = with_state(only_filters(QueryDict(query))).urlencode()
    select_tickets(actor, kept)
    return kept


def _columns(names: list[str]) -> list[str]:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise DomainError(f"There is no column “{unknown[0]}”.", field="columns")
    return list(dict.fromkeys(names))
