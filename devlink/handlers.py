"""What follows when development work moves, and when a cause gains or loses a ticket."""

from django.db import transaction

from accounts.roles import Side
from changes.events import (
    CHANGE_AUTHORISED,
    CHANGE_REJECTED,
    INCIDENT_CLEARED,
    INCIDENT_CONFIRMED,
)
from core.models import Event
from core.timeline import handles
from devlink import actions, events, loop, notices, tasks, telling
from devlink.models import (
    Ask,
    FixClaim,
    InvolvementEvent,
    JoinRequest,
    Question,
    Release,
    Tracker,
    WorkItem,
)
from incidents.events import FIX_CONFIRMED, STILL_BROKEN
from incidents.models import Ticket
from knowledge.events import ARTICLE_REVISED, ARTICLE_WRITTEN
from notifications.actions import notify
from problems.actions import link_cluster_fix, start_problem_fix
from problems.events import (
    MEMBER_ADDED,
    MEMBER_REMOVED,
    PROBLEM_TICKET_LINKED,
    PROBLEM_TICKET_UNLINKED,
    PROBLEM_TICKETS_LINKED,
)
from problems.workflow import CLUSTER, PROBLEM

_RELATED = ("problem__owner", "cluster", "component__development_owner", "team", "assignee")


def _item(pk: int) -> WorkItem:
    return WorkItem.objects.select_related(*_RELATED).get(pk=pk)


def _ask(event: Event) -> Ask:
    related = ("problem__owner", "sprint__team", "team", "created_by", "work_item__component")
    return Ask.objects.select_related(*related).get(pk=event.subject_id)


def _question(event: Event) -> Question:
    related = ("asked_by", "answered_by", "work_item__problem", "ask__sprint")
    return Question.objects.select_related(*related).get(pk=event.payload["question_id"])


def _release(event: Event) -> Release:
    return Release.objects.select_related("service", "manager", "change").get(pk=event.subject_id)


@handles(events.WORK_ITEM_CREATED)
def link_the_fix(event: Event) -> None:
    """A cause that was agreed on has a fix planned from now on."""
    cluster = _item(event.subject_id).cluster
    if cluster is not None and cluster.state in CLUSTER.steps["link_fix"].sources:
        link_cluster_fix(cluster, actor=None, at=event.at)


@handles(events.WORK_ITEM_CREATED, events.WORK_ITEM_REOPENED)
def hand_over_the_tickets(event: Event) -> None:
    """The problem's open tickets wait for development and are shown to its team."""
    actions.hand_over_tickets(_item(event.subject_id), at=event.at)


@handles(events.ASK_MADE, events.ASK_REPEATED)
def hand_over_what_is_asked_for(event: Event) -> None:
    """Tickets that came since the item was made, or went back after a refusal, wait again."""
    actions.hand_over_tickets(_ask(event).work_item, at=event.at)


@handles(PROBLEM_TICKET_LINKED, PROBLEM_TICKETS_LINKED)
def hand_over_late_tickets(event: Event) -> None:
    """A ticket linked to a problem under repair waits with the others."""
    ids = event.payload.get("ticket_ids") or [event.payload["ticket_id"]]
    for item in WorkItem.objects.filter(problem_id=event.subject_id).open():
        actions.hand_over_tickets(item, ticket_ids=ids, at=event.at)


@handles(PROBLEM_TICKET_UNLINKED)
def stop_showing_the_unlinked_ticket(event: Event) -> None:
    """Development no longer sees a ticket that is not theirs."""
    for item in WorkItem.objects.filter(problem_id=event.subject_id):
        actions.stop_showing(item, unlinked=event.payload["ticket_id"])


@handles(
    events.WORK_ITEM_CREATED,
    events.WORK_ITEM_EDITED,
    events.WORK_ITEM_REOPENED,
    events.WORK_ITEM_CANCELLED,
    events.EVIDENCE_ATTACHED,
    events.EVIDENCE_DETACHED,
)
def keep_what_is_owed(event: Event) -> None:
    """Who waits for an item is owed a word from now on, and who no longer does is not."""
    loop.catch_up([_item(event.subject_id)], at=event.at)


@handles(events.ASK_MADE, events.ASK_REPEATED)
def keep_what_is_owed_for_the_ask(event: Event) -> None:
    """The people behind an ask are owed a word about the item it asks for."""
    loop.catch_up([_ask(event).work_item], at=event.at)


@handles(PROBLEM_TICKET_LINKED, PROBLEM_TICKETS_LINKED, PROBLEM_TICKET_UNLINKED)
def keep_what_is_owed_for_the_problem(event: Event) -> None:
    """Who meets a problem waits for the work against it, also when that is live already."""
    items = WorkItem.objects.filter(problem_id=event.subject_id)
    loop.catch_up(items.select_related(*_RELATED), at=event.at)


@handles(MEMBER_ADDED, MEMBER_REMOVED)
def keep_what_is_owed_for_the_cluster(event: Event) -> None:
    """The same for a cluster without a problem; what runs move is taken over at night."""
    items = WorkItem.objects.filter(cluster_id=event.subject_id, problem=None)
    loop.catch_up(items.select_related(*_RELATED), at=event.at)


@handles(events.WORK_ITEM_STARTED)
def begin_on_what_it_ends(event: Event) -> None:
    """Problem and tickets say that development is at work."""
    item = _item(event.subject_id)
    problem = item.problem
    if problem is not None and problem.state in PROBLEM.steps["start_fix"].sources:
        start_problem_fix(problem, actor=None, at=event.at)
    actions.begin_on_tickets(item, at=event.at)


@handles(events.WORK_ITEM_CANCELLED)
def give_everything_back(event: Event) -> None:
    """Nobody waits for a cancelled item, and nobody sees tickets because of it."""
    item = _item(event.subject_id)
    note = f"Development cancelled {item.key}: {event.payload['reason']}"
    actions.take_back_tickets(item, note=note, at=event.at)
    actions.stop_showing(item)
    for evidence in item.evidence.filter(ticket__isnull=False):
        actions.stop_showing_evidence(evidence)


@handles(events.ASK_DECLINED)
def give_the_tickets_back(event: Event) -> None:
    """A refused fix is not waited for, unless it is still asked for elsewhere."""
    ask = _ask(event)
    hoped_for = ["open", "needs_info", "accepted", "deferred"]
    if (
        ask.work_item.state == "discovery"
        and not ask.work_item.asks.filter(state__in=hoped_for).exists()
    ):
        payload = event.payload
        note = f"Development declined {payload['key']} ({payload['reason_label']}): "
        actions.take_back_tickets(ask.work_item, note=note + payload["comment"], at=event.at)


@handles(
    events.WORK_ITEM_CREATED,
    events.WORK_ITEM_COMMENTED,
    events.WORK_ITEM_COMMITTED,
    events.WORK_ITEM_PLANNED,
    events.WORK_ITEM_STARTED,
    events.WORK_ITEM_FINISHED,
    events.WORK_ITEM_REOPENED,
    events.WORK_ITEM_CANCELLED,
)
def tell_the_support_owner(event: Event) -> None:
    """Who owns the component for support watches its work items without asking to."""
    related = ("component__support_owner",)
    item = WorkItem.objects.select_related(*related).get(pk=event.subject_id)
    by = event.actor.name if event.actor else "Upstream"
    telling.tell_owner_of_work(
        item,
        what=f"{by} {event.sentence}",
        key=f"devlink.owned_work:{event.pk}",
        but=event.actor_id,
    )


@handles(events.ASK_MADE, events.ASK_REPEATED)
def tell_developers(event: Event) -> None:
    """Development hears that an answer is owed."""
    telling.tell_developers_of_ask(_ask(event), but=event.actor_id)


@handles(events.ASK_ACCEPTED, events.ASK_DEFERRED, events.ASK_DECLINED, events.ASK_EXPIRED)
def tell_askers_the_answer(event: Event) -> None:
    """Support hears the verdict, or that there was none."""
    ask = _ask(event)
    telling.tell_askers(
        ask,
        title=f"{ask.work_item.key}: {event.sentence}"[:250],
        body=ask.work_item.title,
        key=f"devlink.ask_answered:{event.pk}",
        kind=notices.ASK_ANSWERED.name,
        but=event.actor_id,
    )


@handles(events.ASK_ACCEPTED, events.ASK_DEFERRED, events.ASK_DECLINED, events.ASK_EXPIRED)
def note_the_answer(event: Event) -> None:
    """Support knows from now on what became of its ask; knowing is not taking part."""
    actions.note_involvement(
        _ask(event).sprint,
        actor=None,
        side=Side.SUPPORT,
        stage=InvolvementEvent.Stage.PRIORITIZATION,
        kind=InvolvementEvent.Kind.NOTIFIED,
        at=event.at,
    )


@handles(
    ARTICLE_WRITTEN,
    ARTICLE_REVISED,
    CHANGE_AUTHORISED,
    CHANGE_REJECTED,
    INCIDENT_CONFIRMED,
    INCIDENT_CLEARED,
)
def note_who_took_part(event: Event) -> None:
    """What people do on articles and changes stands in the ledger too."""
    actions.note_act(event)


@handles(events.JOIN_ASKED)
def pass_on_who_wants_to_join(event: Event) -> None:
    """The team that ran it hears that support wants to be there next time."""
    related = ("sprint__team", "work_item__team", "release__manager", "team", "person")
    asked = JoinRequest.objects.select_related(*related).get(pk=event.payload["join_id"])
    telling.tell_of_join_request(asked)


@handles(events.QUESTION_ASKED)
def tell_askers_the_question(event: Event) -> None:
    """Support hears what development wants to know."""
    ask = _ask(event)
    telling.tell_askers(
        ask,
        title=f"Development asks about {ask.work_item.key}",
        body=event.payload["body"],
        key=f"devlink.question_asked:{event.pk}",
        kind=notices.QUESTION_ASKED.name,
        but=event.actor_id,
    )


@handles(events.ITEM_QUESTION_ASKED)
def tell_support_the_question(event: Event) -> None:
    """Support's owners hear what development wants to know about an item."""
    telling.tell_support_of_question(
        _item(event.subject_id),
        _question(event),
        key=f"devlink.question_asked:{event.pk}",
        but=event.actor_id,
    )


@handles(events.QUESTION_ANSWERED, events.ITEM_QUESTION_ANSWERED)
def tell_who_asked(event: Event) -> None:
    """The developer hears support's answer."""
    question = _question(event)
    notify(
        question.asked_by,
        kind=notices.QUESTION_ANSWERED.name,
        title=f"Support answered about {question.work_item.key}",
        body=event.payload["answer"],
        url=question.get_absolute_url(),
        once_key=f"devlink.question_answered:{question.pk}",
    )


@handles(events.QUESTION_ANSWERED, events.ITEM_QUESTION_ANSWERED)
def note_the_answer_on_tickets(event: Event) -> None:
    """Whoever works on a linked ticket reads what was asked and answered."""
    actions.note_answer_on_tickets(_question(event), at=event.at)


@handles(events.RELEASE_ADVANCED)
def ask_support_to_sign(event: Event) -> None:
    """A release that reaches readiness waits for support; they know of it from now on."""
    if event.payload["step"] != "check_readiness":
        return
    release = _release(event)
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
    release = _release(event)
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
    actions.open_change_of(_release(event), actor=event.actor, at=event.at)


@handles(events.DEPLOYMENT_FAILED)
def record_the_failure(event: Event) -> None:
    """A failed deployment is a failed change."""
    actions.end_change_of(_release(event), at=event.at, failed=event.payload["reason"])


@handles(events.RELEASE_DEPLOYED)
def end_the_change(event: Event) -> None:
    """The change is done; one whose start was never delivered is recorded first."""
    release = _release(event)
    actions.open_change_of(release, actor=event.actor, at=event.at)
    release.refresh_from_db()
    actions.end_change_of(release, at=event.at)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def finish_what_was_shipped(event: Event) -> None:
    """Shipped items are done, and the notes say which incidents end."""
    release = _release(event)
    for item in WorkItem.objects.filter(releases=release, state__in=["to_do", "in_progress"]):
        actions.finish_work_item(item, actor=None, at=event.at)
    actions.write_release_notes(release)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def watch_the_causes(event: Event) -> None:
    """Every cause the release is to end is watched, with a claim that will be judged."""
    actions.claim_fixes(_release(event), actor=None, at=event.at)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def make_words_due(event: Event) -> None:
    """What is owed about the release's items is due from now on, whoever tells it."""
    items = WorkItem.objects.filter(releases=event.subject_id).order_by("pk")
    loop.bring_in_line(items, at=event.at)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def offer_the_fix_and_tell_everybody(event: Event) -> None:
    """Waiting tickets ask their requesters to confirm; everybody concerned hears once."""
    release = _release(event)
    actions.offer_fixes(release, at=event.at)
    items = list(WorkItem.objects.filter(releases=release).order_by("pk"))
    loop.bring_in_line(items, at=event.at)
    if telling.tell_of_deployment(release):
        actions.note_support_told(release, at=event.at)
    loop.tell_waiting(items)


@handles(FIX_CONFIRMED)
def settle_what_is_confirmed(event: Event) -> None:
    """The requester's yes settles what they were owed."""
    actions.note_confirmed(Ticket.objects.get(pk=event.subject_id), at=event.at)


@handles(STILL_BROKEN)
def take_up_the_doubt(event: Event) -> None:
    """The requester's no reaches the work, those who did it and the claim that it helped.

    The ticket waits for development again where there is open work against its problem; where
    there is none, the desk has it and decides.
    """
    ticket = Ticket.objects.get(pk=event.subject_id)
    doubted = actions.note_still_broken(ticket, said=event.payload["note"], at=event.at)
    for one in doubted:
        telling.tell_of_doubt(one, key=f"devlink.fix_doubted:{event.pk}:{one.work_item_id}")
    for item in WorkItem.objects.filter(problem__ticket_links__ticket=ticket).open():
        actions.hand_over_tickets(item, ticket_ids=[ticket.pk], at=event.at)
    items = [one.work_item_id for one in doubted]
    verified = FixClaim.objects.filter(work_item__in=items, state="verified")
    ids = list(verified.values_list("pk", flat=True))

    def judge() -> None:
        for claim_id in ids:
            tasks.judge_claim.delay(claim_id)

    transaction.on_commit(judge, robust=True)


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


@handles(events.WORK_ITEM_SENT)
def make_it_there(event: Event) -> None:
    """Wakes a worker to make the item in its tracker; the schedule makes sure of it."""
    _wake_sender(event.payload["tracker_id"])


@handles(events.PACK_BUILT)
def post_the_evidence(event: Event) -> None:
    """The evidence of an item in a tracker is posted there, in the one comment it has."""
    item = WorkItem.objects.filter(pk=event.payload["work_item_id"]).first()
    call = None if item is None else actions.queue_pack(item)
    if call is not None:
        _wake_sender(call.tracker_id)


def _wake_sender(tracker_id: int) -> None:
    def wake() -> None:
        tasks.send_to_tracker.delay(tracker_id)

    transaction.on_commit(wake, robust=True)


@handles(events.TRACKER_ADDED, events.TRACKER_ENABLED)
def begin_to_compare(event: Event) -> None:
    """Wakes a worker to take over what the tracker has; the schedule makes sure of it."""
    tracker_id = event.subject_id

    def wake() -> None:
        tasks.compare_tracker.delay(tracker_id)

    transaction.on_commit(wake, robust=True)


@handles(events.TRACKER_DISABLED)
def tell_admins(event: Event) -> None:
    """Admins hear that a tracker is left alone, unless one of them did it."""
    if event.actor_id is None:
        tracker = Tracker.objects.get(pk=event.subject_id)
        telling.tell_of_disabled_tracker(
            tracker, reason=event.payload["reason"], key=f"devlink.tracker_disabled:{event.pk}"
        )
