"""API keys: made once, shown once, kept as a digest."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, Person

PREFIX = "up_"
USE_IS_NOTED_EVERY = timedelta(minutes=1)
NOT_VALID = "This API key is not valid."


def digest(key: str) -> str:
    """What is stored of a key (256 random bits need no salt)."""
    return hashlib.sha256(key.encode()).hexdigest()


def create_token(person: Person, *, name: str, expires_at: datetime | None = None) -> str:
    """A new key for `person`; this is the only time it can be read."""
    key = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(person=person, name=name, digest=digest(key), expires_at=expires_at)
    return key


def token_of(key: str) -> ApiToken | None:
    """The living key with these letters, its use noted; None when it is wrong, revoked or over.

    The key of somebody who may not sign in any more is not alive either.
    """
    token = (
        ApiToken.objects.select_related("person")
        .filter(digest=digest(key), person__is_active=True)
        .first()
    )
    now = timezone.now()
    if token is None or (token.expires_at and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at > USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer up_…`; a key in the query string is not looked at."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken] | None:
        """The key's person; None without a key, AuthenticationFailed for a wrong one."""
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"bearer":
            return None
        token = token_of(words[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed(NOT_VALID)
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing key a 401 rather than a 403."""
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass is untyped
    """How the key is described in the API's schema."""

    target_class = "accounts.tokens.TokenAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": f"{PREFIX}…"}
