"""The subjects support was absent from, and whether it asked to be in the next one."""

from collections.abc import Sequence
from typing import Any

from accounts.models import Person
from devlink.models import JoinRequest
from devlink.permissions import may

# Which measures count absence, and what their subjects are called in addresses and rows.
SUBJECTS = {"prioritised": "sprint", "requirements": "work_item", "told-before": "release"}


def offer_joining(person: Person, key: str, missed: Sequence[Any]) -> str:
    """Gives each missed subject who `asked` to be in the next one (or None); one query.

    Returns the name of the address to ask at; empty where nothing can be joined or the person
    does not speak for support.
    """
    subject = SUBJECTS.get(key)
    if subject is None:
        return ""
    found = JoinRequest.objects.visible_to(person).filter(**{f"{subject}__in": list(missed)})
    asked = {
        getattr(one, f"{subject}_id"): one
        for one in found.select_related("team", "person").order_by("-created_at")
    }
    for row in missed:
        row.asked = asked.get(row.pk)
    return f"devlink:join_after_{subject}" if may(person, "ask_to_join") else ""
