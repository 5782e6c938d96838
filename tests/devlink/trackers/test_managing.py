"""Admins arrange trackers; token and secret are never shown where they were not just made."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.models import Event
from devlink.actions import (
    add_tracker,
    change_tracker_secret,
    disable_tracker,
    edit_tracker,
    enable_tracker,
    receive_delivery,
)
from devlink.connectors.base import ConnectorError
from devlink.models import Tracker
from devlink.tracking import check
from tests.conftest import Cast
from tests.devlink.trackers.memory import World

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]
TOKEN = "canary-token-4711"


def words(cast: Cast, **changed: Any) -> dict[str, Any]:
    given = {
        "kind": "memory",
        "name": "Forge",
        "base_url": "https://tracker.example/",
        "project": "house/shop",
        "user": "bot@house.example",
        "token": TOKEN,
        "team": cast.payments_team.pk,
        "components": "area/checkout = checkout\n\nbilling=x = invoices",
    }
    return {**given, **changed}


def test_an_admin_adds_one_and_sees_its_secret_once(
    cast: Cast, world: World, as_user: AsUser
) -> None:
    browser = as_user(cast.ada)
    page = browser.post("/admin/trackers/new/", words(cast)).content.decode()
    tracker = Tracker.objects.get()
    secret = tracker.webhook_secret()
    assert secret in page
    assert tracker.webhook_path in page
    assert tracker.access().token == TOKEN
    assert tracker.base_url == "https://tracker.example"
    assert tracker.components == {
        "area/checkout": cast.checkout.pk,
        "billing=x": cast.invoices.pk,
    }
    assert secret not in browser.get(tracker.get_absolute_url()).content.decode()


def test_neither_token_nor_secret_is_ever_seen_again(
    cast: Cast,
    tracker: Tracker,
    secret: str,
    as_user: AsUser,
    api_as: ApiAs,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    browser, program = as_user(cast.ada), api_as(cast.ada)
    own, api = tracker.get_absolute_url(), f"/api/v1/trackers/{tracker.pk}/"
    seen = [
        *(browser.get(one).content.decode() for one in ("/admin/trackers/", own, own + "edit/")),
        browser.post(own + "check/").content.decode(),
        browser.post(own + "edit/", words(cast, name="", token=TOKEN)).content.decode(),
        *(program.get(one).content.decode() for one in ("/api/v1/trackers/", api)),
        program.get(api + "deliveries/").content.decode(),
        repr(tracker) + str(tracker) + repr(tracker.access()),
        str(list(Event.objects.values())),
        str(list(Tracker.objects.values())),
        caplog.text,
    ]
    assert [text for text in seen if TOKEN in text or secret in text] == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("kind", "nonsense", "valid choice"),
        ("kind", "", "required"),
        ("name", "", "required"),
        ("name", " \x00 ", ""),
        ("project", "", "Say which project"),
        ("base_url", "ftp://tracker.example", "Give an address"),
        ("base_url", "https://user:secret@tracker.example", "Give an address"),
        ("base_url", "https://[::1", "Give an address"),
        ("base_url", "javascript:alert(1)", "Give an address"),
        ("token", "two\nlines", "one line"),
        ("token", "ä", "one line"),
        ("team", "0", "valid choice"),
        ("components", "no sign", "not a label"),
        ("components", "a = nowhere", "no component nowhere"),
    ],
)
def test_bad_words_are_refused_at_their_field(
    cast: Cast, world: World, as_user: AsUser, field: str, value: str, sentence: str
) -> None:
    answer = as_user(cast.ada).post("/admin/trackers/new/", words(cast, **{field: value}))
    assert answer.status_code == 422
    assert sentence in str(answer.context["form"].errors[field])
    assert Tracker.objects.count() == 0


def test_a_team_of_support_and_a_name_that_is_taken_are_refused(
    cast: Cast, tracker: Tracker
) -> None:
    given = {"actor": cast.ada, "kind": "memory", "project": "x"}
    with pytest.raises(DomainError, match="not on the development side"):
        add_tracker(name="B", team=cast.desk, **given)
    with pytest.raises(DomainError, match="a tracker of this name"):
        add_tracker(name="FORGE", team=cast.payments_team, **given)
    assert edit_tracker(tracker, actor=cast.ada, name="Forge").name == "Forge"


def test_an_empty_token_leaves_the_one_that_is_kept(
    cast: Cast, tracker: Tracker, as_user: AsUser
) -> None:
    browser = as_user(cast.ada)
    own = tracker.get_absolute_url() + "edit/"
    assert browser.post(own, words(cast, token="", name="Anvil")).status_code == 302
    tracker.refresh_from_db()
    assert (tracker.name, tracker.access().token) == ("Anvil", TOKEN)
    assert browser.post(own, words(cast, token="fresh")).status_code == 302
    tracker.refresh_from_db()
    assert tracker.access().token == "fresh"
    fields = Event.objects.about(tracker).order_by("-id").values_list("payload__fields", flat=True)
    assert "token" in str(fields[0])


def test_the_token_is_only_sent_where_it_was_entered_for(
    cast: Cast, tracker: Tracker, as_user: AsUser
) -> None:
    browser, own = as_user(cast.ada), tracker.get_absolute_url() + "edit/"
    moved = words(cast, base_url="https://other.example", token="")
    answer = browser.post(own, moved)
    assert answer.status_code == 422
    assert "Enter the token again" in str(answer.context["form"].errors["token"])
    assert browser.post(own, {**moved, "token": "fresh"}).status_code == 302
    tracker.refresh_from_db()
    assert tracker.access().base_url == "https://other.example"


def test_a_new_secret_ends_the_old_one(cast: Cast, tracker: Tracker, as_user: AsUser) -> None:
    before = tracker.webhook_secret()
    page = as_user(cast.ada).post(tracker.get_absolute_url() + "secret/").content.decode()
    tracker.refresh_from_db()
    assert tracker.webhook_secret() != before
    assert tracker.webhook_secret() in page


def test_the_connection_is_tested_in_words(
    cast: Cast, tracker: Tracker, world: World, as_user: AsUser
) -> None:
    browser, address = as_user(cast.ada), tracker.get_absolute_url() + "check/"
    assert "All is well" in browser.post(address).content.decode()
    world.missing = ["The token may not write comments."]
    assert "The token may not write comments." in browser.post(address).content.decode()
    world.troubles["check"] = [ConnectorError("The token is wrong.", permanent=True)]
    assert "The token is wrong." in browser.post(address).content.decode()
    Tracker.objects.update(kind="gone")
    assert "There is no connector for gone." in browser.post(address).content.decode()
    tracker.refresh_from_db()
    assert tracker.state == "active"


@pytest.mark.parametrize("allowed", [False, True])
def test_the_houses_own_network_is_asked_only_where_that_is_allowed(
    tracker: Tracker, world: World, *, allowed: bool
) -> None:
    with override_settings(TRACKERS_MAY_BE_PRIVATE=allowed):
        check(tracker)
    assert world.allow_private is allowed


def test_it_is_disabled_with_a_reason_and_enabled_again(
    cast: Cast, tracker: Tracker, as_user: AsUser
) -> None:
    browser, own = as_user(cast.ada), tracker.get_absolute_url()
    assert browser.post(own + "disable/", {"reason": " "}).status_code == 422
    browser.post(own + "disable/", {"reason": "Being moved"})
    assert "Being moved" in browser.get(own).content.decode()
    browser.post(own + "enable/")
    tracker.refresh_from_db()
    assert (tracker.state, tracker.reason) == ("active", "")


@pytest.mark.parametrize("name", ["ann", "dev", "mo", "rob"])
def test_only_admins_may(cast: Cast, tracker: Tracker, as_user: AsUser, name: str) -> None:
    person = cast.everyone[name]
    browser, own = as_user(person), tracker.get_absolute_url()
    assert browser.get("/admin/trackers/").status_code == 403
    assert browser.get("/admin/trackers/new/").status_code == 403
    assert browser.get(own).status_code == 404
    assert [browser.post(own + one).status_code for one in ("check/", "secret/", "edit/")] == [
        404
    ] * 3
    with pytest.raises(NotPermitted):
        change_tracker_secret(tracker, actor=person)
    with pytest.raises(NotPermitted):
        disable_tracker(tracker, actor=person, reason="No")
    with pytest.raises(NotPermitted):
        add_tracker(actor=person, kind="memory", name="B", team=cast.payments_team, project="x")


def test_the_api_does_the_same(cast: Cast, world: World, api_as: ApiAs) -> None:
    program = api_as(cast.ada)
    given = words(cast, components={"area/checkout": cast.checkout.pk})
    answer = program.post("/api/v1/trackers/", given, format="json")
    assert answer.status_code == 201, answer.json()
    tracker = Tracker.objects.get()
    assert answer.json()["webhook_secret"] == tracker.webhook_secret()
    own = f"/api/v1/trackers/{tracker.pk}/"
    assert program.patch(own, {"name": "Anvil"}, format="json").json()["name"] == "Anvil"
    secret = program.post(own + "change-secret/").json()["webhook_secret"]
    tracker.refresh_from_db()
    assert tracker.webhook_secret() == secret
    assert tracker.access().token == TOKEN
    assert program.post(own + "check/").json() == {"missing": []}
    answer = program.post(own + "disable/", {"reason": "Moved"}, format="json").json()
    assert (answer["state"], answer["reason"], answer["allowed_steps"]) == (
        "disabled",
        "Moved",
        ["enable"],
    )
    assert program.post(own + "enable/").json()["state"] == "active"
    receive_delivery(tracker, delivery_id="d-1", event="changed", headers={}, body="{}")
    (told,) = program.get(own + "deliveries/").json()["results"]
    assert (told["delivery_id"], told["state"]) == ("d-1", "waiting")
    assert "body" not in told
    refused = program.post("/api/v1/trackers/", {"kind": "x"}, format="json")
    assert (refused.status_code, set(refused.json())) == (400, {"kind", "name", "team"})


def test_the_api_shows_trackers_to_admins_only(cast: Cast, tracker: Tracker, api_as: ApiAs) -> None:
    program = api_as(cast.dev)
    assert program.get("/api/v1/trackers/").json()["results"] == []
    assert program.get(f"/api/v1/trackers/{tracker.pk}/").status_code == 404
    given = words(cast, components={}, name="B")
    assert program.post("/api/v1/trackers/", given, format="json").status_code == 403


def test_lists_cost_the_same_at_3_and_at_30(cast: Cast, world: World, as_user: AsUser) -> None:
    browser = as_user(cast.ada)

    def make(first: int, last: int) -> Tracker:
        for number in range(first, last):
            add_tracker(
                actor=cast.ada,
                kind="memory",
                name=f"T {number}",
                team=cast.payments_team,
                project="house/shop",
            )
        first_one = Tracker.objects.order_by("pk").first()
        assert first_one is not None
        for number in range(first, last):
            receive_delivery(first_one, delivery_id=str(number), event="x", headers={}, body="{}")
        return first_one

    def cost(address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    tracker = make(0, 3)
    addresses = ["/admin/trackers/", tracker.get_absolute_url(), "/api/v1/trackers/"]
    few = [cost(one) for one in addresses]
    make(3, 30)
    assert [cost(one) for one in addresses] == few


def test_the_admin_page_leads_there(cast: Cast, as_user: AsUser) -> None:
    assert "/admin/trackers/" in as_user(cast.ada).get("/admin/").content.decode()
    assert "/admin/trackers/" not in as_user(cast.mo).get("/admin/").content.decode()


def test_enabling_takes_the_back_off_away(cast: Cast, tracker: Tracker) -> None:
    Tracker.objects.update(state="disabled", reason="x", failures=9, error="x")
    tracker = enable_tracker(tracker, actor=cast.ada)
    assert (tracker.failures, tracker.error, tracker.not_before) == (0, "", None)


def test_the_sample_tracker_is_offered_for_development_only(
    cast: Cast, as_user: AsUser, settings: Any
) -> None:
    for debug in (False, True):
        settings.DEBUG = debug
        page = as_user(cast.ada).get("/admin/trackers/new/").content.decode()
        assert ("Sample tracker" in page) is debug
        assert "GitHub" in page
