"""Two people change one problem: what differs stays, what collides is shown to both."""

from collections.abc import Callable

import pytest
from django.forms import Form
from django.test import Client
from rest_framework.test import APIClient

from core.errors import EditConflict
from problems import actions
from problems.models import Problem
from tests.conftest import Cast
from tests.make.problems import make_problem

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]


@pytest.fixture
def problem(cast: Cast) -> Problem:
    """A problem with a known error and a review, over."""
    found = make_problem(cast.ann, title="Slow", description="As read", owner=cast.ann)
    actions.assess_problem(found, actor=cast.ann)
    actions.record_known_error(
        found, actor=cast.ann, symptom="It hangs", root_cause="A lock", workaround="Reload."
    )
    actions.resolve_problem(found, actor=cast.ann)
    actions.write_problem_review(found, actor=cast.ann, summary="It hung.", lessons="Look twice.")
    found.refresh_from_db()
    return found


def as_read(form: Form) -> dict[str, object]:
    """What a browser sends back of a form nobody touched."""
    sent: dict[str, object] = {}
    for field in form:
        value = field.value()
        sent[field.html_name] = "" if value is None else value
        if field.field.show_hidden_initial:
            sent[field.html_initial_name] = sent[field.html_name]
    return sent


PAGES = {
    "edit": ("title", "description"),
    "known-error": ("symptom", "workaround"),
    "analysis/root-cause": ("falsifier", "root_cause"),
    "review/write": ("summary", "lessons"),
}


@pytest.mark.parametrize("page", PAGES)
def test_of_a_form_only_what_was_changed_is_sent_on(
    cast: Cast, as_user: AsUser, problem: Problem, page: str
) -> None:
    mine, theirs = PAGES[page]
    address = f"{problem.get_absolute_url()}{page}/"
    ann, pia = as_user(cast.ann), as_user(cast.pia)
    read = as_read(ann.get(address).context["form"])
    assert pia.post(address, {**read, theirs: "Pia's words"}).status_code == 302
    assert ann.post(address, {**read, mine: "Ann's words"}).status_code == 302
    now = as_read(ann.get(address).context["form"])
    assert (now[mine], now[theirs]) == ("Ann's words", "Pia's words")
    # Both change the same field: nothing is overwritten, both values are shown.
    assert pia.post(address, {**now, mine: "Pia was faster"}).status_code == 302
    answer = ann.post(address, {**now, mine: "Ann insists"})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Pia was faster" in shown
    assert "Ann insists" in shown
    again = as_read(answer.context["form"]) | {f"initial-{mine}": now[mine]}
    assert ann.post(address, {**again, f"keep_{mine}": "theirs"}).status_code == 302
    assert ann.get(address).context["form"][mine].value() == "Pia was faster"
    assert ann.post(address, again).status_code == 302
    assert ann.get(address).context["form"][mine].value() == "Ann insists"


def test_programs_name_the_version_they_read(cast: Cast, api_as: ApiAs, problem: Problem) -> None:
    program, base = api_as(cast.ann), f"/api/v1/problems/{problem.pk}/"
    read = program.get(base).json()["version"]
    actions.edit_problem(problem, actor=cast.pia, priority=1, workaround="Wait.")
    assert program.patch(base, {"title": "Slower", "version": read}).status_code == 200
    for address, sent in (
        (base, {"priority": 4}),
        (f"{base}known-error/", {"workaround": "Reload twice."}),
    ):
        refused = program.patch(address, {**sent, "version": read})
        (conflict,) = refused.json()["conflicts"]
        assert (refused.status_code, conflict["field"]) == (409, next(iter(sent)))
    assert (conflict["yours"], conflict["theirs"]) == ("Reload twice.", "Wait.")
    actions.write_problem_review(problem, actor=cast.pia, summary="It hung for long.")
    wrote = {"summary": "It hung twice.", "version": read}
    assert program.patch(f"{base}review/", wrote).status_code == 409
    now = program.get(f"{base}review/").json()["version"]
    assert program.patch(f"{base}review/", {**wrote, "version": now}).status_code == 200
    with pytest.raises(EditConflict):
        actions.edit_problem(problem, actor=cast.ann, version=999, title="x")


def test_the_component_of_a_known_error_is_not_that_of_its_problem(
    cast: Cast, problem: Problem
) -> None:
    version = problem.version
    actions.edit_problem(problem, actor=cast.pia, component=cast.checkout)
    known = problem.known_error
    edited = actions.edit_known_error(
        known, actor=cast.ann, version=version, component=cast.checkout
    )
    assert edited.component == cast.checkout
