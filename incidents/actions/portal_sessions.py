"""What somebody came to the portal for, kept while they type."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from incidents.models import PortalSession, Ticket
from incidents.models.intent import SETTLED_AFTER
from knowledge.models import Article

# Words typed within this time of each other are one visit.
ONE_VISIT = timedelta(minutes=30)
SHORTEST_INTENT = 8


def _present(person: Person, at: datetime) -> PortalSession | None:
    recent = PortalSession.objects.filter(person=person, started_at__gt=at - ONE_VISIT)
    return recent.filter(ticket=None).select_for_update().order_by("-id").first()


@transaction.atomic
def note_intent(
    person: Person, *, text: str, suggested: int, at: datetime | None = None
) -> PortalSession | None:
    """Keeps what is being typed as one visit; None while it is too short to mean anything."""
    text = text.strip()[:250]
    if len(text) < SHORTEST_INTENT:
        return None
    at = at or timezone.now()
    # Two keystrokes at once are one visit.
    Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    session = _present(person, at)
    if session is None:
        return PortalSession.objects.create(
            person=person, text=text, suggested=suggested, started_at=at
        )
    session.text = text
    session.suggested = max(session.suggested, suggested)
    session.save(update_fields=["text", "suggested"])
    return session


@transaction.atomic
def open_suggestion(
    session: PortalSession, *, actor: Person, article: Article, at: datetime | None = None
) -> PortalSession:
    """The person opened an article that was suggested; the first one counts."""
    session = PortalSession.objects.select_for_update().get(pk=session.pk)
    if session.person_id == actor.pk and session.article_id is None:
        session.article, session.opened_at = article, at or timezone.now()
        session.save(update_fields=["article", "opened_at"])
    return session


@transaction.atomic
def open_workaround(
    session: PortalSession, *, actor: Person, at: datetime | None = None
) -> PortalSession:
    """The person opened the workaround of a suggested known error; the first one counts."""
    session = PortalSession.objects.select_for_update().get(pk=session.pk)
    if session.person_id == actor.pk and session.workaround_at is None:
        session.workaround_at = at or timezone.now()
        session.save(update_fields=["workaround_at"])
    return session


@transaction.atomic
def note_contact(person: Person, *, ticket: Ticket, at: datetime | None = None) -> int:
    """A ticket was opened: visits of the last day did not end in silence; returns how many."""
    at = at or timezone.now()
    recent = PortalSession.objects.filter(
        person=person, started_at__gt=at - SETTLED_AFTER, contact_at=None
    )
    return recent.update(ticket=ticket, contact_at=at)
