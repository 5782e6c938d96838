"""Who may do what with clusters, runs and problems. Pages ask `may`, actions call `require`."""

from django.db import models

from accounts.models import Person
from accounts.roles import LEAD_ROLES, PROBLEM_ROLES, RELEASE_ROLES, Role
from core.errors import NotPermitted
from core.workflow import Step, Workflow
from problems.models import Cluster, ClusterRun, Problem
from problems.workflow import CLUSTER, PROBLEM, RUN

# Everyday work at the desk: saying what belongs together.
SUPPORT_STEPS = frozenset(
    {
        "open_problem",
        "link_ticket",
        "unlink_ticket",
        "add_member",
        "remove_member",
        "decide_move",
        "withdraw_word",
        "send_workaround",
        "link_article",
        "task",
        "write_analysis",
        "write_review",
        "follow_up",
    }
)
# Decisions about causes and problems.
PROBLEM_STEPS = frozenset(
    {
        "request_run",
        "cancel_run",
        "confirm",
        "merge",
        "undo_merge",
        "split",
        "rename",
        "lock",
        "unlock",
        "dismiss",
        "restore",
        "link_fix",
        "unlink_fix",
        "edit",
        "assess",
        "analyse",
        "record_known_error",
        "edit_known_error",
        "verify_workaround",
        "start_fix",
        "resolve",
        "close",
        "reopen",
        "publish_review",
    }
)
# What those who repair know best.
DEVELOPMENT_STEPS = frozenset(
    {
        "analyse",
        "record_known_error",
        "edit_known_error",
        "start_fix",
        "link_fix",
        "unlink_fix",
        "link_article",
        "task",
        "write_analysis",
        "write_review",
        "follow_up",
    }
)
# Steps that follow from a deployment; by hand only for those who run releases or problems.
SHIPPING_STEPS = frozenset({"ship", "watch", "settle"})
# What the owner of a problem may do with it although they are no problem manager.
OWNER_STEPS = PROBLEM_STEPS - {"request_run", "cancel_run"}


# Steps of each table that a person takes here, and the right each needs; the others follow from
# events, such as a cluster's fix from a work item that is linked with its problem.
_TABLES: dict[type[models.Model], tuple[Workflow, dict[str, str]]] = {
    Cluster: (
        CLUSTER,
        {
            "confirm": "confirm",
            "open_problem": "open_problem",
            "dismiss": "dismiss",
            "restore": "restore",
        },
    ),
    Problem: (
        PROBLEM,
        {
            **{name: name for name in PROBLEM.steps},
            "note_known_error": "record_known_error",
            "return_to_known_error": "record_known_error",
        },
    ),
    ClusterRun: (RUN, {"cancel": "cancel_run"}),
}


def may(person: Person | None, step: str, record: models.Model | None = None) -> bool:
    """True when this person (None: the system itself) may take this step, whatever the state."""
    if person is None:
        return True
    if step in SUPPORT_STEPS and person.is_support:
        return True
    if step in PROBLEM_STEPS and person.has_role(PROBLEM_ROLES):
        return True
    if step in {"request_run", "cancel_run"} and person.has_role({Role.TEAM_LEAD}):
        return True
    if step == "see_quality" and person.has_role(PROBLEM_ROLES | LEAD_ROLES):
        return True
    if step in SHIPPING_STEPS and person.has_role(PROBLEM_ROLES | RELEASE_ROLES):
        return True
    if step in DEVELOPMENT_STEPS and person.is_development:
        return True
    return _owns(person, record) and step in OWNER_STEPS


def _owns(person: Person, record: models.Model | None) -> bool:
    """True when the record is a problem in this person's hands."""
    return isinstance(record, Problem) and record.owner_id == person.pk


def require(person: Person | None, step: str, record: models.Model | None = None) -> None:
    """Raises NotPermitted unless `may`."""
    if not may(person, step, record):
        raise NotPermitted(f"“{step.replace('_', ' ').capitalize()}” is not for your role.")


def allowed_steps(person: Person, record: Cluster | Problem | ClusterRun) -> list[Step]:
    """The steps of the workflow this person may take now, in table order."""
    workflow, step_names = _TABLES[type(record)]
    return [
        step
        for step in workflow.steps_from(record.state)
        if step.name in step_names and may(person, step_names[step.name], record)
    ]
