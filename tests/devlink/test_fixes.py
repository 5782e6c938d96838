"""Did the fix work? Verdicts through real rows."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.models import Event
from devlink.actions import claim_fixes, judge_fix
from devlink.charts import fix_card
from devlink.fixing import assess, baseline_of, history, weeks_since
from devlink.models import FixClaim, FixLook, Release
from devlink.tasks import judge_fixes
from devlink.versions import contains_fix, numbers
from incidents.models import Ticket
from problems.models import Cluster, ClusterMember, Problem
from tests.conftest import Cast
from tests.devlink.conftest import WEEK, Cause
from tests.make.work import make_release, make_work_item

DEPLOYED = timezone.now() - 13 * WEEK - timedelta(hours=1)
CHOSEN = DEPLOYED - 2 * WEEK
AfterCommit = Callable[[], AbstractContextManager[None]]
AsUser = Callable[[Person], Client]


def come_in(cast: Cast, cluster: Cluster, start: datetime, weekly: Sequence[int]) -> None:
    """Incidents of the cause, so many in each week from `start`."""
    made = Ticket.objects.bulk_create(
        [
            Ticket(
                title="Card rejected",
                requester=cast.rob,
                organisation=cast.acme,
                component=cast.checkout,
                service=cast.payments,
                created_at=start + week * WEEK + timedelta(hours=5 * n + 1),
            )
            for week, count in enumerate(weekly)
            for n in range(count)
        ]
    )
    ClusterMember.objects.bulk_create(
        [ClusterMember(cluster=cluster, ticket=one, reason="x", confidence=1) for one in made]
    )


@pytest.fixture
def claim(cast: Cast, cause: Cause) -> FixClaim:
    """A fix of the cause, live for thirteen weeks; nothing has come in yet but the spike."""
    ClusterMember.objects.all().delete()
    cause.problem.ticket_links.all().delete()
    Cluster.objects.update(confirmed_at=CHOSEN, state="fix_linked")
    Problem.objects.update(created_at=CHOSEN + WEEK, state="fix_in_progress")
    cause.problem.refresh_from_db()
    item = make_work_item(cast.dev, problem=cause.problem, assignee=cast.dev)
    item.__class__.objects.update(linked_at=CHOSEN + WEEK)
    release = make_release(cast.rel, version="4.18.0")
    release.items.create(work_item=item)
    Release.objects.update(deployed_at=DEPLOYED, state="hypercare")
    (made,) = claim_fixes(release, actor=None)
    come_in(cast, cause.cluster, CHOSEN - 4 * WEEK, [20, 20, 20, 20])
    return made


def judged(claim: FixClaim, weeks: int) -> FixClaim:
    judge_fix(claim, now=DEPLOYED + weeks * WEEK + timedelta(minutes=1))
    return FixClaim.objects.select_related("cluster", "problem").get(pk=claim.pk)


def test_the_baseline_is_the_twelve_weeks_before_the_spike(claim: FixClaim) -> None:
    assert claim.baseline_to == CHOSEN - 4 * WEEK
    assert claim.baseline_from == CHOSEN - 16 * WEEK
    assert baseline_of(CHOSEN) == (claim.baseline_from, claim.baseline_to)


def test_claiming_again_returns_the_same_claim(claim: FixClaim) -> None:
    assert claim_fixes(claim.release, actor=None) == [claim]
    claim.cluster.refresh_from_db()
    assert claim.cluster.state == "watching"


def test_an_ended_cause_is_verified_and_its_problem_resolved(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9, 8, 10, 9, 9, 8, 10, 9, 9, 10, 8, 9])
    claim = judged(claim, 4)
    assert (claim.state, claim.cluster.state) == ("verified", "verified")
    assert claim.problem is not None
    assert claim.problem.state == "resolved"
    assert claim.sentence.startswith("Your change ended about 9 incidents a week")
    assert claim.incidents_avoided == pytest.approx(36, abs=1)
    assert claim.incidents_avoided_low < claim.incidents_avoided < claim.incidents_avoided_high


def test_the_spike_itself_proves_nothing(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [2] * 12)
    come_in(cast, claim.cluster, DEPLOYED, [2] * 12)
    claim = judged(claim, 12)
    assert claim.state in {"watching", "not_effective"}


def test_an_unchanged_cause_is_called_not_effective_and_reopened(
    cast: Cast, claim: FixClaim
) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9, 8, 10, 9, 9, 8, 10, 9, 9, 10, 8, 9])
    come_in(cast, claim.cluster, DEPLOYED, [9, 10, 9, 9, 8, 10, 9, 9, 9, 10, 8, 9])
    Problem.objects.update(state="resolved")
    claim = judged(claim, 12)
    assert (claim.state, claim.cluster.state) == ("not_effective", "not_effective")
    assert claim.problem is not None
    assert claim.problem.state == "assess"
    assert "did not reduce" in claim.sentence


def test_a_halved_cause_is_partial(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [20] * 12)
    come_in(cast, claim.cluster, DEPLOYED, [9] * 12)
    claim = judged(claim, 12)
    assert (claim.state, claim.cluster.state) == ("partial", "partial")


def test_looks_are_made_at_weeks_4_8_and_12_only_and_once(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [1, 0] * 6)
    come_in(cast, claim.cluster, DEPLOYED, [1, 0] * 6)
    for week in (1, 3, 4, 4, 5, 8, 12, 12, 13):
        judged(claim, week)
    assert list(FixLook.objects.values_list("week", flat=True)) == [4, 8, 12]
    assert set(FixLook.objects.values_list("verdict", flat=True)) == {"watching"}


def test_a_worker_that_slept_makes_the_missed_looks_on_what_was_known_then(
    cast: Cast, claim: FixClaim
) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    come_in(cast, claim.cluster, DEPLOYED, [0] * 8 + [9] * 4)
    claim = judged(claim, 12)
    assert FixLook.objects.get().week == 4
    # Verified at week 4 ends the planned looks; the next run sees the relapse.
    claim = judged(claim, 13)
    assert claim.state == "regressed"


def test_a_verified_fix_regresses_when_the_incidents_come_back(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    assert judged(claim, 4).state == "verified"
    assert judged(claim, 6).state == "verified"
    come_in(cast, claim.cluster, DEPLOYED + 6 * WEEK, [6, 8])
    claim = judged(claim, 8)
    assert (claim.state, claim.cluster.state) == ("regressed", "regressed")
    assert "came back" in claim.sentence
    assert claim.problem is not None
    assert claim.problem.state == "assess"


def test_a_verified_fix_is_watched_although_its_baseline_was_recounted(
    cast: Cast, claim: FixClaim
) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    assert judged(claim, 4).state == "verified"
    # A split took the tickets of before: a look now would not verify it any more.
    ClusterMember.objects.filter(ticket__created_at__lt=claim.baseline_to).delete()
    assert judged(claim, 6).state == "verified"
    come_in(cast, claim.cluster, DEPLOYED + 6 * WEEK, [6, 8])
    claim = judged(claim, 8)
    assert (claim.state, claim.cluster.state) == ("regressed", "regressed")


def test_one_report_on_the_fixed_version_is_a_regression(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    assert judged(claim, 4).state == "verified"
    come_in(cast, claim.cluster, DEPLOYED + 5 * WEEK, [1])
    Ticket.objects.filter(created_at__gt=DEPLOYED).update(version_seen="v4.17.9")
    assert judged(claim, 7).state == "verified"
    Ticket.objects.filter(created_at__gt=DEPLOYED).update(version_seen="4.18.0-build7")
    assert judged(claim, 8).state == "regressed"


def test_other_incidents_of_the_service_are_the_control(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    assert history(claim, weeks=4).exposure_after is None
    others(cast, claim.baseline_from, 16, 12)
    others(cast, DEPLOYED, 4, 12)
    told = history(claim, weeks=4)
    assert told.exposure_after == (12.0,) * 4
    assert told.before[:12] == (9,) * 12
    assert told.before[12:] == (20,) * 4


def others(cast: Cast, start: datetime, weeks: int, each: int) -> None:
    """Other incidents of the same service."""
    Ticket.objects.bulk_create(
        [
            Ticket(
                title="Other",
                requester=cast.rob,
                service=cast.payments,
                component=cast.invoices,
                created_at=start + week * WEEK + timedelta(hours=n),
            )
            for week in range(weeks)
            for n in range(each)
        ]
    )


def test_a_burst_of_something_else_is_no_control(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    others(cast, claim.baseline_from, 16, 10)
    others(cast, DEPLOYED, 4, 16)
    assert history(claim, weeks=4).exposure_after is None
    claim = judged(claim, 4)
    assert claim.sentence.startswith("Your change ended about 9 incidents a week")


def test_fewer_incidents_everywhere_are_not_the_fixs_merit(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    come_in(cast, claim.cluster, DEPLOYED, [4] * 12)
    others(cast, claim.baseline_from, 16, 10)
    others(cast, DEPLOYED, 12, 4)
    assert judged(claim, 12).state not in {"verified", "partial"}


def test_weeks_before_the_first_ticket_of_all_are_not_quiet_weeks(
    cast: Cast, claim: FixClaim
) -> None:
    Ticket.objects.filter(created_at__gt=DEPLOYED).delete()
    come_in(cast, claim.cluster, claim.baseline_from + 3 * WEEK, [6] * 9)
    told = history(claim, weeks=4)
    assert told.before == (6,) * 9 + (20,) * 4
    assert "9 weeks before" in assess(claim, weeks=4, now=DEPLOYED + 5 * WEEK).baseline.rule


def test_numbers_and_limits_are_kept_with_the_look(cast: Cast, claim: FixClaim) -> None:
    claim = judged(claim, 4)
    result = FixLook.objects.get().result
    assert result["weeks_watched"] == 4
    assert result["baseline"]["rule"]
    assert claim.result == result


def test_the_developer_hears_the_verdict_once(
    cast: Cast, claim: FixClaim, after_commit: AfterCommit
) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    with after_commit():
        judge_fix(claim, now=DEPLOYED + 4 * WEEK + timedelta(minutes=1))
        judge_fix(claim, now=DEPLOYED + 4 * WEEK + timedelta(days=1))
    (notice,) = cast.dev.notifications.filter(kind="devlink.fix_judged")
    assert "Your change ended about 9 incidents a week" in notice.title
    assert cast.pia.notifications.filter(kind="devlink.fix_judged").count() == 1


def test_a_regression_is_an_alarm(cast: Cast, claim: FixClaim, after_commit: AfterCommit) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    judged(claim, 4)
    come_in(cast, claim.cluster, DEPLOYED + 6 * WEEK, [6, 8])
    with after_commit():
        judged(claim, 8)
    assert cast.dev.notifications.filter(kind="devlink.fix_regressed").count() == 1


def test_the_daily_task_judges_what_is_watched(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    judge_fixes()
    claim.refresh_from_db()
    assert claim.state == "verified"
    before = Event.objects.count()
    judge_fixes()
    assert Event.objects.count() == before


def test_a_settled_failure_is_not_judged_again(cast: Cast, claim: FixClaim) -> None:
    FixClaim.objects.update(state="not_effective")
    judge_fixes()
    assert not FixLook.objects.exists()


def test_an_item_without_a_cluster_claims_nothing(cast: Cast) -> None:
    release = make_release(cast.rel)
    release.items.create(work_item=make_work_item(cast.dev))
    assert claim_fixes(release, actor=None) == []


def test_the_picture_has_the_release_and_the_baseline_of_the_verdict(
    cast: Cast, claim: FixClaim
) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [3] * 12)
    others(cast, claim.baseline_from, 16, 12)
    others(cast, DEPLOYED, 5, 12)
    now = DEPLOYED + 5 * WEEK + timedelta(hours=1)
    card = fix_card(claim, now=now)
    assert weeks_since(claim, now) == 5
    series = {one["look"]: one["values"] for one in card.chart["series"]}  # type: ignore[attr-defined]  # a list
    assert series["bars"] == [3] * 12 + [20] * 4 + [0] * 5
    assert series["dashed"][0] == series["thin"][0] == 3
    assert series["edge"][0] < 3 < series["band"][0]
    assert card.chart["marks"] == [{"at": 16, "text": "4.18.0"}]
    assert card.compared.startswith("Compared with the 12 weeks before the 4 weeks")
    assert card.compared.endswith(": 3 a week.")


def test_the_card_says_what_a_short_baseline_is_of(cast: Cast, claim: FixClaim) -> None:
    come_in(cast, claim.cluster, claim.baseline_to - 5 * WEEK, [4, 8, 6, 6, 7])
    claim = judged(claim, 8)
    card = fix_card(claim, now=timezone.now())
    start = f"{claim.baseline_to - 5 * WEEK:%-d %b}"
    assert "the median of the 5 weeks it was known for before the 4 weeks" in card.compared
    assert f", {start} – " in card.compared
    assert card.compared.endswith(": 6 a week.")
    assert claim.sentence.startswith("Too little history to compare with")


def test_the_page_of_the_item_says_whether_it_worked(
    cast: Cast, claim: FixClaim, as_user: AsUser
) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9, 8, 10, 9, 9, 8, 10, 9, 9, 10, 8, 9])
    claim = judged(claim, 4)
    ann = as_user(cast.ann)
    page = ann.get(claim.work_item.get_absolute_url()).content.decode()
    assert "Your change ended about 9 incidents a week" in page
    assert "<h3>What this does not show</h3>" in page
    assert 'canvas height="220"' in page
    assert "Incidents avoided in weeks 1–4" in page
    assert "<dd>36</dd>" in page
    assert "<dd>not known</dd>" in page
    assert "Usual, at most (95 %)" in page
    FixClaim.objects.update(minutes_per_ticket=30)
    assert "<dd>18 h</dd>" in ann.get(claim.work_item.get_absolute_url()).content.decode()


def test_the_problem_says_its_verdict_in_words(
    cast: Cast, claim: FixClaim, as_user: AsUser
) -> None:
    come_in(cast, claim.cluster, claim.baseline_from, [9] * 12)
    problem = judged(claim, 4).problem
    assert problem is not None
    page = as_user(cast.ann).get(problem.get_absolute_url()).content.decode()
    assert '<p class="verdict">Your change ended about 9 incidents a week' in page


def test_a_problem_without_a_cluster_says_that_its_fix_is_not_watched(
    cast: Cast, cause: Cause, as_user: AsUser
) -> None:
    Problem.objects.update(cluster=None)
    ann = as_user(cast.ann)
    assert "is not watched" not in ann.get(cause.problem.get_absolute_url()).content.decode()
    problem = Problem.objects.get()
    item = make_work_item(cast.dev, problem=problem)
    page = ann.get(problem.get_absolute_url()).content.decode()
    assert "Its fix is not watched: the problem has no cluster" in page
    assert "no incidents to count" in ann.get(item.get_absolute_url()).content.decode()


def test_the_weeks_to_go_are_those_from_now(
    cast: Cast, claim: FixClaim, api_as: Callable[[Person], APIClient]
) -> None:
    FixClaim.objects.update(deployed_at=timezone.now() - timedelta(days=8))
    claim.refresh_from_db()
    assert claim.wait == "About 3 more weeks may show it."
    FixClaim.objects.update(
        deployed_at=timezone.now() - timedelta(days=45),
        result={"weeks_watched": 4, "weeks_to_go": 4},
    )
    claim.refresh_from_db()
    assert claim.wait == "About 2 more weeks may show it."
    told = api_as(cast.ann).get(f"/api/v1/fix-claims/{claim.pk}/").json()
    assert (told["weeks_to_go"], told["weeks_judged"]) == (2, 4)
    FixClaim.objects.update(result={"weeks_watched": 4, "weeks_to_go": None})
    claim.refresh_from_db()
    assert claim.wait == ""


@pytest.mark.parametrize(
    ("seen", "fixed", "contains"),
    [
        ("4.18.0", "4.18.0", True),
        ("v4.18", "4.18.0", True),
        ("4.18.1", "4.18", True),
        ("4.9.12", "4.18.0", False),
        ("5", "Release 4.18", True),
        ("latest", "4.18.0", False),
        ("4.18.0", "spring", False),
    ],
)
def test_versions_compare_by_their_numbers(
    seen: str,
    fixed: str,
    contains: bool,  # noqa: FBT001
) -> None:
    assert contains_fix(seen, fixed) is contains


def test_a_version_without_numbers_is_unknown() -> None:
    assert numbers("spring") is None
