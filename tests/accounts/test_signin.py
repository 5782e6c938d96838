"""Signing in and out."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, SignInTry
from accounts.signin import TRIES, WINDOW
from core import extensions
from core.extensions import LoginHint, login_hints
from tests.conftest import Cast

LOGIN = "/login/"
SECRET = "correct horse battery"


@pytest.fixture
def ann(cast: Cast) -> Person:
    """Ann, who can sign in by password."""
    cast.ann.set_password(SECRET)
    cast.ann.save()
    return cast.ann


def sign_in(email: str, password: str = SECRET, **more: str) -> tuple[Client, int, str]:
    """A fresh browser that tried: itself, the answer's status and its text."""
    browser = Client()
    response = browser.post(LOGIN, {"email": email, "password": password, **more})
    return browser, response.status_code, response.content.decode()


def is_signed_in(browser: Client) -> bool:
    return browser.get(reverse("accounts:profile")).status_code == 200


def test_the_right_password_signs_in_whatever_the_case_of_the_address(ann: Person) -> None:
    browser, status, _ = sign_in(f"  {ann.email.upper()} ")
    assert status == 302
    assert is_signed_in(browser)


def test_unknown_wrong_and_inactive_get_one_answer(ann: Person, cast: Cast) -> None:
    cast.max.set_password(SECRET)
    cast.max.is_active = False
    cast.max.save()
    answers = [
        sign_in("nobody@house.example"),
        sign_in(ann.email, "wrong password"),
        sign_in(cast.max.email),
    ]
    assert {status for _, status, _ in answers} == {422}
    sentences = {
        text.count("The e-mail address or the password is not right.") for *_, text in answers
    }
    assert sentences == {1}
    assert not any(is_signed_in(browser) for browser, *_ in answers)


@pytest.mark.parametrize("email", ["ann@house.example", "nobody@house.example"])
def test_the_eleventh_try_is_refused_even_with_the_right_password(ann: Person, email: str) -> None:
    for place in range(TRIES):
        spelling = email.upper() if place % 2 else f" {email}"
        assert sign_in(spelling, "wrong password")[1] == 422
    browser, status, text = sign_in(email)
    assert status == 429
    assert "Too many tries" in text
    assert not is_signed_in(browser)


def test_tries_are_forgotten_after_the_window_and_after_success(ann: Person) -> None:
    for _ in range(TRIES):
        sign_in(ann.email, "wrong password")
    SignInTry.objects.update(at=timezone.now() - WINDOW - timedelta(seconds=1))
    assert sign_in(ann.email)[1] == 302
    assert SignInTry.objects.count() == 0


def test_one_account_does_not_lock_another(ann: Person, cast: Cast) -> None:
    for _ in range(TRIES + 1):
        sign_in(cast.rob.email, "wrong password")
    assert sign_in(ann.email)[1] == 302


def test_the_session_changes_at_sign_in(ann: Person) -> None:
    browser = Client()
    session = browser.session
    session["planted"] = True
    session.save()
    before = session.session_key
    browser.post(LOGIN, {"email": ann.email, "password": SECRET})
    assert browser.session.session_key != before


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https:evil.example", "\\\\evil.example", "/%09/evil.example/../..//evil",
     "javascript:alert(1)", "https://evil.example/", "http:///evil.example"],
)  # fmt: skip
def test_next_never_leads_elsewhere(ann: Person, address: str) -> None:
    response = Client().post(LOGIN, {"email": ann.email, "password": SECRET, "next": address})
    assert response.status_code == 302
    assert response["Location"].startswith("/")
    assert not response["Location"].startswith(("//", "/\\"))


def test_next_leads_back_to_the_page_asked_for(ann: Person) -> None:
    browser = Client()
    first = browser.get(reverse("accounts:tokens"))
    assert first.status_code == 302
    assert first["Location"].startswith(LOGIN)
    page = browser.get(first["Location"]).content.decode()
    assert 'name="next" value="/profile/keys/"' in page
    response = browser.post(
        LOGIN, {"email": ann.email, "password": SECRET, "next": reverse("accounts:tokens")}
    )
    assert response["Location"] == reverse("accounts:tokens")


@pytest.mark.parametrize(
    "data",
    [{}, {"email": "x"}, {"email": "a\x00b@x.example", "password": "y"},
     {"email": "ann@house.example", "password": "a\x00b"},
     {"email": "ann@house.example", "password": "x" * 5000}, {"email": "é" * 300, "password": "y"}],
)  # fmt: skip
def test_odd_input_is_a_sentence_and_never_a_crash(ann: Person, data: dict[str, str]) -> None:
    response = Client().post(LOGIN, data)
    assert response.status_code == 422
    assert "data-error-summary" in response.content.decode()


def test_sign_in_needs_the_forms_token(ann: Person) -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post(LOGIN, {"email": ann.email, "password": SECRET})
    assert response.status_code == 403
    assert "Please send it again" in response.content.decode()


def test_signing_out_is_a_post_and_ends_the_session(ann: Person) -> None:
    browser, *_ = sign_in(ann.email)
    assert browser.get(reverse("accounts:logout")).status_code == 405
    assert is_signed_in(browser)
    browser.post(reverse("accounts:logout"))
    assert not is_signed_in(browser)


def test_a_deactivated_person_is_out_at_once(ann: Person) -> None:
    browser, *_ = sign_in(ann.email)
    Person.objects.filter(pk=ann.pk).update(is_active=False)
    assert not is_signed_in(browser)


def test_demo_logins_are_listed_only_where_they_are_to_be_shown(
    db: None, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "_login_hints", [])
    login_hints(lambda: [LoginHint("Agent <1>", "maya@demo.example", "demo-word")])
    settings.DEMO_LOGINS_SHOWN = False
    assert "demo-word" not in Client().get(LOGIN).content.decode()
    settings.DEMO_LOGINS_SHOWN = True
    page = Client().get(LOGIN).content.decode()
    assert "demo-word" in page
    assert "Agent &lt;1&gt;" in page


def test_pages_of_the_signed_in_are_not_kept_by_the_browser(ann: Person) -> None:
    browser, *_ = sign_in(ann.email)
    assert "no-store" in browser.get(reverse("accounts:profile"))["Cache-Control"]
