"""Changes: their ways to the decision, the doing, and what they caused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from changes import actions
from changes.models import CausedIncident, Change, ClusterSuspect
from changes.recent import changes_on
from changes.suspects import find_suspects
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents.actions import merge_ticket, reply_to_ticket
from incidents.jobs.operations import start_job, undo_job
from incidents.jobs.running import go_on
from incidents.merge_preview import preview_merge
from incidents.models import Ticket
from problems.models import Cluster, ClusterMember
from tests.conftest import Cast
from tests.make.tickets import make_ticket


def _draft(cast: Cast, by: Person, **fields: object) -> Change:
    given = {
        "title": "Rotate the gateway certificate",
        "components": [cast.checkout],
        "implementation_plan": "Swap it",
        "backout_plan": "Swap it back",
        "planned_start": timezone.now(),
        "planned_end": timezone.now() + timedelta(hours=1),
    }
    return actions.create_change(actor=by, **{**given, **fields})


def test_a_normal_change_walks_from_draft_to_review(cast: Cast) -> None:
    change = _draft(cast, cast.dev)
    change = actions.submit_change(change, actor=cast.dev)
    change = actions.assess_change(change, actor=cast.max)
    change = actions.request_authorisation(change, actor=cast.max)
    change = actions.authorise_change(change, actor=cast.max)
    assert (change.state, change.authorised_by) == ("scheduled", cast.max)
    change = actions.implement_change(change, actor=cast.dev)
    change = actions.review_change(change, actor=cast.dev)
    change = actions.close_change(change, actor=cast.max, outcome="successful")
    assert (change.state, change.outcome) == ("closed", "successful")
    assert None not in {change.started_at, change.ended_at, change.closed_at}
    sentences = [event.sentence for event in Event.objects.about(change).order_by("id")]
    assert sentences[0] == "drafted a normal change"
    assert sentences[-1] == "closed it as successful"


def test_nobody_authorises_a_change_of_their_own(cast: Cast) -> None:
    change = actions.submit_change(_draft(cast, cast.max), actor=cast.max)
    change = actions.request_authorisation(change, actor=cast.max)
    with pytest.raises(NotPermitted, match="Somebody else"):
        actions.authorise_change(change, actor=cast.max)
    with pytest.raises(NotPermitted):
        actions.authorise_change(change, actor=cast.ann)


def test_only_a_standard_change_skips_authorisation_and_only_an_emergency_is_expedited(
    cast: Cast,
) -> None:
    normal = _draft(cast, cast.dev)
    with pytest.raises(TransitionNotAllowed):
        actions.schedule_standard_change(normal, actor=cast.max)
    with pytest.raises(TransitionNotAllowed):
        actions.expedite_change(normal, actor=cast.max)
    standard = _draft(cast, cast.dev, type="standard")
    assert actions.schedule_standard_change(standard, actor=cast.max).state == "scheduled"
    emergency = _draft(cast, cast.dev, type="emergency")
    assert actions.expedite_change(emergency, actor=cast.max).authorised_by == cast.max


@pytest.mark.parametrize("field", ["implementation_plan", "backout_plan"])
def test_a_normal_change_is_not_submitted_without_its_plans(cast: Cast, field: str) -> None:
    change = _draft(cast, cast.dev, **{field: " "})
    with pytest.raises(DomainError) as refused:
        actions.submit_change(change, actor=cast.dev)
    assert refused.value.field == field


def test_a_window_ends_after_it_starts(cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        _draft(cast, cast.dev, planned_end=timezone.now() - timedelta(days=1))
    assert refused.value.field == "planned_end"


def test_an_outcome_other_than_successful_needs_a_review(cast: Cast) -> None:
    change = _draft(cast, cast.dev, type="standard")
    for step in (
        actions.schedule_standard_change,
        actions.implement_change,
        actions.review_change,
    ):
        change = step(change, actor=cast.max)
    with pytest.raises(DomainError) as refused:
        actions.close_change(change, actor=cast.max, outcome="backed_out")
    assert refused.value.field == "review"
    closed = actions.close_change(
        change, actor=cast.max, outcome="backed_out", review="The old key was pinned."
    )
    assert closed.outcome == "backed_out"


def test_what_was_asked_for_is_fixed_once_it_is_decided(cast: Cast) -> None:
    change = _draft(cast, cast.dev, type="standard")
    change = actions.edit_change(change, actor=cast.dev, title="Rotate both certificates")
    assert change.title == "Rotate both certificates"
    change = actions.schedule_standard_change(change, actor=cast.max)
    with pytest.raises(TransitionNotAllowed):
        actions.edit_change(change, actor=cast.dev, title="Something else")


def _live(cast: Cast, hours_ago: float, **fields: object) -> Change:
    change = _draft(cast, cast.dev, type="standard", **fields)
    change = actions.schedule_standard_change(change, actor=cast.max)
    return actions.implement_change(
        change, actor=cast.dev, at=timezone.now() - timedelta(hours=hours_ago)
    )


def test_what_changed_lists_the_component_first_and_only_what_is_recent(cast: Cast) -> None:
    near = _live(cast, 30)
    beside = _live(cast, 2, components=[cast.invoices])
    _live(cast, 24 * 20)
    found = changes_on(cast.checkout, before=timezone.now(), person=cast.ann)
    assert [(one.change, one.same_component) for one in found] == [(near, True), (beside, False)]
    assert changes_on(cast.checkout, before=timezone.now(), person=cast.rob) == []


def test_a_suspect_close_in_time_and_place_scores_above_one_that_is_not(
    cast: Cast, as_user: Callable[[Person], Client], api_as: Callable[[Person], APIClient]
) -> None:
    close = _live(cast, 3, title="New checkout session store")
    far = _live(cast, 24 * 9, components=[cast.invoices])
    ticket = make_ticket(cast.rob, component=cast.checkout)
    cluster = Cluster.objects.create(
        title="Checkout loses its session",
        terms=["checkout session"],
        service=cast.payments,
        component=cast.checkout,
        first_seen_at=timezone.now(),
    )
    ClusterMember.objects.create(cluster=cluster, ticket=ticket, reason="words", confidence=0.9)
    assert find_suspects([cluster]) == 2
    ranked = list(ClusterSuspect.objects.order_by("-score"))
    assert [one.change for one in ranked] == [close, far]
    parts = ranked[0].parts
    total = parts["recency"] + parts["component"] + parts["text"] + parts["surge"]
    assert ranked[0].score == pytest.approx(total, abs=0.001)
    assert find_suspects([cluster]) == 2
    assert ClusterSuspect.objects.count() == 2
    page = as_user(cast.ann).get(cluster.get_absolute_url()).content.decode()
    assert f"{parts['component']:.2f} of 0.25" in page
    assert "What “Score” means" in page
    address = f"/api/v1/cluster-suspects/?cluster={cluster.pk}"
    listed = api_as(cast.ann).get(address).json()["results"]
    assert [one["reference"] for one in listed] == [close.reference, far.reference]
    assert listed[0]["parts"] == parts
    assert api_as(cast.ann).get("/api/v1/cluster-suspects/?cluster=0").json()["results"] == []
    assert api_as(cast.rob).get(address).json()["results"] == []


def test_a_surge_is_held_against_what_came_before_the_surge_not_before_a_stray_ticket(
    cast: Cast,
) -> None:
    release = _live(cast, 3, title="New checkout session store")
    cluster = Cluster.objects.create(
        title="Checkout loses its session",
        service=cast.payments,
        component=cast.checkout,
        first_seen_at=timezone.now() - timedelta(days=100),
        is_burst=True,
    )
    for hours in (2400, 200, 2, 1.5, 1, 0.5):
        ticket = make_ticket(
            cast.rob, component=cast.checkout, at=timezone.now() - timedelta(hours=hours)
        )
        ClusterMember.objects.create(cluster=cluster, ticket=ticket, reason="words", confidence=1)
    find_suspects([cluster])
    suspect = ClusterSuspect.objects.get()
    assert suspect.change == release
    assert suspect.minutes_before == pytest.approx(60, abs=1)
    cluster.is_burst = False
    assert find_suspects([cluster]) == 0


def test_a_persons_verdict_on_a_cause_stays_over_a_later_suspicion(cast: Cast) -> None:
    change, ticket = _live(cast, 1), make_ticket(cast.rob, component=cast.checkout)
    actions.suspect_cause(change, actor=None, ticket=ticket, score=0.7)
    actions.clear_cause(change, actor=cast.ann, ticket=ticket)
    link = actions.suspect_cause(change, actor=None, ticket=ticket, score=0.9)
    assert link.verdict == CausedIncident.Verdict.REJECTED
    link = actions.confirm_cause(change, actor=cast.ann, ticket=ticket)
    assert link.verdict == CausedIncident.Verdict.CONFIRMED
    with pytest.raises(NotPermitted):
        actions.confirm_cause(change, actor=cast.rob, ticket=ticket)


def test_pages_show_changes_to_staff_and_keep_what_was_typed(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    change = _live(cast, 1)
    ann = as_user(cast.ann)
    assert change.title in ann.get("/changes/").content.decode()
    assert change.title in ann.get(f"/changes/{change.pk}/").content.decode()
    answer = ann.post("/changes/new/", {"title": "", "description": "Typed at length"})
    assert answer.status_code == 422
    assert "Typed at length" in answer.content.decode()
    assert as_user(cast.rob).get(f"/changes/{change.pk}/").status_code == 404


def test_a_step_button_and_a_step_form_take_the_change_along(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    change = actions.submit_change(_draft(cast, cast.dev), actor=cast.dev)
    change = actions.request_authorisation(change, actor=cast.max)
    person = as_user(cast.max)
    assert person.post(f"/changes/{change.pk}/reject/", {"note": ""}).status_code == 422
    person.post(f"/changes/{change.pk}/authorise/")
    change.refresh_from_db()
    assert change.state == "scheduled"


def test_a_ticket_is_judged_from_its_page_only_when_it_may_be_seen(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    change, ticket = _live(cast, 1), make_ticket(cast.rob, component=cast.checkout)
    assert (
        as_user(cast.dev)
        .post(f"/changes/{change.pk}/judge/", {"ticket": ticket.pk, "caused": "yes"})
        .status_code
        == 404
    )
    as_user(cast.ann).post(f"/changes/{change.pk}/judge/", {"ticket": ticket.pk, "caused": "yes"})
    assert CausedIncident.objects.get().verdict == "confirmed"


def test_the_list_narrows_to_what_started_since_a_day(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    for title, day in (("before", 3), ("that day", 4)):
        started = datetime(2030, 5, day, 23, 30, tzinfo=UTC)
        Change.objects.create(title=title, requester=cast.max, started_at=started)
    Change.objects.create(title="not yet", requester=cast.max)
    page = as_user(cast.ann).get("/changes/", {"started_after": "2030-05-04"})
    assert [row.title for row in page.context["page"].rows] == ["that day"]


def test_the_list_costs_the_same_at_three_and_at_thirty(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    ann = as_user(cast.ann)
    for _ in range(3):
        _draft(cast, cast.dev)
    ann.get("/changes/")
    with CaptureQueriesContext(connection) as few:
        ann.get("/changes/")
    for _ in range(27):
        _draft(cast, cast.dev)
    with CaptureQueriesContext(connection) as many:
        ann.get("/changes/")
    assert len(many) == len(few)


def test_the_api_drafts_steps_and_refuses_in_words(
    cast: Cast, api_as: Callable[[Person], APIClient]
) -> None:
    dev = api_as(cast.dev)
    made = dev.post("/api/v1/changes/", {"title": "New index", "components": [cast.checkout.pk]})
    assert made.status_code == 201
    address = f"/api/v1/changes/{made.data['id']}/"
    refused = dev.post(f"{address}submit/")
    assert refused.status_code == 422
    assert set(refused.data) == {"implementation_plan"}
    plans = {"implementation_plan": "Create it", "backout_plan": "Drop it"}
    assert dev.patch(address, plans).status_code == 200
    assert dev.post(f"{address}submit/").data["state"] == "submitted"
    assert dev.post(f"{address}authorise/").status_code == 403
    assert api_as(cast.rob).get("/api/v1/changes/").data["results"] == []
    assert Ticket.objects.count() == 0


def _tickets_of(change: Change) -> set[int]:
    return set(change.made_for.values_list("ticket_id", flat=True))


def test_linking_tickets_to_a_change_adds_and_never_replaces(cast: Cast) -> None:
    change, other = _draft(cast, cast.max), _draft(cast, cast.max)
    first, second, third = (make_ticket(cast.ann) for _ in range(3))
    actions.link_tickets_to_change(change, actor=cast.ann, tickets=[first])
    actions.link_tickets_to_change(change, actor=cast.ann, tickets=[second, first])
    actions.link_tickets_to_change(other, actor=cast.ann, tickets=[first])
    assert _tickets_of(change) == {first.pk, second.pk}
    actions.edit_change(change, actor=cast.max, title="Another title")
    assert _tickets_of(change) == {first.pk, second.pk}
    with pytest.raises(DomainError, match="not made for"):
        actions.unlink_ticket_from_change(change, actor=cast.ann, ticket=third)
    actions.unlink_ticket_from_change(change, actor=cast.ann, ticket=first)
    assert (_tickets_of(change), _tickets_of(other)) == ({second.pk}, {first.pk})


def test_a_selection_of_tickets_is_linked_to_a_change_at_once_and_taken_back(cast: Cast) -> None:
    change = _draft(cast, cast.max)
    known, fresh = make_ticket(cast.ann), make_ticket(cast.ann)
    actions.link_tickets_to_change(change, actor=cast.ann, tickets=[known])
    params = {"change": change.reference, "how": "made_for"}
    job = start_job(
        actor=cast.ann, operation="link_change", params=params, ticket_ids=[known.pk, fresh.pk]
    )
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    assert _tickets_of(change) == {known.pk, fresh.pk}
    job.refresh_from_db()
    undoing = undo_job(job, actor=cast.ann)
    assert go_on(undoing.pk, until=timezone.now() + timedelta(minutes=1))
    assert _tickets_of(change) == {known.pk}


def test_a_selection_is_said_to_be_caused_by_a_change_without_touching_other_verdicts(
    cast: Cast,
) -> None:
    change = _draft(cast, cast.max)
    old, one, two = (make_ticket(cast.ann) for _ in range(3))
    actions.confirm_cause(change, actor=cast.ann, ticket=old)
    params = {"change": change.reference, "how": "caused"}
    job = start_job(
        actor=cast.ann, operation="link_change", params=params, ticket_ids=[one.pk, two.pk]
    )
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    caused = change.caused.filter(verdict="confirmed").values_list("ticket_id", flat=True)
    assert set(caused) == {old.pk, one.pk, two.pk}
    with pytest.raises(DomainError, match="There is no CHG-999999") as refused:
        start_job(
            actor=cast.ann,
            operation="link_change",
            params={"change": "CHG-999999", "how": "caused"},
            ticket_ids=[one.pk],
        )
    assert refused.value.field == "change"


def test_a_change_drafted_from_a_ticket_keeps_the_conversation_one_click_away(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    ticket = make_ticket(cast.ann, title="Renew the certificate", component=cast.checkout)
    reply_to_ticket(ticket, actor=cast.ann, body="It ends on Friday.")
    browser = as_user(cast.ann)
    page = browser.get(f"{ticket.get_absolute_url()}?boxes=drawn").content.decode()
    assert f"/changes/new/?ticket={ticket.reference}" in page
    form = browser.get(f"/changes/new/?ticket={ticket.reference}").content.decode()
    assert "Renew the certificate" in form
    words = {"title": ticket.title, "type": "normal", "risk": 3, "impact": 3}
    wrong = browser.post("/changes/new/", {**words, "tickets": "INC-999999"})
    assert (wrong.status_code, b"There is no ticket INC-999999" in wrong.content) == (422, True)
    browser.post("/changes/new/", {**words, "tickets": ticket.reference})
    change = Change.objects.get()
    assert ticket.get_absolute_url() in browser.get(change.get_absolute_url()).content.decode()
    page = browser.get(f"{ticket.get_absolute_url()}?boxes=drawn").content.decode()
    assert change.get_absolute_url() in page
    assert ticket.messages.get().body == "It ends on Friday."


def test_after_a_merge_the_changes_of_both_show_on_the_target(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    change = _draft(cast, cast.max)
    source, target = make_ticket(cast.ann), make_ticket(cast.ann)
    actions.link_tickets_to_change(change, actor=cast.ann, tickets=[source])
    lines = {line.what: line.becomes for line in preview_merge(cast.ann, source, target).lines}
    assert change.reference in lines["Changes"]
    merge_ticket(source, actor=cast.ann, into=target)
    page = as_user(cast.ann).get(f"{target.get_absolute_url()}?boxes=drawn").content.decode()
    assert f"for {source.reference}" in page


def test_programs_link_tickets_to_a_change(
    cast: Cast, api_as: Callable[[Person], APIClient]
) -> None:
    change, ticket = _draft(cast, cast.max), make_ticket(cast.ann)
    program, base = api_as(cast.ann), f"/api/v1/changes/{change.pk}"
    linked = program.post(f"{base}/link-tickets/", {"tickets": [ticket.pk]}, format="json")
    assert linked.status_code == 200
    rows = program.get(f"{base}/tickets/").json()["results"]
    assert [row["reference"] for row in rows] == [ticket.reference]
    gone = program.post(f"{base}/unlink-ticket/", {"ticket": ticket.pk})
    assert (gone.status_code, change.made_for.count()) == (200, 0)
