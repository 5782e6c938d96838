"""Eight services and twenty-four components, each owned by somebody on both sides of the wall."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoService:
    """A service of the company, who supports it and who builds it."""

    key: str
    name: str
    support_team: str
    development_team: str
    support_owner: str
    development_owner: str
    code: str
    description: str


@dataclass(frozen=True)
class DemoComponent:
    """A part of a service that changes; owners are keys of people."""

    key: str
    service: str
    name: str
    support_owner: str
    development_owner: str
    description: str


SERVICES: tuple[DemoService, ...] = (
    DemoService(
        "payments",
        "Payments",
        "money",
        "paydev",
        "ewan.price",
        "sara.lund",
        "PAY",
        "Taking money in shops and apps, and paying it out to merchants.",
    ),
    DemoService(
        "billing",
        "Billing",
        "money",
        "billdev",
        "ewan.price",
        "dmitri.orlov",
        "BIL",
        "Invoices, subscriptions and tax.",
    ),
    DemoService(
        "identity",
        "Identity",
        "access",
        "iddev",
        "hana.sato",
        "yusuf.demir",
        "IDN",
        "Signing in, single sign-on and the life of user accounts.",
    ),
    DemoService(
        "reports",
        "Reports",
        "data",
        "datadev",
        "ines.moreau",
        "emma.fischer",
        "REP",
        "Dashboards, exports and reports that arrive by themselves.",
    ),
    DemoService(
        "notifications",
        "Notifications",
        "field",
        "appdev",
        "ruth.adeyemi",
        "anya.petrova",
        "NOT",
        "Mail, text and push messages to the customers of our customers.",
    ),
    DemoService(
        "mobile",
        "Mobile",
        "field",
        "appdev",
        "ruth.adeyemi",
        "anya.petrova",
        "MOB",
        "The apps for phones and hand-held scanners, with or without network.",
    ),
    DemoService(
        "integrations",
        "Integrations",
        "data",
        "platform",
        "ines.moreau",
        "carlos.mendez",
        "INT",
        "The public API, webhooks and connectors to other systems.",
    ),
    DemoService(
        "workplace",
        "Workplace IT",
        "workplace",
        "platform",
        "jonas.brandt",
        "carlos.mendez",
        "WPL",
        "Laptops, network and collaboration for the company's own people.",
    ),
)


def _part(line: str) -> DemoComponent:
    key, service, name, support, development, description = (f.strip() for f in line.split("|"))
    return DemoComponent(key, service, name, support, development, description)


COMPONENTS: tuple[DemoComponent, ...] = tuple(
    _part(line)
    for line in """
checkout | payments | Checkout | lucia.ferrer | sara.lund | Payment page and return from banks
card-processing | payments | Card processing | bo.jensen | vikram.rao | Captures and refunds
payouts | payments | Payouts | ewan.price | vikram.rao | Settlement and transfers to merchants
invoicing | billing | Invoicing | lucia.ferrer | chiara.conti | Billing runs and documents
subscriptions | billing | Subscriptions | ewan.price | dmitri.orlov | Plans, seats and proration
tax | billing | Tax | bo.jensen | dmitri.orlov | VAT, rounding and reverse charge
sign-in | identity | Sign-in | mateus.rocha | yusuf.demir | Passwords, codes and sessions
sso | identity | Single sign-on | hana.sato | yusuf.demir | SAML and OpenID Connect
provisioning | identity | User provisioning | mateus.rocha | yusuf.demir | Invitations and SCIM
dashboards | reports | Dashboards | ines.moreau | emma.fischer | Widgets, filters and totals
exports | reports | Exports | olek.nowak | leo.marsh | CSV and Excel files
scheduled-reports | reports | Scheduled reports | olek.nowak | leo.marsh | Reports by mail
mail-delivery | notifications | Mail delivery | kim.tran | anya.petrova | Sending and reputation
sms-push | notifications | SMS and push | kim.tran | anya.petrova | Text messages and alerts
templates | notifications | Templates | ruth.adeyemi | anya.petrova | Layouts and placeholders
ios-app | mobile | iOS app | ruth.adeyemi | anya.petrova | The app for iPhone and iPad
android-app | mobile | Android app | kim.tran | anya.petrova | The app for Android
offline-sync | mobile | Offline sync | ruth.adeyemi | leo.marsh | Work without network
public-api | integrations | Public API | olek.nowak | carlos.mendez | REST interface and keys
webhooks | integrations | Webhooks | ines.moreau | carlos.mendez | Events to other systems
erp-connectors | integrations | ERP connectors | olek.nowak | leo.marsh | Nightly and live transfer
devices | workplace | Devices | aoife.kelly | carlos.mendez | Laptops, docks and printers
network | workplace | Network and VPN | jonas.brandt | carlos.mendez | Office and home network
collaboration | workplace | Collaboration | aoife.kelly | carlos.mendez | Mail, rooms and calls
""".strip().splitlines()
)

# Whose support owner has moved on without a successor: the map of ownership shows the gap.
VACANT = ("public-api", "collaboration")

COMPONENT_BY_KEY: dict[str, DemoComponent] = {part.key: part for part in COMPONENTS}
SERVICE_BY_KEY: dict[str, DemoService] = {service.key: service for service in SERVICES}


def service_of(component: str) -> DemoService:
    """The service a component belongs to."""
    return SERVICE_BY_KEY[COMPONENT_BY_KEY[component].service]
