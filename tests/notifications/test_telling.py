"""Telling somebody something, once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import Organisation, Person
from accounts.roles import Role
from core.errors import NotPermitted, TransitionNotAllowed
from notifications.actions import Notice, mark_all_read, mark_read, notify, notify_all, retry_mail
from notifications.kinds import KINDS, NoticeKind, declare
from notifications.models import Notification, OutgoingMail
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def bell() -> Any:
    kind = declare("tests.bell", "A bell rang")
    quiet = declare("tests.quiet", "Nobody need know", mailed=False)
    yield kind
    del KINDS[kind.name]
    del KINDS[quiet.name]


def ring(person: Person, **words: Any) -> None:
    notify(
        person,
        **{
            "kind": "tests.bell",
            "title": "It rang",
            "body": "Twice.",
            "url": "/tickets/1/",
            "once_key": "bell:1",
            **words,
        },
    )


def test_a_person_is_told_in_the_app_and_by_mail(cast: Cast) -> None:
    ring(cast.ann)
    notice = Notification.objects.get()
    mail = OutgoingMail.objects.get()
    assert (notice.person, notice.title, notice.kind_label) == (cast.ann, "It rang", "A bell rang")
    assert (mail.to, mail.subject, mail.state) == (cast.ann.email, "It rang", "pending")
    assert "Twice." in mail.body
    assert "/tickets/1/" in mail.body


def test_repeating_it_tells_nobody_again_and_keeps_the_message_id(cast: Cast) -> None:
    ring(cast.ann)
    before = OutgoingMail.objects.get().message_id
    ring(cast.ann, title="It rang again")
    assert Notification.objects.get().title == "It rang"
    assert OutgoingMail.objects.get().message_id == before


def test_two_people_are_told_separately(cast: Cast) -> None:
    ring(cast.ann)
    ring(cast.dev)
    assert Notification.objects.count() == 2
    assert OutgoingMail.objects.values("message_id").distinct().count() == 2


def test_many_are_told_in_two_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    notice = Notice(kind="tests.bell", title="It rang", once_key="bell:2")
    everyone = list(cast.everyone.values())
    with django_assert_num_queries(4):  # a savepoint around the two statements
        notify_all([*everyone, *everyone], notice)
    assert Notification.objects.count() == len(everyone)


def test_a_quiet_kind_or_a_quiet_call_sends_no_mail(cast: Cast) -> None:
    ring(cast.ann, kind="tests.quiet")
    ring(cast.dev, mail=False)
    assert Notification.objects.count() == 2
    assert not OutgoingMail.objects.exists()


def test_somebody_who_left_is_not_told(cast: Cast) -> None:
    Person.objects.filter(pk=cast.ann.pk).update(is_active=False)
    cast.ann.refresh_from_db()
    ring(cast.ann)
    assert not Notification.objects.exists()


def test_an_undeclared_kind_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="not declared"):
        ring(cast.ann, kind="tests.unheard_of")


@pytest.mark.parametrize("key", ["", "x" * 151])
def test_a_key_that_would_not_fit_is_refused(cast: Cast, key: str) -> None:
    with pytest.raises(ValueError, match="once_key"):
        ring(cast.ann, once_key=key)


def test_a_kind_is_declared_once(bell: NoticeKind) -> None:
    with pytest.raises(ValueError, match="twice"):
        declare(bell.name, "Again")


def test_a_line_break_in_a_title_never_reaches_a_mail_header(cast: Cast) -> None:
    ring(cast.ann, title="It rang\r\nBcc: all@example.org")
    assert OutgoingMail.objects.get().subject == "It rang Bcc: all@example.org"


def test_markup_in_a_title_stays_text_in_the_mail(cast: Cast) -> None:
    ring(cast.ann, title="a < b & {{ 7|add:7 }}", body="<b>")
    assert "a < b & {{ 7|add:7 }}" in OutgoingMail.objects.get().body


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_tell_once() -> None:
    house = Organisation.objects.create(name="House")
    person = Person.objects.create_user(
        "a@h.example", name="Ann", organisation=house, roles=["agent"]
    )

    def ring_alone(_: int) -> None:
        try:
            ring(person)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ring_alone, range(8)))
    assert Notification.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_reading_is_ones_own_and_keeps_the_first_time(cast: Cast) -> None:
    ring(cast.ann)
    notice = Notification.objects.get()
    with pytest.raises(NotPermitted):
        mark_read(notice, actor=cast.dev)
    first = mark_read(notice, actor=cast.ann).read_at
    assert first is not None
    assert mark_read(notice, actor=cast.ann).read_at == first


def test_reading_everything_leaves_others_unread(cast: Cast) -> None:
    ring(cast.ann)
    ring(cast.ann, once_key="bell:3")
    ring(cast.dev)
    assert mark_all_read(actor=cast.ann) == 2
    assert Notification.objects.unread().get().person == cast.dev


def test_only_a_failed_mail_is_tried_again_and_only_by_an_admin(cast: Cast) -> None:
    ring(cast.ann)
    mail = OutgoingMail.objects.get()
    with pytest.raises(TransitionNotAllowed):
        retry_mail(mail, actor=cast.ada)
    OutgoingMail.objects.update(state="failed", attempts=9)
    with pytest.raises(NotPermitted):
        retry_mail(mail, actor=cast.mo)
    again = retry_mail(mail, actor=cast.ada)
    assert (again.state, again.attempts, again.message_id) == ("pending", 0, mail.message_id)


def test_mail_is_seen_by_admins_only(cast: Cast) -> None:
    ring(cast.ann)
    who = {
        name for name, person in cast.everyone.items() if OutgoingMail.objects.visible_to(person)
    }
    assert who == {name for name, one in cast.everyone.items() if Role.ADMIN in one.roles}
