"""A selection of tickets written as a list's query string: the one language of conditions.

Saved views, exports, work on many tickets and rules all keep their conditions as the query string
of the list of tickets ("state=open&priority=1"), so that a person can always open in the list what
a program will act on.
"""

from collections.abc import Collection, Iterable, Mapping, Sized
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import Exists
from django.http import HttpRequest, QueryDict

from accounts.models import Person
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES, Role
from core.errors import DomainError
from incidents.anywords import AnyWordsField, WordsFilter
from incidents.filters import (
    ME,
    NOBODY,
    NONE,
    STATES,
    TicketFilter,
)
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.searching import Question, ask_all

__all__ = [
    "NOBODY",
    "categories_of",
    "describe",
    "query_of",
    "select_tickets",
    "selection_form",
    "stored_selection",
    "surely_misses",
    "unknown_parameters",
    "which_fit",
]


def select_tickets(
    person: Person | None, query: str, tickets: TicketQuerySet | None = None
) -> TicketQuerySet:
    """Tickets the person may see that fit the query string, in no particular order.

    Narrows `tickets`, which start from what the person may see, or all of those.

    None asks on behalf of the desk itself, which sees every ticket and is nobody: "assignee=me" is
    refused then. Raises DomainError with the parameter's name when a value is not one of its
    choices. Words that are no parameter of the list (such as `sort`) are passed over.
    """
    chosen = TicketFilter(
        QueryDict(query),
        queryset=_visible(person) if tickets is None else tickets,
        request=_asked_by(person or _desk()),
    )
    if not chosen.is_valid():
        field, sentences = next(iter(chosen.errors.items()))
        raise DomainError(str(sentences[0]), field=field)
    if person is None and (named := _names_me(QueryDict(query))):
        raise DomainError("“me” is whoever looks; name a person or a team.", field=named)
    return cast("TicketQuerySet", chosen.qs)


def which_fit(ticket: Ticket, queries: Iterable[str]) -> frozenset[str]:
    """Those of the stored `queries` that the ticket fits: the same few queries however many.

    They were checked by `select_tickets` when they were stored: records named in them are not
    looked up again, and one that no longer makes sense fits nothing.
    """
    asked = {
        f"fits_{number}": query
        for number, query in enumerate(dict.fromkeys(queries))
        if not surely_misses(ticket, query)
    }
    questions = ask_all({words for query in asked.values() if (words := _words_of(query))}, _desk())
    columns = {
        name: Exists(fitting)
        for name, query in asked.items()
        if (fitting := stored_selection(query, Ticket.objects.filter(pk=ticket.pk), questions))
        is not None
    }
    if not columns:
        return frozenset()
    rows = Ticket.objects.filter(pk=ticket.pk).values(**columns)
    return frozenset(asked[name] for row in rows for name, fits in row.items() if fits)


# Parameters that are a column of the ticket itself: most stored conditions are decided by them
# without asking the database.
_COLUMNS = {
    "kind": "kind",
    "priority": "priority",
    "channel": "channel",
    "assignee": "assignee_id",
    "team": "team_id",
    "service": "service_id",
    "component": "component_id",
    "organisation": "organisation_id",
    "requester": "requester_id",
}


def surely_misses(ticket: Ticket, query: str) -> bool:
    """True when a plain parameter of the query already says that the ticket does not fit it.

    False decides nothing: only words and numbers that name a value of a column are looked at.
    """
    return any(values.isdisjoint(_value(ticket, name)) for name, values in _plain(query))


def _value(ticket: Ticket, name: str) -> tuple[str, ...]:
    """What stands for the ticket's value in a query."""
    if name == "state":
        return (ticket.state_category,)
    value = getattr(ticket, _COLUMNS[name])
    return (NOBODY, "none") if value is None else (str(value),)


@lru_cache(maxsize=2048)
def _plain(query: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The plain parameters of a query, each with the values of its column that fit it."""
    found = []
    for name, given in QueryDict(query).lists():
        values = _values_of(name, [value for value in given if value])
        if values:
            found.append((name, values))
    return tuple(found)


def _values_of(name: str, given: list[str]) -> frozenset[str]:
    """What the column must be for these values; nothing where that is not plain to see."""
    if name == "state":
        groups = [categories_of(value) or () for value in given]
        return frozenset(one for group in groups for one in group) if all(groups) else frozenset()
    plain = all(value != ME and value.replace("_", "").isalnum() for value in given)
    return frozenset(given) if name in _COLUMNS and plain else frozenset()


def _words_of(query: str) -> str:
    """The words a query looks for."""
    return QueryDict(query).get("q", "").strip()


def stored_selection(
    query: str,
    tickets: TicketQuerySet | None = None,
    questions: Mapping[str, Question] | None = None,
) -> TicketQuerySet | None:
    """`select_tickets` for the desk and a query that was checked before; None when it is broken.

    Narrows `tickets`, or all of them.
    Builds only the filters the query names, and takes records by number without looking them up.
    `questions` are the questions behind words that were read already.
    """
    checked = _stored(query)
    if checked is None:
        return None
    everything = Ticket.objects.all() if tickets is None else tickets
    asked_by = SimpleNamespace(user=_desk(), questions=questions or {})
    narrowed, values = checked
    chosen = narrowed(QueryDict(query), queryset=everything, request=cast("HttpRequest", asked_by))
    chosen.form.cleaned_data = dict(values)
    return cast("TicketQuerySet", chosen.filter_queryset(everything))


@lru_cache(maxsize=2048)
def _stored(query: str) -> tuple[type[TicketFilter], Mapping[str, Any]] | None:
    """The filters of a stored query and its values as read; what time it is they ask when used."""
    asked = QueryDict(query)
    used = frozenset(name for name in TicketFilter.base_filters if any(asked.getlist(name)))
    narrowed = _filters_for(used)
    chosen = narrowed(asked, queryset=Ticket.objects.none(), request=_asked_by(_desk()))
    if not chosen.is_valid() or _names_me(asked):
        return None
    return narrowed, chosen.form.cleaned_data


def _names_me(asked: QueryDict) -> str:
    """The first parameter that speaks of whoever looks; empty when none does."""
    return next((name for name, values in asked.lists() if ME in values and name != "q"), "")


class _NumbersField(AnyWordsField):
    """Records by their numbers, or `none`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{k: v for k, v in kwargs.items() if not k.startswith("null_")})

    def validate(self, value: Any) -> None:
        if not all(one.isdecimal() or one == NONE for one in value):
            raise forms.ValidationError("These are no numbers of records.")


class _NumbersFilter(WordsFilter):
    field_class = _NumbersField


@lru_cache(maxsize=512)
def _filters_for(names: frozenset[str]) -> type[TicketFilter]:
    """The list's filters, narrowed to those named."""
    narrowed: type[TicketFilter] = type("NarrowedTicketFilter", (TicketFilter,), {})
    narrowed.base_filters = {  # type: ignore[assignment]  # a plain mapping serves as well
        name: _by_number(one) for name, one in TicketFilter.base_filters.items() if name in names
    }
    return narrowed


def _by_number(one: django_filters.Filter) -> django_filters.Filter:
    """The same filter without a look at the table of the record it names."""
    if not isinstance(one, django_filters.ModelMultipleChoiceFilter) or one.method is not None:
        return one
    return _NumbersFilter(
        field_name=one.field_name,
        exclude=one.exclude,
        label=one.label,
        null_value=NONE,
    )


def selection_form(
    person: Person, data: QueryDict | None = None, *, query: str = "", prefix: str = ""
) -> forms.Form:
    """The list's filters as a form, bound to `data` or filled from a query string."""
    chosen = TicketFilter(
        data, queryset=Ticket.objects.none(), request=_asked_by(person), prefix=prefix or None
    )
    form = chosen.form
    for field in form.fields.values():
        if isinstance(field, forms.NullBooleanField):
            field.widget.choices = [("unknown", "–"), ("true", "Yes"), ("false", "No")]
    workers = _workers()
    for name in ("assignee", "assignee_not"):
        form.fields[name].widget = forms.SelectMultiple(choices=workers)
    if data is None:
        form.initial = {
            name: values if isinstance(form.fields.get(name), _SEVERAL) else values[-1]
            for name, values in QueryDict(query).lists()
        }
    return form


_SEVERAL = (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)


def _workers() -> list[tuple[str, str]]:
    """Nobody, or one of those who work on tickets."""
    people = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES).order_by("name")
    rows = [(str(pk), name) for pk, name in people.values_list("pk", "name")]
    return [(NOBODY, "Nobody"), *rows]


def query_of(form: forms.Form) -> str:
    """What was filled into a `selection_form`, as a query string in the order of its fields."""
    pairs: list[tuple[str, str]] = []
    data = cast("QueryDict", form.data)
    for name in form.fields:
        if name in form.cleaned_data and _is_open(form.cleaned_data[name]):
            continue
        values = data.getlist(form.add_prefix(name))
        pairs += [(name, value.strip()) for value in values if value.strip()]
    return urlencode(pairs)


def _is_open(value: object) -> bool:
    """True for what was left open; False and 0 are answers."""
    return value is None or (isinstance(value, Sized) and not len(value))


def describe(query: str) -> list[tuple[str, str]]:
    """(label, value) of each condition in words, for people who may see every record it names."""
    asked = QueryDict(query)
    form = selection_form(_desk())
    return [
        (str(field.label or name), ", ".join(_words(field, value) for value in values))
        for name, field in form.fields.items()
        if (values := [value for value in asked.getlist(name) if value])
    ]


def _words(field: forms.Field, value: str) -> str:
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        found = field.queryset.filter(pk=value).first() if value.isdecimal() else None
        return str(found or value)
    choices = getattr(field, "choices", None) or getattr(field.widget, "choices", None) or ()
    for key, label in choices:
        if str(key) == value:
            return str(label)
    return value


def _visible(person: Person | None) -> TicketQuerySet:
    return Ticket.objects.all() if person is None else Ticket.objects.visible_to(person)


def _asked_by(person: Person) -> HttpRequest:
    return cast("HttpRequest", SimpleNamespace(user=person))


@lru_cache(maxsize=1)
def _desk() -> Person:
    """Whoever filters ask about when nobody asks: it reads everything, owns nothing, is no row."""
    desk = Person(name="Upstream", roles=[Role.ADMIN])
    desk.__dict__["team_ids"] = frozenset()
    return desk


def categories_of(state: str) -> tuple[str, ...] | None:
    """The categories behind a value of the parameter `state`; none means any, None unknown."""
    return STATES[state][1] if state in STATES else None


def unknown_parameters(query: str, *, passed_over: Collection[str] = ("sort",)) -> list[str]:
    """Words of a query string that the list does not know and would pass over."""
    names = QueryDict(query)
    return [name for name in names if name not in TicketFilter.base_filters.keys() | {*passed_over}]
