"""The thirty people who work at the demo's software company, and their teams."""

from __future__ import annotations

from dataclasses import dataclass

COMPANY = "Fernwick"
COMPANY_DOMAIN = "fernwick.example"
DEMO_PASSWORD = "upstream-demo"  # noqa: S105 - shown on purpose, for demo data only

SPRINT_TEAM = "product"  # every developer's second team: it runs the sprints


@dataclass(frozen=True)
class DemoTeam:
    """A team of the company; `side` is support, development or management."""

    key: str
    name: str
    side: str


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who works at the company, with the roles of the product's vocabulary."""

    key: str
    name: str
    team: str
    roles: tuple[str, ...]

    @property
    def email(self) -> str:
        """The address this person signs in with."""
        return f"{self.key}@{COMPANY_DOMAIN}"


TEAMS: tuple[DemoTeam, ...] = (
    DemoTeam("desk", "Service Desk", "support"),
    DemoTeam("money", "Payments and Billing Support", "support"),
    DemoTeam("access", "Identity Support", "support"),
    DemoTeam("data", "Reports and Integrations Support", "support"),
    DemoTeam("field", "Mobile and Messaging Support", "support"),
    DemoTeam("workplace", "Workplace IT", "support"),
    DemoTeam("paydev", "Payments Engineering", "development"),
    DemoTeam("billdev", "Billing Engineering", "development"),
    DemoTeam("iddev", "Identity Engineering", "development"),
    DemoTeam("datadev", "Data Engineering", "development"),
    DemoTeam("appdev", "Apps and Messaging Engineering", "development"),
    DemoTeam("platform", "Platform Engineering", "development"),
    DemoTeam("product", "Product Engineering", "development"),
    DemoTeam("service", "Service Management", "management"),
)


def _person(key: str, name: str, team: str, roles: str) -> DemoPerson:
    return DemoPerson(key, name, team, tuple(roles.split()))


PEOPLE: tuple[DemoPerson, ...] = (
    _person("nia.okafor", "Nia Okafor", "desk", "agent"),
    _person("tomas.vesely", "Tomáš Veselý", "desk", "agent"),
    _person("grace.lindqvist", "Grace Lindqvist", "desk", "agent team_lead"),
    _person("samir.haddad", "Samir Haddad", "desk", "agent"),
    _person("ewan.price", "Ewan Price", "money", "agent team_lead"),
    _person("lucia.ferrer", "Lucía Ferrer", "money", "agent"),
    _person("bo.jensen", "Bo Jensen", "money", "agent"),
    _person("hana.sato", "Hana Sato", "access", "agent team_lead"),
    _person("mateus.rocha", "Mateus Rocha", "access", "agent"),
    _person("ines.moreau", "Inès Moreau", "data", "agent team_lead"),
    _person("olek.nowak", "Olek Nowak", "data", "agent"),
    _person("ruth.adeyemi", "Ruth Adeyemi", "field", "agent team_lead"),
    _person("kim.tran", "Kim Tran", "field", "agent"),
    _person("jonas.brandt", "Jonas Brandt", "workplace", "agent team_lead"),
    _person("aoife.kelly", "Aoife Kelly", "workplace", "agent"),
    _person("vikram.rao", "Vikram Rao", "paydev", "developer"),
    _person("sara.lund", "Sara Lund", "paydev", "developer engineering_lead"),
    _person("dmitri.orlov", "Dmitri Orlov", "billdev", "developer engineering_lead"),
    _person("chiara.conti", "Chiara Conti", "billdev", "developer"),
    _person("yusuf.demir", "Yusuf Demir", "iddev", "developer engineering_lead"),
    _person("emma.fischer", "Emma Fischer", "datadev", "developer engineering_lead"),
    _person("leo.marsh", "Leo Marsh", "datadev", "developer"),
    _person("anya.petrova", "Anya Petrova", "appdev", "developer engineering_lead"),
    _person("carlos.mendez", "Carlos Méndez", "platform", "developer engineering_lead"),
    _person("priya.nair", "Priya Nair", "service", "problem_manager agent"),
    _person("henrik.dahl", "Henrik Dahl", "service", "change_manager"),
    _person("zoe.baker", "Zoe Baker", "service", "release_manager"),
    _person("marta.silva", "Marta Silva", "service", "product_manager"),
    _person("adam.whitlock", "Adam Whitlock", "service", "manager major_incident_manager"),
    _person("robin.castle", "Robin Castle", "service", "admin"),
)

BY_KEY: dict[str, DemoPerson] = {person.key: person for person in PEOPLE}


def members_of(team: str, role: str) -> tuple[DemoPerson, ...]:
    """The people of a team who hold a role, in the order they are listed."""
    return tuple(p for p in PEOPLE if p.team == team and role in p.roles)


DEMO_LOGINS: dict[str, str] = {
    "agent": "nia.okafor@fernwick.example",
    "problem manager": "priya.nair@fernwick.example",
    "developer": "sara.lund@fernwick.example",
    "manager": "adam.whitlock@fernwick.example",
    "requester": "pippa.wainwright@pippaandfinch.example",
    "admin": "robin.castle@fernwick.example",
}
