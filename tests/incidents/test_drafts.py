"""Drafts: nothing that was typed is ever lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from incidents import actions
from incidents.actions import DraftWords
from incidents.models import Draft, DraftFile, Message, Ticket
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AsUser = Callable[[Person], Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def keep(person: Person, ticket: Ticket | None, body: str, version: int = 0) -> Draft:
    return actions.save_draft(
        actor=person, ticket=ticket, words=DraftWords(body=body), version=version
    )


def post_draft(browser: Client, ticket: Ticket, body: str, version: int = 0) -> dict[str, object]:
    answer = browser.post(
        f"/tickets/{ticket.pk}/draft/",
        {"kind": "public_reply", "body": body, "draft_version": version},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200
    return answer.json()


def test_a_draft_is_there_on_any_device(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    first = post_draft(as_user(cast.ann), ticket, "Precious wo")
    post_draft(as_user(cast.ann), ticket, "Precious words", int(str(first["version"])))
    assert "Precious words" in as_user(cast.ann).get(ticket.get_absolute_url()).content.decode()
    assert "Precious" not in as_user(cast.pia).get(ticket.get_absolute_url()).content.decode()
    assert Draft.objects.count() == 1


def test_a_draft_survives_the_update_of_somebody_else(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    keep(cast.ann, ticket, "Precious words")
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Hello?")
    actions.assign_ticket(ticket, actor=cast.pia, assignee=cast.pia)
    ticket.refresh_from_db()
    actions.edit_ticket(ticket, actor=cast.pia, version=ticket.version, title="Renamed")
    actions.resolve_ticket(ticket, actor=cast.pia, code="fixed", text="Done")
    assert "Precious words" in as_user(cast.ann).get(ticket.get_absolute_url()).content.decode()


def test_drafts_follow_a_ticket_into_the_one_it_is_merged_into(opened: Opener, cast: Cast) -> None:
    source, target = opened(), opened()
    keep(cast.ann, source, "Of the source")
    keep(cast.pia, source, "Of the source, by Pia")
    keep(cast.pia, target, "Of the target")
    assert actions.move_drafts(source, target) == 2
    assert not Draft.objects.filter(ticket=source).exists()
    moved = Draft.objects.current(cast.ann, target)
    assert moved is not None
    assert moved.body == "Of the source"
    current = Draft.objects.current(cast.pia, target)
    assert current is not None
    assert current.body == "Of the target"
    assert [one.body for one in Draft.objects.others(cast.pia, target)] == ["Of the source, by Pia"]


def test_two_windows_the_newer_wins_and_the_older_is_kept(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    keep(cast.ann, ticket, "Written at the desk")
    said = post_draft(as_user(cast.ann), ticket, "Written on the phone")
    assert said["others"] == 1
    page = as_user(cast.ann).get(ticket.get_absolute_url()).content.decode()
    assert "Written on the phone</textarea>" in page
    assert "Another draft of yours" in page
    assert "Written at the desk" in page
    other = Draft.objects.get(other=True)
    as_user(cast.ann).post(
        f"/tickets/{ticket.pk}/reply/",
        {"do": f"restore:{other.pk}", "body": "Written on the phone", "kind": "public_reply",
         "draft_version": said["version"]},
    )  # fmt: skip
    current = Draft.objects.current(cast.ann, ticket)
    assert current is not None
    assert current.body == "Written at the desk"
    assert Draft.objects.get(other=True).body == "Written on the phone"


def test_going_on_with_the_same_words_in_another_window_keeps_no_second_text(
    ticket: Ticket, cast: Cast
) -> None:
    keep(cast.ann, ticket, "Hello")
    keep(cast.ann, ticket, "Hello Rob")
    assert Draft.objects.count() == 1


def test_a_draft_ends_with_its_message_in_one_transaction(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    keep(cast.ann, ticket, "Which bank?")
    browser = as_user(cast.ann)
    words = {"kind": "public_reply", "body": "Which bank?", "then": "resolve:magic"}
    assert browser.post(f"/tickets/{ticket.pk}/reply/", words).status_code == 422
    assert Draft.objects.count() == 1
    assert not Message.objects.exists()
    browser.post(f"/tickets/{ticket.pk}/reply/", words | {"then": ""})
    assert Message.objects.get().body == "Which bank?"
    assert not Draft.objects.exists()


def test_a_send_repeated_because_its_answer_was_lost_sends_once(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    draft = keep(cast.ann, ticket, "Which bank?")
    words = {"kind": "public_reply", "body": "Which bank?", "draft_version": draft.version}
    for _ in range(2):
        answer = as_user(cast.ann).post(f"/tickets/{ticket.pk}/reply/", words)
        assert "sent=1" in answer["Location"]
    assert Message.objects.count() == 1


def test_a_refused_send_keeps_words_and_files(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    answer = as_user(cast.ann).post(
        f"/tickets/{ticket.pk}/reply/",
        {"kind": "public_reply", "body": "Precious words", "then": "start",
         "attachments": SimpleUploadedFile("log.txt", b"line")},
    )  # fmt: skip
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Precious words" in page
    assert "log.txt" in page
    assert DraftFile.objects.get().draft.body == "Precious words"


def test_what_is_thrown_away_can_be_taken_back(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    keep(cast.ann, ticket, "Precious words")
    browser = as_user(cast.ann)
    address = f"/tickets/{ticket.pk}/reply/"
    gone = browser.post(
        address, {"do": "discard", "kind": "public_reply", "body": "Precious words"}, follow=True
    )
    page = gone.content.decode()
    assert "Take it back" in page
    assert "Precious words" not in page
    pk = Draft.objects.get().pk
    back = browser.post(address, {"do": f"restore:{pk}", "kind": "public_reply"}, follow=True)
    assert "Precious words" in back.content.decode()


def test_thrown_away_drafts_are_forgotten_after_a_week(ticket: Ticket, cast: Cast) -> None:
    kept = keep(cast.ann, ticket, "Kept")
    gone = keep(cast.pia, ticket, "Gone")
    [file] = actions.add_draft_files(
        actor=cast.pia, ticket=ticket, files=[SimpleUploadedFile("a.txt", b"-")]
    )
    now = timezone.now()
    actions.discard_draft(gone, actor=cast.pia, at=now - timedelta(days=8))
    assert actions.forget_discarded_drafts(now) == 1
    assert Draft.objects.get() == kept
    assert not Path(file.file.path).exists()


def test_files_wait_with_the_draft_and_become_the_message_s(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    upload = SimpleUploadedFile("Bild [1].png", PNG, content_type="image/png")
    said = browser.post(f"/tickets/{ticket.pk}/draft/files/", {"attachments": upload}).json()
    [file] = said["files"]
    assert file["reference"] == f"![Bild  1 .png](attachment:{file['token']})"
    picture = f"/attachments/{file['token']}/picture/"
    assert browser.get(picture)["Content-Type"] == "image/png"
    assert as_user(cast.pia).get(picture).status_code == 404
    browser.post(
        f"/tickets/{ticket.pk}/reply/",
        {"kind": "public_reply", "body": f"Look: {file['reference']}",
         "draft_version": said["version"]},
    )  # fmt: skip
    assert Message.objects.get().attachments.get().token == file["token"]
    assert not DraftFile.objects.exists()
    for person, page in ((cast.pia, f"/tickets/{ticket.pk}/"), (cast.rob, f"/portal/{ticket.pk}/")):
        assert f'<img src="{picture}"' in as_user(person).get(page).content.decode()
        assert as_user(person).get(picture).status_code == 200
    assert as_user(cast.stan).get(picture).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "claimed"),
    [
        ("x.svg", b"<svg onload=alert(1)>", "image/svg+xml"),
        ("x.png", b"<html><script>", "image/png"),
        ("x.html", b"<script>", "text/html"),
    ],
)
def test_only_proved_raster_images_are_shown(
    ticket: Ticket, cast: Cast, as_user: AsUser, name: str, content: bytes, claimed: str
) -> None:
    upload = SimpleUploadedFile(name, content, content_type=claimed)
    [file] = actions.add_draft_files(actor=cast.ann, ticket=ticket, files=[upload])
    browser = as_user(cast.ann)
    assert browser.get(f"/attachments/{file.token}/picture/").status_code == 404
    answer = browser.get(f"/attachments/{file.token}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"


def test_a_shown_picture_may_do_nothing_else(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    upload = SimpleUploadedFile("x.png", PNG + b"<script>", content_type="text/html")
    [file] = actions.add_draft_files(actor=cast.ann, ticket=ticket, files=[upload])
    answer = as_user(cast.ann).get(f"/attachments/{file.token}/picture/")
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_limits_of_files_are_said_in_a_sentence(
    ticket: Ticket, cast: Cast, as_user: AsUser, settings: Settings
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    large = SimpleUploadedFile("dump.log", b"x" * (1024 * 1024 + 1))
    answer = as_user(cast.ann).post(f"/tickets/{ticket.pk}/draft/files/", {"attachments": large})
    assert answer.status_code == 422
    assert answer.json()["error"] == "dump.log is larger than 1 MB."
    many = [SimpleUploadedFile(f"{n}.txt", b"-") for n in range(11)]
    with pytest.raises(DomainError, match="At most 10 files"):
        actions.add_draft_files(actor=cast.ann, ticket=ticket, files=many)
    assert not DraftFile.objects.exists()


def test_nobody_else_touches_a_draft(ticket: Ticket, cast: Cast) -> None:
    draft = keep(cast.ann, ticket, "Mine")
    for act in (actions.discard_draft, actions.restore_draft):
        with pytest.raises(NotPermitted):
            act(draft, actor=cast.pia)
    with pytest.raises(NotPermitted):
        keep(cast.stan, ticket, "Not mine to write on")


def test_the_form_that_logs_a_ticket_has_a_draft_too(cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.ann)
    typed = {"requester": cast.rob.email, "title": "Half a ti", "kind": "incident", "impact": "1"}
    said = browser.post("/tickets/new/draft/", typed, headers={"Accept": "application/json"})
    assert said.json()["version"] == 1
    page = as_user(cast.ann).get("/tickets/new/").content.decode()
    assert 'value="Half a ti"' in page
    full = {"title": "Half a ticket", "urgency": "2", "channel": "phone"}
    browser.post("/tickets/new/", typed | full)
    assert Ticket.objects.get().title == "Half a ticket"
    assert not Draft.objects.exists()


def test_the_unfinished_form_is_thrown_away_and_taken_back(cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.ann)
    browser.post("/tickets/new/draft/", {"title": "Half a ti"})
    page = browser.post("/tickets/new/draft/change/", {}, follow=True).content.decode()
    assert "Half a ti" not in page
    assert "Take my draft back" in page
    page = browser.post("/tickets/new/draft/change/", {"undo": "1"}, follow=True).content.decode()
    assert "Half a ti" in page


def test_lists_show_where_i_have_begun_to_write_in_one_query(
    opened: Opener, cast: Cast, as_user: AsUser
) -> None:
    tickets = [opened(assignee=cast.ann) for _ in range(12)]
    browser = as_user(cast.ann)
    for address in ("/desk/", "/tickets/"):
        browser.get(address)
        with CaptureQueriesContext(connection) as without:
            assert "draft-sign" not in browser.get(address).content.decode()
        drafts = [keep(cast.ann, ticket, "Begun") for ticket in tickets]
        keep(cast.pia, tickets[0], "Pia's")
        with CaptureQueriesContext(connection) as with_drafts:
            assert browser.get(address).content.decode().count("draft-sign") == 12
        assert len(with_drafts) == len(without)
        for draft in drafts:
            draft.delete()


def test_a_ticket_costs_the_same_with_many_drafts_and_people_in_copy(
    ticket: Ticket, cast: Cast, as_user: AsUser, opened: Opener
) -> None:
    browser, address = as_user(cast.ann), ticket.get_absolute_url()
    keep(cast.ann, ticket, "First")
    actions.add_copies(ticket, actor=cast.ann, people=[cast.rita])
    browser.get(address)
    with CaptureQueriesContext(connection) as few:
        browser.get(address)
    for number in range(8):
        keep(cast.ann, ticket, f"{number} of another window")
        keep(cast.ann, opened(), "Elsewhere")
    copied = [cast.stan, cast.dev, cast.rel, cast.mo]
    actions.add_copies(ticket, actor=cast.ann, people=copied, outside_confirmed=True)
    with CaptureQueriesContext(connection) as many:
        page = browser.get(address).content.decode()
    assert page.count("Another draft of yours") == 8
    assert "and 5 in copy" in page
    assert len(many) == len(few)


def test_without_scripts_every_button_keeps_what_was_typed(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    browser, address = as_user(cast.ann), f"/tickets/{ticket.pk}/reply/"
    words = {"kind": "internal_note", "body": "**Precious** words", "then": "start"}
    page = browser.post(address, words | {"do": "preview"}).content.decode()
    assert "<strong>Precious</strong> words" in page
    assert "**Precious** words</textarea>" in page
    assert browser.post(address, words | {"do": "save"}).status_code == 302
    answer = browser.post(address, words | {"do": "choose"})
    assert answer["Location"] == f"/tickets/{ticket.pk}/insert/"
    assert browser.get(answer["Location"]).status_code == 200
    draft = Draft.objects.get()
    assert (draft.kind, draft.body, draft.fields) == (
        "internal_note",
        "**Precious** words",
        {"then": "start"},
    )
    assert not Message.objects.exists()


def test_a_requester_s_answer_in_the_portal_is_kept_too(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.rob)
    post_draft(browser, ticket, "Dear de")
    assert "Dear de" in browser.get(f"/portal/{ticket.pk}/").content.decode()
    browser.post(f"/portal/{ticket.pk}/reply/", {"body": "Dear desk"})
    assert not Draft.objects.exists()
    assert Message.objects.get().body == "Dear desk"
