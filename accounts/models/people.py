"""Who works here and who asks for help."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.roles import (
    DEVELOPMENT_ROLES,
    OVERSEER_ROLES,
    STAFF_ROLES,
    SUPPORT_ROLES,
    Role,
    Side,
)


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Reads of organisations."""

    def visible_to(self, person: Person) -> Self:
        """Staff see every organisation, a requester their own."""
        if person.is_staff_member:
            return self
        return self.filter(pk=person.organisation_id)


class Organisation(models.Model):
    """A customer, or the house itself."""

    name = models.CharField(max_length=120, unique=True)
    domain = models.CharField(max_length=120, blank=True, default="")
    is_internal = models.BooleanField(default=False)
    # Whether its people may put anybody in copy by e-mail address; colleagues they always may.
    copies_outside = models.BooleanField(default=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        indexes = (
            GinIndex(
                fields=["name"],
                name="accounts_organisation_name",
                opclasses=["gin_trgm_ops"],
            ),
        )

    def __str__(self) -> str:
        return self.name


class TeamQuerySet(models.QuerySet["Team"]):
    """Reads of teams."""

    def visible_to(self, person: Person) -> Self:
        """Staff see the teams; requesters see none."""
        return self if person.is_staff_member else self.none()


class Team(models.Model):
    """A group of people on one side. Tickets of a restricted team are seen by its members only."""

    name = models.CharField(max_length=120, unique=True)
    side = models.CharField(max_length=12, choices=Side, default=Side.SUPPORT)
    restricted = models.BooleanField(default=False)
    members: models.ManyToManyField[Person, Membership] = models.ManyToManyField(
        "accounts.Person", through="accounts.Membership", related_name="teams"
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Creates people and reads them."""

    def create_user(
        self, email: str, password: str | None = None, *, name: str, **fields: Any
    ) -> Person:
        """A person who can sign in; without a password only by invitation."""
        person = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str, *, name: str) -> Person:
        """An admin."""
        return self.create_user(email, password, name=name, roles=[Role.ADMIN], is_superuser=True)

    def visible_to(self, person: Person) -> models.QuerySet[Person]:
        """Staff see everybody; a requester sees the people of their organisation."""
        everybody = self.get_queryset()
        if person.is_staff_member:
            return everybody
        if person.organisation_id is None:
            return everybody.filter(pk=person.pk)
        return everybody.filter(organisation_id=person.organisation_id)

    def colleagues_of(self, person: Person) -> models.QuerySet[Person]:
        """Active people of the same organisation, without the person; nobody for one of none."""
        if person.organisation_id is None:
            return self.get_queryset().none()
        active = self.get_queryset().filter(is_active=True, organisation_id=person.organisation_id)
        return active.exclude(pk=person.pk)

    def with_role(self, *roles: str) -> models.QuerySet[Person]:
        """Active people who hold at least one of the roles."""
        return self.get_queryset().filter(is_active=True, roles__overlap=list(roles))


class Person(AbstractBaseUser, PermissionsMixin):
    """Anybody who signs in or is written about; `roles` decides what they may do."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "Follow the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    roles: ArrayField[Any, Any] = ArrayField(
        models.CharField(max_length=30, choices=Role), default=list, blank=True
    )
    sees_organisation = models.BooleanField(default=False)
    # Who approves what this person asks for.
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_active = models.BooleanField(default=True)
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name_plural = "people"
        ordering: ClassVar[list[str]] = ["name"]
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_person_email",
                violation_error_message="Somebody already uses this e-mail address.",
            ),
        )
        # Parts of names and addresses are looked up while somebody types.
        indexes = (
            GinIndex(fields=["name"], name="accounts_person_names", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["email"], name="accounts_person_emails", opclasses=["gin_trgm_ops"]),
        )

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def has_role(self, roles: Iterable[str]) -> bool:
        """True when the person holds at least one of `roles`."""
        return not frozenset(roles).isdisjoint(self.roles)

    @property
    def initials(self) -> str:
        """Two letters for the round picture."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def is_support(self) -> bool:
        return self.has_role(SUPPORT_ROLES)

    @property
    def is_development(self) -> bool:
        return self.has_role(DEVELOPMENT_ROLES)

    @property
    def is_staff_member(self) -> bool:
        return self.has_role(STAFF_ROLES)

    @property
    def is_overseer(self) -> bool:
        return self.has_role(OVERSEER_ROLES)

    @property
    def side(self) -> str:
        """The side this person speaks for; somebody with roles on both speaks for support."""
        if self.is_support:
            return Side.SUPPORT
        return Side.DEVELOPMENT if self.is_development else Side.OTHER

    @property
    def role_label(self) -> str:
        """The first role in words."""
        return Role(self.roles[0]).label if self.roles else Role.REQUESTER.label

    @property
    def role_labels(self) -> list[str]:
        """Every role in words."""
        return [str(Role(name).label) for name in self.roles]

    @cached_property
    def team_ids(self) -> frozenset[int]:
        """Teams this person is a member of; read once a request."""
        return frozenset(Membership.objects.filter(person=self).values_list("team_id", flat=True))

    @cached_property
    def hidden_team_ids(self) -> frozenset[int]:
        """Restricted teams whose tickets this person must not see; read once a request."""
        restricted = frozenset(Team.objects.filter(restricted=True).values_list("pk", flat=True))
        if not restricted or self.is_overseer:
            return frozenset()
        return restricted - self.team_ids


class Membership(models.Model):
    """A person's place in a team."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person", "team"], name="accounts_membership_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads of keys."""

    def visible_to(self, person: Person) -> Self:
        """One's own."""
        return self.filter(person=person)


class ApiToken(models.Model):
    """A key for programs; only its digest is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class SignInTry(models.Model):
    """One password tried for one address, whether or not anybody has that address.

    Kept in the database so that every process counts the same, also while the cache is away.
    """

    account = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "sign-in tries"
        indexes = (models.Index(fields=["account", "at"], name="accounts_signintry_account"),)

    def __str__(self) -> str:
        return f"{self.account[:8]} {self.at}"
