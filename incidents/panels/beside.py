"""Boxes beside the conversation: what it follows up, tasks, tags, who follows, time."""

from django.core.cache import cache
from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Sum
from django.http import HttpRequest
from django.utils import timezone

from core.extensions import Panel, panel
from incidents.models import Checklist, FollowUp, Tag, Ticket, TicketTask, TimeEntry, Watcher
from incidents.models.tags import TagQuerySet
from incidents.panels._reading import reader_of, rights_of

TAGS_OFFERED = 200
KNOWN_TAGS = "incidents.tags.known"
KEPT_SECONDS = 30
ENTRIES_SHOWN = 5


@panel("incidents.ticket", "context", order=5)
@panel("incidents.ticket", "portal", order=5)
def follow_ups(request: HttpRequest, record: models.Model) -> Panel | None:
    """The ticket this one follows up, and those that follow it up."""
    if not isinstance(record, Ticket):
        return None
    visible = FollowUp.objects.visible_to(reader_of(request)).select_related("ticket", "previous")
    links = list(visible.filter(models.Q(ticket=record) | models.Q(previous=record)))
    if not links:
        return None
    context: dict[str, object] = {
        "previous": [one.previous for one in links if one.ticket_id == record.pk],
        "later": [one.ticket for one in links if one.previous_id == record.pk],
    }
    return Panel("follow-ups", "Follow-up", "incidents/panels/follow_ups.html", context)


@panel("incidents.ticket", "context", order=35)
def tasks(request: HttpRequest, record: models.Model) -> Panel | None:
    """What is to be done, and the checklists that can be added."""
    person = reader_of(request)
    if not isinstance(record, Ticket) or not person.is_staff_member:
        return None
    rights = "task" in rights_of(request, record)
    found = list(
        TicketTask.objects.visible_to(person)
        .filter(ticket_id=record.pk)
        .select_related("assignee", "done_by")
    )
    lists = Checklist.objects.visible_to(person).fitting(record) if rights else []
    # What was to be done for a ticket merged into this one is ticked off there.
    elsewhere = TicketTask.objects.visible_to(person).to_do().filter(ticket__merged_into=record)
    context = {
        "tasks": found,
        "elsewhere": list(elsewhere.select_related("ticket", "assignee")),
        "done": sum(task.done_at is not None for task in found),
        "checklists": list(lists),
        "may_change": rights,
        "may_finish": "finish_task" in rights_of(request, record),
        "now": timezone.now(),
    }
    return Panel("tasks", "Tasks", "incidents/panels/tasks.html", context)


@panel("incidents.ticket", "context", order=65)
def tags(request: HttpRequest, record: models.Model) -> Panel | None:
    """Tags of the ticket, and a field that makes new ones."""
    person = reader_of(request)
    if not isinstance(record, Ticket) or not person.is_staff_member:
        return None
    visible = Tag.objects.visible_to(person)
    rights = "tag" in rights_of(request, record)
    context = {
        "tags": list(visible.filter(ticket_tags__ticket=record)),
        "known": _known_tags(visible) if rights else [],
        "may_change": rights,
    }
    return Panel("tags", "Tags", "incidents/panels/tags.html", context)


def _known_tags(visible: TagQuerySet) -> list[str]:
    """Names to choose from, as they were at most half a minute ago; the same for all staff."""
    kept: list[str] | None = cache.get(KNOWN_TAGS)
    if kept is None:
        kept = list(visible.values_list("name", flat=True)[:TAGS_OFFERED])
        cache.set(KNOWN_TAGS, kept, KEPT_SECONDS)
    return kept


@panel("incidents.ticket", "context", order=66)
@panel("incidents.ticket", "portal-side", order=60)
def followers(request: HttpRequest, record: models.Model) -> Panel | None:
    """Who follows the ticket."""
    if not isinstance(record, Ticket):
        return None
    person = reader_of(request)
    found = list(
        Watcher.objects.visible_to(person).filter(ticket_id=record.pk).select_related("person")
    )
    may_add = "add_watcher" in rights_of(request, record)
    # A requester hears of everything on their own ticket without following it.
    may_follow = person.pk != record.requester_id and "follow" in rights_of(request, record)
    # Requesters put colleagues in copy, who then see the ticket; followers see it already.
    offered = may_add and person.is_staff_member
    if not found and not may_follow and not offered:
        return None
    context = {
        "watchers": found,
        "following": any(one.person_id == person.pk for one in found),
        "may_follow": may_follow,
        "may_add": may_add,
    }
    return Panel("followers", "Followers", "incidents/panels/followers.html", context)


@panel("incidents.ticket", "context", order=70)
def time(request: HttpRequest, record: models.Model) -> Panel | None:
    """Minutes people noted, beside the minutes the page has seen."""
    person = reader_of(request)
    if not isinstance(record, Ticket) or not person.is_staff_member:
        return None
    entries = list(
        TimeEntry.objects.visible_to(person).filter(ticket_id=record.pk).select_related("person")
    )
    length = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    seen = record.touches.aggregate(seen=Sum(length))["seen"]
    context = {
        "entries": entries[:ENTRIES_SHOWN],
        "more": max(len(entries) - ENTRIES_SHOWN, 0),
        "noted": sum(entry.minutes for entry in entries),
        "seen": round(seen.total_seconds() / 60) if seen else 0,
        "may_note": "note_time" in rights_of(request, record),
        "today": timezone.localdate(),
        "reader": person,
    }
    return Panel("time", "Time", "incidents/panels/time.html", context)
