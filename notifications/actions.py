"""Every change to notices and outgoing mail."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Person
from core.errors import TransitionNotAllowed
from notifications.kinds import kind_named
from notifications.models import Notification, OutgoingMail
from notifications.permissions import require

LONGEST_KEY = 150


@dataclass(frozen=True)
class Notice:
    """What is told. `once_key` names the fact: a person hears of it once, whoever repeats it.

    `mail_more` stands below `body` in the mail only.
    """

    kind: str
    title: str
    once_key: str
    body: str = ""
    url: str = ""
    mail: bool = True
    mail_more: str = ""

    def __post_init__(self) -> None:
        kind_named(self.kind)
        if not 0 < len(self.once_key) <= LONGEST_KEY:
            raise ValueError(f"once_key has 1 to {LONGEST_KEY} characters")


def notify(
    person: Person,
    *,
    kind: str,
    title: str,
    once_key: str,
    body: str = "",
    url: str = "",
    mail: bool = True,
    mail_more: str = "",
) -> None:
    """Tells one person once: in the app, and by mail where the kind is mailed.

    Repeating it with the same `once_key` does nothing. The caller has asked `visible_to` first.
    People who cannot sign in any more are not told.
    """
    notify_all(
        [person],
        Notice(
            kind=kind,
            title=title,
            once_key=once_key,
            body=body,
            url=url,
            mail=mail,
            mail_more=mail_more,
        ),
    )


@transaction.atomic
def notify_all(people: Iterable[Person], notice: Notice) -> None:
    """Tells several people the same, each once; two statements however many they are."""
    now = timezone.now()
    told = {person.pk: person for person in people if person.is_active}
    title = " ".join(notice.title.split())[:250]
    Notification.objects.bulk_create(
        [
            Notification(
                person=person,
                kind=notice.kind,
                title=title,
                body=notice.body,
                url=notice.url[:250],
                once_key=notice.once_key,
                created_at=now,
            )
            for person in told.values()
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    if notice.mail and kind_named(notice.kind).mailed:
        OutgoingMail.objects.bulk_create(
            [_mail(person, notice, title, now) for person in told.values() if person.email],
            ignore_conflicts=True,
            batch_size=500,
        )


def _mail(person: Person, notice: Notice, title: str, now: datetime) -> OutgoingMail:
    """The mail row; its Message-ID follows from the key, so that every try carries the same."""
    key = f"{person.pk}:{notice.once_key}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    body = render_to_string(
        "email/notifications/notice.txt",
        {
            "name": person.name,
            "title": title,
            "body": "\n\n".join(filter(None, (notice.body, notice.mail_more))),
            "url": f"{settings.SITE_URL.rstrip('/')}{notice.url}" if notice.url else "",
            "settings_url": f"{settings.SITE_URL.rstrip('/')}/notifications/",
        },
    )
    return OutgoingMail(
        person=person,
        to=person.email,
        subject=title,
        body=body,
        message_id=f"<{digest}@{domain}>",
        once_key=key,
        created_at=now,
        due_at=now,
    )


@transaction.atomic
def mark_read(notification: Notification, *, actor: Person) -> Notification:
    """The person has seen it; marking again keeps the first time."""
    fresh = Notification.objects.select_for_update().get(pk=notification.pk)
    require(actor, "read", fresh)
    if fresh.read_at is None:
        fresh.read_at = timezone.now()
        fresh.save(update_fields=["read_at"])
    return fresh


def mark_all_read(*, actor: Person) -> int:
    """Everything the person has been told so far is read; returns how many were not."""
    unread = Notification.objects.visible_to(actor).unread()
    return unread.update(read_at=timezone.now())


@transaction.atomic
def retry_mail(mail: OutgoingMail, *, actor: Person) -> OutgoingMail:
    """A mail that had failed for good waits again, under the same Message-ID."""
    fresh = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    require(actor, "retry", fresh)
    if fresh.state != OutgoingMail.State.FAILED:
        raise TransitionNotAllowed("Only a mail that failed for good can be tried again.")
    now = timezone.now()
    fresh.state = OutgoingMail.State.PENDING
    fresh.attempts = 0
    fresh.created_at = now
    fresh.due_at = now
    fresh.save(update_fields=["state", "attempts", "created_at", "due_at"])
    return fresh
