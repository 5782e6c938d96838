"""Links by which a requester rates a ticket without signing in: signed, and good for 60 days."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from incidents.models import Ticket

GOOD_FOR = timedelta(days=60)
SALT = "incidents.rating"


def rating_token(ticket: Ticket) -> str:
    """What the link carries: the ticket's number and the time, signed."""
    return signing.dumps(ticket.pk, salt=SALT)


def rating_url(ticket: Ticket, score: int) -> str:
    """The whole address, with a score to begin with."""
    path = reverse("incidents:rating", args=[rating_token(ticket)])
    return f"{settings.SITE_URL.rstrip('/')}{path}?score={score}"


def ticket_of(token: str) -> Ticket | None:
    """The ticket a link is for; None when it was not made here or is too old."""
    try:
        number = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return Ticket.objects.select_related("requester").filter(pk=number).first()
