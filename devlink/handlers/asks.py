"""Who hears of asks, questions and answers, and what they count for."""

from accounts.roles import Side
from changes.events import (
    CHANGE_AUTHORISED,
    CHANGE_REJECTED,
    INCIDENT_CLEARED,
    INCIDENT_CONFIRMED,
)
from core.models import Event
from core.timeline import handles
from devlink import actions, events, notices, telling
from devlink.handlers.subjects import ask_of, item_of, question_of
from devlink.models import InvolvementEvent, JoinRequest, WorkItem
from knowledge.events import ARTICLE_REVISED, ARTICLE_WRITTEN
from notifications.actions import notify


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
    telling.tell_developers_of_ask(ask_of(event), but=event.actor_id)


@handles(events.ASK_ACCEPTED, events.ASK_DEFERRED, events.ASK_DECLINED, events.ASK_EXPIRED)
def tell_askers_the_answer(event: Event) -> None:
    """Support hears the verdict, or that there was none."""
    ask = ask_of(event)
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
        ask_of(event).sprint,
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
    ask = ask_of(event)
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
        item_of(event.subject_id),
        question_of(event),
        key=f"devlink.question_asked:{event.pk}",
        but=event.actor_id,
    )


@handles(events.QUESTION_ANSWERED, events.ITEM_QUESTION_ANSWERED)
def tell_who_asked(event: Event) -> None:
    """The developer hears support's answer."""
    question = question_of(event)
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
    actions.note_answer_on_tickets(question_of(event), at=event.at)
