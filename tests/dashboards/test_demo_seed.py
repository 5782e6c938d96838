"""The seeded database: everything section by section, loaded once for all tests here."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from pytest_django import DjangoDbBlocker

from accounts.models import Organisation, Person
from analysis.scores import agreement
from catalogue.models import Component, Service
from changes.models import CausedIncident, Change, ClusterSuspect
from core.models import Delivery, Event
from dashboards.demo.loading.everything import load_demo
from dashboards.demo.people import DEMO_LOGINS, DEMO_PASSWORD
from dashboards.involvement.difference import difference
from dashboards.involvement.lead_times import lead_times
from dashboards.models import DemoTruth
from devlink.chains import agreed_causes, ways
from devlink.influence import USUAL_PERIOD, influence
from devlink.loop_measures import Scope, figures
from devlink.measures import measures
from devlink.models import (
    Ask,
    Deployment,
    EvidencePack,
    FixClaim,
    InvolvementEvent,
    JoinRequest,
    LoopObligation,
    Release,
    Sprint,
    WorkItem,
)
from devlink.ownership import ownership
from devlink.portfolio import entries, own_claims
from incidents.models import (
    Kind,
    Message,
    StatusInterval,
    Ticket,
    TicketSearch,
    TicketVector,
    TouchInterval,
)
from incidents.searching import search_tickets
from incidents.workflow import UNRESOLVED_CATEGORIES
from knowledge.models import Article
from notifications.models import OutgoingMail
from problems.models import Cluster, ClusterMember, ClusterRun, KnownError, Problem
from problems.workflow import OUTCOMES, PROBLEM

NOW = datetime(2026, 5, 6, 14, 30, tzinfo=UTC)
# Loading takes a while: one process does all of these tests.
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module", autouse=True)
def _seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        load_demo(NOW, progress=lambda what, done, total: None)
        yield
        transaction.set_rollback(True)


def _manager() -> Person:
    return Person.objects.get(email=DEMO_LOGINS["manager"])


def test_everything_promised_is_there() -> None:
    assert Ticket.objects.count() >= 2500
    assert Organisation.objects.filter(is_internal=False).count() >= 12
    assert (Service.objects.count(), Component.objects.count()) == (8, 24)
    assert (
        Person.objects.filter(organisation__is_internal=True).exclude(roles=["requester"]).count()
        == 30
    )
    assert Change.objects.count() >= 20
    assert (Release.objects.count(), Sprint.objects.count()) == (16, 11)
    assert Article.objects.count() >= 60


def test_problems_are_in_every_state_and_outcome() -> None:
    assert set(Problem.objects.values_list("state", flat=True)) == set(PROBLEM.states)
    outcomes = set(Problem.objects.exclude(outcome="").values_list("outcome", flat=True))
    assert outcomes == {name for name, _ in OUTCOMES}
    assert KnownError.objects.exclude(workaround="").count() >= 5


def test_fixes_have_every_outcome() -> None:
    states = Counter(FixClaim.objects.values_list("state", flat=True))
    assert set(states) == {"watching", "partial", "verified", "not_effective", "regressed"}
    assert states["verified"] >= 2


def test_the_loop_has_every_end_and_its_figures_say_something() -> None:
    outcomes = Counter(LoopObligation.objects.values_list("outcome", flat=True))
    assert {"owed", "told", "confirmed", "still_broken", "no_answer"} <= set(outcomes)
    scope = Scope(NOW - timedelta(days=90), NOW + timedelta(days=1), NOW)
    closure, median, confirmed, broken = figures(_manager(), scope)
    assert closure.rate is not None
    assert 0.7 < closure.rate < 1
    assert median.minutes is not None
    assert confirmed.rate is not None
    assert 0.5 < confirmed.rate < 1
    assert 1 <= broken.met <= 5
    # What is to be told by now was told: a product that starts with it tells nobody anew.
    assert LoopObligation.objects.unsent().count() == 0


def test_asks_have_every_answer_and_some_none() -> None:
    states = set(Ask.objects.values_list("state", flat=True))
    assert states == {"accepted", "deferred", "declined", "needs_info", "expired", "open"}
    waiting = Ask.objects.filter(state="open").first()
    assert waiting is not None
    assert waiting.sprint.state == "planning"
    assert EvidencePack.objects.count() == Ask.objects.count()


def test_work_is_in_every_stage() -> None:
    assert {"discovery", "in_progress", "done"} <= set(
        WorkItem.objects.values_list("state", flat=True)
    )
    assert set(Sprint.objects.values_list("state", flat=True)) == {"planning", "active", "closed"}
    assert {"planning", "readiness", "hypercare", "closed"} == set(
        Release.objects.values_list("state", flat=True)
    )
    deployed = Release.objects.filter(deployed_at__isnull=False)
    assert Deployment.objects.filter(status="succeeded").count() == deployed.count()


def test_the_clusters_page_is_full_and_shows_the_surge() -> None:
    run = ClusterRun.objects.get()
    assert run.state == "done"
    assert Cluster.objects.count() >= 40
    burst = Cluster.objects.filter(is_burst=True).order_by("-burst_ratio").first()
    assert burst is not None
    assert burst.organisation_count >= 5
    suspect = ClusterSuspect.objects.filter(cluster=burst).order_by("-score").first()
    assert suspect is not None
    assert suspect.change.title.startswith("Release 7.9.0")
    assert suspect.minutes_before < 60


def test_the_run_finds_the_true_causes() -> None:
    truth = dict(
        DemoTruth.objects.exclude(ticket__state="cancelled").values_list("ticket_id", "cause")
    )
    homes = dict(ClusterMember.objects.values_list("ticket_id", "cluster_id"))
    inside = TicketVector.objects.filter(
        ticket__created_at__gte=NOW - timedelta(days=179)
    ).values_list("pk", flat=True)
    seen = [pk for pk in inside if pk in truth]
    found = agreement([truth[pk] for pk in seen], [homes.get(pk, -pk) for pk in seen])
    assert found.f1 >= 0.80


def test_a_problem_belongs_to_the_cluster_of_its_cause() -> None:
    truth = dict(DemoTruth.objects.values_list("ticket_id", "cause"))
    linked = Problem.objects.exclude(cluster=None)
    assert linked.count() >= 20
    for problem in linked:
        members = ClusterMember.objects.filter(cluster=problem.cluster)
        causes = Counter(truth[pk] for pk in members.values_list("ticket_id", flat=True))
        assert causes.most_common(1)[0][1] * 2 > sum(causes.values()), problem


def test_rows_are_those_the_actions_leave() -> None:
    for ticket in Ticket.objects.order_by("pk")[::97]:
        running = StatusInterval.objects.get(ticket=ticket, ended_at=None)
        assert (running.state, running.category) == (ticket.state, ticket.state_category)
        assert (
            ticket.reopen_count
            == Event.objects.about(ticket).filter(name="incidents.ticket_reopened").count()
        )
    assert TicketSearch.objects.count() == Ticket.objects.count()
    assert TicketVector.objects.count() == Ticket.objects.count()
    assert not Ticket.objects.filter(team=None).exists()
    unowned = Ticket.objects.filter(assignee=None, kind=Kind.INCIDENT).exclude(state="new")
    assert not unowned.exists()
    assert TouchInterval.objects.filter(ended_at__lt=F("started_at")).count() == 0


def test_a_requester_finds_their_ticket_by_its_words() -> None:
    someone = Person.objects.get(email=DEMO_LOGINS["requester"])
    mine = Ticket.objects.visible_to(someone)
    assert mine.count() >= 30
    word = "pay"
    assert search_tickets(mine, word, someone).exists()


def test_nobody_is_told_again_and_nothing_is_pending() -> None:
    assert not Delivery.objects.filter(state=Delivery.State.PENDING).exists()
    assert not OutgoingMail.objects.exists()


def test_nothing_happened_in_the_future() -> None:
    late = NOW + timedelta(minutes=1)
    # The run itself happens while the demo is loaded.
    history = Event.objects.exclude(name__startswith="problems.cluster_run")
    assert not history.filter(at__gt=late).exists()
    assert not Message.objects.filter(created_at__gt=late).exists()
    assert not Ticket.objects.filter(created_at__gt=late).exists()


def test_the_six_measures_are_believable() -> None:
    found = {one.key: one for one in measures(_manager(), NOW - timedelta(days=90), NOW)}
    assert len(found) == 6
    for one in found.values():
        assert one.rate is not None, one.key
        assert 0.2 <= one.rate <= 0.95, one
        assert abs(one.rate - one.study) > 0.02, one


def test_involvement_has_something_to_show() -> None:
    half_a_year = (_manager(), NOW - timedelta(days=180), NOW, None)
    leads = lead_times(*half_a_year, now=NOW)
    assert {"discovery", "days", "after", "never"} <= {one.when for one in leads.leads}
    assert 0 < leads.surprises < len(leads.settled)
    found = difference(*half_a_year, now=NOW)
    assert found.matched is not None
    assert found.n_matched >= 8
    assert InvolvementEvent.objects.filter(by_system=False).count() == 2
    assert JoinRequest.objects.waiting_for(Sprint.objects.get(state="planning")).count() == 1


def test_ownership_chains_and_influence_have_something_to_show() -> None:
    manager = _manager()
    found = ownership(manager, Component.objects.visible_to(manager), now=NOW)
    assert found.coverage is not None
    assert 0.5 < found.coverage < 0.98
    assert found.blind_spots >= 1
    index = influence(manager, NOW - USUAL_PERIOD, NOW).index
    assert index is not None
    assert 20 < index < 95
    way = ways(agreed_causes(manager, now=NOW), now=NOW)
    assert sum(one.verified for one in way.quarters) >= 2
    assert way.slowest is not None
    for role in ("agent", "developer", "problem manager"):
        person = Person.objects.get(email=DEMO_LOGINS[role])
        assert entries(person, list(own_claims(person))), role


def test_the_desk_has_work_to_do() -> None:
    waiting = Ticket.objects.filter(state_category__in=UNRESOLVED_CATEGORIES)
    assert 60 <= waiting.count() <= 400
    assert waiting.filter(state="fix_available").exists()
    assert waiting.filter(state="awaiting_development").exists()
    assert CausedIncident.objects.filter(verdict="confirmed").count() >= 20


def test_seeding_again_changes_nothing() -> None:
    before = Ticket.objects.count()
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "already here" in out.getvalue()
    assert Ticket.objects.count() == before


def test_the_logins_work_and_fit_on_one_line() -> None:
    out = StringIO()
    call_command("demo_logins", "--line", stdout=out)
    line = out.getvalue().strip()
    assert "\n" not in line
    for email in DEMO_LOGINS.values():
        assert email in line
        assert Person.objects.get(email=email).check_password(DEMO_PASSWORD)
