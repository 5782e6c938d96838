"""Development work over the API."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from devlink.models import Ask, FixClaim, Sprint
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.work import make_release, make_work_item

ApiAs = Callable[[Person], APIClient]
API = "/api/v1"


def test_a_work_item_over_the_api(cast: Cast, sprint: Sprint, api_as: ApiAs) -> None:
    dev = api_as(cast.dev)
    made = dev.post(f"{API}/work-items/", {"title": "Retry", "component": cast.checkout.pk})
    assert made.status_code == 201
    item = made.json()
    address = f"{API}/work-items/{item['id']}/"
    assert item["allowed_steps"] == ["start", "finish", "cancel"]
    assert dev.post(f"{address}plan/", {"sprint": sprint.pk}).json()["sprint"] == sprint.pk
    assert dev.post(f"{address}start/").json()["state"] == "in_progress"
    assert dev.post(f"{address}start/").status_code == 409
    assert api_as(cast.ann).post(f"{address}finish/").status_code == 403
    said = api_as(cast.ann).post(f"{address}comments/", {"body": "Thanks."})
    assert (said.status_code, said.json()["author_side"]) == (201, "support")
    assert len(dev.get(f"{address}comments/").json()) == 1


def test_a_refusal_names_its_field(cast: Cast, api_as: ApiAs) -> None:
    refused = api_as(cast.ann).post(f"{API}/work-items/", {"title": "Retry"})
    assert refused.status_code == 422
    assert list(refused.json()) == ["team"]
    assert api_as(cast.dev).post(f"{API}/work-items/", {}).status_code == 400


def test_an_ask_is_made_and_answered(
    cast: Cast, cause: Cause, sprint: Sprint, api_as: ApiAs
) -> None:
    words = {
        "problem": cause.problem.pk,
        "sprint": sprint.pk,
        "points": 40,
        "rationale": "Daily.",
    }
    made = api_as(cast.ann).post(f"{API}/asks/", words)
    assert made.status_code == 201
    address = f"{API}/asks/{made.json()['id']}/"
    dev = api_as(cast.dev)
    asked = dev.post(f"{address}question/", {"body": "Which cards?"}).json()
    assert asked["state"] == "needs_info"
    question = asked["questions"][0]["id"]
    answer = api_as(cast.ann).post(f"{API}/questions/{question}/answer/", {"answer": "German."})
    assert answer.json()["answer"] == "German."
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    assert dev.post(f"{address}defer/", {"until": day}).json()["state"] == "deferred"
    accepted = dev.post(f"{address}accept/", {}).json()
    assert accepted["state"] == "accepted"
    assert [one["verdict"] for one in accepted["decisions"]] == [
        "needs_info",
        "deferred",
        "accepted",
    ]
    refused = api_as(cast.ann).post(f"{API}/asks/", words)
    assert list(refused.json()) == ["sprint"]


@pytest.mark.parametrize(
    ("step", "words", "field"),
    [
        ("defer", {}, "until"),
        ("defer", {"until": "2001-01-01"}, "until"),
        ("decline", {}, "reason_code"),
        ("decline", {"reason_code": "mood"}, "reason_code"),
        ("question", {"body": ""}, "body"),
    ],
)
def test_an_incomplete_answer_is_refused(
    cast: Cast, ask: Ask, api_as: ApiAs, step: str, words: dict[str, str], field: str
) -> None:
    refused = api_as(cast.dev).post(f"{API}/asks/{ask.pk}/{step}/", words)
    assert refused.status_code in {400, 422}
    assert list(refused.json()) == [field]


def test_a_sprint_starts_only_with_answers(
    cast: Cast, sprint: Sprint, ask: Ask, api_as: ApiAs
) -> None:
    dev = api_as(cast.dev)
    refused = dev.post(f"{API}/sprints/{sprint.pk}/start/", {})
    assert refused.status_code == 422
    assert ask.work_item.key in refused.json()["expire_unanswered"][0]
    started = dev.post(f"{API}/sprints/{sprint.pk}/start/", {"expire_unanswered": True})
    assert started.json()["state"] == "active"


def test_a_pack_is_built_and_read(cast: Cast, cause: Cause, api_as: ApiAs) -> None:
    made = api_as(cast.pia).post(f"{API}/evidence-packs/", {"problem": cause.problem.pk})
    assert made.status_code == 201
    pack = made.json()
    assert pack["content"]["reach"]["28"]["tickets"] == 3
    assert api_as(cast.ann).get(f"{API}/evidence-packs/{pack['id']}/").json() == pack
    changed = api_as(cast.pia).patch(f"{API}/evidence-packs/{pack['id']}/", {"version": 9})
    assert changed.status_code == 405


def test_a_release_goes_live_over_the_api(cast: Cast, api_as: ApiAs) -> None:
    rel, ann = api_as(cast.rel), api_as(cast.ann)
    release = rel.post(f"{API}/releases/", {"version": "5.0"}).json()
    address = f"{API}/releases/{release['id']}/"
    item = make_work_item(cast.dev, component=cast.checkout)
    assert rel.post(f"{address}add/", {"work_item": item.pk}).json()["work_items"] == [item.pk]
    rel.post(f"{address}check-readiness/")
    assert rel.post(f"{address}approve/").status_code == 409
    for one in release["readiness"]:
        if one["blocking"]:
            met = ann.post(f"{API}/readiness/{one['id']}/meet/", {"evidence": "Shown."})
            assert met.json()["status"] == "met"
    assert ann.post(f"{address}sign/", {"verdict": "not_ready"}).status_code == 422
    assert ann.post(f"{address}sign/", {"verdict": "ready"}).status_code == 200
    for step, state in (
        ("approve", "approved"),
        ("deploy", "deploying"),
        ("finish-deployment", "hypercare"),
        ("close", "closed"),
    ):
        assert rel.post(f"{address}{step}/").json()["state"] == state


def test_claims_are_read_with_their_looks(cast: Cast, cause: Cause, api_as: ApiAs) -> None:
    now = timezone.now()
    claim = FixClaim.objects.create(
        cluster=cause.cluster,
        work_item=make_work_item(cast.dev),
        release=make_release(cast.rel),
        deployed_at=now,
        baseline_from=now,
        baseline_to=now,
    )
    claim.looks.create(week=4, verdict="watching", sentence="Too early.")
    (row,) = api_as(cast.dev).get(f"{API}/fix-claims/?state=watching").json()["results"]
    assert row["looks"][0]["sentence"] == "Too early."


@pytest.mark.parametrize(
    "name",
    [
        "work-items",
        "sprints",
        "evidence-packs",
        "asks",
        "questions",
        "releases",
        "readiness",
        "fix-claims",
    ],
)
def test_requesters_find_nothing(cast: Cast, ask: Ask, api_as: ApiAs, name: str) -> None:
    make_release(cast.rel)
    assert api_as(cast.rob).get(f"{API}/{name}/").json()["results"] == []


def test_a_problem_one_may_not_see_cannot_be_asked_for(
    cast: Cast, cause: Cause, sprint: Sprint, api_as: ApiAs
) -> None:
    refused = api_as(cast.rob).post(
        f"{API}/asks/",
        {"problem": cause.problem.pk, "sprint": sprint.pk, "points": 1, "rationale": "x"},
    )
    assert refused.status_code == 400
    assert set(refused.json()) == {"problem", "sprint"}
