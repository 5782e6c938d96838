"""Pages and API of major incidents."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from majors import actions
from majors.models import FollowUp, MajorIncident
from tests.conftest import Cast
from tests.majors.test_life import accept, propose, update
from tests.make.tickets import make_ticket

SignIn = Callable[[Person], Client]
Act = Callable[[Person], APIClient]


def _words(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_candidate_goes_from_the_ticket_to_the_room(cast: Cast, as_user: SignIn) -> None:
    ticket = make_ticket(cast.rob, component=cast.checkout, service=cast.payments)
    agent, manager = as_user(cast.ann), as_user(cast.mo)
    assert reverse("majors:propose", args=[ticket.pk]) in _words(
        agent.get(ticket.get_absolute_url())
    )
    refused = agent.post(reverse("majors:propose", args=[ticket.pk]), {"why": " "})
    assert refused.status_code == 422
    agent.post(reverse("majors:propose", args=[ticket.pk]), {"why": "Nobody can pay."})
    major = MajorIncident.objects.get(ticket=ticket)
    assert 'href="?show=candidates">See the candidates<' in _words(agent.get("/majors/"))
    assert agent.get(reverse("majors:accept", args=[major.pk])).status_code == 403
    refused = manager.post(
        reverse("majors:accept", args=[major.pk]),
        {"headline": "Payments fail", "business_impact": "", "status": "degraded"},
    )
    assert refused.status_code == 422
    assert "Payments fail" in _words(refused)
    manager.post(
        reverse("majors:accept", args=[major.pk]),
        {
            "headline": "Payments fail",
            "business_impact": "No orders.",
            "components": [cast.checkout.pk],
            "status": "degraded",
        },
    )
    page = _words(manager.get(major.get_absolute_url()))
    assert "No orders." in page
    assert "Degraded performance" in page
    assert major.reference in _words(agent.get(ticket.get_absolute_url()))


def test_an_update_begins_with_the_prepared_texts_and_keeps_what_was_typed(
    cast: Cast, as_user: SignIn
) -> None:
    major = accept(cast, propose(cast))
    browser = as_user(cast.mo)
    actions.write_template(
        actor=cast.mo, audience="public", status="identified", body="Found on {{major.components}}."
    )
    address = reverse("majors:update", args=[major.pk])
    assert "Found on Checkout." in _words(browser.get(f"{address}?status=identified"))
    refused = browser.post(address, {"status": "identified", "public": "My own words"})
    assert refused.status_code == 422
    assert "My own words" in _words(refused)
    assert "Say when the next update comes." in _words(refused)
    soon = timezone.localtime() + timedelta(hours=1)
    browser.post(
        address,
        {
            "status": "identified",
            "public": "My own words",
            "next_update_due_at": f"{soon:%Y-%m-%dT%H:%M}",
        },
    )
    assert "My own words" in _words(Client().get(reverse("majors:status")))


def test_the_requester_reads_on_their_ticket_what_requesters_were_told(
    cast: Cast, as_user: SignIn
) -> None:
    major = accept(cast, propose(cast))
    update(cast, major, "identified", internal="The lock again.", requesters="We found it.")
    page = _words(as_user(cast.rob).get(reverse("incidents:portal_ticket", args=[major.ticket_id])))
    assert "We found it." in page
    assert "The lock again." not in page


def test_reports_are_added_by_number_and_a_wrong_number_is_said_at_the_field(
    cast: Cast, as_user: SignIn
) -> None:
    major = accept(cast, propose(cast))
    other = make_ticket(cast.rita)
    browser = as_user(cast.ann)
    address = reverse("majors:reports", args=[major.pk])
    assert browser.get(address).status_code == 200
    refused = browser.post(address, {"numbers": f"{other.reference}, INC-999999"})
    assert refused.status_code == 422
    assert "There is no ticket INC-999999." in _words(refused)
    assert other.reference in _words(refused)
    assert browser.post(address, {}).status_code == 422
    browser.post(address, {"numbers": other.reference})
    assert other.title in _words(browser.get(major.get_absolute_url()))


@pytest.mark.parametrize("who", ["rob", "stan"])
def test_requesters_do_not_enter(cast: Cast, as_user: SignIn, api_as: Act, who: str) -> None:
    major = accept(cast, propose(cast))
    browser = as_user(getattr(cast, who))
    assert browser.get(reverse("majors:majors")).status_code == 403
    assert browser.get(major.get_absolute_url()).status_code == 404
    program = api_as(getattr(cast, who))
    assert program.get("/api/v1/majors/").json()["results"] == []
    assert program.post(f"/api/v1/majors/{major.pk}/reject/", {"reason": "x"}).status_code == 404


def test_lists_cost_the_same_with_three_rows_and_with_thirty(cast: Cast, as_user: SignIn) -> None:
    browser = as_user(cast.mo)
    counts = []
    for how_many in (3, 27):
        for _ in range(how_many):
            major = accept(cast, propose(cast))
            actions.add_follow_up(major, actor=cast.mo, title="Do it", assignee=cast.dev)
        found = []
        for name in ("majors:majors", "majors:follow_ups"):
            browser.get(reverse(name))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                browser.get(reverse(name))
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]


def test_programs_do_everything_people_do(cast: Cast, api_as: Act) -> None:
    ticket = make_ticket(cast.rob, component=cast.checkout)
    agent, manager = api_as(cast.ann), api_as(cast.mo)
    made = agent.post("/api/v1/majors/", {"ticket": ticket.pk, "why": "Nobody can pay."})
    assert made.status_code == 201
    at = f"/api/v1/majors/{made.json()['id']}/"
    denied = agent.post(f"{at}accept/", {"headline": "x", "business_impact": "y"})
    assert denied.status_code == 403
    said = {
        "headline": "Payments fail",
        "business_impact": "No orders.",
        "components": [{"component": cast.invoices.pk, "status": "degraded"}],
    }
    accepted = manager.post(f"{at}accept/", said, format="json").json()
    assert accepted["affected"][0]["status"] == "degraded"
    wrong = manager.post(
        f"{at}post-update/", {"status": "identified", "texts": {"press": "x"}}, format="json"
    )
    assert (wrong.status_code, "texts" in wrong.json()) == (400, True)
    nothing = manager.post(
        f"{at}post-update/", {"status": "identified", "texts": {}}, format="json"
    )
    assert nothing.status_code == 422
    promise = (timezone.now() + timedelta(hours=1)).isoformat()
    posted = manager.post(
        f"{at}post-update/",
        {"status": "resolved", "texts": {"public": "Over."}, "next_update_due_at": promise},
        format="json",
    ).json()
    assert posted["updates"][0]["texts"] == [{"audience": "public", "body": "Over."}]
    other = make_ticket(cast.rita)
    assert agent.post(f"{at}add-reports/", {"tickets": [other.pk]}).status_code == 200
    manager.post(f"{at}give-role/", {"role": "scribe", "person": cast.pia.pk})
    agent.post(f"{at}add-note/", {"text": "Restarted."})
    agent.post(
        f"{at}write-review/", {"summary": "A lock.", "causes": "No timeout.", "lessons": "Set it."}
    )
    assert manager.post(f"{at}publish-review/").json()["status"] == "postmortem"
    follow = agent.post(f"{at}follow-ups/", {"title": "Set a timeout", "assignee": cast.dev.pk})
    assert follow.status_code == 201
    row = f"/api/v1/follow-ups/{follow.json()['id']}/"
    assert agent.patch(row, {"title": "Set two"}, format="json").json()["title"] == "Set two"
    assert agent.post(f"{row}drop/", {"note": ""}).status_code == 400
    assert agent.post(f"{row}complete/", {"note": "Done."}).json()["state"] == "completed"
    assert FollowUp.objects.get().note == "Done."


def test_the_review_names_its_visible_problem_and_no_other(cast: Cast, api_as: Act) -> None:
    major = accept(cast, propose(cast))
    answer = api_as(cast.ann).post(
        f"/api/v1/majors/{major.pk}/write-review/", {"problem": 999}, format="json"
    )
    assert (answer.status_code, list(answer.json())) == (400, ["problem"])


def test_texts_are_written_on_the_admin_page(cast: Cast, as_user: SignIn) -> None:
    browser = as_user(cast.mo)
    assert reverse("majors:templates") in _words(browser.get(reverse("dashboards:admin")))
    edit = reverse("majors:template")
    address = f"{edit}?status=resolved&audience=public"
    refused = browser.post(address, {"body": "Dear {{requester.name}}"})
    assert refused.status_code == 422
    assert "Dear {{requester.name}}" in _words(refused)
    assert browser.post(address, {"body": "It is over."}).status_code == 302
    assert "It is over." in _words(browser.get(reverse("majors:templates")))
    assert as_user(cast.ann).get(reverse("majors:templates")).status_code == 403
    nowhere = browser.post(f"{edit}?status=nowhere&audience=public", {"body": "x"})
    assert nowhere.status_code == 422


def test_programs_read_and_write_the_texts_updates_begin_with(cast: Cast, api_as: Act) -> None:
    manager = api_as(cast.mo)
    at = "/api/v1/update-texts/"
    named = {"status": "resolved", "audience": "public"}
    said = named | {"body": "{{major.components}} works again."}
    assert manager.post(at, said, format="json").json() == said
    assert manager.get(at, named).json()["results"] == [said]
    wrong = manager.post(at, named | {"body": "{{ticket.title}}"}, format="json")
    assert (wrong.status_code, list(wrong.json())) == (422, ["body"])
    assert "no variable" in wrong.json()["body"][0]
    unknown = manager.post(at, said | {"audience": "everybody"}, format="json")
    assert list(unknown.json()) == ["audience"]
    assert api_as(cast.ann).post(at, said, format="json").status_code == 403
    assert api_as(cast.rob).get(at).json()["results"] == []
    assert manager.get(at, named).json()["results"] == [said]
