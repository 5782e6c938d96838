"""The page where forms are built, on the Admin page."""

from catalogue.permissions import ARRANGERS
from core.extensions import AdminEntry, administer

administer(
    AdminEntry(
        "Requests",
        "Forms and custom fields",
        "What requests and the tickets of a service are asked, built without code.",
        "catalogue:forms",
        "list-checks",
        order=20,
        roles=ARRANGERS,
    )
)
