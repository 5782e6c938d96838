"""The profile, the password and API keys."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.events import API_KEY_MADE, API_KEY_REVOKED, PASSWORD_CHANGED
from accounts.models import ApiToken, Person
from accounts.tokens import create_token, digest
from core.errors import DomainError, NotPermitted
from core.models import Event
from tests.conftest import Cast

SECRET = "correct horse battery"
BETTER = "a much better secret 9"
PROFILE = "/profile/"
KEYS = "/profile/keys/"


@pytest.fixture
def ann(cast: Cast) -> Person:
    """Ann, who can sign in by password."""
    cast.ann.set_password(SECRET)
    cast.ann.save()
    return cast.ann


@pytest.fixture
def window(ann: Person, as_user: Callable[[Person], Client]) -> Client:
    """Ann's browser."""
    return as_user(ann)


def test_name_and_theme_are_saved_and_the_page_follows(ann: Person, window: Client) -> None:
    response = window.post(PROFILE, {"name": "Ann Other", "theme": "dark"}, follow=True)
    page = response.content.decode()
    assert 'data-bs-theme="dark"' in page
    assert "Ann Other" in page
    assert "Your profile is saved." in page


def test_a_wrong_profile_is_refused_at_the_field_and_roles_in_the_post_are_ignored(
    ann: Person, window: Client
) -> None:
    assert window.post(PROFILE, {"name": "", "theme": "pink"}).status_code == 422
    window.post(PROFILE, {"name": "Ann", "theme": "light", "roles": "admin", "is_superuser": "1"})
    ann.refresh_from_db()
    assert ann.roles == ["agent"]
    assert not ann.is_superuser


def test_a_new_password_keeps_this_session_and_ends_everything_else(
    ann: Person, window: Client
) -> None:
    other = Client()
    other.post("/login/", {"email": ann.email, "password": SECRET})
    key = create_token(ann, name="script")
    response = window.post(
        reverse("accounts:password"), {"old_password": SECRET, "new_password": BETTER}
    )
    assert response.status_code == 302
    assert window.get(PROFILE).status_code == 200
    assert other.get(PROFILE).status_code == 302
    assert not ApiToken.objects.filter(digest=digest(key)).exists()
    assert Event.objects.about(ann).filter(name=PASSWORD_CHANGED.name).count() == 1
    assert Client().login(username=ann.email, password=BETTER)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("not it", BETTER, "This is not your password."),
        (SECRET, "short", "too short"),
        (SECRET, "1234567890123", "entirely numeric"),
        (SECRET, "ann@house.example", "too similar"),
        ("", "", "This field is required."),
    ],
)
def test_a_bad_password_change_is_refused_with_a_sentence(
    ann: Person, window: Client, old: str, new: str, words: str
) -> None:
    response = window.post(reverse("accounts:password"), {"old_password": old, "new_password": new})
    assert response.status_code == 422
    assert words in response.content.decode()
    ann.refresh_from_db()
    assert ann.check_password(SECRET)


def test_a_key_is_shown_once_works_and_is_kept_as_a_digest(ann: Person, window: Client) -> None:
    response = window.post(KEYS, {"name": "Reports", "lifetime": "30"})
    found = re.search(r"up_[\w-]{40,}", response.content.decode())
    assert found is not None
    key = found[0]
    assert key not in window.get(KEYS).content.decode()
    token = ApiToken.objects.get(person=ann)
    assert key not in (token.digest, token.name)
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)
    assert Event.objects.about(ann).filter(name=API_KEY_MADE.name).exists()


def test_a_key_without_a_name_is_refused_and_nothing_is_made(ann: Person, window: Client) -> None:
    response = window.post(KEYS, {"name": " ", "lifetime": "9999"})
    assert response.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_revoked_key_is_gone_and_the_log_says_so(ann: Person, window: Client) -> None:
    create_token(ann, name="Reports")
    token = ApiToken.objects.get()
    window.post(reverse("accounts:revoke_token", args=[token.pk]))
    assert not ApiToken.objects.exists()
    event = Event.objects.about(ann).get(name=API_KEY_REVOKED.name)
    assert event.sentence == "API key “Reports” revoked"


def test_another_persons_key_does_not_exist_for_one(cast: Cast, window: Client) -> None:
    create_token(cast.rob, name="Nightly export")
    token = ApiToken.objects.get()
    assert window.post(reverse("accounts:revoke_token", args=[token.pk])).status_code == 404
    assert "Nightly" not in window.get(KEYS).content.decode()
    assert ApiToken.objects.count() == 1


def test_nobody_changes_the_sign_in_of_another(cast: Cast) -> None:
    create_token(cast.rob, name="Nightly export")
    with pytest.raises(NotPermitted):
        actions.change_password(cast.rob, actor=cast.ada, password=BETTER)
    with pytest.raises(NotPermitted):
        actions.make_api_key(cast.rob, actor=cast.ann, name="x")
    with pytest.raises(NotPermitted):
        actions.revoke_api_key(ApiToken.objects.get(), actor=cast.ann)
    with pytest.raises(NotPermitted):
        actions.edit_profile(cast.rob, actor=cast.ann, name="x", theme="dark")


def test_there_is_an_end_to_the_number_of_keys(cast: Cast) -> None:
    for place in range(actions.MOST_KEYS):
        actions.make_api_key(cast.ann, actor=cast.ann, name=f"key {place}")
    with pytest.raises(DomainError, match="revoke one first"):
        actions.make_api_key(cast.ann, actor=cast.ann, name="one more")
