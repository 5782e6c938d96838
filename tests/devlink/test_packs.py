"""Evidence packs: frozen, sealed, redacted, superseded."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from changes.models import Change, ClusterSuspect
from core.errors import NotPermitted
from devlink.actions import build_evidence_pack
from devlink.evidence import canonical, differences, digest
from devlink.models import EvidencePack
from incidents.actions import (
    edit_ticket,
    link_article,
    rate_ticket,
    record_touch,
    reopen_ticket,
    resolve_ticket,
    start_ticket,
)
from incidents.models import Ticket, TouchInterval
from knowledge.actions import write_article
from problems.models import ClusterMember, ProblemTicket
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket
from tests.make.work import make_work_item


def build(cast: Cast, cause: Cause) -> EvidencePack:
    pack = build_evidence_pack(cause.problem, actor=cast.pia)
    return EvidencePack.objects.get(pk=pack.pk)


def at(content: Any, *path: Any) -> Any:
    for name in path:
        content = content[name]
    return content


def test_a_pack_counts_tickets_people_and_organisations(cast: Cast, cause: Cause) -> None:
    cause.tickets[0].affected_users.add(cast.rita, cast.mo)
    Ticket.objects.filter(pk=cause.tickets[2].pk).update(
        created_at=timezone.now() - timedelta(days=20)
    )
    content = build(cast, cause).content
    assert at(content, "reach", "7") == {"tickets": 2, "people": 3, "organisations": 1}
    assert at(content, "reach", "28") == {"tickets": 3, "people": 4, "organisations": 2}
    assert sum(content["weekly"]) == 3


def test_the_seal_survives_the_database(cast: Cast, cause: Cause) -> None:
    pack = build(cast, cause)
    assert len(pack.sha256) == 64
    assert digest(canonical(pack.content)) == pack.sha256


def test_canonical_json_does_not_depend_on_order() -> None:
    assert canonical({"b": 1, "a": {"d": "ü", "c": 2.5}}) == '{"a":{"c":2.5,"d":"ü"},"b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("inf")})


def test_later_edits_do_not_change_a_pack(cast: Cast, cause: Cause) -> None:
    before = build(cast, cause).content
    ticket = cause.tickets[0]
    ticket.refresh_from_db()
    edit_ticket(ticket, actor=cast.ann, version=ticket.version, title="Something else")
    ProblemTicket.objects.filter(problem=cause.problem).delete()
    assert EvidencePack.objects.get().content == before


def test_a_stored_pack_refuses_to_be_saved(cast: Cast, cause: Cause) -> None:
    pack = build(cast, cause)
    pack.content = {}
    with pytest.raises(ValueError, match="frozen"):
        pack.save()


def test_versions_follow_each_other(cast: Cast, cause: Cause) -> None:
    first, second = build(cast, cause), build(cast, cause)
    assert (first.version, second.version, second.supersedes) == (1, 2, first)


def test_a_pack_goes_to_the_open_work_item(cast: Cast, cause: Cause) -> None:
    item = make_work_item(cast.dev, problem=cause.problem)
    assert build(cast, cause).work_item == item


def test_names_and_numbers_of_people_are_taken_out(cast: Cast, cause: Cause) -> None:
    text = canonical(build(cast, cause).content)
    for secret in ("Rob", "Rita", "Stan", "Ann,", "1234567", "@"):
        assert secret not in text
    assert "[name]" in text
    assert "[phone]" in text


def test_excerpts_are_the_representative_tickets_first(cast: Cast, cause: Cause) -> None:
    excerpts = build(cast, cause).content["excerpts"]
    assert [one["ticket_id"] for one in excerpts][:2] == [one.pk for one in cause.tickets[:2]]
    assert len(excerpts) == 3


def test_restricted_and_cancelled_tickets_stay_out(cast: Cast, cause: Cause) -> None:
    secret = make_team("Legal", restricted=True)
    Ticket.objects.filter(pk=cause.tickets[0].pk).update(team=secret)
    Ticket.objects.filter(pk=cause.tickets[1].pk).update(state="cancelled")
    content = build(cast, cause).content
    assert at(content, "reach", "all", "tickets") == 1
    assert [one["ticket_id"] for one in content["excerpts"]] == [cause.tickets[2].pk]


def touch(cast: Cast, ticket: Ticket, minutes: int) -> None:
    now = timezone.now()
    record_touch(ticket, actor=cast.ann, started_at=now - timedelta(minutes=minutes), ended_at=now)


def test_measured_minutes_need_no_estimate(cast: Cast, cause: Cause) -> None:
    for ticket, minutes in zip(cause.tickets, (10, 20, 30), strict=True):
        touch(cast, ticket, minutes)
    effort = build(cast, cause).content["effort"]
    assert (effort["minutes"], effort["estimated"], effort["measured_tickets"]) == (60, False, 3)
    assert effort["hours_per_week"] == 0.2


def test_the_rest_is_estimated_from_the_components_median_and_says_so(
    cast: Cast, cause: Cause
) -> None:
    for minutes in (10, 20, 30, 40, 50):
        touch(cast, make_ticket(cast.rob, component=cast.checkout), minutes)
    touch(cast, cause.tickets[0], 30)
    effort = build(cast, cause).content["effort"]
    assert effort["minutes"] == 30 + 2 * 30
    assert (effort["estimated"], effort["estimated_tickets"]) == (True, 2)


def test_without_any_measure_the_minutes_are_unknown(cast: Cast, cause: Cause) -> None:
    assert build(cast, cause).content["effort"]["minutes"] is None


def test_outcomes_of_tickets_are_counted(cast: Cast, cause: Cause) -> None:
    one, two, three = (Ticket.objects.get(pk=ticket.pk) for ticket in cause.tickets)
    for ticket in (one, two):
        started = start_ticket(ticket, actor=cast.ann)
        resolve_ticket(started, actor=cast.ann, code="workaround_applied", text="Pay by invoice.")
    rate_ticket(one, actor=cast.rob, score=2, comment="")
    reopen_ticket(two, actor=cast.rita, note="Again.")
    Ticket.objects.filter(pk=three.pk).update(resolution_due_at=timezone.now() - timedelta(hours=1))
    content = build(cast, cause).content
    assert at(content, "satisfaction", "mean") == 2
    assert at(content, "reopened") == {"tickets": 1, "of": 2, "percent": 50.0}
    assert at(content, "service_levels", "breached") == 1
    # One was rated 2 and left anger; the other was reopened and failed.
    assert at(content, "workaround", "used") == 2
    assert at(content, "workaround", "held") == 0


def test_what_is_known_beside_the_tickets(cast: Cast, cause: Cause) -> None:
    change = Change.objects.create(title="Card SDK 4.18", requester=cast.dev)
    ClusterSuspect.objects.create(
        cluster=cause.cluster, change=change, score=0.9, parts={"recency": 0.4}, minutes_before=30
    )
    article = write_article(
        actor=cast.ann, title="Pay by invoice", issue="Cards fail.", resolution="Choose invoice."
    )
    for ticket in cause.tickets[:2]:
        link_article(ticket, actor=cast.ann, article=article)
    content = build(cast, cause).content
    assert at(content, "first_seen_after", 0, "reference") == change.reference
    assert at(content, "articles", 0) == {
        "reference": article.reference,
        "title": "Pay by invoice",
        "confidence": article.confidence,
        "times": 2,
    }
    assert any(change.reference in one for one in content["falsified_by"])


def test_the_score_shows_five_parts_that_sum_to_it(cast: Cast, cause: Cause) -> None:
    score = build(cast, cause).content["score"]
    assert set(score["parts"]) == {"cost", "reach", "trend", "severity", "no_workaround"}
    assert score["value"] == pytest.approx(sum(score["parts"].values()), abs=0.3)
    assert score["parts"]["no_workaround"] == 10


def test_a_problem_without_cluster_or_tickets_has_a_pack_too(cast: Cast) -> None:
    problem = make_problem(cast.pia)
    content = build_evidence_pack(problem, actor=cast.pia).content
    assert content["score"] is None
    assert at(content, "reach", "all", "tickets") == 0
    assert at(content, "confidence", "level") == "low"


def test_a_newer_pack_says_what_changed(cast: Cast, cause: Cause) -> None:
    first = build(cast, cause)
    ticket = make_ticket(cast.stan, component=cast.checkout)
    ClusterMember.objects.create(
        cluster=cause.cluster, ticket=ticket, reason="alike", confidence=0.8
    )
    second = build(cast, cause)
    found = {
        one.label: (one.before, one.after, one.change)
        for one in differences(first.content, second.content)
    }
    assert found["Tickets in 28 days"] == (3, 4, 1)
    assert "Organisations in 28 days" not in found
    assert differences(second.content, second.content) == []


def test_requesters_and_developers_build_none(cast: Cast, cause: Cause) -> None:
    for person in (cast.rob, cast.dev):
        with pytest.raises(NotPermitted):
            build_evidence_pack(cause.problem, actor=person)
    assert not EvidencePack.objects.visible_to(cast.rob).exists()


@pytest.mark.slow
def test_two_thousand_tickets_are_frozen_within_two_seconds(
    cast: Cast, cause: Cause, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    now = timezone.now()
    made = Ticket.objects.bulk_create(
        [
            Ticket(
                title=f"Card {n} rejected",
                description="It says 400 again and again. " * 10,
                requester=cast.rob,
                organisation=cast.acme,
                component=cast.checkout,
                created_at=now - timedelta(hours=n),
            )
            for n in range(2100)
        ]
    )
    ClusterMember.objects.bulk_create(
        [
            ClusterMember(cluster=cause.cluster, ticket=one, reason="alike", confidence=0.7)
            for one in made
        ]
    )
    TouchInterval.objects.bulk_create(
        [
            TouchInterval(
                ticket=one, person=cast.ann, started_at=now - timedelta(minutes=9), ended_at=now
            )
            for one in made
        ]
    )
    began = time.perf_counter()
    with django_assert_max_num_queries(40):
        pack = build_evidence_pack(cause.problem, actor=cast.pia)
    took = time.perf_counter() - began
    assert pack.content["reach"]["all"]["tickets"] == 2103
    assert len(json.dumps(pack.content)) < 20_000
    assert took < 2
