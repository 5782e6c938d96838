"""Clusters, runs and problems over HTTP."""

from collections.abc import Callable

from rest_framework.test import APIClient

from changes.models import Change
from knowledge.actions import write_article
from problems import actions
from problems.models import ClusterRun, Problem
from tests.conftest import Cast
from tests.make.catalogue import make_team
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of, member_ids
from tests.problems.test_panels import make_known_error

ApiAs = Callable[..., APIClient]


def test_clusters_are_listed_with_steps_and_trend(cast: Cast, api_as: ApiAs) -> None:
    cluster = make_cluster_of(3, cast.rob)
    gone = make_cluster_of(2, cast.rob)
    actions.dismiss_cluster(gone, actor=cast.pia, reason="Noise")
    answer = api_as(cast.pia).get("/api/v1/clusters/")
    (row,) = answer.json()["results"]
    assert (row["id"], row["ticket_count"], row["trend"]) == (cluster.pk, 3, "new")
    assert "confirm" in row["allowed_steps"]
    assert api_as(cast.pia).get(f"/api/v1/clusters/{gone.pk}/").json()["state"] == "dismissed"
    assert api_as(cast.rob).get("/api/v1/clusters/").json()["results"] == []


def test_members_come_a_page_at_a_time_and_only_visible_ones(cast: Cast, api_as: ApiAs) -> None:
    hidden = make_ticket(cast.rob)
    cluster = make_cluster(hidden, *[make_ticket(cast.rob) for _ in range(3)])
    hidden.team = make_team("Personnel", restricted=True)
    hidden.save()
    program = api_as(cast.ann)
    first = program.get(f"/api/v1/clusters/{cluster.pk}/members/?page_size=2").json()
    second = program.get(first["next"]).json()
    seen = [row["ticket"] for row in first["results"] + second["results"]]
    assert len(seen) == 3
    assert hidden.pk not in seen
    assert second["next"] is None
    assert first["results"][0]["reason"] == "close to the centre (0.70)"


def test_decisions_are_endpoints(cast: Cast, api_as: ApiAs) -> None:
    ticket = make_ticket(cast.rob)
    cluster, program = make_cluster_of(2, cast.rob), api_as(cast.pia)
    base = f"/api/v1/clusters/{cluster.pk}"
    assert program.post(f"{base}/rename/", {"title": "Tray"}).json()["title"] == "Tray"
    assert program.post(f"{base}/add-member/", {"ticket": ticket.pk}).status_code == 200
    assert ticket.pk in member_ids(cluster)
    assert program.post(f"{base}/remove-member/", {"ticket": ticket.pk}).status_code == 200
    assert program.post(f"{base}/confirm/").json()["state"] == "confirmed"
    assert program.post(f"{base}/confirm/").status_code == 409
    assert program.post(f"{base}/dismiss/", {}).json() == {"reason": ["This field is required."]}
    assert api_as(cast.ann).post(f"{base}/lock/").status_code == 403
    assert api_as(cast.rob).post(f"{base}/lock/").status_code == 404


def test_what_is_linked_to_a_problem_is_read_from_it(cast: Cast, api_as: ApiAs) -> None:
    hidden, seen = make_ticket(cast.rob), make_ticket(cast.rob)
    hidden.team = make_team("Personnel", restricted=True)
    hidden.save()
    make_ticket(cast.rob)
    problem, other = make_problem(cast.ann, tickets=[hidden, seen]), make_problem(cast.ann)
    article = write_article(actor=cast.ann, title="Unlock the basket", issue="i", resolution="r")
    actions.link_article(problem, actor=cast.ann, article=article)
    kept, gone, _ = [
        actions.add_problem_action(one, actor=cast.ann, title=title)
        for one, title in ((problem, "Alarm"), (problem, "Typo"), (other, "Elsewhere"))
    ]
    actions.delete_problem_action(gone, actor=cast.ann)
    change = Change.objects.create(title="Patch", requester=cast.max, problem=problem)
    Change.objects.create(title="Something else", requester=cast.max)
    program, base = api_as(cast.ann), f"/api/v1/problems/{problem.pk}"

    def ids(address: str) -> list[int]:
        body = program.get(address).json()
        rows = body if isinstance(body, list) else body["results"]
        return [row["id"] for row in rows]

    assert ids(f"{base}/tickets/") == [seen.pk]
    assert ids(f"{base}/articles/") == [article.pk]
    assert ids(f"{base}/follow-ups/") == [kept.pk]
    assert ids(f"/api/v1/problem-actions/?problem={problem.pk}") == [gone.pk, kept.pk]
    assert ids(f"/api/v1/changes/?problem={problem.pk}") == [change.pk]
    assert program.get("/api/v1/changes/?problem=999999").status_code == 400
    assert api_as(cast.rob).get(f"{base}/tickets/").status_code == 404


def test_a_problem_is_opened_from_a_cluster(cast: Cast, api_as: ApiAs) -> None:
    cluster = make_cluster_of(2, cast.rob)
    answer = api_as(cast.ann).post(f"/api/v1/clusters/{cluster.pk}/open-problem/", {"priority": 1})
    assert answer.status_code == 201
    problem = Problem.objects.get(pk=answer.json()["id"])
    assert (problem.title, problem.priority) == (cluster.title, 1)
    assert problem.ticket_links.count() == 2


def test_runs_are_asked_for_watched_and_cancelled(cast: Cast, api_as: ApiAs) -> None:
    program = api_as(cast.pia)
    answer = program.post("/api/v1/cluster-runs/", {"window_days": 30})
    assert answer.status_code == 201
    run = ClusterRun.objects.get()
    assert (run.window_days, run.requested_by) == (30, cast.pia)
    assert program.post("/api/v1/cluster-runs/", {}).status_code == 409
    assert program.get(f"/api/v1/cluster-runs/{run.pk}/").json()["state"] == "queued"
    cancelled = program.post(f"/api/v1/cluster-runs/{run.pk}/cancel/")
    assert cancelled.json()["state"] == "cancelled"
    assert program.post("/api/v1/cluster-runs/", {"window_days": -5}).status_code == 422
    assert api_as(cast.ann).post("/api/v1/cluster-runs/", {}).status_code == 403
    assert api_as(cast.rob).get(f"/api/v1/cluster-runs/{run.pk}/").status_code == 404


def test_problems_are_opened_edited_and_stepped(cast: Cast, api_as: ApiAs) -> None:
    ticket, program = make_ticket(cast.rob), api_as(cast.pia)
    opened = program.post("/api/v1/problems/", {"title": "Slow", "tickets": [ticket.pk]})
    assert opened.status_code == 201
    base = f"/api/v1/problems/{opened.json()['id']}"
    assert program.patch(f"{base}/", {"workaround": "Wait."}).json()["workaround"] == "Wait."
    assert program.post(f"{base}/assess/").json()["state"] == "assess"
    known = program.post(
        f"{base}/record-known-error/", {"symptom": "s", "root_cause": "c", "workaround": "w"}
    ).json()
    assert known["known_error"]["reference"].startswith("KE-")
    assert program.post(f"{base}/close/", {"outcome": "nothing"}).status_code == 400
    assert program.post(f"{base}/close/", {"outcome": "fixed"}).json() == {
        "outcome": ["Resolve the problem before closing it as fixed."]
    }
    assert program.post(f"{base}/unlink-ticket/", {"ticket": ticket.pk}).status_code == 200
    assert api_as(cast.rob).get(f"{base}/").status_code == 404


def test_a_ticket_one_may_not_see_cannot_be_linked(cast: Cast, api_as: ApiAs) -> None:
    secret = make_ticket(cast.rob)
    secret.team = make_team("Personnel", restricted=True)
    secret.save()
    problem = make_problem(cast.ann)
    answer = api_as(cast.ann).post(
        f"/api/v1/problems/{problem.pk}/link-ticket/", {"ticket": secret.pk}
    )
    assert answer.status_code == 400
    assert "ticket" in answer.json()


def test_the_list_finds_by_state_and_words(cast: Cast, api_as: ApiAs) -> None:
    make_problem(cast.ann, title="Checkout hangs")
    shut = make_problem(cast.ann, title="Invoice blank")
    actions.close_problem(shut, actor=cast.pia, outcome="cancelled")
    program = api_as(cast.ann)

    def titles(query: str) -> list[str]:
        rows = program.get(f"/api/v1/problems/{query}").json()["results"]
        return [row["title"] for row in rows]

    assert titles("") == ["Checkout hangs"]
    assert titles("?state=closed") == ["Invoice blank"]
    assert titles("?q=invoice") == ["Invoice blank"]
    assert program.get("/api/v1/problems/?state=lost").status_code == 400


def test_known_errors_for_a_ticket_and_for_words_not_saved_yet(cast: Cast, api_as: ApiAs) -> None:
    problem = make_known_error(cast, "ERR-4711", "Retry.")
    ticket = make_ticket(cast.rob, title="Cannot pay", description="It shows ERR-4711.")
    hidden = make_ticket(cast.rob, title="Salary")
    hidden.team = make_team("Personnel", restricted=True)
    hidden.save()
    program, address = api_as(cast.ann), "/api/v1/problems/known-errors/"
    (found,) = program.get(address, {"ticket": ticket.pk}).json()
    assert (found["id"], found["known_error"]["error_code"]) == (problem.pk, "ERR-4711")
    typed = {"title": "Cannot pay, shows ERR-4711"}
    assert [one["id"] for one in program.post(address, typed).json()] == [problem.pk]
    assert program.post(address, {"title": "Cannot pay"}).json() == []
    assert program.get(address).status_code == 400
    assert set(program.get(address, {"ticket": "x"}).json()) == {"ticket"}
    # Requesters see no problems, and nobody a ticket that is not theirs to read.
    assert api_as(cast.rob).post(address, typed).json() == []
    assert program.get(address, {"ticket": hidden.pk}).status_code == 400
