"""People, organisations, teams, services and components of the demo, found again by their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Organisation, Person, Team
from accounts.roles import Role, Side
from catalogue.models import Component, Service
from dashboards.demo.catalogue import COMPONENTS, SERVICES, service_of
from dashboards.demo.content import organisations
from dashboards.demo.lifecycle import requester_address
from dashboards.demo.loading.promises import load_promises
from dashboards.demo.people import DEMO_PASSWORD, PEOPLE, SPRINT_TEAM, TEAMS

_SIDES = {"support": Side.SUPPORT, "development": Side.DEVELOPMENT, "management": Side.OTHER}


@dataclass(frozen=True)
class Directory:
    """Rows by the keys the plan speaks of; people by e-mail address."""

    organisations: dict[str, Organisation]
    people: dict[str, Person]
    teams: dict[str, Team]
    services: dict[str, Service]
    components: dict[str, Component]


def load_directory(at: datetime) -> Directory:
    """Creates everybody and everything tickets refer to, as of `at`."""
    houses = _load_organisations()
    teams = {
        team.key: Team.objects.create(name=team.name, side=_SIDES[team.side]) for team in TEAMS
    }
    people = _load_people(houses, teams)
    services, components = _load_catalogue(teams, people)
    load_promises(houses, teams, at)
    return Directory(houses, people, teams, services, components)


def _load_organisations() -> dict[str, Organisation]:
    return {
        one.key: Organisation.objects.create(
            name=one.name, domain=one.domain, is_internal=one.internal
        )
        for one in organisations()
    }


def _load_people(houses: dict[str, Organisation], teams: dict[str, Team]) -> dict[str, Person]:
    # One hash for all: hashing ninety times would take most of the seeding's minute.
    password = make_password(DEMO_PASSWORD)
    people: dict[str, Person] = {}
    for one in PEOPLE:
        person = Person(
            email=one.email,
            name=one.name,
            roles=list(one.roles),
            organisation=houses["fernwick"],
            password=password,
            is_superuser="admin" in one.roles,
        )
        people[one.email] = person
    for house in organisations():
        for position, name in enumerate(house.people):
            email = requester_address(name, house.domain)
            people[email] = Person(
                email=email,
                name=name,
                roles=[Role.REQUESTER],
                organisation=houses[house.key],
                # The first of each organisation sees what their colleagues reported.
                sees_organisation=position == 0,
                password=password,
            )
    Person.objects.bulk_create(people.values())
    memberships = [
        Membership(
            person=people[one.email], team=teams[one.team], is_lead="lead" in " ".join(one.roles)
        )
        for one in PEOPLE
    ]
    memberships += [
        Membership(person=people[one.email], team=teams[SPRINT_TEAM])
        for one in PEOPLE
        if "developer" in one.roles
    ]
    Membership.objects.bulk_create(memberships)
    return people


def _load_catalogue(
    teams: dict[str, Team], people: dict[str, Person]
) -> tuple[dict[str, Service], dict[str, Component]]:
    def person(key: str) -> Person:
        return people[f"{key}@fernwick.example"]

    services = {
        one.key: Service.objects.create(
            name=one.name,
            key=one.key,
            description=one.description,
            support_team=teams[one.support_team],
            support_owner=person(one.support_owner),
            development_owner=person(one.development_owner),
        )
        for one in SERVICES
    }
    components = {
        one.key: Component.objects.create(
            service=services[one.service],
            name=one.name,
            key=one.key,
            description=one.description,
            support_team=teams[service_of(one.key).support_team],
            development_team=teams[service_of(one.key).development_team],
            support_owner=person(one.support_owner),
            development_owner=person(one.development_owner),
        )
        for one in COMPONENTS
    }
    return services, components
