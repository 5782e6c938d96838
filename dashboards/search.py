"""One search over everything the person may see: each app's own `visible_to` and `search`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from accounts.models import Organisation, Person
from changes.models import Change
from core.references import parse_reference
from dashboards.snippets import reason
from devlink.models import Release, WorkItem
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Problem

TICKETS_SHOWN = 20
OTHERS_SHOWN = 5
MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Hit:
    """One record found, and why."""

    url: str
    reference: str
    title: str
    state: str = ""
    state_label: str = ""
    where: str = ""
    snippet: str = ""
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Group:
    """The hits of one kind; `more_url` lists all of them when there are more."""

    label: str
    hits: list[Hit]
    more_url: str = ""


def clean(text: str) -> str:
    """What can be searched: no control characters, at most 200 characters."""
    return "".join(c for c in text if c.isprintable()).strip()[:MOST_CHARACTERS]


def search(person: Person, text: str) -> list[Group]:
    """Groups that found something, tickets first. An empty text finds nothing."""
    text = clean(text)
    if not text:
        return []
    readers: list[Callable[[Person, str], Group]] = [_tickets]
    if person.is_staff_member:
        readers += [_problems, _articles, _changes, _work, _releases, _people, _organisations]
    else:
        readers += [_articles]
    groups = (read(person, text) for read in readers)
    return [group for group in groups if group.hits]


def _tickets(person: Person, text: str) -> Group:
    rows = list(
        Ticket.objects.visible_to(person)
        .search(text, person)
        .select_related("requester", "organisation")
        .only(
            "id", "kind", "title", "description", "state", "created_at",
            "requester__name", "organisation__name",
        )[: TICKETS_SHOWN + 1]
    )  # fmt: skip
    hits = []
    exact = parse_reference(text) is not None
    for row in rows[:TICKETS_SHOWN]:
        where, words = ("number", "") if exact else reason(row.title, row.description, text)
        who = row.organisation.name if row.organisation else row.requester.name
        hits.append(
            Hit(
                row.get_absolute_url(), row.reference, row.title, row.state, row.state_label,
                where, words, who, row.created_at,
            )
        )  # fmt: skip
    more = len(rows) > TICKETS_SHOWN
    return Group("Tickets", hits, _list_url(person, text) if more else "")


def _list_url(person: Person, text: str) -> str:
    name = "incidents:tickets" if person.is_staff_member else "incidents:portal"
    return f"{reverse(name)}?{urlencode({'q': text})}"


def _problems(person: Person, text: str) -> Group:
    rows = Problem.objects.visible_to(person).search(text).defer("search_vector")[:OTHERS_SHOWN]
    hits = []
    for row in rows:
        where, words = reason(row.title, row.description, text)
        hits.append(
            Hit(
                row.get_absolute_url(), row.reference, row.title, row.state, row.state_label,
                where, words, at=row.created_at,
            )
        )  # fmt: skip
    return Group("Problems", hits)


def _articles(person: Person, text: str) -> Group:
    found = parse_reference(text)
    visible = Article.objects.visible_to(person).defer("search_vector")
    if found:
        rows = visible.filter(pk=found[1]) if found[0] == "KB" else visible.none()
    else:
        rows = visible.search(text)
    hits = []
    for row in rows[:OTHERS_SHOWN]:
        where, words = reason(row.title, f"{row.issue} {row.cause} {row.resolution}", text)
        label = row.get_confidence_display()
        hits.append(
            Hit(
                row.get_absolute_url(),
                row.reference,
                row.title,
                row.confidence,
                label,
                where,
                words,
            )
        )
    return Group("Knowledge", hits)


def _changes(person: Person, text: str) -> Group:
    rows = Change.objects.visible_to(person).search(text)[:OTHERS_SHOWN]
    return Group(
        "Changes",
        [
            Hit(row.get_absolute_url(), row.reference, row.title, row.state, row.state_label)
            for row in rows
        ],
    )


def _work(person: Person, text: str) -> Group:
    match = Q(key__istartswith=text) | Q(title__icontains=text)
    rows = WorkItem.objects.visible_to(person).filter(match).order_by("-pk")[:OTHERS_SHOWN]
    return Group(
        "Work items",
        [
            Hit(row.get_absolute_url(), row.key, row.title, row.state, row.get_state_display())
            for row in rows
        ],
    )


def _releases(person: Person, text: str) -> Group:
    match = Q(version__istartswith=text) | Q(name__icontains=text)
    rows = Release.objects.visible_to(person).filter(match).order_by("-pk")[:OTHERS_SHOWN]
    return Group(
        "Releases",
        [
            Hit(row.get_absolute_url(), row.version, row.name, row.state, row.get_state_display())
            for row in rows
        ],
    )


def _people(person: Person, text: str) -> Group:
    match = Q(name__icontains=text) | Q(email__istartswith=text)
    rows = Person.objects.visible_to(person).filter(match).select_related("organisation")
    url = reverse("incidents:tickets")
    return Group(
        "People",
        [
            Hit(
                f"{url}?{urlencode({'requester': row.pk})}",
                "",
                row.name,
                note=row.organisation.name if row.organisation else "",
            )
            for row in rows[:OTHERS_SHOWN]
        ],
    )


def _organisations(person: Person, text: str) -> Group:
    rows = Organisation.objects.visible_to(person).filter(name__icontains=text)[:OTHERS_SHOWN]
    url = reverse("incidents:tickets")
    return Group(
        "Organisations",
        [Hit(f"{url}?{urlencode({'organisation': row.pk})}", "", row.name) for row in rows],
    )
