"""A pipeline says that a version went somewhere, and signs it."""

import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.models import Event
from devlink.actions import add_to_release, add_tracker, create_work_item, disable_tracker
from devlink.models import Deployment, FixClaim, Release, Tracker, TrackerDelivery
from incidents.models import Ticket
from tests.conftest import Cast
from tests.devlink.conftest import Cause

AfterCommit = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def pipeline(cast: Cast) -> tuple[Tracker, str]:
    return add_tracker(actor=cast.ada, kind="pipeline", name="CI", team=cast.payments_team)


@pytest.fixture
def tell(pipeline: tuple[Tracker, str], client: Client) -> Callable[..., Any]:
    """Posts words signed with the pipeline's secret."""
    tracker, secret = pipeline

    def post(words: object, **headers: str) -> Any:
        body = words if isinstance(words, bytes) else json.dumps(words).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = {"X-Upstream-Signature": f"sha256={signature}", **headers}
        return client.post(
            tracker.webhook_path, data=body, content_type="application/json", headers=given
        )

    return post


def live(**words: Any) -> dict[str, Any]:
    return {"version": "4.18.0", "status": "succeeded", **words}


def test_a_release_planned_here_goes_live_with_what_follows(
    cast: Cast, cause: Cause, tell: Callable[..., Any], release: Release, after_commit: AfterCommit
) -> None:
    with after_commit():
        item = create_work_item(actor=cast.dev, title="Fix it", problem=cause.problem)
        add_to_release(release, actor=cast.rel, work_item=item)
    at = timezone.now() - timedelta(minutes=3)
    with after_commit():
        assert tell(live(at=at.isoformat(), environment="production")).status_code == 202
    release.refresh_from_db()
    assert (release.state, release.deployed_at) == ("hypercare", at)
    assert set(Ticket.objects.values_list("state", flat=True)) == {"fix_available"}
    assert FixClaim.objects.get().work_item == item


def test_from_started_to_succeeded_is_one_deployment(tell: Callable[..., Any]) -> None:
    tell(live(status="started", id="run-1"))
    assert Release.objects.get().state == "deploying"
    tell(live(id="run-1", url="https://ci.example/1"))
    found = Deployment.objects.get()
    assert (found.status, found.external_id, found.external_url) == (
        "succeeded",
        "run-1",
        "https://ci.example/1",
    )
    assert Release.objects.get().state == "hypercare"


def test_a_failed_one_withdraws_and_a_second_try_is_live(tell: Callable[..., Any]) -> None:
    tell(live(status="failed", id="run-1"))
    assert Release.objects.get().state == "withdrawn"
    tell(live(id="run-2"))
    assert Release.objects.get().state == "hypercare"


def test_the_same_words_again_have_no_effect_whatever_the_headers(
    tell: Callable[..., Any],
) -> None:
    words = live(at=timezone.now().isoformat())
    answers = [tell(words, **{"X-Delivery-Id": str(one)}).status_code for one in range(5)]
    assert answers == [202] * 5
    assert TrackerDelivery.objects.count() == Deployment.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({}, "version"),
        (live(version=""), "version"),
        (live(version="x" * 41), "version"),
        (live(version=["4"]), "version"),
        (live(status="done"), "status"),
        (live(at="yesterday"), "at"),
        (live(at=12), "at"),
        (live(environment="x" * 41), "environment"),
        (live(id="x" * 81), "id"),
        (live(url="javascript:alert(1)"), "url"),
    ],
)
def test_bad_words_are_refused_at_their_field(
    tell: Callable[..., Any], words: dict[str, Any], field: str
) -> None:
    answer = tell(words)
    assert answer.status_code == 400
    assert field in answer.json()
    assert TrackerDelivery.objects.count() == Release.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"version": "\\u0000"}', b"[" * 9999])
def test_hostile_bodies_are_refused(tell: Callable[..., Any], body: bytes) -> None:
    assert tell(body).status_code == 400


def test_a_moment_ahead_counts_as_now(tell: Callable[..., Any]) -> None:
    tell(live(at=(timezone.now() + timedelta(days=400)).isoformat()))
    assert Release.objects.get().deployed_at <= timezone.now()


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=0", "sha256=" + "0" * 64, "\u00e4"])
def test_a_wrong_signature_leaves_no_trace(
    tell: Callable[..., Any], pipeline: tuple[Tracker, str], client: Client, signature: str
) -> None:
    answer = client.post(
        pipeline[0].webhook_path,
        data=json.dumps(live()),
        content_type="application/json",
        HTTP_X_UPSTREAM_SIGNATURE=signature,
    )
    assert answer.status_code == 401
    assert TrackerDelivery.objects.count() == Release.objects.count() == 0


def test_a_disabled_pipeline_is_told_so(
    cast: Cast, tell: Callable[..., Any], pipeline: tuple[Tracker, str]
) -> None:
    disable_tracker(pipeline[0], actor=cast.ada, reason="Moved")
    assert tell(live()).status_code == 409
    assert Release.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_pipelines_that_tell_of_one_version_at_once_begin_one_release(cast: Cast) -> None:
    pipelines = [
        add_tracker(actor=cast.ada, kind="pipeline", name=f"CI {n}", team=cast.payments_team)
        for n in range(8)
    ]
    ready = Barrier(len(pipelines))

    def post(pipeline: tuple[Tracker, str]) -> int:
        tracker, secret = pipeline
        body = json.dumps(live())
        signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
        ready.wait()
        answer = Client().post(
            tracker.webhook_path,
            data=body,
            content_type="application/json",
            headers={"X-Hub-Signature-256": f"sha256={signature}"},
        )
        connection.close()
        return answer.status_code

    with ThreadPoolExecutor(len(pipelines)) as pool:
        assert list(pool.map(post, pipelines)) == [202] * len(pipelines)
    assert Release.objects.get().state == "hypercare"
    assert Deployment.objects.count() == len(pipelines)
    assert Event.objects.filter(name="devlink.release_deployed").count() == 1


def test_too_long_is_said_before_it_is_read(tell: Callable[..., Any]) -> None:
    assert tell(b"x" * (1024 * 1024 + 1)).status_code == 413
