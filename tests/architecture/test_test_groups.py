"""Tests that share a costly set-up run in one process."""

import pytest


@pytest.mark.xdist_group("groups")
def test_tests_of_one_group_stay_together(request: pytest.FixtureRequest) -> None:
    """Without this the product would be started once in each process, for nothing."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("runs in a single process")
    # The distribution goes by what stands behind the @.
    assert request.node.nodeid.endswith("@groups")
