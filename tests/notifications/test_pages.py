"""The list of notices, and the admins' page of mail."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Person
from notifications.actions import notify
from notifications.kinds import KINDS, declare
from notifications.models import Notification, OutgoingMail
from tests.conftest import Cast

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]


@pytest.fixture(autouse=True)
def bell() -> Iterator[None]:
    kind = declare("tests.bell", "A bell rang")
    yield
    del KINDS[kind.name]


def ring(person: Person, number: int = 1, url: str = "/notifications/") -> None:
    notify(person, kind="tests.bell", title=f"Ring {number}", url=url, once_key=f"bell:{number}")


def test_one_sees_what_one_was_told_and_nothing_else(cast: Cast, as_user: AsUser) -> None:
    ring(cast.ann, 1)
    ring(cast.dev, 2)
    text = as_user(cast.ann).get("/notifications/").content.decode()
    assert "Ring 1" in text
    assert "Ring 2" not in text


def test_the_bell_counts_what_is_unread(cast: Cast, as_user: AsUser) -> None:
    for number in range(3):
        ring(cast.rob, number)
    page = as_user(cast.rob).get("/notifications/")
    assert 'aria-label="Notifications: 3 new"' in page.content.decode()


def test_opening_marks_it_read_and_goes_there(cast: Cast, as_user: AsUser) -> None:
    ring(cast.rob, url="/tickets/7/")
    notice = Notification.objects.get()
    answer = as_user(cast.rob).post(f"/notifications/{notice.pk}/read/")
    assert answer["Location"] == "/tickets/7/"
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_it_never_leads_to_another_site(cast: Cast, as_user: AsUser) -> None:
    ring(cast.rob, url="//evil.example/")
    answer = as_user(cast.rob).post(f"/notifications/{Notification.objects.get().pk}/read/")
    assert answer["Location"] == "/notifications/"


def test_reading_needs_a_post_and_ones_own_notice(cast: Cast, as_user: AsUser) -> None:
    ring(cast.rob)
    address = f"/notifications/{Notification.objects.get().pk}/read/"
    assert as_user(cast.rob).get(address).status_code == 405
    assert as_user(cast.ada).post(address).status_code == 404


def test_all_are_read_at_once(cast: Cast, as_user: AsUser) -> None:
    ring(cast.rob, 1)
    ring(cast.rob, 2)
    as_user(cast.rob).post("/notifications/read/")
    assert not Notification.objects.unread().exists()
    assert "Nothing unread" in as_user(cast.rob).get("/notifications/?unread=1").content.decode()


def test_a_made_up_page_address_is_a_bad_request(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.rob).get("/notifications/?cursor=>nonsense").status_code == 400


def test_mail_is_listed_for_admins_and_missing_for_everybody_else(
    cast: Cast, as_user: AsUser
) -> None:
    ring(cast.rob)
    assert "rob@acme.example" in as_user(cast.ada).get("/admin/mail/").content.decode()
    for person in (cast.ann, cast.mo, cast.rob):
        assert as_user(person).get("/admin/mail/").status_code == 404


def test_an_admin_sends_a_failed_mail_again(cast: Cast, as_user: AsUser) -> None:
    ring(cast.rob)
    OutgoingMail.objects.update(state="failed", error="550 no such user")
    mail = OutgoingMail.objects.get()
    assert "550 no such user" in as_user(cast.ada).get("/admin/mail/?state=failed").content.decode()
    as_user(cast.ada).post(f"/admin/mail/{mail.pk}/retry/")
    mail.refresh_from_db()
    assert mail.state == "pending"


@pytest.mark.parametrize("address", ["/notifications/", "/admin/mail/"])
def test_a_list_costs_the_same_at_3_and_at_30(cast: Cast, as_user: AsUser, address: str) -> None:
    browser = as_user(cast.ada)
    for number in range(3):
        ring(cast.ada, number)
    browser.get(address)
    with CaptureQueriesContext(connection) as few:
        browser.get(address)
    for number in range(3, 30):
        ring(cast.ada, number)
    with CaptureQueriesContext(connection) as many:
        browser.get(address)
    assert len(many) == len(few)


def test_the_api_gives_ones_own_notices_and_reads_them(cast: Cast, api_as: ApiAs) -> None:
    ring(cast.rob)
    ring(cast.ann, 2)
    (row,) = api_as(cast.rob).get("/api/v1/notifications/").json()["results"]
    assert (row["title"], row["read_at"]) == ("Ring 1", None)
    answer = api_as(cast.rob).post(f"/api/v1/notifications/{row['id']}/read/")
    assert answer.json()["read_at"] is not None
    assert api_as(cast.ann).post(f"/api/v1/notifications/{row['id']}/read/").status_code == 404


def test_the_api_shows_mail_to_admins_only(cast: Cast, api_as: ApiAs) -> None:
    ring(cast.rob)
    (row,) = api_as(cast.ada).get("/api/v1/outgoing-mail/?state=pending").json()["results"]
    assert row["to"] == "rob@acme.example"
    assert api_as(cast.mo).get("/api/v1/outgoing-mail/").json()["results"] == []
    refused = api_as(cast.ada).post(f"/api/v1/outgoing-mail/{row['id']}/retry/")
    assert refused.status_code == 409
