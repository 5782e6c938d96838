"""The roles people hold, and the groups of roles that rules speak of."""

from django.db import models


class Role(models.TextChoices):
    """What a person does here; one person may hold several."""

    REQUESTER = "requester", "Requester"
    AGENT = "agent", "Agent"
    TEAM_LEAD = "team_lead", "Team lead"
    MAJOR_INCIDENT_MANAGER = "major_incident_manager", "Major incident manager"
    PROBLEM_COORDINATOR = "problem_coordinator", "Problem coordinator"
    PROBLEM_MANAGER = "problem_manager", "Problem manager"
    CHANGE_MANAGER = "change_manager", "Change manager"
    CHANGE_AUTHORITY = "change_authority", "Change authority"
    RELEASE_MANAGER = "release_manager", "Release manager"
    PRODUCT_MANAGER = "product_manager", "Product manager"
    ENGINEERING_LEAD = "engineering_lead", "Engineering lead"
    DEVELOPER = "developer", "Developer"
    KCS_CANDIDATE = "kcs_candidate", "KCS Candidate"
    KCS_CONTRIBUTOR = "kcs_contributor", "KCS Contributor"
    KCS_PUBLISHER = "kcs_publisher", "KCS Publisher"
    KCS_COACH = "kcs_coach", "KCS Coach"
    KNOWLEDGE_EXPERT = "knowledge_domain_expert", "Knowledge Domain Expert"
    MANAGER = "manager", "Manager"
    ADMIN = "admin", "Admin"
    AUDITOR = "auditor", "Auditor"


class Side(models.TextChoices):
    """The two sides of the wall this product takes down, and everybody else."""

    SUPPORT = "support", "Support"
    DEVELOPMENT = "development", "Development"
    OTHER = "other", "Other"


SUPPORT_ROLES = frozenset(
    {
        Role.AGENT,
        Role.TEAM_LEAD,
        Role.MAJOR_INCIDENT_MANAGER,
        Role.PROBLEM_COORDINATOR,
        Role.PROBLEM_MANAGER,
        Role.CHANGE_MANAGER,
        Role.MANAGER,
        Role.ADMIN,
    }
)
DEVELOPMENT_ROLES = frozenset(
    {Role.DEVELOPER, Role.ENGINEERING_LEAD, Role.PRODUCT_MANAGER, Role.RELEASE_MANAGER}
)
STAFF_ROLES = SUPPORT_ROLES | DEVELOPMENT_ROLES | {Role.AUDITOR}
# Those who read every ticket, restricted teams included.
OVERSEER_ROLES = frozenset({Role.MANAGER, Role.ADMIN, Role.AUDITOR})
PROBLEM_ROLES = frozenset(
    {Role.PROBLEM_COORDINATOR, Role.PROBLEM_MANAGER, Role.MANAGER, Role.ADMIN}
)
CHANGE_ROLES = frozenset(
    {Role.CHANGE_MANAGER, Role.CHANGE_AUTHORITY, Role.RELEASE_MANAGER, Role.ADMIN}
)
RELEASE_ROLES = frozenset(
    {Role.RELEASE_MANAGER, Role.PRODUCT_MANAGER, Role.ENGINEERING_LEAD, Role.DEVELOPER, Role.ADMIN}
)
LEAD_ROLES = frozenset({Role.MANAGER, Role.ADMIN, Role.AUDITOR, Role.TEAM_LEAD})
# Those who arrange people and organisations.
PEOPLE_ROLES = frozenset({Role.MANAGER, Role.ADMIN})
