"""The rail's entry for those who lead, and the demo's logins on the sign-in page."""

from accounts.models import Person
from core.extensions import LoginHint, NavItem, login_hints, navigate
from dashboards.demo.people import DEMO_LOGINS, DEMO_PASSWORD
from dashboards.permissions import ADMINISTRATORS, LOOP_READERS, READERS

navigate(
    NavItem(
        section="Lead",
        label="Proactivity",
        url_name="dashboards:proactivity",
        icon="trending-up",
        order=10,
        roles=READERS,
        key="v",
        on_phone=True,
    )
)
navigate(
    NavItem(
        section="Improve",
        label="Loop",
        url_name="dashboards:loop",
        icon="repeat",
        order=60,
        roles=LOOP_READERS,
        key="y",
    )
)
navigate(
    NavItem(
        section="Lead",
        label="Involvement",
        url_name="dashboards:involvement",
        icon="users",
        order=12,
        roles=READERS,
        key="i",
    )
)
navigate(
    NavItem(
        section="Lead",
        label="Admin",
        url_name="dashboards:admin",
        icon="settings",
        order=90,
        roles=ADMINISTRATORS,
        key="a",
    )
)


@login_hints
def demo_logins() -> list[LoginHint]:
    """One person of each role; nobody where the demo organisation is not loaded."""
    here = set(
        Person.objects.filter(email__in=DEMO_LOGINS.values(), is_active=True).values_list(
            "email", flat=True
        )
    )
    return [
        LoginHint(label=role.capitalize(), email=email, password=DEMO_PASSWORD)
        for role, email in DEMO_LOGINS.items()
        if email in here
    ]
