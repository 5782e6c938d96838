"""Sending outgoing mail. The rows are the truth; a task only takes one and reports back."""

import logging
import smtplib
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notifications.models import OutgoingMail
from notifications.sending import GIVE_UP_AFTER, back_off, is_permanent

logger = logging.getLogger(__name__)

BATCH = 200
# Longer than a send can take, so that a mail being sent is not taken a second time.
LEASE = timedelta(minutes=5)


@shared_task(soft_time_limit=50, time_limit=60)
def send_due_mail() -> None:
    """Wakes a worker for every mail that is due; none while sending is switched off."""
    if not settings.MAIL_SENDING:
        return
    due = OutgoingMail.objects.due(timezone.now()).order_by("due_at")
    for mail_id in due.values_list("pk", flat=True)[:BATCH]:
        send_mail.delay(mail_id)


@shared_task(soft_time_limit=60, time_limit=90)
def send_mail(mail_id: int) -> None:
    """Sends one mail if it is due and nobody else is sending it.

    The server is spoken to outside any transaction. If this process dies between the server's yes
    and ours, the mail goes out once more under the same Message-ID.
    """
    if not settings.MAIL_SENDING:
        return
    mail = _take(mail_id)
    if mail is None:
        return
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        to=[mail.to],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        _failed(mail, error)
    else:
        OutgoingMail.objects.filter(pk=mail.pk).update(
            state=OutgoingMail.State.SENT, sent_at=timezone.now(), error=""
        )


def _take(mail_id: int) -> OutgoingMail | None:
    """Leases the mail to this process; None when it is not due or somebody else has it."""
    now = timezone.now()
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.due(now)
            .select_for_update(skip_locked=True)
            .filter(pk=mail_id)
            .first()
        )
        if mail is not None:
            OutgoingMail.objects.filter(pk=mail.pk).update(
                due_at=now + LEASE, attempts=F("attempts") + 1
            )
            mail.attempts += 1
    return mail


def _failed(mail: OutgoingMail, error: Exception) -> None:
    """Keeps the reason; the mail waits for its next try or has failed for good."""
    logger.warning("mail.failed", extra={"mail": mail.pk, "attempts": mail.attempts})
    now = timezone.now()
    for_good = is_permanent(error) or now - mail.created_at > GIVE_UP_AFTER
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=OutgoingMail.State.FAILED if for_good else OutgoingMail.State.PENDING,
        due_at=now + back_off(mail.attempts),
        error=f"{type(error).__name__}: {error}"[:2000],
    )
