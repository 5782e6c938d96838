"""Merging a ticket into one its requester has open about the same."""

from datetime import timedelta

from django import forms

from accounts.models import Person
from incidents.actions import merge_ticket
from incidents.models import Ticket
from rules.effects.base import Effect, EffectForm, Words

MOST_DAYS = 90


class MergeForm(EffectForm):
    """How long ago the other ticket may have been opened."""

    days = forms.IntegerField(
        label="Opened in the last days",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="Its title is the same and its requester too. Where there is none, nothing "
        "happens. A merge can be undone for 30 days.",
    )


class MergeSame(Effect):
    """Into the oldest open ticket of the same requester with the same title; nobody else's."""

    name = "merge"
    label = "Merge into the same requester's ticket"
    form_class = MergeForm

    def say(self, words: Words) -> str:
        days = words["days"]
        span = "the last day" if days == 1 else f"the last {days} days"
        return f"merge it into the requester's open ticket of the same title from {span}"

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> None:
        target = _same(ticket, words["days"], actor)
        if target is not None and not ticket.is_merged:
            merge_ticket(ticket, actor=actor, into=target)


def _same(ticket: Ticket, days: int, actor: Person | None) -> Ticket | None:
    """The ticket meant, among those the actor may see; a rule sees every one."""
    tickets = Ticket.objects.open()
    seen = tickets if actor is None else tickets.visible_to(actor)
    since = ticket.created_at - timedelta(days=days)
    same = seen.filter(
        requester=ticket.requester_id,
        title__iexact=ticket.title,
        created_at__gte=since,
        pk__lt=ticket.pk,
    )
    return same.order_by("pk").first()
