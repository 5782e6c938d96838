"""Who reads the dashboards, and who arranges how the desk works."""

from accounts.roles import LEAD_ROLES, PROBLEM_ROLES, SUPPORT_ROLES, Role

READERS = LEAD_ROLES | PROBLEM_ROLES | {Role.PRODUCT_MANAGER, Role.ENGINEERING_LEAD}

# Whether people were told is support's own business too.
LOOP_READERS = READERS | SUPPORT_ROLES

# Each page on the Admin page names its own roles; these are offered the Admin page itself.
ADMINISTRATORS = frozenset({Role.ADMIN, Role.MANAGER, Role.TEAM_LEAD})
