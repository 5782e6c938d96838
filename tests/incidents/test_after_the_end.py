"""What follows a ticket's end: answers, closing by itself, and the requester's rating."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person, Team
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents import actions
from incidents.models import Channel, CsatReason, CsatSurvey, FollowUp, Message, TeamPolicy, Ticket
from incidents.rating_links import SALT, rating_token
from incidents.tasks import close_settled_tickets
from notifications.models import Notification, OutgoingMail
from tests.conftest import Cast
from tests.incidents.conftest import Opener

Play = Callable[[], AbstractContextManager[None]]
FollowUpRule = TeamPolicy.FollowUp


def arrange(team: Team, **fields: object) -> TeamPolicy:
    return actions.set_team_policy(team, actor=None, **fields)  # type: ignore[arg-type]  # the test's own fields


def resolved(ticket: Ticket, cast: Cast, *, days_ago: int = 0) -> Ticket:
    at = timezone.now() - timedelta(days=days_ago)
    return actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="New card", at=at)


def closed(ticket: Ticket, cast: Cast, *, days_ago: int = 0) -> Ticket:
    resolved(ticket, cast, days_ago=days_ago)
    return actions.close_ticket(ticket, actor=None)


def answer(ticket: Ticket, by: Person, **fields: object) -> Message:
    said = {"actor": by, "body": "It happens again", **fields}
    return actions.reply_to_ticket(ticket, **said)  # type: ignore[arg-type]  # the test's own fields


# --- answers ----------------------------------------------------------------------------------


def test_an_answer_reopens_a_resolved_ticket_unless_its_team_says_otherwise(
    ticket: Ticket, cast: Cast
) -> None:
    resolved(ticket, cast)
    message = answer(ticket, cast.rob)
    ticket.refresh_from_db()
    assert (ticket.state, message.ticket_id) == ("in_progress", ticket.pk)


def test_by_the_teams_policy_an_answer_opens_a_new_linked_ticket(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, follow_up=FollowUpRule.NEW_TICKET)
    resolved(ticket, cast)
    with after_commit():
        message = answer(ticket, cast.rob, channel=Channel.EMAIL)
    ticket.refresh_from_db()
    new = message.ticket
    assert ticket.state == "resolved"
    assert FollowUp.objects.get(ticket=new).previous == ticket
    assert (new.requester, new.team, new.component, new.channel) == (
        cast.rob, cast.desk, cast.checkout, "email",
    )  # fmt: skip
    assert list(new.messages.values_list("body", flat=True)) == ["It happens again"]
    assert Event.objects.about(ticket).filter(name="incidents.follow_up_opened").exists()
    assert Notification.objects.filter(person=cast.rob, kind="incidents.logged").count() == 1


@pytest.mark.parametrize(("days", "same"), [(13, True), (15, False)])
@pytest.mark.parametrize("over", [resolved, closed])
def test_within_the_days_the_same_ticket_is_reopened_and_after_them_a_new_one_opened(
    ticket: Ticket,
    cast: Cast,
    over: Callable[..., Ticket],
    days: int,
    same: bool,  # noqa: FBT001 (a case of the test)
) -> None:
    arrange(cast.desk, follow_up=FollowUpRule.REOPEN_WITHIN, reopen_days=14)
    over(ticket, cast, days_ago=days)
    message = answer(ticket, cast.rob)
    ticket.refresh_from_db()
    assert (message.ticket_id == ticket.pk) is same
    assert ticket.is_open is same


@pytest.mark.parametrize("rule", FollowUpRule.values)
def test_an_answer_to_a_closed_ticket_never_vanishes(ticket: Ticket, cast: Cast, rule: str) -> None:
    arrange(cast.desk, follow_up=rule)
    closed(ticket, cast, days_ago=30)
    message = answer(ticket, cast.rob)
    assert message.ticket.is_open
    assert Ticket.objects.visible_to(cast.rob).filter(pk=message.ticket_id).exists()
    assert message.body == "It happens again"


def test_an_answer_to_a_cancelled_ticket_opens_a_new_one(ticket: Ticket, cast: Cast) -> None:
    actions.cancel_ticket(ticket, actor=cast.ann)
    assert answer(ticket, cast.rob).ticket_id != ticket.pk


def test_further_answers_stand_on_the_follow_up_while_it_is_open(
    ticket: Ticket, cast: Cast
) -> None:
    closed(ticket, cast)
    first, second = answer(ticket, cast.rob), answer(ticket, cast.rob, body="And again")
    assert first.ticket_id == second.ticket_id
    actions.cancel_ticket(first.ticket, actor=cast.ann)
    assert answer(ticket, cast.rob).ticket_id not in (first.ticket_id, ticket.pk)


def test_files_of_a_late_answer_are_kept_with_it(ticket: Ticket, cast: Cast) -> None:
    closed(ticket, cast)
    picture = SimpleUploadedFile("screen.png", b"-", "image/png")
    message = answer(ticket, cast.rob, body="", files=[picture])
    assert message.attachments.get().name == "screen.png"


def test_a_late_answer_of_somebody_who_reports_for_one_who_left_is_theirs(
    ticket: Ticket, cast: Cast
) -> None:
    cast.rita.sees_organisation = True
    cast.rita.save()
    closed(ticket, cast)
    Person.objects.filter(pk=cast.rob.pk).update(is_active=False)
    assert answer(ticket, cast.rita).ticket.requester == cast.rita


def test_an_empty_late_answer_opens_nothing(ticket: Ticket, cast: Cast) -> None:
    closed(ticket, cast)
    with pytest.raises(DomainError):
        answer(ticket, cast.rob, body="  ")
    assert Ticket.objects.count() == 1


def test_staff_are_still_told_to_open_a_new_ticket(ticket: Ticket, cast: Cast) -> None:
    closed(ticket, cast)
    with pytest.raises(DomainError, match="closed"):
        answer(ticket, cast.ann)
    assert Ticket.objects.count() == 1


def test_the_portal_takes_a_requester_to_where_their_words_stand(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client]
) -> None:
    closed(ticket, cast)
    browser = as_user(cast.rob)
    assert "not lost" in browser.get(f"/portal/{ticket.pk}/").content.decode()
    response = browser.post(f"/portal/{ticket.pk}/reply/", {"body": "Again"}, follow=True)
    new = FollowUp.objects.get(previous=ticket).ticket
    assert response.redirect_chain[-1][0] == f"/portal/{new.pk}/"
    page = response.content.decode()
    assert "Again" in page
    assert ticket.reference in page


def test_programs_are_told_on_which_ticket_their_late_words_stand(
    ticket: Ticket, cast: Cast, api_as: Callable[..., APIClient]
) -> None:
    closed(ticket, cast)
    program = api_as(cast.rob)
    said = program.post(f"/api/v1/tickets/{ticket.pk}/messages/", {"body": "Again"}, format="json")
    assert said.status_code == 201
    assert said.json()["ticket"] == FollowUp.objects.get(previous=ticket).ticket_id


# --- closing by itself ------------------------------------------------------------------------


def test_each_team_says_after_how_many_days_tickets_close(opened: Opener, cast: Cast) -> None:
    slow = Team.objects.create(name="Slow")
    never = Team.objects.create(name="Never")
    arrange(slow, close_after_days=30)
    arrange(never, close_after_days=None)
    tickets = {
        name: resolved(opened(team=team, component=None), cast, days_ago=days)
        for name, team, days in (
            ("default", cast.desk, 8),
            ("fresh", cast.desk, 6),
            ("no team", None, 8),
            ("slow", slow, 8),
            ("slow and old", slow, 31),
            ("never", never, 300),
        )
    }
    close_settled_tickets()
    over = {
        name for name, one in tickets.items() if Ticket.objects.get(pk=one.pk).state == "closed"
    }
    assert over == {"default", "no team", "slow and old"}


def test_the_resolved_notice_says_when_it_closes(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, close_after_days=3)
    with after_commit():
        resolved(ticket, cast)
    day = timezone.localtime(timezone.now() + timedelta(days=3))
    mail = OutgoingMail.objects.get(person=cast.rob)
    assert f"It closes by itself on {day.day} {day:%B %Y}." in mail.body
    assert "closes by itself" in Notification.objects.get(person=cast.rob).body


def test_where_nothing_closes_by_itself_nothing_is_said_of_it(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, close_after_days=None)
    with after_commit():
        resolved(ticket, cast)
    assert "closes by itself" not in OutgoingMail.objects.get(person=cast.rob).body


# --- rating -----------------------------------------------------------------------------------


def links_in(mail: OutgoingMail) -> list[str]:
    return re.findall(r"https?://[^/\s]+(/rating/\S+)", mail.body)


def test_the_resolved_mail_carries_links_that_rate_without_signing_in(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        resolved(ticket, cast)
    links = links_in(OutgoingMail.objects.get(person=cast.rob))
    assert len(links) == 5
    assert "/rating/" not in Notification.objects.get(person=cast.rob).body
    page = Client().get(links[1])
    assert page.status_code == 200
    assert re.search(r'value="4"[^>]*checked', page.content.decode())
    assert page["Referrer-Policy"] == "no-referrer"


def test_opening_every_link_of_a_mail_rates_nothing(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        resolved(ticket, cast)
    for link in links_in(OutgoingMail.objects.get(person=cast.rob)):
        Client().get(link)
        Client().head(link)
    ticket.refresh_from_db()
    assert ticket.csat_score is None


def test_pressing_send_keeps_score_reason_and_words_once(ticket: Ticket, cast: Cast) -> None:
    [slow, _] = actions.set_csat_reasons(actor=cast.ada, labels=["Took too long", "Friendly"])
    resolved(ticket, cast)
    address = f"/rating/{rating_token(ticket, 1)}/"
    said = {"score": "2", "reason": slow.pk, "comment": "Two weeks"}
    assert Client().post(address, said).status_code == 302
    ticket.refresh_from_db()
    survey = CsatSurvey.objects.get(ticket=ticket)
    assert (ticket.csat_score, ticket.csat_comment) == (2, "Two weeks")
    assert (survey.reason, survey.via) == (slow, "link")
    again = Client().post(address, {"score": "5"})
    assert again.status_code == 409
    page = Client().get(address).content.decode()
    assert "2 of 5" in page
    assert "Took too long" in page
    ticket.refresh_from_db()
    assert ticket.csat_score == 2


def test_an_answer_in_the_portal_is_the_one_answer_too(ticket: Ticket, cast: Cast) -> None:
    resolved(ticket, cast)
    actions.rate_ticket(ticket, actor=cast.rob, score=5)
    with pytest.raises(TransitionNotAllowed, match="5 of 5"):
        actions.rate_ticket(ticket, actor=cast.rob, score=1)
    assert Client().post(f"/rating/{rating_token(ticket, 1)}/", {"score": "1"}).status_code == 409


@pytest.mark.parametrize("score", ["0", "6", "", "five"])
def test_a_score_that_is_none_is_refused_at_its_field(
    ticket: Ticket, cast: Cast, score: str
) -> None:
    resolved(ticket, cast)
    response = Client().post(f"/rating/{rating_token(ticket, 1)}/", {"score": score})
    assert response.status_code == 422


def test_a_forged_or_old_link_leads_nowhere(
    ticket: Ticket, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved(ticket, cast)
    token = rating_token(ticket, 1)
    assert Client().get(f"/rating/{token[:-1]}x/").status_code == 404
    other = signing.dumps(ticket.pk, salt="something.else")
    assert Client().get(f"/rating/{other}/").status_code == 404
    assert signing.loads(token, salt=SALT) == [ticket.pk, 1]
    later = timezone.now() + timedelta(days=61)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert Client().get(f"/rating/{token}/").status_code == 404


def test_a_link_shows_nothing_but_the_title(ticket: Ticket, cast: Cast, note: Message) -> None:
    resolved(ticket, cast)
    page = Client().get(f"/rating/{rating_token(ticket, 1)}/").content.decode()
    assert ticket.title in page
    assert "Zanzibar" not in page
    assert ticket.description not in page


def test_a_reopened_ticket_is_not_rated_yet(ticket: Ticket, cast: Cast) -> None:
    resolved(ticket, cast)
    answer(ticket, cast.rob)
    ticket.refresh_from_db()
    page = Client().get(f"/rating/{rating_token(ticket, 1)}/").content.decode()
    assert "opened again after that resolution" in page
    token = rating_token(ticket, ticket.resolution_number)
    assert "Not over yet" in Client().get(f"/rating/{token}/").content.decode()


def rated_twice(ticket: Ticket, cast: Cast) -> Ticket:
    """Rated 1 of 5, opened again, resolved again and rated 5 of 5."""
    resolved(ticket, cast)
    actions.rate_ticket(ticket, actor=cast.rob, score=1, comment="Not at all")
    answer(ticket, cast.rob)
    resolved(ticket, cast)
    return actions.rate_ticket(ticket, actor=cast.rob, score=5, comment="Now it works")


def test_a_second_resolution_is_rated_again_and_the_first_rating_is_kept(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    ticket = rated_twice(ticket, cast)
    assert (ticket.csat_score, ticket.csat_comment) == (5, "Now it works")
    with pytest.raises(TransitionNotAllowed, match="rated already: 5 of 5"):
        actions.rate_ticket(ticket, actor=cast.rob, score=2)
    rows = api_as(cast.rob).get(f"/api/v1/tickets/{ticket.pk}/ratings/").json()
    assert [(one["resolution"], one["score"], one["counts"]) for one in rows] == [
        (1, 1, False),
        (2, 5, True),
    ]
    page = as_user(cast.rob).get(f"/portal/{ticket.pk}/").content.decode()
    assert "1 of 5 before it was opened again" in page
    assert "How did we do?" not in page
    said = Event.objects.about(ticket).filter(name="incidents.ticket_rated").order_by("id")
    assert [one.payload["score"] for one in said] == [1, 5]


def test_figures_count_a_ticket_once_with_its_last_rating(
    opened: Opener, cast: Cast, as_user: Callable[..., Client]
) -> None:
    rated_twice(opened(), cast)
    once = resolved(opened(), cast)
    actions.rate_ticket(once, actor=cast.rob, score=2)
    now = timezone.now()
    asked = CsatSurvey.objects.visible_to(cast.ada).asked(now - timedelta(days=1), now)
    found = (asked.answered(), asked.last_ratings(), asked.satisfied())
    assert [one.count() for one in found] == [3, 2, 1]
    page = as_user(cast.ada).get("/admin/rating-reasons/").content.decode()
    assert "50 %" in page
    assert "counts once, with its last rating" in page


def test_the_link_of_an_earlier_resolution_answers_nothing_and_says_why(
    ticket: Ticket, cast: Cast
) -> None:
    resolved(ticket, cast)
    old = f"/rating/{rating_token(ticket, 1)}/"
    Client().post(old, {"score": "1"})
    answer(ticket, cast.rob)
    again = Client().post(old, {"score": "5"})
    assert again.status_code == 409
    assert "opened again after that resolution" in again.content.decode()
    resolved(ticket, cast)
    refused = Client().post(old, {"score": "5"})
    assert refused.status_code == 409
    page = refused.content.decode()
    for words in ("opened again after that resolution", "1 of 5", "newest mail"):
        assert words in page
    assert [one.score for one in ticket.surveys.all()] == [1]
    assert Client().post(f"/rating/{rating_token(ticket, 2)}/", {"score": "4"}).status_code == 302
    assert [one.score for one in ticket.surveys.all()] == [1, 4]


def test_a_portal_page_left_open_over_a_second_resolution_rates_nothing(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    resolved(ticket, cast)
    answer(ticket, cast.rob)
    resolved(ticket, cast)
    said = {"score": 1, "resolution": 1}
    assert as_user(cast.rob).post(f"/portal/{ticket.pk}/rate/", said).status_code == 409
    at = f"/api/v1/tickets/{ticket.pk}/rate/"
    assert api_as(cast.rob).post(at, said).status_code == 409
    assert api_as(cast.rob).post(at, {"score": 4, "resolution": 2}).status_code == 200


def test_the_second_mail_asks_about_the_second_resolution(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    for _ in range(2):
        with after_commit():
            resolved(ticket, cast)
        with after_commit():
            answer(ticket, cast.rob)
    mails = OutgoingMail.objects.filter(person=cast.rob, subject__endswith="is resolved")
    tokens = [links_in(one)[0].split("/")[2] for one in mails.order_by("id")]
    asked = [signing.loads(token, salt=SALT) for token in tokens]
    assert asked == [[ticket.pk, 1], [ticket.pk, 2]]


def test_an_imported_score_stands_until_the_requester_is_asked(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    resolved(ticket, cast)
    Ticket.objects.filter(pk=ticket.pk).update(csat_score=3)
    with pytest.raises(TransitionNotAllowed, match="3 of 5"):
        actions.rate_ticket(ticket, actor=cast.rob, score=5)
    with after_commit():
        answer(ticket, cast.rob)
        resolved(ticket, cast)
    assert actions.rate_ticket(ticket, actor=cast.rob, score=5).csat_score == 5


def test_a_team_that_does_not_ask_sends_no_links(
    ticket: Ticket, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, asks_rating=False)
    with after_commit():
        resolved(ticket, cast)
    assert links_in(OutgoingMail.objects.get(person=cast.rob)) == []
    assert not CsatSurvey.objects.exists()


def test_response_rate_and_csat_are_counted_from_who_was_asked(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        tickets = [resolved(opened(), cast) for _ in range(4)]
    for one, score in zip(tickets, (5, 4, 1), strict=False):
        actions.rate_ticket(one, actor=cast.rob, score=score)
    now = timezone.now()
    asked = CsatSurvey.objects.visible_to(cast.ada).asked(now - timedelta(days=1), now)
    counts = (asked.count(), asked.answered().count(), asked.satisfied().count())
    assert counts == (4, 3, 2)
    assert not CsatSurvey.objects.visible_to(cast.stan).exists()


def test_reasons_are_arranged_and_old_ones_stay_on_their_ratings(
    ticket: Ticket, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    browser = as_user(cast.ada)
    browser.post("/admin/rating-reasons/", {"labels": "Friendly\n\nTook too long\nFriendly"})
    offered = CsatReason.objects.offered()
    assert [one.label for one in offered] == ["Friendly", "Took too long"]
    resolved(ticket, cast)
    actions.rate_ticket(ticket, actor=cast.rob, score=5, reason=offered[0])
    browser.post("/admin/rating-reasons/", {"labels": "Took too long"})
    assert CsatSurvey.objects.get(ticket=ticket).reason == CsatReason.objects.get(label="Friendly")
    program = api_as(cast.rob)
    labels = [one["label"] for one in program.get("/api/v1/csat-reasons/").json()["results"]]
    assert labels == ["Took too long"]
    assert as_user(cast.ann).get("/admin/rating-reasons/").status_code == 404
    with pytest.raises(NotPermitted):
        actions.set_csat_reasons(actor=cast.ann, labels=["Mine"])
    page = browser.get("/admin/rating-reasons/?show=satisfied").content.decode()
    assert ticket.reference in page
