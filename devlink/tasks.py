"""Background work of development: judging fixes, talking to trackers."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.models import Person
from devlink import loop, tracking
from devlink.actions import (
    build_packs_for_planning,
    forget_old_deliveries,
    judge_fix,
    settle_unanswered,
    take_over_openings,
)
from devlink.causes import WEEK
from devlink.fixing import WATCHED_WEEKS
from devlink.models import (
    FixClaim,
    LoopObligation,
    OutboundCall,
    Sprint,
    Tracker,
    TrackerDelivery,
    WorkItem,
)

# A worker's share of a tracker's work; what is left is taken up by the next one.
READING = timedelta(seconds=100)
COMPARING = timedelta(seconds=120)
# How long after a release somebody may still be found to be owed a word by a cluster's run.
RECENT = timedelta(days=30)


@shared_task(soft_time_limit=50, time_limit=60)
def judge_fixes() -> None:
    """Wakes a worker for every shipped fix that is still watched."""
    since = timezone.now() - (WATCHED_WEEKS + 1) * WEEK
    watched = FixClaim.objects.filter(
        state__in=["watching", "partial", "verified"], deployed_at__gt=since
    )
    for claim_id in watched.order_by("pk").values_list("pk", flat=True):
        judge_claim.delay(claim_id)


@shared_task(soft_time_limit=100, time_limit=120)
def judge_claim(claim_id: int) -> None:
    """Makes the looks of one claim that are due; a look is made once however often this runs."""
    claim = FixClaim.objects.filter(pk=claim_id).first()
    if claim is not None:
        judge_fix(claim)


@shared_task(soft_time_limit=50, time_limit=60)
def prepare_plannings() -> None:
    """Wakes a worker for every sprint whose planning is near and whose evidence is not frozen."""
    now = timezone.now()
    near = Sprint.objects.filter(
        state="planning",
        packs_built_at__isnull=True,
        planning_at__lte=now + timedelta(hours=settings.EVIDENCE_HOURS_BEFORE_PLANNING),
    )
    for sprint_id in near.order_by("planning_at", "pk").values_list("pk", flat=True):
        prepare_planning.delay(sprint_id)


@shared_task(soft_time_limit=540, time_limit=570)
def prepare_planning(sprint_id: int) -> None:
    """Freezes the evidence for one planning; what is done already is not done again."""
    sprint = Sprint.objects.filter(pk=sprint_id, state="planning", packs_built_at=None).first()
    if sprint is not None:
        build_packs_for_planning(sprint)


@shared_task(soft_time_limit=50, time_limit=60)
def keep_the_loop() -> None:
    """Wakes a worker for everybody who could be told by now and was not, and takes over what was
    opened and what ended without an answer."""
    take_over_openings()
    settle_unanswered()
    unsent = LoopObligation.objects.unsent().values("recipient_id")
    for person_id in Person.objects.filter(pk__in=unsent).values_list("pk", flat=True):
        tell_what_is_owed.delay(person_id)


@shared_task(soft_time_limit=100, time_limit=120)
def tell_what_is_owed(person_id: int) -> None:
    """Tells one person what they are owed; what was told already is told once."""
    person = Person.objects.filter(pk=person_id).first()
    if person is not None:
        loop.tell_what_is_owed(person)


@shared_task(soft_time_limit=50, time_limit=60)
def look_through_the_loop() -> None:
    """Wakes a worker for every item whose people may have changed without an event of their own,
    such as by a clustering run or another assignee."""
    since = timezone.now() - RECENT
    shipped = WorkItem.objects.filter(releases__deployed_at__gt=since).values("pk")
    open_or_shipped = WorkItem.objects.open() | WorkItem.objects.filter(pk__in=shipped)
    for item_id in open_or_shipped.order_by("pk").values_list("pk", flat=True):
        look_through_item.delay(item_id)


@shared_task(soft_time_limit=100, time_limit=120)
def look_through_item(item_id: int) -> None:
    """What is owed about one item is as its links are now, and told where it can be."""
    loop.catch_up(WorkItem.objects.filter(pk=item_id))


@shared_task(soft_time_limit=50, time_limit=60)
def tend_trackers() -> None:
    """Wakes a worker for every tracker that told something, or for which something waits."""
    ready = Tracker.objects.ready()
    told = TrackerDelivery.objects.due().values("tracker_id")
    for tracker_id in ready.filter(pk__in=told).values_list("pk", flat=True):
        read_from_tracker.delay(tracker_id)
    due = OutboundCall.objects.filter(state="waiting", due_at__lte=timezone.now())
    for tracker_id in ready.filter(pk__in=due.values("tracker_id")).values_list("pk", flat=True):
        send_to_tracker.delay(tracker_id)


@shared_task(soft_time_limit=240, time_limit=300)
def read_from_tracker(tracker_id: int) -> None:
    """Looks up what one tracker's deliveries hint at; a second worker leaves at once."""
    tracker = Tracker.objects.ready().filter(pk=tracker_id).first()
    if tracker is not None:
        tracking.read_deliveries(tracker, until=timezone.now() + READING)


@shared_task(soft_time_limit=240, time_limit=300)
def send_to_tracker(tracker_id: int) -> None:
    """Does in one tracker what waits to be done; a second worker leaves at once."""
    tracker = Tracker.objects.ready().filter(pk=tracker_id).first()
    if tracker is not None:
        tracking.send_calls(tracker, until=timezone.now() + READING)


@shared_task(soft_time_limit=50, time_limit=60)
def compare_trackers() -> None:
    """Wakes a worker for every tracker that can be asked."""
    for tracker_id in Tracker.objects.ready().order_by("pk").values_list("pk", flat=True):
        compare_tracker.delay(tracker_id)


@shared_task(soft_time_limit=240, time_limit=300)
def compare_tracker(tracker_id: int) -> None:
    """Compares one tracker with what stands here; a second worker leaves at once.

    A large one is taken over in shares, so that others get their turn between them.
    """
    tracker = Tracker.objects.ready().filter(pk=tracker_id).first()
    if tracker is None or tracking.compare(tracker, until=timezone.now() + COMPARING):
        return
    came_on = Tracker.objects.ready().filter(pk=tracker_id, items_until__isnull=False)
    if came_on.exclude(items_until=tracker.items_until).exists():
        compare_tracker.delay(tracker_id)


@shared_task(soft_time_limit=240, time_limit=300)
def forget_deliveries() -> None:
    """Takes the text out of deliveries of more than 30 days ago."""
    forget_old_deliveries()
