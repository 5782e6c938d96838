"""The quality page: every number with its definition, its n and the records behind it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.models import Ticket
from problems import actions
from problems.models import Cluster, ClusterMerge, ClusterRun
from problems.quality import RECORD_KEYS, Measure, measures
from tests.conftest import Cast
from tests.make.catalogue import make_team
from tests.make.tickets import make_tickets
from tests.problems.builders import make_cluster_of, member_ids
from tests.problems.test_pages import queries_of
from tests.problems.test_regrouping import moved

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]


def measure(key: str) -> Measure:
    return next(one for one in measures(timezone.now()) if one.key == key)


def some_ticket(cluster: Cluster) -> Ticket:
    return Ticket.objects.get(pk=min(member_ids(cluster)))


@pytest.fixture
def decided(cast: Cast) -> dict[str, Cluster]:
    """Ten clusters: five confirmed, of which one was freed of a ticket; two split; merged; put
    away; and one that nobody decided about."""
    names = ("good", "fine", "right", "sound", "trimmed", "split", "merged", "into", "away", "open")
    clusters = {name: make_cluster_of(5, cast.rob, title=name) for name in names}
    for name in names[:5]:
        actions.confirm_cluster(clusters[name], actor=cast.pia)
    trimmed = clusters["trimmed"]
    actions.remove_from_cluster(trimmed, actor=cast.pia, ticket=some_ticket(trimmed))
    split = clusters["split"]
    actions.split_cluster(split, actor=cast.pia, tickets=[some_ticket(split)])
    actions.merge_clusters(clusters["merged"], actor=cast.pia, into=clusters["into"])
    actions.dismiss_cluster(clusters["away"], actor=cast.pia, reason="A holiday")
    return clusters


@pytest.mark.usefixtures("decided")
def test_each_decision_counts_where_it_belongs() -> None:
    # Decided: five confirmed, one split, one merged away, one dismissed.
    found = {one.key: (one.met, one.n) for one in measures(timezone.now())}
    assert found["agreement"] == (4, 8)
    assert found["over-clustering"] == (2, 8)
    assert found["under-clustering"] == (1, 8)
    assert found["dismissed"] == (1, 8)
    # 24 members of confirmed clusters stand; one was removed and one split off elsewhere.
    assert found["places"] == (24, 26)
    assert measure("agreement").rate == 0.5


def test_an_undone_merge_and_a_restored_cluster_count_no_more(
    cast: Cast, decided: dict[str, Cluster]
) -> None:
    actions.undo_cluster_merge(decided["into"], actor=cast.pia, merge=ClusterMerge.objects.get())
    actions.restore_cluster(decided["away"], actor=cast.pia)
    assert (measure("under-clustering").met, measure("dismissed").met) == (0, 0)


def test_a_move_that_was_put_back_is_over_clustering(cast: Cast) -> None:
    move = moved(cast)
    actions.put_back_move(move, actor=cast.pia)
    assert (measure("over-clustering").met, measure("over-clustering").n) == (1, 1)
    assert (measure("places").met, measure("places").n) == (0, 1)
    approved = moved(cast, stays=False)
    actions.approve_move(approved, actor=cast.pia)
    assert measure("places").n == 1


def test_moving_a_ticket_and_not_this_are_disagreements(cast: Cast, api_as: ApiAs) -> None:
    torn, parted, home = (make_cluster_of(3, cast.rob, title=name) for name in ("A", "B", "C"))
    actions.add_to_cluster(home, actor=cast.ann, ticket=some_ticket(torn))
    actions.part_from_cluster(parted, actor=cast.ann, ticket=some_ticket(parted))
    found = measure("over-clustering")
    assert (found.met, found.n) == (2, 2)
    assert (measure("places").met, measure("places").n) == (0, 2)
    address = "/api/v1/clusters/quality/over-clustering/"
    listed = api_as(cast.mo).get(address).json()["results"]
    assert [one["title"] for one in listed] == ["B", "A"]


def test_a_confirmation_is_taken_back_by_dismissing(cast: Cast) -> None:
    home = make_cluster_of(3, cast.rob)
    (added,) = make_tickets(1, cast.rob)
    actions.add_to_cluster(home, actor=cast.ann, ticket=added)
    actions.confirm_cluster(home, actor=cast.pia)
    actions.dismiss_cluster(home, actor=cast.pia, reason="Nothing in it")
    assert (measure("agreement").met, measure("dismissed").met, measure("agreement").n) == (0, 1, 1)
    actions.restore_cluster(home, actor=cast.pia)
    home.refresh_from_db()
    assert (home.state, home.confirmed_at, home.confirmed_by) == ("candidate", None, None)
    # What a person put there stays their word.
    assert list(home.members.filter(confirmed=True).values_list("ticket", flat=True)) == [added.pk]


def test_too_few_records_hide_the_number(cast: Cast, as_user: AsUser) -> None:
    actions.confirm_cluster(make_cluster_of(2, cast.rob), actor=cast.pia)
    assert measure("agreement").rate is None
    assert measure("stability").rate is None
    page = as_user(cast.mo).get(reverse("problems:quality")).content.decode()
    assert "hidden: fewer than 5" in page
    assert "1 of 1 clusters" in page


def test_the_share_in_no_cluster(cast: Cast) -> None:
    make_cluster_of(15, cast.rob)
    alone = make_tickets(5, cast.rob)
    Ticket.objects.filter(pk=alone[0].pk).update(state="cancelled", state_category="closed")
    found = measure("unclustered")
    assert (found.met, found.n) == (4, 19)
    make_tickets(1, cast.rob)
    assert measure("unclustered").rate == 0.25


def test_stability_is_that_of_the_last_run_over_everything(cast: Cast) -> None:
    for value, scope, state in (
        (0.5, None, "done"),
        (0.9, None, "done"),
        (0.1, cast.payments, "done"),
        (None, None, "failed"),
    ):
        ClusterRun.objects.create(
            state=state,
            scope=scope,
            scope_key="all" if scope is None else "service:1",
            stability=value,
            stability_tickets=100,
        )
    found = measure("stability")
    assert (found.rate, found.n) == (0.9, 100)


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize("key", RECORD_KEYS)
def test_every_number_leads_to_its_records(
    cast: Cast, as_user: AsUser, api_as: ApiAs, key: str
) -> None:
    ClusterRun.objects.create(state="done", stability=0.8, stability_tickets=50)
    expected = {
        "agreement": "sound",
        "over-clustering": "trimmed",
        "under-clustering": "merged",
        "dismissed": "away",
        "places": "INC-",
        "stability": "50 tickets compared",
    }
    make_tickets(1, cast.rob, title="Alone in the world")
    browser = as_user(cast.mo)
    page = browser.get(reverse("problems:quality")).content.decode()
    address = reverse("problems:quality_records", args=[key])
    assert address in page
    assert expected.get(key, "Alone in the world") in browser.get(address).content.decode()
    over_api = api_as(cast.mo).get(f"/api/v1/clusters/quality/{key}/").json()["results"]
    assert (over_api[0]["stability"] == 0.8) == (key == "stability")


def test_records_one_may_not_read_are_counted_but_not_shown(cast: Cast, as_user: AsUser) -> None:
    (ticket,) = make_tickets(1, cast.rob, title="Very personal")
    home = make_cluster_of(2, cast.rob)
    actions.add_to_cluster(home, actor=cast.pia, ticket=ticket)
    actions.remove_from_cluster(home, actor=cast.pia, ticket=ticket)
    Ticket.objects.filter(pk=ticket.pk).update(team=make_team("Personnel", restricted=True))
    address = reverse("problems:quality_records", args=["places"])
    page = as_user(cast.pia).get(address).content.decode()
    assert "0 of 1 tickets" in page
    assert "Very personal" not in page


@pytest.mark.parametrize(
    ("name", "status"), [("mo", 200), ("pia", 200), ("ada", 200), ("ann", 403), ("rob", 404)]
)
def test_who_sees_it(cast: Cast, as_user: AsUser, api_as: ApiAs, name: str, status: int) -> None:
    person = cast.everyone[name]
    for address in (
        reverse("problems:quality"),
        reverse("problems:quality_records", args=["agreement"]),
    ):
        assert as_user(person).get(address).status_code == status
    over_api = api_as(person).get("/api/v1/clusters/quality/").status_code
    assert over_api == (200 if status == 200 else 403)
    assert api_as(person).get("/api/v1/clusters/quality/agreement/").status_code == status
    assert api_as(cast.mo).get("/api/v1/clusters/quality/nothing/").status_code == 404
    assert as_user(cast.mo).get("/clusters/quality/nothing/").status_code == 404


@pytest.mark.usefixtures("decided")
def test_over_the_api(cast: Cast, api_as: ApiAs) -> None:
    found = {one["key"]: one for one in api_as(cast.mo).get("/api/v1/clusters/quality/").json()}
    assert (found["agreement"]["rate"], found["agreement"]["n"]) == (0.5, 8)
    assert (found["stability"]["rate"], found["stability"]["met"]) == (None, None)
    assert all(one["definition"] for one in found.values())


@pytest.mark.usefixtures("decided")
def test_it_costs_the_same_with_more(cast: Cast, as_user: AsUser) -> None:
    browser, address = as_user(cast.mo), reverse("problems:quality")
    records = reverse("problems:quality_records", args=["agreement"])
    few = queries_of(browser, address), queries_of(browser, records)
    for _ in range(10):
        actions.confirm_cluster(make_cluster_of(2, cast.rob), actor=cast.pia)
    assert (queries_of(browser, address), queries_of(browser, records)) == few
