"""Links by which a requester rates a resolution without signing in: signed, good for 60 days."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from incidents.models import Ticket

GOOD_FOR = timedelta(days=60)
SALT = "incidents.rating"


def rating_token(ticket: Ticket, resolution: int) -> str:
    """What the link carries: the ticket's number, which resolution, and the time, signed."""
    return signing.dumps([ticket.pk, resolution], salt=SALT)


def rating_url(ticket: Ticket, resolution: int, score: int) -> str:
    """The whole address, with a score to begin with."""
    path = reverse("incidents:rating", args=[rating_token(ticket, resolution)])
    return f"{settings.SITE_URL.rstrip('/')}{path}?score={score}"


def rated_by(token: str) -> tuple[Ticket, int] | None:
    """The ticket and the resolution a link is for; None when it was not made here or is too old."""
    try:
        number, resolution = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    ticket = Ticket.objects.select_related("requester").filter(pk=number).first()
    return None if ticket is None else (ticket, resolution)
