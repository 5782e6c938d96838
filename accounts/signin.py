"""Signing in: ten tries in a quarter of an hour, and one answer to whatever is wrong."""

import hashlib
import logging
import unicodedata
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Person, SignInTry
from core.errors import DomainError

logger = logging.getLogger(__name__)

TRIES = 10
WINDOW = timedelta(minutes=15)


class TooManyTriesError(DomainError):
    """The address was tried too often; it says so for addresses nobody has, too."""

    status = 429


class WrongCredentialsError(DomainError):
    """Unknown, wrong or no longer active: never said which."""


def check_credentials(request: HttpRequest, *, email: str, password: str) -> Person:
    """The person with this address and password.

    Raises TooManyTriesError after ten wrong ones in fifteen minutes, otherwise
    WrongCredentialsError.
    """
    address = unicodedata.normalize("NFKC", email).strip().lower()
    account = hashlib.sha256(address.encode()).hexdigest()
    _count_try(account, now=timezone.now())
    person = authenticate(request, username=address, password=password)
    if not isinstance(person, Person):
        logger.info("accounts.sign_in_refused", extra={"account": account[:12]})
        raise WrongCredentialsError("The e-mail address or the password is not right.")
    SignInTry.objects.filter(account=account).delete()
    logger.info("accounts.signed_in", extra={"person": person.pk})
    return person


def _count_try(account: str, *, now: datetime) -> None:
    """Notes the try before the password is looked at, so that a burst cannot slip through."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"signin:{account}"])
        tries = SignInTry.objects.filter(account=account)
        tries.filter(at__lte=now - WINDOW).delete()
        if tries.count() >= TRIES:
            raise TooManyTriesError("Too many tries. Please wait 15 minutes and try again.")
        SignInTry.objects.create(account=account, at=now)
