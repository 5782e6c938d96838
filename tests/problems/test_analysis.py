"""The root cause analysis: whys, fishbone, what would prove it wrong, the timeline."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from changes.actions import link_change
from changes.models import Change
from core.errors import DomainError, NotPermitted
from devlink.models import Release, ReleaseItem, WorkItem
from incidents.models import Ticket
from problems import actions
from problems.evidence import link_of
from problems.fishbone import fishbone_of
from problems.models import Cause, Problem, TimelineEntry, Why
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]


@pytest.fixture
def problem(cast: Cast) -> Problem:
    """An open problem."""
    return make_problem(cast.ann, component=cast.checkout)


def answers(problem: Problem) -> list[tuple[int, str]]:
    """The whys as they stand."""
    return list(problem.whys.values_list("position", "answer"))


class TestWhys:
    """Ordered answers with evidence."""

    def test_they_are_added_moved_changed_and_removed(self, cast: Cast, problem: Problem) -> None:
        first, second, third = (
            actions.add_why(problem, actor=cast.dev, answer=words) for words in ("A", "B", "C")
        )
        actions.move_why(third, actor=cast.dev, up=True)
        assert answers(problem) == [(1, "A"), (2, "C"), (3, "B")]
        actions.move_why(first, actor=cast.dev, up=True)
        assert answers(problem) == [(1, "A"), (2, "C"), (3, "B")]
        actions.change_why(second, actor=cast.ann, answer="B2", evidence="inc7")
        assert answers(problem)[2] == (3, "B2")
        actions.remove_why(first, actor=cast.ann)
        assert answers(problem) == [(1, "C"), (2, "B2")]

    @pytest.mark.parametrize(
        ("given", "kept"),
        [("inc-7", "INC-7"), ("https://x.example/a", "https://x.example/a"), ("/tickets/1/",) * 2],
    )
    def test_evidence_is_a_link_or_a_reference(
        self, cast: Cast, problem: Problem, given: str, kept: str
    ) -> None:
        why = actions.add_why(problem, actor=cast.ann, answer="A", evidence=given)
        assert why.evidence == kept
        link = link_of(why.evidence)
        assert link is not None
        assert link.url.startswith(("https://", "/tickets/"))

    @pytest.mark.parametrize(
        "bad", ["javascript:alert(1)", "//x.example", "a thing", "https://a b"]
    )
    def test_anything_else_is_refused_at_its_field(
        self, cast: Cast, problem: Problem, bad: str
    ) -> None:
        with pytest.raises(DomainError) as refused:
            actions.add_why(problem, actor=cast.ann, answer="A", evidence=bad)
        assert refused.value.field == "evidence"

    def test_an_auditor_only_reads(self, cast: Cast, problem: Problem) -> None:
        with pytest.raises(NotPermitted):
            actions.add_why(problem, actor=cast.rob, answer="A")


class TestFishbone:
    """Causes as a tree."""

    def test_causes_stand_on_branches_and_below_each_other(
        self, cast: Cast, problem: Problem
    ) -> None:
        slow = actions.add_cause(problem, actor=cast.ann, text="Slow", branch="supplier")
        batch = actions.add_cause(
            problem, actor=cast.ann, text="Batch", branch="people", parent=slow
        )
        assert batch.branch == "supplier"
        (bone,) = fishbone_of(problem)
        assert bone.label == "Supplier"
        assert bone.twigs[0].below[0].cause == batch
        actions.change_cause(
            slow, actor=cast.ann, text="Slow", branch="process", standing="contributing"
        )
        batch.refresh_from_db()
        assert batch.branch == "process"
        deep = actions.add_cause(
            problem, actor=cast.ann, text="Deep", branch="people", parent=batch
        )
        with pytest.raises(DomainError, match="3 levels"):
            actions.add_cause(problem, actor=cast.ann, text="No", branch="people", parent=deep)
        actions.remove_cause(slow, actor=cast.ann)
        assert not Cause.objects.exists()

    def test_a_cause_of_another_problem_is_no_place(self, cast: Cast, problem: Problem) -> None:
        other = make_problem(cast.ann)
        cause = actions.add_cause(other, actor=cast.ann, text="Slow", branch="people")
        with pytest.raises(DomainError) as refused:
            actions.add_cause(problem, actor=cast.ann, text="X", branch="people", parent=cause)
        assert refused.value.field == "parent"


class TestTimeline:
    """One story out of many sources."""

    def test_it_tells_the_problem_tickets_changes_releases_and_words(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        now = timezone.now()
        tickets = [make_ticket(cast.rob, title="First one"), make_ticket(cast.rob, title="Last")]
        for ticket, days in zip(tickets, (20, 2), strict=True):
            Ticket.objects.filter(pk=ticket.pk).update(created_at=now - timedelta(days=days))
        problem = make_problem(cast.ann, component=cast.checkout, tickets=tickets)
        near = Change.objects.create(
            title="New lock", requester=cast.max, state="closed", outcome="successful",
            started_at=now - timedelta(days=22),
        )  # fmt: skip
        near.components.add(cast.checkout)
        far = Change.objects.create(
            title="Old paint", requester=cast.max, started_at=now - timedelta(days=60)
        )
        far.components.add(cast.checkout)
        meant = Change.objects.create(
            title="Repair", requester=cast.max, started_at=now - timedelta(days=1)
        )
        link_change(meant, actor=cast.max, problem=problem)
        item = WorkItem.objects.create(
            key="PAY-1", title="Lock", team=cast.payments_team, problem=problem
        )
        release = Release.objects.create(version="4.18.0", deployed_at=now - timedelta(hours=5))
        ReleaseItem.objects.create(release=release, work_item=item)
        actions.add_timeline_entry(
            problem, actor=cast.dev, at=now - timedelta(days=21), text="Window moved"
        )
        page = as_user(cast.ann).get(reverse("problems:analysis", args=[problem.pk]))
        story = [line.text for line in page.context["lines"]]
        assert story == [
            f"{near.reference} New lock (on {cast.checkout})",
            "Window moved",
            f"first ticket: {tickets[0].reference} First one",
            f"last ticket so far: {tickets[1].reference} Last",
            f"{meant.reference} Repair (against this problem)",
            "release 4.18.0 went live with work against it",
            "opened the problem with 2 tickets",
        ]

    def test_what_has_not_happened_is_no_line(self, cast: Cast, problem: Problem) -> None:
        with pytest.raises(DomainError) as refused:
            actions.add_timeline_entry(
                problem, actor=cast.ann, at=timezone.now() + timedelta(days=1), text="Later"
            )
        assert refused.value.field == "at"

    def test_a_source_that_fails_is_left_out(
        self, cast: Cast, problem: Problem, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("changes.panels.changes_around", fails)
        page = as_user(cast.ann).get(reverse("problems:analysis", args=[problem.pk]))
        assert "opened the problem" in page.content.decode()


def test_the_workspace_by_forms(cast: Cast, problem: Problem, as_user: AsUser) -> None:
    browser, base = as_user(cast.dev), reverse("problems:analysis", args=[problem.pk])

    def post(name: str, pk: int, **words: object) -> int:
        return browser.post(reverse(f"problems:{name}", args=[pk]), words).status_code

    assert post("add_why", problem.pk, answer="", evidence="x") == 422
    assert post("add_why", problem.pk, answer="It hung", evidence="nonsense words") == 422
    assert post("add_why", problem.pk, answer="It hung", evidence="INC-1") == 302
    assert post("add_cause", problem.pk, text="Old lock", branch="software", standing="suspected",
                falsifier="No lock held") == 302  # fmt: skip
    cause = Cause.objects.get()
    assert post("change_cause", cause.pk, text="Old lock", branch="software",
                standing="contributing", falsifier="No lock held") == 302  # fmt: skip
    at = timezone.localtime(timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert post("add_entry", problem.pk, at=at, text="Seen in staging") == 302
    page = browser.get(base).content.decode()
    for words in (
        "It hung",
        "INC-1",
        "Old lock",
        "contributing",
        "No lock held",
        "Seen in staging",
    ):
        assert words in page
    said = {"root_cause": "Lock", "falsifier": "A hang without it"}
    assert as_user(cast.ann).post(f"{base}root-cause/", said).status_code == 403
    assert post("root_cause", problem.pk, **said) == 302
    known = as_user(cast.pia)
    address = reverse("problems:root_cause", args=[problem.pk])
    assert known.post(address, {"root_cause": "Lock", "falsifier": "A hang"}).status_code == 302
    assert "A hang" in browser.get(base).content.decode()
    for name, model in (("why", Why), ("cause", Cause), ("entry", TimelineEntry)):
        assert post(f"remove_{name}", model.objects.get().pk) == 302
        assert not model.objects.exists()


def test_programs_write_the_analysis(cast: Cast, problem: Problem, api_as: ApiAs) -> None:
    program, base = api_as(cast.dev), f"/api/v1/problems/{problem.pk}"
    why = program.post(f"{base}/whys/", {"answer": "It hung"}).json()
    cause = program.post(f"{base}/causes/", {"text": "Lock", "branch": "software"}).json()
    below = program.post(
        f"{base}/causes/", {"text": "Old lock", "branch": "software", "parent": cause["id"]}
    ).json()
    assert below["parent"] == cause["id"]
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    entry = program.post(f"{base}/timeline-entries/", {"at": at, "text": "Seen"}).json()
    bad = program.post(f"{base}/whys/", {"answer": "x", "evidence": "nope nope"})
    assert (bad.status_code, list(bad.json())) == (422, ["evidence"])
    assert program.patch(f"/api/v1/whys/{why['id']}/", {"evidence": "inc-3"}).json() == {
        **why, "evidence": "INC-3",
    }  # fmt: skip
    changed = program.patch(f"/api/v1/causes/{cause['id']}/", {"standing": "contributing"}).json()
    assert (changed["standing"], changed["text"]) == ("contributing", "Lock")
    whole = program.get(f"{base}/analysis/").json()
    assert [one["answer"] for one in whole["whys"]] == ["It hung"]
    assert len(whole["causes"]) == 2
    assert "Seen" in [line["text"] for line in whole["timeline"]]
    assert program.delete(f"/api/v1/timeline-entries/{entry['id']}/").status_code == 204
    assert program.get("/api/v1/causes/", {"problem": problem.pk}).json()["results"]
    assert api_as(cast.rob).get("/api/v1/whys/").json()["results"] == []
    assert api_as(cast.rob).get(f"/api/v1/whys/{why['id']}/").status_code == 404


def test_a_large_analysis_costs_as_much_as_a_small_one(
    cast: Cast, problem: Problem, as_user: AsUser, queries_of: Callable[..., int]
) -> None:
    browser, address = as_user(cast.pia), reverse("problems:analysis", args=[problem.pk])

    def grow(times: int) -> None:
        for _ in range(times):
            actions.add_why(problem, actor=cast.ann, answer="A", evidence="INC-1")
            cause = actions.add_cause(problem, actor=cast.ann, text="C", branch="people")
            actions.add_cause(problem, actor=cast.ann, text="D", branch="people", parent=cause)
            actions.add_timeline_entry(problem, actor=cast.ann, at=timezone.now(), text="T")

    grow(1)
    few = queries_of(browser, address)
    grow(8)
    assert queries_of(browser, address) == few
    assert few <= 30


def test_the_forms_of_the_page_warn_before_words_are_lost(cast: Cast, as_user: AsUser) -> None:
    problem = make_problem(cast.ann)
    page = as_user(cast.dev).get(f"{problem.get_absolute_url()}analysis/").content.decode()
    assert page.count("data-guard") == 3
    assert f"{problem.get_absolute_url()}analysis/root-cause/" in page
