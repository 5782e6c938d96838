"""Who may do what to a major incident. Pages ask `may`, actions call `require`."""

from accounts.models import Person
from accounts.roles import Role
from core.errors import NotPermitted
from core.workflow import Step
from incidents.models import Ticket
from majors.models import MajorIncident
from majors.workflow import CANDIDATE

DECIDERS = frozenset({Role.MAJOR_INCIDENT_MANAGER, Role.MANAGER, Role.ADMIN})
_DECISIONS = frozenset({"accept", "reject", "cancel"})
# Those who lead it: whoever decides, and whoever holds a role in it.
_LED = frozenset({"update", "give_role", "set_component", "publish_review", "publish"})
_SHARED = frozenset({"note", "write_review", "follow_up"})


def may_propose(person: Person | None, ticket: Ticket) -> bool:
    """Support proposes, and whoever owns the ticket's component on either side."""
    if person is None or person.is_support:
        return True
    component = ticket.component
    return component is not None and person.pk in {
        component.support_owner_id,
        component.development_owner_id,
    }


def may(person: Person | None, step: str, major: MajorIncident | None = None) -> bool:
    """True when this person (None: the system itself) may do this, whatever the state."""
    if person is None:
        return True
    if step in _DECISIONS:
        return person.has_role(DECIDERS)
    if step == "templates":
        return person.has_role(DECIDERS)
    if step in _LED:
        return person.has_role(DECIDERS) or _holds_role(person, major)
    if step in _SHARED:
        return person.is_staff_member and person.roles != [Role.AUDITOR]
    raise ValueError(f"nobody knows who may {step}")


def _holds_role(person: Person, major: MajorIncident | None) -> bool:
    return major is not None and major.roles.current().filter(person=person).exists()


def require(person: Person | None, step: str, major: MajorIncident | None = None) -> None:
    """Raises NotPermitted unless `may`."""
    if not may(person, step, major):
        label = CANDIDATE.steps[step].label if step in CANDIDATE.steps else step.replace("_", " ")
        raise NotPermitted(
            f"“{label.capitalize()}” is for the major incident manager and those with a role in it."
        )


def allowed_steps(person: Person, major: MajorIncident) -> list[Step]:
    """The steps of the decision this person may take now, in table order."""
    return [one for one in CANDIDATE.steps_from(major.state) if may(person, one.name, major)]
