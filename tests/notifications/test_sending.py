"""Mail goes out once, is tried again, and shows when it cannot."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models import F
from django.utils import timezone

from notifications.models import OutgoingMail
from notifications.sending import back_off, is_permanent
from notifications.tasks import LEASE, send_due_mail, send_mail


def waiting(**fields: Any) -> OutgoingMail:
    defaults = {
        "to": "ann@house.example",
        "subject": "Hello",
        "body": "There.",
        "message_id": "<1@house.example>",
        "once_key": "1",
    }
    return OutgoingMail.objects.create(**{**defaults, **fields})


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes the mail server answer every message with this error."""

    def refuse_with(error: Exception) -> None:
        def send_messages(self: EmailBackend, messages: Any) -> int:
            raise error

        monkeypatch.setattr(EmailBackend, "send_messages", send_messages)

    return refuse_with


@pytest.mark.django_db
def test_due_mail_goes_out_once_with_its_message_id() -> None:
    waiting()
    send_due_mail()
    send_due_mail()
    sent = mail.outbox
    assert [one.extra_headers["Message-ID"] for one in sent] == ["<1@house.example>"]
    assert sent[0].extra_headers["Auto-Submitted"] == "auto-generated"
    row = OutgoingMail.objects.get()
    assert (row.state, row.attempts) == ("sent", 1)
    assert row.sent_at is not None


@pytest.mark.django_db
def test_mail_stays_stored_while_sending_is_off(settings: Any) -> None:
    settings.MAIL_SENDING = False
    row = waiting()
    send_due_mail()
    send_mail(row.pk)
    assert mail.outbox == []
    assert OutgoingMail.objects.get().state == "pending"


@pytest.mark.django_db
def test_mail_that_is_not_due_waits() -> None:
    row = waiting(due_at=timezone.now() + timedelta(minutes=1))
    send_due_mail()
    send_mail(row.pk)
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_passing_failure_is_tried_again_later(refuse: Callable[[Exception], None]) -> None:
    refuse(smtplib.SMTPServerDisconnected("gone"))
    row = waiting()
    send_mail(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 1)
    assert "gone" in row.error
    assert timedelta(0) < row.due_at - timezone.now() <= timedelta(seconds=30)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"ann@house.example": (550, b"no such user")}),
        smtplib.SMTPDataError(554, b"never"),
    ],
)
def test_a_refusal_for_good_is_shown_as_failed(
    refuse: Callable[[Exception], None], error: Exception
) -> None:
    refuse(error)
    row = waiting()
    send_mail(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert type(error).__name__ in row.error


@pytest.mark.django_db
def test_after_five_days_it_has_failed_for_good(refuse: Callable[[Exception], None]) -> None:
    refuse(ConnectionRefusedError("nobody listens"))
    row = waiting(created_at=timezone.now() - timedelta(days=5, minutes=1))
    send_mail(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"


@pytest.mark.django_db
def test_a_sender_that_died_is_replaced_after_its_lease(
    refuse: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    row = waiting()
    refuse(Killed())  # type: ignore[arg-type]
    with pytest.raises(Killed):
        send_mail(row.pk)
    monkeypatch.undo()
    send_mail(row.pk)
    assert mail.outbox == []
    OutgoingMail.objects.update(due_at=F("due_at") - LEASE)
    send_mail(row.pk)
    assert [one.extra_headers["Message-ID"] for one in mail.outbox] == [row.message_id]


def test_waits_double_up_to_an_hour() -> None:
    assert [back_off(n).total_seconds() for n in (1, 2, 3, 9, 500)] == [30, 60, 120, 3600, 3600]


@pytest.mark.parametrize(
    ("error", "for_good"),
    [
        (smtplib.SMTPDataError(451, b"later"), False),
        (smtplib.SMTPAuthenticationError(535, b"who are you"), False),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"full")}), False),
        (TimeoutError(), False),
        (smtplib.SMTPSenderRefused(553, b"not you", "x@y.z"), True),
    ],
)
def test_what_is_worth_another_try(error: Exception, for_good: bool) -> None:  # noqa: FBT001
    assert is_permanent(error) is for_good
