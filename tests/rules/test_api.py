"""Rules, macros and runs over HTTP for programs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.models import Message
from rules.models import Macro, Rule
from tests.conftest import Cast
from tests.make.rules import make_macro, make_rule
from tests.make.tickets import make_ticket

ApiAs = Callable[..., APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]
RULES = "/api/v1/rules/"
SOUND = {
    "name": "Greet",
    "activator": "opened",
    "conditions": ["priority=3"],
    "actions": {"note": {"body": "Hello"}},
}


def test_a_rule_is_written_switched_changed_and_restored(cast: Cast, api_as: ApiAs) -> None:
    api = api_as(cast.mo)
    made = api.post(RULES, SOUND)
    assert made.status_code == 201, made.json()
    address = f"{RULES}{made.json()['id']}/"
    assert made.json()["standing"] == "off"
    assert api.post(f"{address}switch/", {"on": True}).json()["standing"] == "on"
    changed = api.patch(address, {**SOUND, "name": "Salute"}).json()
    assert (changed["name"], changed["version"]["number"]) == ("Salute", 2)
    assert api.post(f"{address}restore/", {"number": 1}).json()["version"]["number"] == 3
    versions = api.get(f"{address}versions/").json()
    assert [one["number"] for one in versions] == [3, 2, 1]
    assert [one["changes"] for one in versions] == [[], [], []]
    other = api.post(RULES, {**SOUND, "name": "Other"}).json()
    api.post(f"{RULES}{other['id']}/move/", {"up": True})
    assert [one["name"] for one in api.get(RULES).json()["results"]] == ["Other", "Salute"]
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def fields_at_fault(errors: dict[str, Any]) -> list[str]:
    """The names the sentences stand under; a field within a field as `note.body`."""
    found: list[str] = []
    for name, inner in errors.items():
        within = fields_at_fault(inner) if isinstance(inner, dict) else []
        found += [f"{name}.{one}" for one in within] or [name]
    return found


@pytest.mark.parametrize(
    ("said", "field", "status"),
    [
        ({"activator": "sneezed"}, "activator", 400),
        ({"activator": "since_created"}, "minutes", 422),
        ({"conditions": ["colour=red"]}, "conditions.0", 422),
        ({"conditions": "priority=1"}, "conditions", 400),
        ({"actions": {"note": {"body": "{{x}}"}}}, "note.body", 422),
        ({"actions": []}, "actions", 400),
        ({"actions": {"note": 3}}, "note", 422),
    ],
)
def test_bad_input_is_said_at_its_field(
    said: dict[str, object], field: str, status: int, cast: Cast, api_as: ApiAs
) -> None:
    answer = api_as(cast.mo).post(RULES, {**SOUND, **said})
    assert (answer.status_code, fields_at_fault(answer.json())) == (status, [field])


def test_agents_read_and_do_not_write_rules(cast: Cast, api_as: ApiAs) -> None:
    rule = make_rule(cast.mo)
    api = api_as(cast.ann)
    assert len(api.get(RULES).json()["results"]) == 1
    assert api.post(RULES, SOUND).status_code == 403
    assert api.patch(f"{RULES}{rule.pk}/", SOUND).status_code == 403
    for step in ("switch", "move", "resume", "restore", "dry-run"):
        words = {"on": False, "up": True, "number": 1}
        assert api.post(f"{RULES}{rule.pk}/{step}/", words).status_code == 403, step
    assert api.delete(f"{RULES}{rule.pk}/").status_code == 403
    assert api.post(f"{RULES}preview/", {}).status_code == 403
    assert api_as(cast.rob).get(RULES).json()["results"] == []
    assert Rule.objects.get().versions.count() == 1


def test_preview_and_why(cast: Cast, api_as: ApiAs) -> None:
    ticket = make_ticket(cast.rob)
    api = api_as(cast.mo)
    found = api.post(f"{RULES}preview/", {"conditions": ["priority=3"]}).json()
    assert (found["count"], found["tickets"]) == (1, [ticket.pk])
    assert api.post(f"{RULES}preview/", {"conditions": ["x=1"]}).status_code == 400
    rule = make_rule(cast.mo, conditions=["priority=1"])
    why = api.get(f"{RULES}{rule.pk}/why/", {"ticket": ticket.pk}).json()
    assert {"asked": "Priority: P1 Critical", "found": "", "holds": False} in why
    assert api.get(f"{RULES}{rule.pk}/why/", {"ticket": "x"}).status_code == 400
    assert api.get(f"{RULES}{rule.pk}/why/", {"ticket": 987654}).status_code == 404


def test_runs_are_read_by_those_who_see_the_ticket(
    cast: Cast, api_as: ApiAs, after_commit: AfterCommit
) -> None:
    rule = make_rule(cast.mo)
    with after_commit():
        ticket = make_ticket(cast.rob)
    runs = api_as(cast.ann).get("/api/v1/rule-runs/", {"ticket": ticket.pk}).json()["results"]
    assert [(one["rule"], one["version"], one["outcome"]) for one in runs] == [(rule.pk, 1, "done")]
    assert runs[0]["caused_by"] == "opened the ticket (Portal)"
    for person in (cast.rob, cast.dev):
        assert api_as(person).get("/api/v1/rule-runs/").json()["results"] == []


def test_a_dry_run_over_http(cast: Cast, api_as: ApiAs, after_commit: AfterCommit) -> None:
    ticket = make_ticket(cast.rob)
    rule = make_rule(cast.mo, on=False)
    api = api_as(cast.mo)
    with after_commit():
        run = api.post(f"{RULES}{rule.pk}/dry-run/").json()
    address = f"/api/v1/dry-runs/{run['id']}/"
    assert api.get(address).json()["state"] == "done"
    assert [one["ticket"] for one in api.get(f"{address}hits/").json()["results"]] == [ticket.pk]
    assert api.post(f"{address}cancel/").status_code == 409
    assert api_as(cast.ada).get(address).status_code == 404


def test_macros_over_http(cast: Cast, api_as: ApiAs) -> None:
    api = api_as(cast.ann)
    made = api.post("/api/v1/macros/", {"name": "Ask", "actions": {"note": {"body": "Asked"}}})
    assert made.status_code == 201, made.json()
    address = f"/api/v1/macros/{made.json()['id']}/"
    ticket = make_ticket(cast.rob)
    assert api.post(f"{address}run/", {"ticket": ticket.pk}).status_code == 204
    assert Message.objects.get(ticket=ticket).body == "Asked"
    assert api.post(f"{address}run/", {"ticket": 987654}).status_code == 400
    shut = make_macro(cast.ann, actions={"step": {"step": "close"}})
    refused = api.post(f"/api/v1/macros/{shut.pk}/run/", {"ticket": ticket.pk})
    assert refused.status_code == 409
    assert api_as(cast.pia).get(address).status_code == 404
    shared = {"name": "x", "scope": "everybody", "actions": {"note": {"body": "x"}}}
    assert api.post("/api/v1/macros/", shared).status_code == 403
    assert api.patch(address, {**shared, "scope": "personal"}).json()["name"] == "x"
    assert api.delete(address).status_code == 204
    assert Macro.objects.kept().count() == 1


def test_versions_of_macros_over_http(cast: Cast, api_as: ApiAs) -> None:
    api = api_as(cast.ann)
    tags = {"tags": {"add": "VIP, late", "remove": ["new"]}}
    made = api.post("/api/v1/macros/", {"name": "Mark", "actions": tags}).json()
    assert made["actions"] == {"tags": {"add": ["vip", "late"], "remove": ["new"]}}
    address = f"/api/v1/macros/{made['id']}/"
    people = {"follow": {"people": [cast.pia.pk]}}
    changed = api.patch(address, {"name": "Mark", "actions": people}).json()
    assert (changed["version"], changed["action_words"]) == (2, ["let Pia follow"])
    assert api.post(f"{address}restore/", {"number": 1}).json()["version"] == 3
    newest, second, first = api.get(f"{address}versions/").json()
    assert (newest["restored_from"], newest["saved_by"]) == (1, "Ann")
    assert second["changes"] == [
        {"what": "Add followers", "before": "", "after": "let Pia follow"},
        {
            "what": "Tags",
            "before": "add the tags vip, late, take away the tag new",
            "after": "",
        },
    ]
    assert first["changes"] == []
    assert api.post(f"{address}restore/", {"number": 9}).status_code == 422
    assert api_as(cast.pia).get(f"{address}versions/").status_code == 404


@pytest.mark.parametrize(
    ("actions", "field"),
    [
        ({"tags": {"add": ["vip"], "remove": "VIP"}}, "tags.remove"),
        ({"tags": {"add": ["x" * 41]}}, "tags.add"),
        ({"tags": {"add": 7}}, "tags.add"),
        ({"tags": {"add": [str(n) for n in range(11)]}}, "tags.add"),
        ({"follow": {"people": [987654]}}, "follow.people"),
        ({"follow": {"people": "x"}}, "follow.people"),
        ({"tags": {"add": []}}, "actions"),
    ],
)
def test_wrong_tags_and_followers_are_said_at_their_field(
    actions: dict[str, object], field: str, cast: Cast, api_as: ApiAs
) -> None:
    answer = api_as(cast.ann).post("/api/v1/macros/", {"name": "x", "actions": actions})
    assert (answer.status_code, fields_at_fault(answer.json())) == (422, [field])
