"""The tables of states and steps, and everything that repeats them."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from core.documentation import pages, workflows
from core.workflow import Workflow

WORKFLOWS = workflows()


def test_every_workflow_of_the_house_is_found() -> None:
    names = {flow.name for _, flow in WORKFLOWS}
    assert {
        "incident",
        "service_request",
        "problem",
        "cluster",
        "change",
        "release",
        "ask",
    } <= names


@pytest.mark.parametrize("flow", [flow for _, flow in WORKFLOWS], ids=lambda flow: flow.name)
def test_every_state_can_be_reached(flow: Workflow) -> None:
    # A work item may begin in discovery or, when it is already clear, in to_do.
    assert flow.unreachable() == set()


def _state_fields() -> list[tuple[type[models.Model], models.Field]]:
    tables = {tuple(flow.choices): flow for _, flow in WORKFLOWS}
    found = []
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.Field) and tuple(field.choices or ()) in tables:
                found.append((model, field))
    return found


def test_models_take_their_states_from_the_tables() -> None:
    fields = {f"{model._meta.label_lower}.{field.name}" for model, field in _state_fields()}
    assert {
        "problems.problem.state",
        "problems.cluster.state",
        "changes.change.state",
        "devlink.release.state",
        "devlink.ask.state",
        "knowledge.article.confidence",
    } <= fields


@pytest.mark.parametrize(
    ("model", "field"), _state_fields(), ids=lambda value: getattr(value, "__name__", "")
)
def test_the_database_knows_the_same_states(model: type[models.Model], field: models.Field) -> None:
    wanted = {name for name, _ in field.choices}
    constraints = [
        set(re.findall(r"'(\w+)'", str(constraint.condition)))
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        and f"('{field.name}__in'" in str(constraint.condition)
    ]
    assert any(wanted <= names for names in constraints)


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_generated_page_is_fresh(name: str) -> None:
    page = settings.BASE_DIR / "docs" / name
    assert page.read_text() == pages()[name], "run `make docs`"
