"""Before 1.0 a new database is made by one clean initial migration an app, and quickly."""

from collections import Counter

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import AddField, FieldOperation
from django.db.migrations.operations.models import AddConstraint, AddIndex

from core.documentation import our_modules

# Each operation of its own makes Django render all related models anew; what stands in
# CreateModel costs nothing more.
APART = (AddConstraint, AddIndex)


def _ours() -> dict[str, list[Operation]]:
    """Operations by "app.name" of every migration of our apps."""
    apps = {module.__name__.split(".")[0] for module in our_modules("models")}
    found = MigrationLoader(None).disk_migrations
    return {f"{app}.{name}": one.operations for (app, name), one in found.items() if app in apps}


def test_one_initial_migration_an_app() -> None:
    counted = Counter(name.split(".")[0] for name in _ours())
    assert len(counted) >= 13
    assert [app for app, how_many in counted.items() if how_many != 1] == []


@pytest.mark.parametrize("name", sorted(_ours()))
def test_constraints_and_indexes_stand_in_their_models(name: str) -> None:
    """Only those over a field that had to be added later, for a circle of models, stand apart."""
    operations = _ours()[name]
    added = {(one.model_name, one.name) for one in operations if isinstance(one, AddField)}
    assert [
        one
        for one in operations
        if isinstance(one, FieldOperation) and not isinstance(one, AddField)
    ] == []
    late = {model for model, _ in added}
    apart = [one for one in operations if isinstance(one, APART)]
    assert [one.describe() for one in apart if one.model_name not in late] == []
