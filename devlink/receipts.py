"""Who was told of a release, when relative to its deployment, and who opened it."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from accounts.roles import Side
from devlink.models import Release
from notifications.models import Notification


@dataclass(frozen=True)
class Receipt:
    """One person told. `lead` is how long before the deployment; negative is after."""

    name: str
    side: str
    what: str
    notice: Notification
    lead: timedelta | None

    @property
    def when(self) -> str:
        """In words, relative to the deployment."""
        if self.lead is None:
            return "not deployed yet"
        hours = abs(self.lead) / timedelta(hours=1)
        if hours < 1:
            return "at the deployment"
        size = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
        return f"{size} {'before' if self.lead > timedelta(0) else 'after'}"


def receipts(release: Release) -> list[Receipt]:
    """Everybody told of the release so far, first told first."""
    keys = (
        Q(once_key=f"devlink.readiness_due:{release.pk}")
        | Q(once_key__startswith=f"devlink.support_told:{release.pk}:")
        | Q(once_key=f"devlink.release_deployed:{release.pk}")
    )
    told = Notification.objects.filter(keys).select_related("person").order_by("created_at", "pk")
    return [
        Receipt(
            name=one.person.name,
            side=Side(one.person.side).label if one.person.is_staff_member else "Requester",
            what=one.kind_label,
            notice=one,
            lead=release.deployed_at - one.created_at if release.deployed_at else None,
        )
        for one in told
    ]
