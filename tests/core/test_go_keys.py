"""The rail as the apps have registered it."""

from collections import Counter

import pytest
from django.urls import reverse

from accounts.roles import Role
from core.context import PHONE_ENTRIES
from core.extensions import TOP_BAR, navigation_for


@pytest.mark.parametrize("role", list(Role))
def test_no_two_entries_of_a_role_answer_to_one_key(role: Role) -> None:
    items = navigation_for(frozenset({role}))
    for letters in ([item.key for item in items], [item.shortcut for item in items]):
        repeated = [letter for letter, times in Counter(filter(None, letters)).items() if times > 1]
        assert repeated == []


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.AGENT, Role.DEVELOPER, Role.MANAGER])
def test_every_entry_leads_somewhere_and_a_phone_has_some(role: Role) -> None:
    items = navigation_for(frozenset({role}))
    assert [reverse(item.url_name) for item in items]
    assert len([item for item in items if item.on_phone][:PHONE_ENTRIES]) >= 1
    assert [reverse(item.url_name) for item in TOP_BAR]
