"""Every change people make to how they sign in and what they see."""

from datetime import datetime

from django.db import transaction

from accounts.events import API_KEY_MADE, API_KEY_REVOKED, PASSWORD_CHANGED
from accounts.models import ApiToken, Person
from accounts.tokens import create_token
from core.errors import DomainError, NotPermitted
from core.timeline import record

MOST_KEYS = 20


def _require_self(person: Person, actor: Person) -> None:
    if person.pk != actor.pk:
        raise NotPermitted("Only the person themselves may do this.")


def edit_profile(person: Person, *, actor: Person, name: str, theme: str) -> Person:
    """Sets how the person is called and whether pages are light, dark or as the system is."""
    _require_self(person, actor)
    with transaction.atomic():
        fresh = Person.objects.select_for_update().get(pk=person.pk)
        fresh.name = name
        fresh.theme = theme
        fresh.save(update_fields=["name", "theme"])
    return fresh


def change_password(person: Person, *, actor: Person, password: str) -> Person:
    """Sets a new password: every other session ends at once, and API keys stop working."""
    _require_self(person, actor)
    with transaction.atomic():
        fresh = Person.objects.select_for_update().get(pk=person.pk)
        fresh.set_password(password)
        fresh.save(update_fields=["password"])
        ApiToken.objects.filter(person=fresh).delete()
        record(PASSWORD_CHANGED, fresh, actor=actor)
    return fresh


def make_api_key(
    person: Person, *, actor: Person, name: str, expires_at: datetime | None = None
) -> str:
    """A new key; the answer is the only time it can be read."""
    _require_self(person, actor)
    with transaction.atomic():
        fresh = Person.objects.select_for_update().get(pk=person.pk)
        if ApiToken.objects.filter(person=fresh).count() >= MOST_KEYS:
            raise DomainError(
                f"{MOST_KEYS} keys are the most one person may hold; revoke one first."
            )
        key = create_token(fresh, name=name, expires_at=expires_at)
        record(API_KEY_MADE, fresh, actor=actor, name=name)
    return key


def revoke_api_key(token: ApiToken, *, actor: Person) -> None:
    """Ends a key; programs using it are refused from the next request on."""
    _require_self(token.person, actor)
    with transaction.atomic():
        gone, _ = ApiToken.objects.filter(pk=token.pk).delete()
        if gone:
            record(API_KEY_REVOKED, token.person, actor=actor, name=token.name)
