"""The rail's entry for those who lead."""

from core.extensions import NavItem, navigate
from dashboards.permissions import READERS

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
