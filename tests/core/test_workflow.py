"""The workflow table."""

import pytest

from core.errors import TransitionNotAllowed
from core.workflow import State, Workflow, step

DOOR = Workflow(
    "door",
    [State("shut", "Shut", "still"), State("open", "Open", "still"), State("lost", "Lost", "gone")],
    [step("open", "shut", "open", "Open it"), step("shut", ["open"], "shut", "Shut it")],
)


def test_a_step_leads_from_its_sources_to_its_target() -> None:
    assert DOOR.target("open", "shut") == "open"
    assert [one.name for one in DOOR.steps_from("open")] == ["shut"]


def test_a_step_from_elsewhere_is_refused_in_words() -> None:
    with pytest.raises(TransitionNotAllowed, match=r"“Open it” is not possible .* “Open”"):
        DOOR.target("open", "open")


def test_a_state_no_path_leads_to_is_found() -> None:
    assert DOOR.unreachable() == {"lost"}


def test_a_step_between_unknown_states_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown states"):
        Workflow("bad", [State("a", "A", "x")], [step("go", "a", "b", "Go")])
