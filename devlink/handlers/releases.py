"""What follows when a release moves, ships and is judged."""

from core.models import Event
from core.timeline import handles
from devlink import actions, events, loop, notices, telling
from devlink.handlers.subjects import item_of, release_of
from devlink.models import FixClaim, WorkItem


@handles(events.RELEASE_ADVANCED)
def ask_support_to_sign(event: Event) -> None:
    """A release that reaches readiness waits for support; they know of it from now on."""
    if event.payload["step"] != "check_readiness":
        return
    release = release_of(event)
    told = telling.tell_support_of_release(
        release,
        kind=notices.READINESS_DUE.name,
        title=f"{release} waits for your sign-off",
        body="Look at what changes, tick what is ready and sign for your team.",
        key=f"devlink.readiness_due:{release.pk}",
    )
    if told:
        actions.note_support_told(release, at=event.at)


@handles(events.SUPPORT_TOLD)
def pass_on_the_word(event: Event) -> None:
    """Support hears what somebody wanted them to know about a release."""
    release = release_of(event)
    told = telling.tell_support_of_release(
        release,
        kind=notices.SUPPORT_TOLD.name,
        title=f"{release} is coming",
        body=event.payload["note"],
        key=f"devlink.support_told:{release.pk}:{event.pk}",
    )
    if told:
        actions.note_support_told(release, at=event.at)


@handles(events.DEPLOYMENT_STARTED)
def record_the_change(event: Event) -> None:
    """From now on the desk sees what is being changed."""
    actions.open_change_of(release_of(event), actor=event.actor, at=event.at)


@handles(events.DEPLOYMENT_FAILED)
def record_the_failure(event: Event) -> None:
    """A failed deployment is a failed change."""
    actions.end_change_of(release_of(event), at=event.at, failed=event.payload["reason"])


@handles(events.RELEASE_DEPLOYED)
def end_the_change(event: Event) -> None:
    """The change is done; one whose start was never delivered is recorded first."""
    release = release_of(event)
    actions.open_change_of(release, actor=event.actor, at=event.at)
    release.refresh_from_db()
    actions.end_change_of(release, at=event.at)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def finish_what_was_shipped(event: Event) -> None:
    """Shipped items are done, and the notes say which incidents end."""
    release = release_of(event)
    for item in WorkItem.objects.filter(releases=release, state__in=["to_do", "in_progress"]):
        actions.finish_work_item(item, actor=None, at=event.at)
    actions.write_release_notes(release)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def watch_the_causes(event: Event) -> None:
    """Every cause the release is to end is watched, with a claim that will be judged."""
    actions.claim_fixes(release_of(event), actor=None, at=event.at)


@handles(events.WORK_ITEM_LINKED)
def watch_what_was_linked_late(event: Event) -> None:
    """What is out already is watched too, as long as nobody could know how it went."""
    for release in item_of(event.subject_id).releases.filter(deployed_at__isnull=False):
        actions.claim_fixes(release, actor=None, at=event.at)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def offer_the_fix_and_tell_everybody(event: Event) -> None:
    """Waiting tickets ask their requesters to confirm; everybody concerned hears once."""
    release = release_of(event)
    actions.offer_fixes(release, at=event.at)
    items = list(WorkItem.objects.filter(releases=release).order_by("pk"))
    loop.bring_in_line(items, at=event.at)
    if telling.tell_of_deployment(release):
        actions.note_support_told(release, at=event.at)
    loop.tell_waiting(items)


@handles(events.FIX_JUDGED)
def tell_the_verdict(event: Event) -> None:
    """Those who made the fix and those who asked for it hear whether it worked."""
    related = ("work_item__component", "work_item__team", "release", "cluster", "problem__owner")
    claim = FixClaim.objects.select_related(*related).get(pk=event.subject_id)
    telling.tell_of_verdict(
        claim,
        week=event.payload["week"],
        sentence=event.payload["sentence"],
        regressed=event.payload["verdict"] == "regressed",
    )
    loop.catch_up([claim.work_item], at=event.at)
