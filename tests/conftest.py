"""The cast, and what every test leans on.

Acme is a customer: rob and rita work there. Stan works elsewhere and is a stranger to Acme's
tickets. At the house: ann is an agent, pia the problem manager, max the change manager, dev a
developer, rel the release manager, mo the manager and ada the admin.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import caches
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Membership, Organisation, Person, Team
from accounts.roles import Role, Side
from catalogue.models import Component, Service
from core.models import Delivery
from tests.make.clocks import make_standard_policy

# A busy machine is no failure: how long something takes is asked where it matters.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.load_profile("desk")

pytest_plugins = ["tests.databases", "tests.browsing"]

SHARED_DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


def pytest_collection_finish() -> None:
    """Everything loaded by now stays: the collector need not walk through it in every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; a test that needs it is skipped without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the folder of real data at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """No test reads what another one cached."""
    for one in caches.all(initialized_only=True):
        one.clear()


@dataclass(frozen=True)
class Cast:
    """The people, teams and services of the story."""

    acme: Organisation
    elsewhere: Organisation
    house: Organisation
    desk: Team
    payments_team: Team
    rob: Person
    rita: Person
    stan: Person
    ann: Person
    pia: Person
    max: Person
    dev: Person
    rel: Person
    mo: Person
    ada: Person
    payments: Service
    checkout: Component
    invoices: Component

    @property
    def everyone(self) -> dict[str, Person]:
        """Each person by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Person)}


def _people(**roles: tuple[Organisation, list[Role]]) -> dict[str, Person]:
    people = {
        name: Person(
            email=f"{name}@{organisation.domain}",
            name=name.capitalize(),
            organisation=organisation,
            roles=list(held),
        )
        for name, (organisation, held) in roles.items()
    }
    for person in people.values():
        # No test of the cast signs in by password; hashing one for each person costs time.
        person.set_unusable_password()
    Person.objects.bulk_create(people.values())
    return people


def make_cast() -> Cast:
    """Everybody, with one support team, one development team, one service of two components."""
    acme, elsewhere, house = Organisation.objects.bulk_create(
        [
            Organisation(name="Acme", domain="acme.example"),
            Organisation(name="Elsewhere", domain="elsewhere.example"),
            Organisation(name="House", domain="house.example", is_internal=True),
        ]
    )
    desk, payments_team = Team.objects.bulk_create(
        [
            Team(name="Service desk", side=Side.SUPPORT),
            Team(name="Payments development", side=Side.DEVELOPMENT),
        ]
    )
    people = _people(
        ann=(house, [Role.AGENT]),
        dev=(house, [Role.DEVELOPER]),
        rob=(acme, [Role.REQUESTER]),
        rita=(acme, [Role.REQUESTER]),
        stan=(elsewhere, [Role.REQUESTER]),
        pia=(house, [Role.PROBLEM_MANAGER, Role.AGENT]),
        max=(house, [Role.CHANGE_MANAGER]),
        rel=(house, [Role.RELEASE_MANAGER]),
        mo=(house, [Role.MANAGER]),
        ada=(house, [Role.ADMIN]),
    )
    teams = {"ann": desk, "pia": desk, "dev": payments_team, "rel": payments_team}
    Membership.objects.bulk_create(
        Membership(person=people[name], team=team) for name, team in teams.items()
    )
    owners = {"support_owner": people["ann"], "development_owner": people["dev"]}
    payments = Service.objects.create(name="Payments", key="payments", support_team=desk, **owners)
    owners |= {"service": payments, "support_team": desk, "development_team": payments_team}
    checkout, invoices = Component.objects.bulk_create(
        [
            Component(name="Checkout", key="checkout", **owners),
            Component(name="Invoices", key="invoices", **owners),
        ]
    )
    make_standard_policy()
    return Cast(
        acme=acme,
        elsewhere=elsewhere,
        house=house,
        desk=desk,
        payments_team=payments_team,
        payments=payments,
        checkout=checkout,
        invoices=invoices,
        **people,
    )


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in the database of this test."""
    return make_cast()


@pytest.fixture
def as_user() -> Callable[[Person], Client]:
    """A browser signed in as this person."""

    def sign_in(person: Person) -> Client:
        browser = Client()
        browser.force_login(person)
        return browser

    return sign_in


@pytest.fixture
def api_as() -> Callable[[Person], APIClient]:
    """An API client acting as this person."""

    def act(person: Person) -> APIClient:
        program = APIClient()
        program.force_authenticate(person)
        return program

    return act


@pytest.fixture
def after_commit(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]],
) -> Callable[[], AbstractContextManager[None]]:
    """`with after_commit(): …` plays the commit: handlers run, and each must have succeeded."""

    @contextmanager
    def play() -> Iterator[None]:
        with django_capture_on_commit_callbacks(execute=True):
            yield
        failed = Delivery.objects.exclude(error="").values_list("handler", "error")
        assert list(failed) == []

    return play
