"""Foreign keys point downwards and leave no name behind (import-linter cannot see strings)."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

LAYERS = [
    "core",
    "accounts",
    "notifications",
    "catalogue",
    "knowledge",
    "incidents",
    "rules",
    "fulfilment",
    "problems",
    "changes",
    "majors",
    "devlink",
    "dashboards",
]


def _relations() -> list[tuple[type[models.Model], models.Field]]:
    return [
        (model, field)
        for label in LAYERS
        for model in apps.get_app_config(label).get_models()
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if field.is_relation and field.related_model is not None
    ]


def test_the_list_of_layers_is_the_list_of_our_apps() -> None:
    ours = [name for name in settings.INSTALLED_APPS if (settings.BASE_DIR / name).is_dir()]
    assert ours == LAYERS


@pytest.mark.parametrize(
    ("model", "field"),
    _relations(),
    ids=lambda value: getattr(value, "name", None) or value.__name__,
)
def test_a_key_points_to_its_own_app_or_a_lower_one(
    model: type[models.Model], field: models.Field
) -> None:
    here, there = model._meta.app_label, field.related_model._meta.app_label
    if field.related_model is apps.get_model(settings.AUTH_USER_MODEL):
        return
    if there not in LAYERS:
        assert there in {"auth", "contenttypes"}
        return
    assert LAYERS.index(there) <= LAYERS.index(here)
    if there != here:
        assert field.remote_field.related_name in {"+", None} or field.remote_field.hidden
