"""Work items come in from an export: whole, once, and after any stop."""

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from core.models import Delivery, Event
from devlink.actions import mirror_item, send_to_tracker
from devlink.imports.rows import state_of
from devlink.models import Release, ReleaseItem, Tracker, WorkItem, WorkItemLink
from tests.conftest import Cast
from tests.databases import database_url
from tests.devlink.trackers.memory import World, later

FILES = ("issues.jsonl.gz", "releases.csv")


def issue(key: str, **words: Any) -> dict[str, Any]:
    given = {
        "key": key,
        "project": key.rpartition("-")[0],
        "type": "Bug",
        "summary": f"Summary of {key}",
        "description": "Words",
        "status": "Open",
        "resolution": None,
        "created": "2011-08-03T17:45:55.749-0500",
        "updated": "2011-10-18T21:08:15.862-0500",
        "resolved": None,
    }
    return {**given, **words}


def write(path: Path, rows: list[object]) -> Path:
    lines = [one if isinstance(one, str) else json.dumps(one) for one in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
    return path


def bring_in(*paths: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_work_items", *(str(one) for one in paths), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def real(shared_data: Path) -> list[Path]:
    return [shared_data / "jira" / name for name in FILES]


def test_only_the_named_projects_come(cast: Cast, real: list[Path]) -> None:
    bring_in(*real, project=["VIVO", "DFR"])
    prefixes = {key.rpartition("-")[0] for key in WorkItem.objects.values_list("key", flat=True)}
    assert prefixes == {"VIVO", "DFR"}
    assert {
        one.rpartition(" ")[2] for one in Release.objects.values_list("version", flat=True)
    } == {
        "VIVO",
        "DFR",
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_half_way_and_run_again_the_real_export_is_here_whole(
    cast: Cast, real: list[Path]
) -> None:
    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", "import_work_items", *map(str, real)],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "helpdesk.settings_test",
                "DATABASE_URL": database_url(),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    first = start()
    until = time.monotonic() + 60
    while WorkItem.objects.count() < 600:
        assert first.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    first.kill()
    first.wait()
    there = WorkItem.objects.count()
    assert 600 <= there < 3036
    said, errors = start().communicate(timeout=120)
    told = re.search(r"([\d,]+) work items created, ([\d,]+) were here already", said)
    assert told is not None, errors
    fresh, known = (int(one.replace(",", "")) for one in told.groups())
    # The batch that was being committed when the process died may have come through.
    assert fresh + known == 3036
    assert known >= there
    assert WorkItem.objects.count() == 3036
    made = Event.objects.filter(name="devlink.work_item_created").values("subject_id")
    assert made.count() == made.distinct().count() == 3036
    assert "0 rows refused" in said
    with gzip.open(real[0], "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert WorkItem.objects.count() == len(rows) == 3036
    assert set(WorkItem.objects.values_list("key", flat=True)) == {row["key"] for row in rows}
    keys = {row["key"] for row in rows}
    links = {(row["key"], key, kind) for row in rows for kind, key in row["links"] if key in keys}
    found = WorkItemLink.objects.values_list("work_item__key", "other__key", "kind")
    assert set(found) == links
    contents = {(row["key"], one["name"]) for row in rows for one in row["fix_versions"]}
    assert ReleaseItem.objects.count() == len(contents)
    with real[1].open(encoding="utf-8") as file:
        versions = {(row["project"], row["version"]) for row in csv.DictReader(file)}
    versions |= {(row["project"], one["name"]) for row in rows for one in row["fix_versions"]}
    assert Release.objects.count() == len(versions)
    # Nothing follows from history, and every moment of it is one of the file's.
    handled = set(Delivery.objects.values_list("event__name", flat=True))
    assert "devlink.work_item_created" not in handled
    changes = sum(len(row["changelog"]) for row in rows)
    assert Event.objects.filter(subject_kind="devlink.workitem").count() > 3036 * 2 + changes / 2
    counts = [model.objects.count() for model in (WorkItem, Event, WorkItemLink, Release)]
    assert "0 work items created, 3,036 were here already" in bring_in(*real)
    assert [m.objects.count() for m in (WorkItem, Event, WorkItemLink, Release)] == counts
    connection.close()


def test_an_item_keeps_its_words_people_times_and_history(cast: Cast, tmp_path: Path) -> None:
    row = issue(
        "PAY-1",
        type="Improvement",
        status="Closed",
        resolution="Fixed",
        assignee="DEV@house.example",
        components=["Nothing", "checkout"],
        resolved="2012-01-02T00:00:00.000+0000",
        changelog=[
            {
                "created": "2011-12-01T00:00:00.000+0000",
                "items": [{"field": "status", "frm": "Open", "to": "In Progress"}],
            },
            {
                "created": "2012-01-02T00:00:00.000+0000",
                "items": [
                    {"field": "status", "frm": "In Progress", "to": "Closed"},
                    {"field": "resolution", "frm": None, "to": "Fixed"},
                    {"field": "Fix Version", "frm": None, "to": "1.0"},
                ],
            },
        ],
        fix_versions=[{"name": "1.0", "released": True, "releaseDate": "2012-02-01"}],
        links=[["blocks", "PAY-2"], ["blocks", "GONE-1"]],
    )
    said = bring_in(write(tmp_path / "one.jsonl", [row, issue("PAY-2", assignee="somebody")]))
    assert "1 links lead to items not here." in said
    item = WorkItem.objects.get(key="PAY-1")
    assert (item.kind, item.state, item.team) == ("story", "done", cast.payments_team)
    assert (item.assignee, item.component) == (cast.dev, cast.checkout)
    assert item.created_at == datetime(2011, 8, 3, 22, 45, 55, 749000, tzinfo=UTC)
    assert item.finished_at == datetime(2012, 1, 2, tzinfo=UTC)
    facts = Event.objects.about(item).order_by("id").values_list("name", "at__year")
    assert [(name.removeprefix("devlink.work_item_"), year) for name, year in facts][:4] == [
        ("created", 2011),
        ("started", 2011),
        ("finished", 2012),
        ("edited", 2012),
    ]
    release = Release.objects.get()
    assert (release.version, release.state) == ("1.0 PAY", "closed")
    assert release.deployed_at.date().isoformat() == "2012-02-01"
    assert list(release.work_items.all()) == [item]
    assert WorkItem.objects.get(key="PAY-2").assignee_name == "somebody"
    assert item.links.get().other.key == "PAY-2"


@pytest.mark.parametrize(
    ("status", "resolution", "state"),
    [
        ("Closed", "Fixed", "done"),
        ("Resolved", "Ready for Test", "done"),
        ("Closed", "Won't Fix", "cancelled"),
        ("Closed", "Duplicate", "cancelled"),
        ("In Review", "", "in_progress"),
        ("Received", "", "discovery"),
        ("Reopened", "", "to_do"),
        ("Anything", "", "to_do"),
    ],
)
def test_statuses_in_our_words(status: str, resolution: str, state: str) -> None:
    assert state_of(status, resolution) == state


BAD = [
    ("nonsense", "", "The line is not JSON."),
    ("[1]", "", "The line is not a JSON object."),
    ("[" * 100_000, "", "The JSON is nested too deeply."),
    ('{"key": "\\ud800"}', "", "The line is not JSON."),
    ("a\x00b", "", "The line holds bytes that are no text."),
    ("a\udcffb", "", "The line holds bytes that are no text."),
    (issue(""), "key", "It is missing."),
    (issue("P-" + "9" * 40), "key", "It is longer than 40 characters."),
    (issue("P-1", summary="", description=""), "summary", "It has neither a title nor a"),
    (issue("P-1", created=None), "created", "It does not say when it was created."),
    (issue("P-1", created="soon"), "created", "“soon” is not a time."),
    (issue("P-1", created="2999-01-01T00:00:00Z"), "created", "It is in the future."),
    (issue("P-1", resolved="1999-01-01T00:00:00Z"), "resolved", "It was resolved before it was"),
    (issue("P-1", status=None), "status", "It is missing."),
    (issue("P-1", links=[["one"]]), "links", "A link is a kind and a key."),
    (issue("P-1", links="x"), "links", "It is not a list."),
    (issue("P-1", fix_versions=["1.0"]), "fix_versions", "A version is not an object."),
    (issue("P-1", changelog=[1]), "changelog", "An entry of the history is not an object."),
]


def test_rows_that_cannot_be_are_refused_with_line_and_reason(cast: Cast, tmp_path: Path) -> None:
    rows: list[object] = [issue("P-100"), *(row for row, _, _ in BAD), issue("P-200")]
    rejects = tmp_path / "rejects.csv"
    said = bring_in(write(tmp_path / "bad.jsonl", rows), rejects=rejects)
    assert f"2 work items created, 0 were here already, {len(BAD)} rows refused" in said
    with rejects.open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert [(int(one["line"]), one["field"]) for one in told] == [
        (number, field) for number, (_, field, _) in enumerate(BAD, start=2)
    ]
    for one, (_, _, reason) in zip(told, BAD, strict=True):
        assert one["reason"].startswith(reason)


def test_a_long_title_stands_whole_in_the_description(cast: Cast, tmp_path: Path) -> None:
    title = "t" * 230
    bring_in(write(tmp_path / "long.jsonl", [issue("P-1", summary=title)]))
    item = WorkItem.objects.get()
    assert len(item.title) == 200
    assert item.description == f"{title}\n\nWords"


def test_bad_versions_are_refused_too(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "releases.csv"
    path.write_text(
        "project,version,released,releaseDate\nPAY,1.0,True,2012-02-01\nPAY,1.1,False,\n"
        "PAY,,True,\nPAY,2.0,perhaps,\nPAY,2.1,True,someday\n"
    )
    assert "3 rows refused" in bring_in(path)
    states = dict(Release.objects.values_list("version", "state"))
    assert states == {"1.0 PAY": "closed", "1.1 PAY": "planning"}


def test_a_dry_run_writes_nothing(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "bad.jsonl", [issue("P-1"), "nonsense"])
    assert "1 rows would be refused" in bring_in(path, dry_run=True)
    assert WorkItem.objects.count() == 0


def test_what_cannot_be_begun_says_why(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        bring_in(tmp_path / "nowhere.jsonl")
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(CommandError, match="is empty"):
        bring_in(empty)
    table = tmp_path / "other.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="has no column project, releaseDate"):
        bring_in(table)
    good = write(tmp_path / "good.jsonl", [issue("P-1")])
    with pytest.raises(CommandError, match="no development team Nobody"):
        bring_in(good, team="Nobody")


def test_a_tracker_takes_up_what_was_imported_from_it(
    cast: Cast, tracker: Tracker, world: World, tmp_path: Path
) -> None:
    bring_in(write(tmp_path / "one.jsonl", [issue("PAY-1"), issue("PAY-2")]))
    item = mirror_item(tracker, world.put("PAY-1", title="Now"), asked_at=later(1))
    assert item == WorkItem.objects.get(key="PAY-1")
    assert (item.tracker, item.title) == (tracker, "Now")
    # One that is sent elsewhere is made there anew.
    other = WorkItem.objects.get(key="PAY-2")
    assert send_to_tracker(other, actor=cast.ann, tracker=tracker).external_id == ""
