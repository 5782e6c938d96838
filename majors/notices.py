"""What people are told about major incidents."""

from collections.abc import Iterable

from accounts.models import Person
from accounts.roles import Role
from core.models import Event
from majors.models import MajorIncident
from notifications.actions import Notice, notify_all
from notifications.kinds import declare

PROPOSED = declare("majors.proposed", "A candidate for a major incident", icon="siren")
DECIDED = declare("majors.decided", "Decisions on candidates", icon="siren")
ROLE = declare("majors.role", "Your role in a major incident", icon="user-check")
UPDATE = declare("majors.update", "Updates on major incidents", icon="megaphone")
OVERDUE = declare(
    "majors.overdue", "An update, a review or a follow-up is overdue", icon="alarm-clock"
)


def deciders() -> list[Person]:
    """Who decides: the major incident managers, or the managers where there is none."""
    named = list(Person.objects.with_role(Role.MAJOR_INCIDENT_MANAGER))
    return named or list(Person.objects.with_role(Role.MANAGER))


def tell_staff(
    people: Iterable[Person | None],
    event: Event,
    major: MajorIncident,
    *,
    kind: str,
    title: str,
    body: str = "",
) -> None:
    """Tells people who work here once each, but for whoever did it and who may not see it."""
    told = [
        person
        for person in people
        if person is not None
        and person.pk != event.actor_id
        and MajorIncident.objects.visible_to(person).filter(pk=major.pk).exists()
    ]
    notify_all(
        told,
        Notice(
            kind=kind,
            title=title,
            body=body,
            url=major.get_absolute_url(),
            once_key=f"event:{event.pk}",
        ),
    )
