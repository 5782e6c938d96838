"""Who may do what with development work. Pages ask `may`, actions call `require`."""

from collections.abc import Callable, Mapping

from django.db import models

from accounts.models import Person
from accounts.roles import PROBLEM_ROLES, RELEASE_ROLES, Role
from core.errors import NotPermitted
from core.workflow import Step, Workflow
from devlink.models import Ask, Release, Sprint, Tracker, WorkItem
from devlink.workflow import ASK, RELEASE, SPRINT, TRACKER, WORK_ITEM

_Rule = Callable[[Person], bool]


def _either_side(person: Person) -> bool:
    return person.is_support or person.is_development


def _development(person: Person) -> bool:
    return person.is_development or person.has_role({Role.ADMIN})


def _support(person: Person) -> bool:
    return person.is_support


def _releasing(person: Person) -> bool:
    return person.has_role(RELEASE_ROLES)


def _waiving(person: Person) -> bool:
    return person.has_role({Role.MANAGER, Role.ADMIN})


def _administering(person: Person) -> bool:
    return person.has_role({Role.ADMIN})


def _collecting(person: Person) -> bool:
    return person.is_support or person.has_role(PROBLEM_ROLES)


def _staff(person: Person) -> bool:
    return person.is_staff_member


RULES: Mapping[str, _Rule] = {
    # work items
    "create_work_item": _either_side,
    "comment": _either_side,
    "attach_evidence": _either_side,
    "link_work_item": _either_side,
    "unlink_work_item": _either_side,
    "edit_work_item": _development,
    "commit": _development,
    "plan": _development,
    "start": _development,
    "finish": _development,
    "put_back": _development,
    "reopen": _development,
    "cancel": _development,
    "send_to_tracker": _either_side,
    # sprints
    "create_sprint": _development,
    "edit_sprint": _development,
    "start_sprint": _development,
    "close_sprint": _development,
    # evidence and asks
    "build_pack": _collecting,
    "ask": _support,
    "ask_again": _support,
    "answer_question": _support,
    "ask_question": _development,
    "accept": _development,
    "defer": _development,
    "decline": _development,
    # releases
    "create_release": _releasing,
    "edit_release": _releasing,
    "change_contents": _releasing,
    "advance": _releasing,
    "deploy": _releasing,
    "finish_deployment": _releasing,
    "tell_support": _either_side,
    "meet_criterion": _either_side,
    "waive_criterion": _waiving,
    "sign": _support,
    # the ledger
    "record_involvement": _either_side,
    "ask_to_join": _support,
    # trackers
    "add_tracker": _administering,
    "edit_tracker": _administering,
    "disable_tracker": _administering,
    "enable_tracker": _administering,
    # the pulse
    "answer_pulse": _either_side,
    # programs that speak the Model Context Protocol
    "use_an_assistant": _staff,
}

# Steps of each table that a person takes by its button, and the right each needs.
_TABLES: Mapping[type[models.Model], tuple[Workflow, Mapping[str, str]]] = {
    WorkItem: (
        WORK_ITEM,
        {name: name for name in ("commit", "start", "finish", "put_back", "reopen", "cancel")},
    ),
    Sprint: (SPRINT, {"start": "start_sprint", "close": "close_sprint"}),
    Ask: (ASK, {"accept": "accept", "defer": "defer", "decline": "decline", "ask_again": "ask"}),
    Release: (
        RELEASE,
        {
            "build": "advance",
            "test": "advance",
            "check_readiness": "advance",
            "approve": "advance",
            "deploy": "deploy",
            "finish_deployment": "finish_deployment",
            "close": "advance",
            "withdraw": "advance",
        },
    ),
    Tracker: (TRACKER, {"disable": "disable_tracker", "enable": "enable_tracker"}),
}


def may(person: Person | None, step: str, record: models.Model | None = None) -> bool:
    """True when this person (None: the system itself) may take this step, whatever the state."""
    return person is None or RULES[step](person)


def require(person: Person | None, step: str, record: models.Model | None = None) -> None:
    """Raises NotPermitted unless `may`."""
    if not may(person, step, record):
        raise NotPermitted(f"“{step.replace('_', ' ').capitalize()}” is not for your role.")


def allowed_steps(
    person: Person, record: WorkItem | Sprint | Ask | Release | Tracker
) -> list[Step]:
    """The steps of the workflow this person may take now, in table order."""
    workflow, rights = _TABLES[type(record)]
    return [
        step
        for step in workflow.steps_from(record.state)
        if step.name in rights and may(person, rights[step.name], record)
    ]
