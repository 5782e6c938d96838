"""The Admin page: what one may arrange, and nothing else."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.roles import Role
from core.extensions import AdminEntry, administer, administration_for
from tests.conftest import Cast

SignIn = Callable[[Person], Client]


def test_admins_find_the_import_there(cast: Cast, as_user: SignIn) -> None:
    page = as_user(cast.ada).get(reverse("dashboards:admin"))
    assert page.status_code == 200
    assert reverse("incidents:imports") in page.content.decode()


def test_managers_are_not_offered_what_is_for_admins(cast: Cast, as_user: SignIn) -> None:
    page = as_user(cast.mo).get(reverse("dashboards:admin"))
    assert page.status_code == 200
    assert reverse("incidents:imports") not in page.content.decode()


@pytest.mark.parametrize("who", ["rob", "ann", "dev"])
def test_others_may_not_open_it(cast: Cast, as_user: SignIn, who: str) -> None:
    assert as_user(getattr(cast, who)).get(reverse("dashboards:admin")).status_code == 403


def test_an_entry_stands_under_a_known_heading() -> None:
    entry = AdminEntry("Nowhere", "X", "Y", "accounts:profile", "user", 1, frozenset({Role.ADMIN}))
    with pytest.raises(ValueError, match="no heading"):
        administer(entry)
    assert administration_for(frozenset({Role.REQUESTER})) == []
