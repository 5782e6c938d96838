"""The API router: each app registers its own view sets."""

from rest_framework.routers import DefaultRouter

from accounts import api as accounts
from catalogue import api as catalogue
from changes import api as changes
from dashboards import api as dashboards
from devlink import api as devlink
from fulfilment import api as fulfilment
from incidents import api as incidents
from knowledge import api as knowledge
from majors import api as majors
from notifications import api as notifications
from problems import api as problems
from rules import api as rules

router = DefaultRouter()
router.include_format_suffixes = False
for app in (
    accounts,
    notifications,
    catalogue,
    knowledge,
    incidents,
    rules,
    fulfilment,
    problems,
    changes,
    majors,
    devlink,
    dashboards,
):
    app.register(router)
