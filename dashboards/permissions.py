"""Who reads the dashboards."""

from accounts.roles import LEAD_ROLES, PROBLEM_ROLES, Role

READERS = LEAD_ROLES | PROBLEM_ROLES | {Role.PRODUCT_MANAGER, Role.ENGINEERING_LEAD}
