"""Who may do what to an article: the KCS licences, kept simple.

Candidates (all staff) write and improve; Contributors also validate for the house; Publishers also
decide what customers read and change what must follow a rule (compliance based). Whoever owns a
component, on either side, is a Contributor for its articles; its support owner also edits what
customers read of them, without a Publisher's review.
"""

from django.db.models import Q

from accounts.models import Person
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES, Role
from core.errors import NotPermitted
from core.workflow import Step
from knowledge.models import VALIDATED, Article, Governance
from knowledge.workflow import ARTICLE

KCS_ROLES = frozenset(
    {
        Role.KCS_CANDIDATE,
        Role.KCS_CONTRIBUTOR,
        Role.KCS_PUBLISHER,
        Role.KCS_COACH,
        Role.KNOWLEDGE_EXPERT,
    }
)
CANDIDATES = SUPPORT_ROLES | DEVELOPMENT_ROLES | KCS_ROLES
PUBLISHERS = frozenset(
    {
        Role.KCS_PUBLISHER,
        Role.KCS_COACH,
        Role.KNOWLEDGE_EXPERT,
        Role.PROBLEM_MANAGER,
        Role.MANAGER,
        Role.ADMIN,
    }
)
CONTRIBUTORS = PUBLISHERS | {
    Role.KCS_CONTRIBUTOR,
    Role.TEAM_LEAD,
    Role.PROBLEM_COORDINATOR,
    Role.ENGINEERING_LEAD,
    Role.PRODUCT_MANAGER,
}
_LABELS = {"revise": "Edit", "give_feedback": "Feedback"}


def may_write(person: Person) -> bool:
    """Everybody who works here may capture what they know; auditors only read."""
    return person.has_role(CANDIDATES)


def _owns_a_component(person: Person, article: Article) -> bool:
    owned = Q(support_owner=person) | Q(development_owner=person)
    return article.components.filter(owned).exists()


def _owns_for_support(person: Person, article: Article) -> bool:
    return article.components.filter(support_owner=person).exists()


def _is_contributor(person: Person, article: Article) -> bool:
    return person.has_role(CONTRIBUTORS) or _owns_a_component(person, article)


def _needs_publisher(article: Article) -> bool:
    return article.is_external or article.governance == Governance.COMPLIANCE


def _may_vouch(person: Person, article: Article) -> bool:
    """May say that the article is right, for its audience."""
    if _needs_publisher(article):
        return person.has_role(PUBLISHERS)
    return _is_contributor(person, article)


def _may_revise(person: Person, article: Article) -> bool:
    """Flag it or fix it: anybody may fix, but not what customers read or a rule demands."""
    if article.confidence in ARTICLE.in_category("closed"):
        return False
    if article.governance == Governance.COMPLIANCE:
        return person.has_role(PUBLISHERS)
    if article.is_external and article.confidence == VALIDATED:
        return person.has_role(PUBLISHERS) or _owns_for_support(person, article)
    return True


def may(person: Person, step: str, record: Article) -> bool:
    """True when this person may take this step, whatever the state."""
    if step == "give_feedback":
        return True
    if not may_write(person):
        return False
    if step == "validate":
        return _may_vouch(person, record)
    if step == "revise":
        return _may_revise(person, record)
    if step in {"archive", "restore"}:
        return record.owner_id == person.pk or _may_vouch(person, record)
    return True


def require(person: Person, step: str, record: Article) -> None:
    """Raises NotPermitted unless `may`."""
    if may(person, step, record):
        return
    label = _LABELS.get(step) or ARTICLE.steps[step].label
    if may_write(person) and _needs_publisher(record):
        raise NotPermitted(f"“{label}” on {record.reference} is for a KCS Publisher.")
    raise NotPermitted(f"“{label}” on {record.reference} is not for your role.")


def allowed_steps(person: Person, article: Article) -> list[Step]:
    """The steps of the workflow this person may take now, in table order."""
    return [
        step for step in ARTICLE.steps_from(article.confidence) if may(person, step.name, article)
    ]
