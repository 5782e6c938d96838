"""The demo's plan: the same company on every day, alive and in nobody's words twice."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from analysis.clusters import Document, cluster
from analysis.languages import language_of
from analysis.scores import agreement
from analysis.text import clean, join_title
from analysis.vectors import default_embedder
from benchmarks.demo_truth import load_demo_truth
from core.events import CATALOGUE
from core.workflow import Workflow
from dashboards.demo.catalogue import COMPONENTS, SERVICES
from dashboards.demo.content import causes, organisations
from dashboards.demo.people import BY_KEY, DEMO_LOGINS, PEOPLE
from dashboards.demo.plan import DemoPlan, make_plan
from dashboards.demo.story import office_time
from incidents import events
from incidents.workflow import WORKFLOWS

NOW = datetime(2026, 5, 6, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> DemoPlan:
    return make_plan(NOW)


def test_the_same_moment_gives_the_same_plan(plan: DemoPlan) -> None:
    assert make_plan(NOW) == plan


def test_another_seed_gives_other_tickets(plan: DemoPlan) -> None:
    assert make_plan(NOW, seed=7).tickets != plan.tickets


def test_the_desk_is_as_large_as_promised(plan: DemoPlan) -> None:
    assert len(plan.tickets) >= 2500
    assert sum(not one.internal for one in organisations()) >= 12
    assert (len(SERVICES), len(COMPONENTS), len(PEOPLE)) == (8, 24, 30)
    assert len(plan.improvement.changes) == 20
    assert len(plan.improvement.releases) == 16
    assert len(plan.improvement.sprints) == 11


def test_every_component_is_owned_on_both_sides() -> None:
    for component in COMPONENTS:
        assert "agent" in BY_KEY[component.support_owner].roles
        assert "developer" in BY_KEY[component.development_owner].roles


def test_history_is_26_weeks_that_end_now(plan: DemoPlan) -> None:
    moments = [ticket.created_at for ticket in plan.tickets]
    assert min(moments) >= plan.now - timedelta(weeks=26)
    assert max(moments) > plan.now - timedelta(hours=1)
    told = [fact.at for ticket in plan.tickets for fact in ticket.facts]
    assert max(told) <= plan.now


def test_no_two_tickets_say_the_same(plan: DemoPlan) -> None:
    texts = Counter(" ".join((one.title + one.body).lower().split()) for one in plan.tickets)
    assert sum(count - 1 for count in texts.values()) <= len(plan.tickets) * 0.005
    titles = Counter(one.title for one in plan.tickets)
    assert max(titles.values()) <= 12


def test_every_voice_is_heard_and_differs(plan: DemoPlan) -> None:
    by_house = {
        one.key: [t for t in plan.tickets if t.organisation == one.key] for one in organisations()
    }
    assert min(len(tickets) for tickets in by_house.values()) >= 60
    assert all(ticket.title.isupper() for ticket in by_house["megadepot"])
    assert all(ticket.title == ticket.title.lower() for ticket in by_house["sparrow"])
    german = [t for t in by_house["nordhafen"] if "wird" in t.body or "ist" in t.body.split()]
    assert len(german) >= 10


def test_no_slot_or_choice_is_left_in_a_text(plan: DemoPlan) -> None:
    said = [text for one in plan.tickets for text in (one.title, *(m.body for m in one.messages))]
    assert [text for text in said if "{stamp}" in text or "{n}" in text or "[|" in text] == []


def _follows(workflow: Workflow, states: list[str]) -> bool:
    return all(
        any(step.target == after for step in workflow.steps_from(before)) or before == after
        for before, after in pairwise(states)
    )


def test_every_story_follows_its_workflow(plan: DemoPlan) -> None:
    for ticket in plan.tickets:
        states = [part.state for part in ticket.intervals]
        assert states[0] == WORKFLOWS[ticket.kind].initial
        assert states[-1] == ticket.state
        assert _follows(WORKFLOWS[ticket.kind], states), (ticket.key, states)


def test_intervals_leave_no_gap_and_one_runs(plan: DemoPlan) -> None:
    for ticket in plan.tickets:
        ends = [part.ended_at for part in ticket.intervals]
        assert ends[-1] is None
        assert ends[:-1] == [part.started_at for part in ticket.intervals[1:]]
        assert ticket.intervals[0].started_at == ticket.created_at


def test_every_fact_is_in_the_catalogue(plan: DemoPlan) -> None:
    assert events.TICKET_OPENED.name in CATALOGUE
    for ticket in plan.tickets:
        for fact in ticket.facts:
            fields = set(fact.payload) | ({"message_id"} if fact.message >= 0 else set())
            assert fields <= CATALOGUE[fact.name].fields, fact


def test_old_tickets_are_closed_and_young_ones_open(plan: DemoPlan) -> None:
    done = ("resolved", "closed")
    old = [t for t in plan.tickets if t.created_at < plan.now - timedelta(weeks=8)]
    young = [t for t in plan.tickets if t.created_at > plan.now - timedelta(hours=6)]
    assert sum(t.state_category in done for t in old) / len(old) > 0.95
    assert sum(t.state_category not in done for t in young) / len(young) > 0.6


def test_one_cause_breaks_out_now_in_five_organisations(plan: DemoPlan) -> None:
    surging = {cause.key for cause in causes() if cause.surge}
    fresh = [t for t in plan.tickets if t.cause in surging]
    assert len(fresh) >= 14
    assert len({ticket.organisation for ticket in fresh}) >= 5
    assert all(ticket.created_at > plan.now - timedelta(hours=3.1) for ticket in fresh)
    released = max(r.at for r in plan.improvement.releases if r.is_deployed)
    assert timedelta(0) < min(t.created_at for t in fresh) - released < timedelta(hours=1)


def test_people_work_in_office_hours_only() -> None:
    saturday = datetime(2026, 5, 9, 23, 0, tzinfo=UTC)
    moved = office_time(saturday, random.Random(1))
    assert (moved.weekday(), moved.hour) == (0, 7)


def test_the_logins_are_people_of_the_demo() -> None:
    inside = {person.email for person in PEOPLE}
    assert {email for role, email in DEMO_LOGINS.items() if role != "requester"} <= inside


def test_causes_are_found_and_not_planted() -> None:
    texts, truth = load_demo_truth()
    documents = [Document(at, *text.split("\n", 1)) for at, text in enumerate(texts)]
    vectors = default_embedder().embed([clean(join_title(d.title, d.text)) for d in documents])
    labels = cluster(documents, vectors).labels.tolist()
    found = agreement(truth, labels)
    assert found.f1 >= 0.80
    # Texts that give their cause away would prove nothing about the clustering.
    assert found.f1 <= 0.98
    german = [at for at, text in enumerate(texts) if language_of(text) == "de"]
    assert len(german) >= 20
    theirs = agreement([truth[at] for at in german], [labels[at] for at in german])
    assert theirs.f1 >= 0.80, "the language brought tickets together, not the cause"
