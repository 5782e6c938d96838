"""The people, organisations, teams, services and components that rows name."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from django.contrib.auth.hashers import make_password
from django.db.models.functions import Lower
from django.utils.text import slugify

from accounts.models import Organisation, Person, Team
from accounts.roles import Role, Side
from catalogue.models import Component, Service
from incidents.imports.drafts import Draft, Name

# RFC 2606: no mail can ever be delivered there, so nobody can take such an account over.
NOWHERE = "invalid"
UNKNOWN = Name("Unknown requester")
_FIELD_LABELS = {
    "requester": "person",
    "assignee": "person",
    "organisation": "organisation",
    "team": "team",
    "service": "service",
    "component": "component",
}
NOT_STAFF = "An assignee who is not of support was left out."


def key_of(name: str) -> str:
    """The same for spellings that differ in case, blanks or form of the letters only."""
    return " ".join(normalize("NFKC", name).casefold().split())


@dataclass(frozen=True)
class Resolved:
    """What a draft's names stand for."""

    requester_id: int
    organisation_id: int | None
    assignee_id: int | None
    team_id: int | None
    service_id: int | None
    component_id: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """A name nobody here has."""

    field: str
    name: str

    @property
    def reason(self) -> str:
        """Why the row is refused, and the way out."""
        if not self.name:
            return "is empty; with “create missing” it becomes the unknown requester"
        label = _FIELD_LABELS[self.field]
        return f"there is no {label} “{self.name}”; create it, or import with “create missing”"


@dataclass(frozen=True)
class _Known:
    """A person as far as an import cares."""

    pk: int
    organisation_id: int | None
    is_support: bool
    made_by_import: bool


@dataclass
class Created:
    """The names an import made records for."""

    people: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    components: set[str] = field(default_factory=set)
    organisations: set[str] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        """How many of each, without those that are none."""
        return {name: len(found) for name, found in vars(self).items() if found}


class References:
    """Finds what rows name, and makes what is missing when asked to.

    Remembers across batches. Use a new one after a failed transaction: it would remember records
    that were never kept.
    """

    def __init__(self, source: str, *, create_missing: bool) -> None:
        self._domain = f"{slugify(source) or 'import'}.{NOWHERE}"
        self._source = source
        self._create = create_missing
        self._people: dict[str, _Known] = {}
        self._teams = _by_name(Team.objects.all())
        self._services = _by_name(Service.objects.all())
        self._organisations = _by_name(Organisation.objects.all())
        self._components: dict[str, list[tuple[int, int]]] = {}
        for pk, service_id, name in Component.objects.values_list("pk", "service_id", "name"):
            self._components.setdefault(key_of(name), []).append((pk, service_id))
        self.created = Created()

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """Looks up, and with "create missing" makes, everything these drafts name."""
        self._look_people_up(self._names(drafts))
        if self._create:
            self._create_organisations(drafts)
            self._create_teams(drafts)
            self._create_services(drafts)
            self._create_components(drafts)
            self._create_people(drafts)

    def missing(self, draft: Draft) -> list[Missing]:
        """Names of a prepared draft that stand for nothing; never any with "create missing"."""
        found = []
        if self._person(draft.requester or UNKNOWN) is None:
            found.append(Missing("requester", draft.requester.name if draft.requester else ""))
        if draft.assignee and self._person(draft.assignee) is None:
            found.append(Missing("assignee", draft.assignee.name))
        for name, table in (
            ("organisation", self._organisations),
            ("team", self._teams),
            ("service", self._services),
        ):
            value = getattr(draft, name)
            if value and key_of(value) not in table:
                found.append(Missing(name, value))
        if draft.component and self._component(draft) is None:
            found.append(Missing("component", draft.component))
        return found

    def resolve(self, draft: Draft) -> Resolved:
        """What the names of a prepared draft without missing ones stand for."""
        requester = self._person(draft.requester or UNKNOWN)
        if requester is None:
            raise LookupError(draft.number)
        assignee = self._person(draft.assignee) if draft.assignee else None
        notes = (NOT_STAFF,) if assignee and not assignee.is_support else ()
        component = self._component(draft) if draft.component else None
        organisation = self._organisations.get(key_of(draft.organisation))
        service = self._services.get(key_of(draft.service))
        return Resolved(
            requester_id=requester.pk,
            organisation_id=organisation or requester.organisation_id,
            assignee_id=assignee.pk if assignee and assignee.is_support else None,
            team_id=self._teams.get(key_of(draft.team)),
            service_id=component[1] if component else service,
            component_id=component[0] if component else None,
            notes=notes,
        )

    def _names(self, drafts: Sequence[Draft]) -> list[Name]:
        named: dict[str, Name] = {}
        for draft in drafts:
            for one in (draft.requester or UNKNOWN, draft.assignee):
                if one and self._key(one) not in self._people:
                    named[self._key(one)] = one
        return list(named.values())

    def _key(self, name: Name) -> str:
        return name.email or key_of(name.name)

    def _person(self, name: Name) -> _Known | None:
        return self._people.get(self._key(name))

    def address_of(self, name: Name) -> str:
        """The person's address, or one that goes nowhere and is always the same for the name."""
        if name.email:
            return name.email
        key = key_of(name.name)
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        return f"{slugify(key)[:40] or 'person'}.{digest}@{self._domain}"

    def _look_people_up(self, names: Sequence[Name]) -> None:
        """By address; those known by name only also by their name, when one person has it."""
        addresses = {self.address_of(one): one for one in names}
        for person in Person.objects.annotate(low=Lower("email")).filter(low__in=addresses):
            self._people[self._key(addresses[person.email.lower()])] = self._known(person)
        left = {
            key_of(one.name): one
            for one in names
            if not one.email and one is not UNKNOWN and self._key(one) not in self._people
        }
        bearers: dict[str, list[Person]] = {}
        by_name = Person.objects.annotate(low=Lower("name"))
        for person in by_name.filter(low__in=left, is_active=True):
            bearers.setdefault(key_of(person.name), []).append(person)
        for key, people in bearers.items():
            if len(people) == 1:
                self._people[key] = self._known(people[0])

    def _known(self, person: Person) -> _Known:
        made = person.email.endswith(f"@{self._domain}")
        return _Known(person.pk, person.organisation_id, person.is_support, made)

    def _create_organisations(self, drafts: Sequence[Draft]) -> None:
        for name in _new(drafts, "organisation", self._organisations):
            self._organisations[key_of(name)] = Organisation.objects.create(name=name).pk
            self.created.organisations.add(name)

    def _create_teams(self, drafts: Sequence[Draft]) -> None:
        for name in _new(drafts, "team", self._teams):
            self._teams[key_of(name)] = Team.objects.create(name=name, side=Side.SUPPORT).pk
            self.created.teams.add(name)

    def _create_services(self, drafts: Sequence[Draft]) -> None:
        wanted = _new(drafts, "service", self._services)
        if any(one.component and not one.service and not self._component(one) for one in drafts):
            wanted.append(self._service_of_components)
        for name in wanted:
            self._service(name)

    @property
    def _service_of_components(self) -> str:
        """Where components go that a file names without their service."""
        return f"Imported from {self._source}"

    def _service(self, name: str) -> int:
        if key_of(name) not in self._services:
            key = _free_key(name, 40, lambda key: Service.objects.filter(key=key).exists())
            self._services[key_of(name)] = Service.objects.create(name=name, key=key).pk
            self.created.services.add(name)
        return self._services[key_of(name)]

    def _component(self, draft: Draft) -> tuple[int, int] | None:
        """(component, service); the only one of that name when the row names no service."""
        known = self._components.get(key_of(draft.component), [])
        if draft.service:
            service_id = self._services.get(key_of(draft.service))
            known = [one for one in known if one[1] == service_id]
        return known[0] if len(known) == 1 else None

    def _create_components(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if not draft.component or self._component(draft):
                continue
            known = self._components.setdefault(key_of(draft.component), [])
            service_id = self._service(draft.service or self._service_of_components)
            key = _free_key(
                draft.component, 60, lambda key: Component.objects.filter(key=key).exists()
            )
            made = Component.objects.create(name=draft.component, key=key, service_id=service_id)
            if not draft.service:
                # Several services have one of this name and the row does not say which: from now
                # on the file's own is meant.
                known.clear()
            known.append((made.pk, service_id))
            self.created.components.add(draft.component)

    def _create_people(self, drafts: Sequence[Draft]) -> None:
        """Everybody missing; an assignee this import made may be assigned to."""
        assignees = {self._key(one.assignee) for one in drafts if one.assignee}
        organisations = {
            self._key(one.requester): self._organisations[key_of(one.organisation)]
            for one in drafts
            if one.requester and one.organisation
        }
        made = [
            Person(
                email=self.address_of(name),
                name=name.name,
                organisation_id=organisations.get(self._key(name)),
                roles=[Role.AGENT if self._key(name) in assignees else Role.REQUESTER],
                # Unusable: somebody who is only written about cannot sign in.
                password=make_password(None),
            )
            for name in self._names(drafts)
        ]
        names = {self.address_of(name): self._key(name) for name in self._names(drafts)}
        for person in Person.objects.bulk_create(made, batch_size=1000):
            self._people[names[person.email]] = self._known(person)
            self.created.people.add(person.name)
        self._let_be_assigned(assignees)

    def _let_be_assigned(self, keys: Iterable[str]) -> None:
        """Requesters of an earlier row turn out to be of support. Real accounts never do."""
        grown = [
            key
            for key in keys
            if (known := self._people[key]).made_by_import and not known.is_support
        ]
        for person in Person.objects.filter(pk__in=[self._people[key].pk for key in grown]):
            person.roles = [*person.roles, Role.AGENT]
            person.save(update_fields=["roles"])
        for key in grown:
            known = self._people[key]
            self._people[key] = _Known(
                known.pk, known.organisation_id, is_support=True, made_by_import=True
            )


def _by_name(rows: Iterable[Team | Service | Organisation]) -> dict[str, int]:
    return {key_of(row.name): row.pk for row in rows}


def _new(drafts: Sequence[Draft], name: str, known: dict[str, int]) -> list[str]:
    """Names of this field that nobody has yet, each once in its first spelling."""
    found: dict[str, str] = {}
    for draft in drafts:
        value = str(getattr(draft, name))
        if value and key_of(value) not in known:
            found.setdefault(key_of(value), value)
    return list(found.values())


def _free_key(name: str, longest: int, taken: Callable[[str], bool]) -> str:
    """A short key made of a name that nobody has yet."""
    base = slugify(name)[: longest - 5] or "imported"
    key, number = base, 2
    while taken(key):
        key, number = f"{base}-{number}", number + 1
    return key
