"""Taking down somebody the desk does not know yet."""

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import Organisation, Person
from accounts.roles import Role
from core.errors import DomainError, NotPermitted
from core.timeline import record
from incidents.events import REQUESTER_INTRODUCED


@transaction.atomic
def introduce_requester(*, actor: Person, name: str, email: str) -> Person:
    """A new requester without a password; their organisation follows from the address's domain.

    Somebody who is known by that address already is returned as they are.
    """
    if not actor.is_support:
        raise NotPermitted("The desk takes down new people.", field="new_email")
    known = Person.objects.filter(email__iexact=email).first()
    if known is not None:
        return known
    if not name.strip():
        raise DomainError("Say what they are called.", field="new_name")
    domain = email.rpartition("@")[2]
    organisation = Organisation.objects.filter(domain__iexact=domain).exclude(domain="").first()
    try:
        person = Person.objects.create_user(
            email, None, name=name.strip()[:150], organisation=organisation, roles=[Role.REQUESTER]
        )
    except ValidationError as error:
        raise DomainError(error.messages[0], field="new_email") from error
    record(REQUESTER_INTRODUCED, person, actor=actor)
    return person


@transaction.atomic
def introduce_by_address(address: str, *, actor: Person, field: str) -> Person:
    """The person of this e-mail address; one who is not known yet is taken down without a password.

    Known and new addresses are answered alike, so that nobody learns who is known here. Their
    organisation is left to the desk. A DomainError at `field` for what is no address.
    """
    email = address.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise DomainError(f"“{address[:80]}” is no e-mail address.", field=field) from error
    known = Person.objects.filter(email__iexact=email).first()
    if known is not None:
        return known
    person, made = Person.objects.get_or_create(
        email=email,
        defaults={
            "name": email[:150],
            "roles": [Role.REQUESTER],
            "password": make_password(None),
        },
    )
    if made:
        record(REQUESTER_INTRODUCED, person, actor=actor)
    return person
