"""Imports in the browser and over the API."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.models import Event
from incidents.models import ImportReject, ImportRun, Ticket
from incidents.tasks import import_file, resume_imports
from tests.conftest import Cast
from tests.incidents.import_files import csv_text, simple_rows

SignIn = Callable[[Person], Client]
Act = Callable[[Person], APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def file_of(rows: list[dict[str, str]], name: str = "desk.csv") -> SimpleUploadedFile:
    """An upload of these rows."""
    return SimpleUploadedFile(name, csv_text(rows).encode())


def upload(browser: Client, file: SimpleUploadedFile, **more: str) -> HttpResponse:
    """Sends the upload form."""
    return browser.post(
        reverse("incidents:imports"),
        {"file": file, "source": "desk", "create_missing": "on", **more},
    )


def mapping_fields(**changed: str) -> dict[str, str]:
    """What the mapping form sends for a file of `simple_rows`."""
    columns = {
        "column_number": "number",
        "column_created_at": "opened_at",
        "column_requester": "caller",
        "column_team": "assignment_group",
        "column_title": "short_description",
    }
    return {**columns, "timezone": "UTC", "create_missing": "on", **changed}


def test_upload_map_start_and_read_the_result(
    cast: Cast, as_user: SignIn, after_commit: AfterCommit
) -> None:
    rows = simple_rows(30)
    rows[4]["opened_at"] = "=cmd"
    browser = as_user(cast.ada)
    answer = upload(browser, file_of(rows, "../../etc/desk.csv"))
    run = ImportRun.objects.get()
    assert answer.headers["Location"] == run.get_absolute_url()
    assert (run.state, run.file_name, run.requested_by) == ("mapping", "desk.csv", cast.ada)
    assert "desk" not in run.file.name

    page = browser.get(run.get_absolute_url()).content.decode()
    assert "Printer 19 on floor 5 jams" in page
    assert "Printer 20 on" not in page
    assert "1 would be refused" in page
    assert not Ticket.objects.exists()

    with after_commit():
        browser.post(reverse("incidents:import_start", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, run.created, run.rejected) == ("done", 29, 1)
    assert set(Ticket.objects.values_list("created_by", flat=True)) == {cast.ada.pk}
    assert not run.file
    assert default_storage.listdir("imports")[1] == []

    page = browser.get(run.get_absolute_url()).content.decode()
    assert "“=cmd” is not a date and time" in page
    answer = browser.get(reverse("incidents:import_rejects", args=[run.pk]))
    text = b"".join(answer.streaming_content).decode()
    assert '"6","created_at","“=cmd” is not a date and time"' in text
    assert '"\'=cmd"' in text
    assert "attachment" in answer.headers["Content-Disposition"]
    names = Event.objects.about(run).values_list("name", flat=True)
    assert "incidents.import_requested" in names


def test_mapping_by_hand_is_kept_and_shown(cast: Cast, as_user: SignIn) -> None:
    rows = [{"Nr": "1", "Betreff": "Drucker", "Lage": "Warten", "Rest": "x"}]
    browser = as_user(cast.ada)
    answer = upload(browser, file_of([{**rows[0], "subject": "self-mapped"}]))
    run = ImportRun.objects.get()
    assert run.mapping["columns"] == {"title": "subject"}
    fields = {"column_number": "Nr", "column_title": "Betreff", "column_state": "Lage"}
    page = browser.post(answer.headers["Location"], {**fields, "timezone": "UTC"})
    assert page.status_code == 302
    page = browser.get(run.get_absolute_url()).content.decode()
    assert "“Warten” is no known state" in page
    assert "Columns not taken: Rest, subject" in page
    words = {"states": "Warten = pending:supplier", "create_missing": "on"}
    browser.post(run.get_absolute_url(), {**fields, **words, "timezone": "Europe/Berlin"})
    page = browser.get(run.get_absolute_url()).content.decode()
    assert "all can be taken" in page
    assert "warten = pending:supplier" in page
    run.refresh_from_db()
    assert run.mapping["columns"] == {"number": "Nr", "title": "Betreff", "state": "Lage"}
    assert run.mapping["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"timezone": "Mars"}, "is not a time zone"),
        ({"states": "Odd = strange"}, "a state is one of"),
        ({"states": "Odd"}, "FIELD=VALUE"),
        ({"column_title": "", "column_number": ""}, "No column of the file gives a title"),
        ({"column_title": "not a column"}, "Select a valid choice"),
    ],
)
def test_a_mapping_that_is_wrong_is_said_at_its_field_with_everything_kept(
    cast: Cast, as_user: SignIn, changed: dict[str, str], words: str
) -> None:
    browser = as_user(cast.ada)
    upload(browser, file_of(simple_rows(2)))
    run = ImportRun.objects.get()
    before = run.mapping
    answer = browser.post(run.get_absolute_url(), mapping_fields(**changed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    for value in filter(None, changed.values()):
        assert value in page
    run.refresh_from_db()
    assert run.mapping == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04", "spreadsheet"),
        (b"shoe size\n42\n", "No column of the file"),
        (gzip.compress(b"number,title\n1,a\n", mtime=0)[:-9], "damaged"),
    ],
)
def test_a_file_that_is_no_table_is_refused_at_the_field(
    cast: Cast, as_user: SignIn, content: bytes, words: str
) -> None:
    answer = upload(as_user(cast.ada), SimpleUploadedFile("x.csv", content))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_file_that_is_too_large_is_refused_and_not_kept(
    cast: Cast, as_user: SignIn, settings: Any
) -> None:
    settings.IMPORT_MAX_BYTES = 1000
    answer = upload(as_user(cast.ada), file_of(simple_rows(50)))
    assert answer.status_code == 422
    assert "larger than" in answer.content.decode()
    assert not default_storage.exists("imports") or default_storage.listdir("imports")[1] == []


@pytest.mark.parametrize("who", ["ann", "mo", "dev", "rob"])
def test_imports_are_for_admins(cast: Cast, as_user: SignIn, api_as: Act, who: str) -> None:
    run = ImportRun.objects.create(source="x", file_name="x", sha256="0")
    browser, program = as_user(cast.everyone[who]), api_as(cast.everyone[who])
    assert browser.get(reverse("incidents:imports")).status_code == 403
    assert upload(browser, file_of(simple_rows(1))).status_code == 403
    for name in ("import", "import_progress", "import_rejects", "import_start", "import_stop"):
        address = reverse(f"incidents:{name}", args=[run.pk])
        assert {browser.get(address).status_code, browser.post(address).status_code} <= {404, 405}
    assert program.get("/api/v1/imports/").json()["results"] == []
    assert program.get(f"/api/v1/imports/{run.pk}/").status_code == 404
    sent = {"file": file_of(simple_rows(1)), "source": "x"}
    assert program.post("/api/v1/imports/", sent, format="multipart").status_code == 403


def test_progress_is_polled_until_the_end(cast: Cast, as_user: SignIn) -> None:
    now = timezone.now()
    run = ImportRun.objects.create(
        source="x",
        file_name="x",
        sha256="0",
        state="running",
        total=1000,
        done=250,
        started_at=now - timedelta(seconds=10),
        heartbeat_at=now,
    )
    browser = as_user(cast.ada)
    address = reverse("incidents:import_progress", args=[run.pk])
    page = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-get="{address}"' in page
    assert "250 of 1,000 rows · 25 a second" in page
    assert "about 30 s left" in page
    assert 'value="250"' in page
    ImportRun.objects.update(state="done", done=1000)
    answer = browser.get(address, headers={"HX-Request": "true"})
    assert "hx-get" not in answer.content.decode()
    assert answer.headers["HX-Refresh"] == "true"


def test_an_import_can_be_discarded_and_its_file_is_forgotten(
    cast: Cast, as_user: SignIn, after_commit: AfterCommit
) -> None:
    browser = as_user(cast.ada)
    upload(browser, file_of(simple_rows(2)))
    run = ImportRun.objects.get()
    with after_commit():
        browser.post(reverse("incidents:import_stop", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, bool(run.file)) == ("cancelled", False)
    assert default_storage.listdir("imports")[1] == []
    browser.post(reverse("incidents:import_start", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_the_same_file_twice_at_once_is_refused_with_a_sentence(
    cast: Cast, as_user: SignIn
) -> None:
    browser = as_user(cast.ada)
    for _ in range(2):
        upload(browser, file_of(simple_rows(2)))
    for run in ImportRun.objects.order_by("pk"):
        browser.post(reverse("incidents:import_start", args=[run.pk]))
    assert sorted(ImportRun.objects.values_list("state", flat=True)) == ["mapping", "queued"]


def test_a_run_that_lost_its_worker_is_woken_by_the_schedule(cast: Cast, as_user: SignIn) -> None:
    browser = as_user(cast.ada)
    upload(browser, file_of(simple_rows(1200)))
    run = ImportRun.objects.get()
    browser.post(reverse("incidents:import_start", args=[run.pk]))
    long_ago = timezone.now() - timedelta(minutes=5)
    resume_imports()
    assert not Ticket.objects.exists()
    ImportRun.objects.update(state="running", attempt=1, heartbeat_at=long_ago)
    resume_imports()
    run.refresh_from_db()
    assert (run.state, run.created, run.attempt) == ("done", 1200, 2)
    import_file(run.pk)
    assert Ticket.objects.count() == 1200


def test_an_upload_nobody_starts_is_forgotten_after_a_month(
    cast: Cast, as_user: SignIn, after_commit: AfterCommit
) -> None:
    browser = as_user(cast.ada)
    for days in (29, 31):
        upload(browser, file_of(simple_rows(2)))
        ImportRun.objects.filter(pk=ImportRun.objects.latest("pk").pk).update(
            created_at=timezone.now() - timedelta(days=days)
        )
    with after_commit():
        resume_imports()
    states = ImportRun.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["mapping", "cancelled"]
    assert len(default_storage.listdir("imports")[1]) == 1


def test_a_lost_file_is_a_sentence_and_no_crash(cast: Cast, as_user: SignIn) -> None:
    browser = as_user(cast.ada)
    upload(browser, file_of(simple_rows(2)))
    run = ImportRun.objects.get()
    default_storage.delete(run.file.name)
    page = browser.get(run.get_absolute_url())
    assert page.status_code == 200
    assert "not kept any more" in page.content.decode()


def test_the_api_uploads_maps_starts_and_tells_rejects(
    cast: Cast, api_as: Act, after_commit: AfterCommit
) -> None:
    program = api_as(cast.ada)
    rows = simple_rows(12)
    rows[2]["short_description"] = ""
    sent = {"file": file_of(rows), "source": "desk", "create_missing": True}
    made = program.post("/api/v1/imports/", sent, format="multipart")
    assert made.status_code == 201
    address = f"/api/v1/imports/{made.json()['id']}/"
    assert made.json()["mapping"]["columns"]["title"] == "short_description"
    wrong = program.post(f"{address}map/", {"mapping": "[columns]\nheadline = 'x'"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["headline"])
    mapped = program.post(f"{address}map/", {"mapping": "[defaults]\nstate = 'closed'"})
    assert mapped.status_code == 200
    with after_commit():
        assert program.post(f"{address}start/").status_code == 200
    done = program.get(address).json()
    assert (done["state"], done["created"], done["rejected"]) == ("done", 11, 1)
    rejects = program.get(f"{address}rejects/").json()["results"]
    assert [(one["line"], one["field"]) for one in rejects] == [(4, "title")]
    assert program.post(f"{address}start/").status_code == 409
    assert set(Ticket.objects.values_list("state", flat=True)) == {"closed"}


def test_the_api_may_start_at_once(cast: Cast, api_as: Act, after_commit: AfterCommit) -> None:
    sent = {"file": file_of(simple_rows(3)), "source": "desk", "create_missing": True}
    with after_commit():
        api_as(cast.ada).post("/api/v1/imports/", {**sent, "start": True}, format="multipart")
    assert Ticket.objects.count() == 3
    assert not ImportReject.objects.exists()
