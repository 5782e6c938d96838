"""What the mail server's answers mean, and when to try again."""

import smtplib
from datetime import timedelta

GIVE_UP_AFTER = timedelta(days=5)
LONGEST_WAIT = timedelta(hours=1)
PERMANENT = range(500, 600)


def back_off(attempts: int) -> timedelta:
    """Half a minute, doubling, at most an hour."""
    return min(timedelta(seconds=30 * 2 ** min(max(attempts - 1, 0), 20)), LONGEST_WAIT)


def is_permanent(error: Exception) -> bool:
    """True when the server refused for good, so that trying again would only annoy it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _ in error.recipients.values())
    # A refused sign-in is our configuration, which somebody will repair.
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code in PERMANENT
