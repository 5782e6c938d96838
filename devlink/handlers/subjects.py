"""The rows that events of development are about, read with what handlers need of them."""

from core.models import Event
from devlink.models import Ask, Question, Release, WorkItem

# What handlers read of a work item beside itself.
RELATED = ("problem__owner", "cluster", "component__development_owner", "team", "assignee")


def item_of(pk: int) -> WorkItem:
    """A work item with its owners, team and cluster."""
    return WorkItem.objects.select_related(*RELATED).get(pk=pk)


def ask_of(event: Event) -> Ask:
    """The ask an event is about."""
    related = ("problem__owner", "sprint__team", "team", "created_by", "work_item__component")
    return Ask.objects.select_related(*related).get(pk=event.subject_id)


def question_of(event: Event) -> Question:
    """The question an event names."""
    related = ("asked_by", "answered_by", "work_item__problem", "ask__sprint")
    return Question.objects.select_related(*related).get(pk=event.payload["question_id"])


def release_of(event: Event) -> Release:
    """The release an event is about."""
    return Release.objects.select_related("service", "manager", "change").get(pk=event.subject_id)
