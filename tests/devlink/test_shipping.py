"""From the problem to the requester: what follows by itself, and follows once."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

from core.models import Delivery, Event
from core.tasks import deliver
from core.timeline import HANDLERS
from devlink.actions import (
    accept_ask,
    ask_for_fix,
    cancel_work_item,
    decline_ask,
    start_work_item,
)
from devlink.events import RELEASE_DEPLOYED
from devlink.models import FixClaim, InvolvementEvent, Release, Sprint, WorkItem
from incidents.actions import merge_ticket, resolve_ticket, undo_merge
from incidents.models import Ticket, TicketShare
from notifications.models import Notification, OutgoingMail
from problems.actions import link_ticket_to_problem, unlink_ticket_from_problem
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.make.work import make_release, make_work_item

AfterCommit = Callable[[], AbstractContextManager[None]]
Ship = Callable[..., Release]


def states(cause: Cause) -> list[str]:
    ids = [ticket.pk for ticket in cause.tickets]
    return list(Ticket.objects.filter(pk__in=ids).order_by("pk").values_list("state", flat=True))


def test_a_work_item_for_a_problem_takes_its_tickets_along(
    cast: Cast, cause: Cause, item: WorkItem
) -> None:
    assert states(cause) == ["awaiting_development"] * 3
    shares = TicketShare.objects.filter(team=cast.payments_team)
    assert {one.because for one in shares} == {f"devlink.workitem:{item.pk}"}
    assert set(Ticket.objects.visible_to(cast.dev)) == set(cause.tickets)
    cause.cluster.refresh_from_db()
    assert cause.cluster.state == "fix_linked"


def test_solved_and_restricted_tickets_stay_where_they_are(
    cast: Cast, cause: Cause, after_commit: AfterCommit
) -> None:
    resolve_ticket(cause.tickets[0], actor=cast.ann, code="user_guided", text="Shown how.")
    secret = make_team("Legal", restricted=True)
    Ticket.objects.filter(pk=cause.tickets[1].pk).update(team=secret)
    with after_commit():
        make_work_item(cast.dev, problem=cause.problem)
    assert states(cause) == ["resolved", "new", "awaiting_development"]
    assert TicketShare.objects.get().ticket == cause.tickets[2]


def test_starting_tells_problem_and_tickets(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    cause.problem.__class__.objects.filter(pk=cause.problem.pk).update(state="assess")
    with after_commit():
        start_work_item(item, actor=cast.dev)
    assert states(cause) == ["in_development"] * 3
    cause.problem.refresh_from_db()
    assert cause.problem.state == "fix_in_progress"


def test_a_ticket_linked_later_follows(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    start_work_item(item, actor=cast.dev)
    late = make_ticket(cast.stan, component=cast.checkout)
    with after_commit():
        link_ticket_to_problem(cause.problem, actor=cast.ann, ticket=late)
    late.refresh_from_db()
    assert late.state == "in_development"
    assert late in Ticket.objects.visible_to(cast.dev)


def test_a_merged_ticket_is_shown_with_the_one_that_handles_it_until_that_is_undone(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    source = cause.tickets[0]
    target = make_ticket(cast.max)
    seen = Ticket.objects.visible_to(cast.dev)
    with after_commit():
        merge_ticket(source, actor=cast.ann, into=target)
    target.refresh_from_db()
    assert target.state == "awaiting_development"
    assert set(seen.all()) == {*cause.tickets, target}
    with after_commit():
        undo_merge(source, actor=cast.ann)
    assert set(seen.all()) == set(cause.tickets)
    assert states(cause) == ["awaiting_development"] * 3


def test_the_requester_of_a_merged_ticket_hears_that_the_fix_is_live(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    rob, rita, _ = cause.tickets
    with after_commit():
        merge_ticket(rob, actor=cast.ann, into=rita)
    with after_commit():
        ship(make_release(cast.rel), item)
    shipped = Notification.objects.filter(person=cast.rob, kind="devlink.fix_shipped")
    assert [one.title for one in shipped] == [f"A fix for {rob.reference} is live"]


def test_an_unlinked_ticket_is_no_longer_shown(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    with after_commit():
        unlink_ticket_from_problem(cause.problem, actor=cast.pia, ticket=cause.tickets[0])
    assert set(Ticket.objects.visible_to(cast.dev)) == set(cause.tickets[1:])


def test_cancelling_gives_tickets_and_sight_back(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    with after_commit():
        cancel_work_item(item, actor=cast.dev, reason="Obsolete")
    assert states(cause) == ["in_progress"] * 3
    assert not TicketShare.objects.exists()
    note = cause.tickets[0].messages.get()
    assert "Obsolete" in note.body
    assert note.kind == "internal_note"


def test_a_refused_ask_gives_the_tickets_back_and_a_new_one_takes_them_again(
    cast: Cast, cause: Cause, sprint: Sprint, after_commit: AfterCommit
) -> None:
    with after_commit():
        ask = ask_for_fix(cause.problem, actor=cast.ann, sprint=sprint, points=9, rationale="x")
    assert states(cause) == ["awaiting_development"] * 3
    with after_commit():
        decline_ask(ask, actor=cast.dev, reason_code="cost")
    assert states(cause) == ["in_progress"] * 3


def test_a_deployed_release_offers_the_fix_and_watches_the_cause(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    release = make_release(cast.rel, version="4.18.0")
    with after_commit():
        release = ship(release, item)
    assert states(cause) == ["fix_available"] * 3
    cause.cluster.refresh_from_db()
    item.refresh_from_db()
    release.refresh_from_db()
    assert (cause.cluster.state, item.state) == ("watching", "done")
    claim = FixClaim.objects.get()
    assert (claim.cluster, claim.state, claim.deployed_at) == (
        cause.cluster,
        "watching",
        release.deployed_at,
    )
    assert f"- {item.key}: {item.title} (tickets: 3, organisations: 2)" in release.notes


def told_of(release: Release) -> Counter[str]:
    key = f"devlink.release_deployed:{release.pk}"
    return Counter(Notification.objects.filter(once_key=key).values_list("person__name", flat=True))


def test_everybody_concerned_is_told_exactly_once(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    second = make_ticket(cast.rob, component=cast.checkout)
    with after_commit():
        link_ticket_to_problem(cause.problem, actor=cast.ann, ticket=second)
    release = make_release(cast.rel, version="4.18.0")
    with after_commit():
        release = ship(release, item)
    expected = dict.fromkeys(("Rob", "Rita", "Stan", "Ann", "Pia", "Dev", "Rel"), 1)
    assert told_of(release) == expected
    mails = OutgoingMail.objects.filter(once_key__endswith=f"release_deployed:{release.pk}")
    assert mails.count() == len(expected)
    rob = Notification.objects.get(person=cast.rob, kind="devlink.fix_shipped")
    assert rob.title == "A fix for 2 of your tickets is live"
    assert "say whether it works" in rob.body


def test_delivering_again_changes_nothing(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    release = make_release(cast.rel, version="4.18.0")
    with after_commit():
        release = ship(release, item)
    before = (told_of(release), FixClaim.objects.count(), Event.objects.count())
    notes = Release.objects.get().notes
    event = Event.objects.get(name=RELEASE_DEPLOYED.name)
    for duty in Delivery.objects.filter(event=event):
        deliver(duty.pk)
    for handler in HANDLERS[RELEASE_DEPLOYED.name].values():
        handler(event)
    assert (told_of(release), FixClaim.objects.count(), Event.objects.count()) == before
    assert Release.objects.get().notes == notes


def test_whoever_cancelled_their_ticket_is_left_alone(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    Ticket.objects.filter(pk=cause.tickets[0].pk).update(state="cancelled")
    with after_commit():
        release = ship(make_release(cast.rel), item)
    assert "Rob" not in told_of(release)


def test_support_told_only_at_the_deployment_was_not_told_before(
    cast: Cast, cause: Cause, item: WorkItem, ship: Ship, after_commit: AfterCommit
) -> None:
    release = ship(make_release(cast.rel), item)
    Delivery.objects.exclude(event__name=RELEASE_DEPLOYED.name).delete()
    for duty in Delivery.objects.all():
        deliver(duty.pk)
    release.refresh_from_db()
    assert release.support_told_at == release.deployed_at
    told = InvolvementEvent.objects.get(release=release, kind="notified")
    assert told.actor_side == "support"


def test_a_release_with_nothing_reported_tells_only_the_house(
    cast: Cast, ship: Ship, after_commit: AfterCommit
) -> None:
    item = make_work_item(cast.dev, component=cast.checkout)
    with after_commit():
        release = ship(make_release(cast.rel), item)
    assert set(told_of(release)) == {"Ann", "Pia", "Dev", "Rel"}
    assert not FixClaim.objects.exists()


def test_the_whole_way_from_ask_to_offer(
    cast: Cast, cause: Cause, sprint: Sprint, ship: Ship, after_commit: AfterCommit
) -> None:
    with after_commit():
        ask = ask_for_fix(cause.problem, actor=cast.ann, sprint=sprint, points=60, rationale="Now.")
    with after_commit():
        accept_ask(ask, actor=cast.dev)
    item = WorkItem.objects.get()
    with after_commit():
        start_work_item(item, actor=cast.dev)
    with after_commit():
        ship(make_release(cast.rel), item)
    assert states(cause) == ["fix_available"] * 3
    chain = set(InvolvementEvent.objects.involving_support().values_list("stage", "kind"))
    assert ("prioritization", "voted") in chain
    assert ("requirements", "contributed_evidence") in chain
    assert ("releasing", "signed_off") in chain
