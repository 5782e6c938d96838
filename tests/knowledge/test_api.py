"""Knowledge over the API."""

from collections.abc import Callable

from rest_framework.test import APIClient

from accounts.models import Person
from knowledge.models import Article
from tests.conftest import Cast

Act = Callable[[Person], APIClient]
WORDS = {"title": "VPN drops", "issue": "After sleep.", "resolution": "Reconnect."}


def test_an_article_from_writing_to_validation(cast: Cast, api_as: Act) -> None:
    ann, pia = api_as(cast.ann), api_as(cast.pia)
    made = ann.post("/api/v1/articles/", {**WORDS, "components": [cast.checkout.pk]})
    assert made.status_code == 201
    address = f"/api/v1/articles/{made.json()['id']}/"
    assert made.json()["allowed_steps"] == ["submit", "validate", "archive"]
    changed = ann.patch(address, {"version": 1, "cause": "Power saving."})
    assert (changed.json()["cause"], changed.json()["revision_number"]) == ("Power saving.", 2)
    conflict = ann.patch(address, {"version": 1, "cause": "Other."})
    assert conflict.status_code == 409
    assert ann.post(f"{address}submit/").json()["confidence"] == "not_validated"
    assert ann.post(f"{address}submit/").status_code == 409
    assert pia.post(f"{address}validate/").json()["confidence"] == "validated"
    assert [one["number"] for one in pia.get(f"{address}revisions/").json()] == [2, 1]
    given = api_as(cast.dev).post(f"{address}feedback/", {"helpful": True})
    assert (given.status_code, given.json()["side"]) == (201, "development")
    assert len(pia.get(f"{address}feedback/").json()) == 1
    flagged = api_as(cast.dev).post(f"{address}flag/", {"reason": "Gone"})
    assert flagged.json()["confidence"] == "not_validated"


def test_bad_input_names_its_field(cast: Cast, api_as: Act) -> None:
    ann = api_as(cast.ann)
    assert list(ann.post("/api/v1/articles/", {"title": "x"}).json()) == ["issue"]
    refused = ann.post("/api/v1/articles/", {**WORDS, "governance": "compliance_based"})
    assert (refused.status_code, list(refused.json())) == (403, ["governance"])
    made = ann.post("/api/v1/articles/", WORDS).json()
    refused = ann.post(f"/api/v1/articles/{made['id']}/feedback/", {"helpful": False})
    assert (refused.status_code, list(refused.json())) == (422, ["comment"])


def test_requesters_read_what_is_for_them(cast: Cast, api_as: Act) -> None:
    ann = api_as(cast.ann)
    made = ann.post("/api/v1/articles/", {**WORDS, "audience": "requesters"}).json()
    rob = api_as(cast.rob)
    assert rob.get("/api/v1/articles/").json()["results"] == []
    assert rob.get(f"/api/v1/articles/{made['id']}/").status_code == 404
    api_as(cast.pia).post(f"/api/v1/articles/{made['id']}/validate/")
    assert len(rob.get("/api/v1/articles/?q=vpn").json()["results"]) == 1
    assert rob.post("/api/v1/articles/", WORDS).status_code == 403
    assert Article.objects.count() == 1
