"""Who owns what, who looks after it, and what a support owner may do."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from accounts.roles import Role
from catalogue.models import Component
from changes.models import Change
from core.models import Event
from devlink.actions import (
    add_to_release,
    advance_release,
    comment_on_work_item,
    sign_readiness,
    start_work_item,
)
from devlink.models import Release
from devlink.ownership import Owned, acts_on, ownership
from devlink.readiness import reviewers, waiting_for_review
from incidents.models import Kind, Ticket
from knowledge.models import Article
from notifications.models import Notification
from problems.models import Cluster
from tests.conftest import Cast
from tests.make.catalogue import make_component, make_team
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket
from tests.make.work import make_release, make_work_item

As = Callable[[Person], Client]
Api = Callable[[Person], APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]
NOW = timezone.now
DAY = timedelta(days=1)


def came(cast: Cast, component: Component, how_many: int, days: int, **fields: str) -> None:
    """Tickets of a component, opened so many days ago; incidents unless said otherwise."""
    Ticket.objects.bulk_create(
        Ticket(
            title="Stuck",
            requester=cast.rob,
            organisation=cast.acme,
            component=component,
            service=component.service,
            created_at=NOW() - days * DAY - timedelta(hours=1),
            **fields,
        )
        for _ in range(how_many)
    )


def changed(cast: Cast, component: Component, how_many: int, days: int = 5) -> None:
    for n in range(how_many):
        change = Change.objects.create(
            title=f"Change {n}", requester=cast.max, started_at=NOW() - days * DAY
        )
        change.components.add(component)


def rows_of(cast: Cast) -> dict[str, Owned]:
    found = ownership(cast.mo, Component.objects.visible_to(cast.mo), now=NOW())
    return {row.component.name: row for row in found.rows}


def test_volume_changes_and_articles_are_counted_in_their_time(cast: Cast) -> None:
    came(cast, cast.checkout, 3, days=2)
    came(cast, cast.checkout, 2, days=29, kind=Kind.SERVICE_REQUEST, state="draft")
    came(cast, cast.checkout, 4, days=31)
    came(cast, cast.checkout, 8, days=91)
    changed(cast, cast.checkout, 2)
    changed(cast, cast.checkout, 1, days=95)
    for confidence in ("validated", "not_validated"):
        article = Article.objects.create(
            title="Hang", issue="-", owner=cast.ann, confidence=confidence
        )
        article.components.add(cast.checkout)
    row = rows_of(cast)["Checkout"]
    assert (row.tickets_30, row.tickets_90, row.incidents_90) == (5, 9, 7)
    assert (row.changes_90, row.articles) == (2, 1)


def test_an_owner_is_active_by_acts_on_the_components_own_records(cast: Cast) -> None:
    """One act each on a ticket, a problem, a cluster, a work item, an ask's item, a release."""
    assert rows_of(cast)["Checkout"].standing == "quiet"
    make_ticket(cast.ann, requester=cast.rob, component=cast.checkout)
    before = rows_of(cast)["Checkout"].acts_30
    assert before >= 1
    make_problem(cast.ann, component=cast.checkout)
    item = make_work_item(cast.dev, component=cast.checkout)
    comment_on_work_item(item, actor=cast.ann, body="Please.")
    release = make_release(cast.rel)
    for one in (item, make_work_item(cast.dev, component=cast.checkout)):
        add_to_release(release, actor=cast.rel, work_item=one)
    cluster = Cluster.objects.create(title="x", component=cast.checkout)
    article = Article.objects.create(title="Hang", issue="-", owner=cast.ann)
    article.components.add(cast.checkout)
    change = Change.objects.create(title="New", requester=cast.max)
    change.components.add(cast.checkout)
    for kind, record in (
        ("devlink.release", release),
        ("problems.cluster", cluster),
        ("knowledge.article", article),
        ("changes.change", change),
    ):
        Event.objects.create(name="x", actor=cast.ann, subject_kind=kind, subject_id=record.pk)
    rows = rows_of(cast)
    # The release carries two items of the component; the act on it counts once.
    assert rows["Checkout"].acts_30 == before + 6
    assert (rows["Checkout"].standing, rows["Invoices"].standing) == ("active", "quiet")
    found = acts_on(cast.checkout, cast.mo, now=NOW())
    assert found.count() == rows["Checkout"].acts_30, "the number opens just these acts"


def test_acts_of_others_and_old_ones_do_not_make_an_owner_active(cast: Cast) -> None:
    make_ticket(cast.pia, requester=cast.rob, component=cast.checkout)
    assert rows_of(cast)["Checkout"].standing == "quiet"
    make_ticket(cast.ann, requester=cast.rob, component=cast.checkout)
    Event.objects.update(at=NOW() - 31 * DAY)
    assert rows_of(cast)["Checkout"].standing == "quiet"
    Event.objects.update(at=NOW() - 29 * DAY)
    assert rows_of(cast)["Checkout"].standing == "active"


def test_an_owner_who_left_or_is_missing_covers_nothing(cast: Cast) -> None:
    make_ticket(cast.ann, requester=cast.rob, component=cast.checkout)
    Person.objects.filter(pk=cast.ann.pk).update(is_active=False)
    assert rows_of(cast)["Checkout"].standing == "left"
    Component.objects.update(support_owner=None)
    assert rows_of(cast)["Checkout"].standing == "nobody"


def test_coverage_weighs_components_by_their_tickets(cast: Cast) -> None:
    came(cast, cast.checkout, 14, days=2)
    came(cast, cast.invoices, 4, days=2)
    make_ticket(cast.ann, requester=cast.rob, component=cast.checkout)
    found = ownership(cast.mo, Component.objects.all(), now=NOW())
    assert (found.covered_tickets, found.tickets, found.coverage) == (15, 19, None)
    came(cast, cast.invoices, 1, days=2)
    found = ownership(cast.mo, Component.objects.all(), now=NOW())
    assert found.coverage == pytest.approx(15 / 20)
    assert found.active == 1


def test_a_blind_spot_is_above_both_medians_and_looked_after_by_nobody(cast: Cast) -> None:
    third = make_component(cast.payments, "Refunds")
    for component, tickets, changes in (
        (cast.checkout, 5, 2),
        (cast.invoices, 3, 1),
        (third, 9, 0),
    ):
        came(cast, component, tickets, days=3)
        changed(cast, component, changes)
    found = ownership(cast.mo, Component.objects.all(), now=NOW())
    assert (found.median_changes, found.median_incidents) == (1, 5)
    assert found.blind_spots == 0, (
        "Checkout has more changes, but no more incidents than the median"
    )
    came(cast, cast.checkout, 5, days=3)
    row = rows_of(cast)["Checkout"]
    assert row.is_blind_spot
    assert row.missing == ["no active support owner", "no validated article"]
    make_ticket(cast.ann, requester=cast.rob, component=cast.checkout)
    assert rows_of(cast)["Checkout"].missing == ["no validated article"]
    article = Article.objects.create(title="-", issue="-", owner=cast.ann, confidence="validated")
    article.components.add(cast.checkout)
    assert not rows_of(cast)["Checkout"].is_blind_spot


def test_the_page_narrows_and_shows_ones_own(cast: Cast, as_user: As) -> None:
    make_component(cast.payments, "Refunds")
    browser = as_user(cast.ann)

    def names(query: str) -> list[str]:
        rows = browser.get(f"/ownership/?{query}").context["rows"]
        return [row.component.name for row in rows]

    assert names("") == ["Checkout", "Invoices", "Refunds"]
    assert names("mine=1") == ["Checkout", "Invoices"]
    assert names("show=blind") == []
    assert names("service=nonsense") == ["Checkout", "Invoices", "Refunds"]
    profile = browser.get("/profile/").content.decode()
    assert "Components you own" in profile
    assert cast.checkout.get_absolute_url() in profile


def test_the_page_of_a_component_says_whether_it_is_looked_after(cast: Cast, as_user: As) -> None:
    came(cast, cast.checkout, 3, days=2)
    address = cast.checkout.get_absolute_url()
    page = as_user(cast.dev).get(address).content.decode()
    assert "owner is quiet" in page
    assert "3 tickets and 0 changes in 90 days" in page
    assert "Looked after" not in as_user(cast.rob).get(address).content.decode()


def test_acts_on_a_ticket_one_may_not_see_are_not_shown(cast: Cast, as_user: As) -> None:
    secret = make_ticket(
        cast.ann, requester=cast.rob, component=cast.checkout, title="Secret thing"
    )
    Ticket.objects.filter(pk=secret.pk).update(team=make_team("Closed", restricted=True))
    address = f"/ownership/{cast.checkout.pk}/"
    assert "Secret thing" not in as_user(cast.pia).get(address).content.decode()
    assert "Secret thing" in as_user(cast.mo).get(address).content.decode()


def test_the_api_has_the_same_figures_for_staff(cast: Cast, api_as: Api) -> None:
    came(cast, cast.checkout, 3, days=2)
    found = api_as(cast.dev).get("/api/v1/ownership/", {"service": cast.payments.pk}).json()
    assert (found["tickets"], found["coverage"], found["blind_spots"]) == (3, None, 0)
    assert [row["standing"] for row in found["components"]] == ["quiet", "quiet"]
    assert api_as(cast.dev).get("/api/v1/ownership/", {"service": 999}).status_code == 400
    assert api_as(cast.rob).get("/api/v1/ownership/").status_code == 403


def test_the_pages_cost_the_same_at_3_and_at_30(cast: Cast, as_user: As) -> None:
    def make(first: int, last: int) -> None:
        for n in range(first, last):
            component = make_component(
                cast.payments, f"Part {n}", support_owner=cast.ann, support_team=cast.desk
            )
            make_ticket(cast.ann, requester=cast.rob, component=component)
            Cluster.objects.create(
                title=f"Cause {n}", component=component, state="confirmed", first_seen_at=NOW()
            )
            comment_on_work_item(
                make_work_item(cast.dev, component=cast.checkout), actor=cast.ann, body="Please."
            )

    browser = as_user(cast.mo)
    pages = (
        "/ownership/",
        f"/ownership/{cast.checkout.pk}/",
        "/chains/",
        "/influence/",
        "/influence/eliminated/",
        "/portfolio/",
        "/proactivity/",
    )

    def queries(address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    make(0, 3)
    few = {one: queries(one) for one in pages}
    make(3, 30)
    assert {one: queries(one) for one in pages} == few


# What a support owner may do


def test_the_support_owner_hears_of_every_step_of_the_components_work(
    cast: Cast, after_commit: AfterCommit
) -> None:
    with after_commit():
        item = make_work_item(cast.dev, component=cast.checkout, title="Keep the session")
        item = start_work_item(item, actor=cast.dev)
        comment_on_work_item(item, actor=cast.ann, body="Thank you.")
    told = Notification.objects.filter(kind="devlink.owned_work").order_by("pk")
    assert {one.person for one in told} == {cast.ann}
    assert [one.title for one in told] == [
        f"{item.key}: Dev created {item.key}",
        f"{item.key}: Dev started work",
    ]


def test_nobody_is_told_of_work_on_what_nobody_owns(cast: Cast, after_commit: AfterCommit) -> None:
    Component.objects.update(support_owner=None)
    with after_commit():
        make_work_item(cast.dev, component=cast.checkout)
    assert not Notification.objects.filter(kind="devlink.owned_work").exists()


def test_the_support_owner_is_the_reviewer_of_readiness_until_they_signed(
    cast: Cast, release: Release, as_user: As
) -> None:
    advance_release(release, actor=cast.rel, step="check_readiness")
    assert [(one.person, one.components) for one in reviewers(release)] == [
        (cast.ann, (cast.checkout,))
    ]
    page = as_user(cast.rel).get(release.get_absolute_url()).content.decode()
    assert "Reviewed by the support owners of what changes: Ann" in page
    assert list(waiting_for_review(cast.ann)) == [release]
    assert "your review" in as_user(cast.ann).get("/profile/").content.decode()
    sign_readiness(release, actor=cast.ann, verdict="ready")
    assert not waiting_for_review(cast.ann).exists()
    Person.objects.filter(pk=cast.ann.pk).update(is_active=False)
    assert reviewers(release) == []


def test_an_owner_who_is_no_agent_still_owns(cast: Cast, as_user: As) -> None:
    """Roles open pages; owning gives no role."""
    Person.objects.filter(pk=cast.rob.pk).update(roles=[Role.REQUESTER])
    Component.objects.update(support_owner=cast.rob)
    assert as_user(cast.rob).get("/ownership/?mine=1").status_code == 403
    assert "Components you own" not in as_user(cast.rob).get("/profile/").content.decode()
