"""Arranging the catalogue and building forms, without code and without scripts."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from catalogue.models import IntakeForm
from fulfilment.models import ApprovalRule, PlanRule, RequestItem
from tests.conftest import Cast
from tests.make.clocks import office_hours
from tests.make.requests import add_step, add_task, make_form, make_item, make_request

As = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]


def described(cast: Cast, **fields: object) -> dict[str, object]:
    return {
        "name": "New laptop",
        "category": "Equipment",
        "icon": "laptop",
        "service": cast.payments.pk,
        "audience": "everybody",
        "expected_days": 3,
        "is_active": "on",
        **fields,
    }


def test_an_item_is_made_with_its_steps_and_plan(cast: Cast, as_user: As) -> None:
    ada = as_user(cast.ada)
    assert ada.post("/admin/request-items/new/", described(cast, name="")).status_code == 422
    ada.post("/admin/request-items/new/", described(cast))
    item = RequestItem.objects.get()
    step = {
        "label": "Two of us",
        "asks": "people",
        "people": f"{cast.mo.email}, Ada",
        "quorum": "count",
        "count": 2,
        "on_timeout": "wait",
    }
    address = f"/admin/request-items/{item.pk}/"
    assert ada.post(f"{address}new-step/", {**step, "people": "Nobody"}).status_code == 422
    ada.post(f"{address}new-step/", step)
    assert set(item.approval_rules.get().people.all()) == {cast.mo, cast.ada}
    ada.post(f"{address}new-task/", {"title": "Order it", "required": "on"})
    first = item.plan_rules.get()
    ada.post(f"{address}new-task/", {"title": "Hand it over", "after": first.pk})
    page = ada.get(address).content.decode()
    for words in ("Two of us", "2 must agree", "Order it", "after “Order it”"):
        assert words in page


def test_a_percentage_and_a_calendar_are_chosen_in_the_browser_and_by_programs(
    cast: Cast, as_user: As, api_as: ApiAs
) -> None:
    item = make_item(cast.payments)
    office = office_hours()
    step = {
        "label": "Most of us",
        "asks": "team",
        "team": cast.desk.pk,
        "quorum": "percent",
        "percent": 60,
        "count": 1,
        "due_hours": 8,
        "on_timeout": "reject",
    }
    ada = as_user(cast.ada)
    ada.post(f"/admin/request-items/{item.pk}/new-step/", step)
    ada.post(f"/admin/request-items/{item.pk}/new-step/", {**step, "calendar": office.pk})
    page = ada.get(f"/admin/request-items/{item.pk}/").content.decode()
    for words in (
        "60 % must agree",
        "8 plain hours, nights and weekends included",
        f"8 working hours of {office.name}",
    ):
        assert words in page
    program = api_as(cast.ada)
    made = program.post(
        "/api/v1/approval-rules/", {**step, "item": item.pk, "calendar": office.pk}
    ).json()
    assert (made["percent"], made["calendar"]) == (60, office.pk)
    bad = program.patch(f"/api/v1/approval-rules/{made['id']}/", {"percent": 101})
    assert list(bad.json()) == ["percent"]
    request = make_request(item, cast.rob)
    shown = api_as(cast.ann).get(f"/api/v1/approvals/{request.approvals.first().pk}/").json()
    assert (shown["quorum"], shown["percent"]) == ("percent", 60)
    decide = as_user(cast.ann).get(f"/approvals/{shown['id']}/").content.decode()
    assert "60 % must agree: 2 of 2" in decide
    assert "plain hours" in decide


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"asks": "team"}, "team"),
        ({"asks": "role"}, "role"),
        ({"asks": "people"}, "people"),
        ({"asks": "manager", "quorum": "percent", "percent": ""}, "percent"),
        ({"asks": "manager", "quorum": "percent", "percent": 101}, "percent"),
        ({"asks": "manager", "due_hours": 5, "remind_hours": 9}, "remind_hours"),
    ],
)
def test_a_step_that_asks_nobody_is_refused_at_its_field(
    step: dict[str, object], field: str, cast: Cast, as_user: As
) -> None:
    item = make_item(cast.payments)
    whole = {"label": "X", "quorum": "any", "count": 1, "on_timeout": "wait", **step}
    answer = as_user(cast.ada).post(f"/admin/request-items/{item.pk}/new-step/", whole)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not ApprovalRule.objects.exists()


def test_steps_and_tasks_are_moved_and_removed(cast: Cast, as_user: As) -> None:
    item = make_item(cast.payments)
    one, two = add_step(item, label="One"), add_step(item, label="Two")
    task = add_task(item)
    ada = as_user(cast.ada)
    ada.post(f"/admin/approval-rules/{two.pk}/move/", {"to": "up"})
    assert [rule.label for rule in item.approval_rules.all()] == ["Two", "One"]
    ada.post(f"/admin/approval-rules/{one.pk}/move/", {"to": "out"})
    assert [rule.label for rule in item.approval_rules.all()] == ["Two"]
    ada.post(f"/admin/plan-rules/{task.pk}/move/", {"to": "out"})
    assert not PlanRule.objects.exists()


def test_only_managers_and_admins_arrange(cast: Cast, as_user: As, api_as: ApiAs) -> None:
    item = make_item(cast.payments)
    form = make_form({"key": "it"})
    ann, rob = as_user(cast.ann), as_user(cast.rob)
    for address in ("/admin/request-items/", "/admin/request-items/new/", "/admin/forms/"):
        assert ann.get(address).status_code == 403
    assert ann.get(f"/admin/request-items/{item.pk}/").status_code == 404
    assert ann.get(f"/admin/forms/{form.pk}/").status_code == 403
    assert rob.get(f"/admin/forms/{form.pk}/").status_code == 404
    change = {"name": "Mine"}
    address = f"/api/v1/request-items/{item.pk}/"
    assert api_as(cast.ann).patch(address, change, format="json").status_code == 403
    draft = {"definition": {"sections": []}}
    address = f"/api/v1/forms/{form.pk}/draft/"
    assert api_as(cast.ann).post(address, draft, format="json").status_code == 403


def test_items_and_rules_are_arranged_over_the_api(cast: Cast, api_as: ApiAs) -> None:
    ada = api_as(cast.ada)
    made = ada.post(
        "/api/v1/request-items/",
        {"name": "Laptop", "category": "Equipment", "service": cast.payments.pk},
        format="json",
    ).json()
    step = {"item": made["id"], "label": "Manager", "asks": "manager"}
    rule = ada.post("/api/v1/approval-rules/", step, format="json").json()
    changed = ada.patch(f"/api/v1/approval-rules/{rule['id']}/", {"asks": "role"}, format="json")
    assert changed.json() == {"role": ["Choose the role."]}
    task = {"item": made["id"], "title": "Order it"}
    assert ada.post("/api/v1/plan-rules/", task, format="json").status_code == 201
    assert ada.delete(f"/api/v1/approval-rules/{rule['id']}/").status_code == 204
    again = {"name": "laptop", "category": "x", "service": cast.payments.pk}
    assert "name" in ada.post("/api/v1/request-items/", again, format="json").json()


def new_field(label: str, kind: str, **more: object) -> dict[str, object]:
    return {"label": label, "type": kind, **more}


def test_a_form_is_built_by_clicking_alone(cast: Cast, as_user: As) -> None:
    ada = as_user(cast.ada)
    ada.post("/admin/forms/", {"name": "Laptop"})
    form = IntakeForm.objects.get()
    address = f"/admin/forms/{form.pk}/"
    ada.post(
        f"{address}new-field/?section=0",
        new_field("Model", "choice", options="Small\nLarge", required="on"),
    )
    ada.post(
        f"{address}new-field/?section=0",
        new_field(
            "What for?",
            "long_text",
            shown_match="all",
            shown_field_1="model",
            shown_comparison_1="is",
            shown_value_1="Large",
        ),
    )
    page = ada.get(address).content.decode()
    assert "shown when “Model” is “Large”" in page
    assert "Changed since" in page
    ada.post(f"{address}publish/")
    form.refresh_from_db()
    fields = form.current.read().fields
    assert [(one.key, one.type) for one in fields] == [
        ("model", "choice"),
        ("what_for", "long_text"),
    ]


def test_a_field_others_depend_on_cannot_be_removed_or_moved_behind_them(
    cast: Cast, as_user: As
) -> None:
    when = {"field": "model", "comparison": "filled"}
    form = make_form({"key": "model"}, {"key": "why", "shown_when": when})
    ada = as_user(cast.ada)
    address = f"/admin/forms/{form.pk}/rearrange/"
    for change in ("remove_field", "field_down"):
        answer = ada.post(address, {"change": change, "key": "model"}, follow=True)
        assert "not asked before it" in answer.content.decode()
    form.refresh_from_db()
    assert not form.is_changed


def test_fields_and_sections_are_moved_and_removed(cast: Cast, as_user: As) -> None:
    form = make_form({"key": "a"}, {"key": "b"})
    ada = as_user(cast.ada)
    address = f"/admin/forms/{form.pk}/"
    ada.post(f"{address}rearrange/", {"change": "field_up", "key": "b"})
    ada.post(f"{address}rearrange/", {"change": "add_section", "title": "More"})
    ada.post(f"{address}rearrange/", {"change": "field_down", "key": "a"})
    ada.post(f"{address}sections/1/", {"title": "Even more", "text": "Hello"})
    form.refresh_from_db()
    sections = form.draft["sections"]
    assert [[one["key"] for one in part["fields"]] for part in sections] == [["b"], ["a"]]
    assert sections[1]["title"] == "Even more"
    ada.post(f"{address}rearrange/", {"change": "remove_section", "place": "0"})
    form.refresh_from_db()
    assert len(form.draft["sections"]) == 1


def test_a_field_that_cannot_work_keeps_what_was_typed(cast: Cast, as_user: As) -> None:
    form = make_form({"key": "a"})
    answer = as_user(cast.ada).post(
        f"/admin/forms/{form.pk}/new-field/", new_field("Colour of choice", "choice")
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "at least one choice" in page
    assert "Colour of choice" in page


def test_a_deeper_condition_survives_editing_the_field(cast: Cast, as_user: As) -> None:
    inner = {"any": [{"field": "a", "comparison": "is", "value": str(n)} for n in range(4)]}
    form = make_form({"key": "a"}, {"key": "b", "shown_when": {"all": [inner]}})
    as_user(cast.ada).post(f"/admin/forms/{form.pk}/fields/b/", new_field("Better", "text"))
    form.refresh_from_db()
    field = form.draft["sections"][0]["fields"][1]
    assert (field["label"], field["shown_when"]) == ("Better", {"all": [inner]})


def test_forms_over_the_api(cast: Cast, api_as: ApiAs) -> None:
    ada = api_as(cast.ada)
    form = ada.post("/api/v1/forms/", {"name": "Laptop"}, format="json").json()
    address = f"/api/v1/forms/{form['id']}/"
    bad = {"definition": {"sections": [{"fields": [{"key": "Bad"}]}]}}
    assert "definition" in ada.post(f"{address}draft/", bad, format="json").json()
    field = {"key": "model", "label": "Model", "type": "text"}
    good = {"definition": {"sections": [{"fields": [field]}]}}
    ada.post(f"{address}draft/", good, format="json")
    assert ada.post(f"{address}publish/").json()["version"] == 1
    assert api_as(cast.rob).get(address).status_code == 404
