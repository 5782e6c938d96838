"""Who reads the dashboards, and who arranges how the desk works."""

from accounts.roles import LEAD_ROLES, PROBLEM_ROLES, Role

READERS = LEAD_ROLES | PROBLEM_ROLES | {Role.PRODUCT_MANAGER, Role.ENGINEERING_LEAD}

# Each page on the Admin page names its own roles; these are offered the Admin page itself.
ADMINISTRATORS = frozenset({Role.ADMIN, Role.MANAGER, Role.TEAM_LEAD})
