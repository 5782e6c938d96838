"""`manage.py import_tickets`: what it says and what it does."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model

from accounts.models import Person, Team
from incidents.imports.command_line import Bar
from incidents.imports.pace import Pace
from incidents.models import ImportRun, StatusInterval, Ticket
from tests.incidents.import_files import csv_text, simple_rows, write

pytestmark = pytest.mark.django_db


def run(path: Path, *flags: str) -> str:
    """What the command says."""
    out = io.StringIO()
    call_command("import_tickets", str(path), *flags, stdout=out)
    return out.getvalue()


def test_a_file_is_imported_once_however_often_it_is_run(tmp_path: Path) -> None:
    path = write(tmp_path / "My Desk.csv", simple_rows(30))
    said = run(path, "--create-missing")
    assert "30 tickets created, 0 were here already, 0 rows refused" in said
    assert "Created for them: 5 people, 3 teams." in said
    assert "title                ← short_description" in said
    again = run(path, "--create-missing")
    assert "0 tickets created, 30 were here already, 0 rows refused" in again
    assert set(Ticket.objects.values_list("source", flat=True)) == {"my-desk"}
    longer = write(tmp_path / "My Desk.csv", simple_rows(33))
    assert "3 tickets created, 30 were here already" in run(longer, "--create-missing")
    assert Ticket.objects.count() == 33


def test_a_packed_json_file(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl.gz"
    lines = "".join(json.dumps(row) + "\n" for row in simple_rows(5))
    path.write_bytes(gzip.compress(lines.encode()))
    assert "5 tickets created" in run(path, "--create-missing")


def test_a_dry_run_says_what_would_happen_and_writes_nothing(tmp_path: Path) -> None:
    rows = simple_rows(20)
    rows[3]["opened_at"] = "31.02.2024"
    rows[4]["number"] = rows[5]["number"]
    path = write(tmp_path / "desk.csv", rows)
    rejects = tmp_path / "rejects.csv"
    said = run(path, "--dry-run", "--create-missing", "--rejects", str(rejects))
    assert "18 tickets would be created, 1 are here already, 1 rows would be refused" in said
    assert "team: 3 would be created: Group 0, Group 1, Group 2" in said
    assert "1 × created_at: “31.02.2024” is not a date and time" in said
    assert not Ticket.objects.exists()
    assert not Team.objects.exists()
    assert not Person.objects.exists()
    assert not ImportRun.objects.exists()
    (kept,) = csv.DictReader(rejects.open())
    assert (kept["line"], kept["field"], kept["number"]) == ("5", "created_at", "T00003")


def test_the_forecast_is_what_happens(tmp_path: Path) -> None:
    rows = simple_rows(50)
    rows[7]["short_description"] = ""
    path = write(tmp_path / "desk.csv", rows)
    write(tmp_path / "before.csv", rows[:10])
    run(tmp_path / "before.csv", "--create-missing", "--source", "desk")
    said = run(path, "--dry-run")
    assert "40 tickets would be created, 9 are here already, 1 rows would be refused" in said
    assert "40 tickets created, 9 were here already, 1 rows refused" in run(path)


def test_refused_rows_are_written_where_no_spreadsheet_runs_them(tmp_path: Path) -> None:
    rows = simple_rows(6)
    rows[1] |= {"opened_at": "", "short_description": '=HYPERLINK("http://evil.example")'}
    rows[2] |= {"opened_at": "", "short_description": "+1", "caller": "@SUM(A1)"}
    rows[3] |= {"opened_at": "-2+3", "short_description": "a\nb"}
    rejects = tmp_path / "rejects.csv"
    said = run(write(tmp_path / "desk.csv", rows), "--create-missing", "--rejects", str(rejects))
    assert "3 refused rows are in" in said
    kept = list(csv.DictReader(rejects.open(newline="")))
    assert [one["line"] for one in kept] == ["3", "4", "5"]
    assert kept[0]["short_description"] == '\'=HYPERLINK("http://evil.example")'
    assert (kept[1]["short_description"], kept[1]["caller"]) == ("'+1", "'@SUM(A1)")
    assert kept[2]["opened_at"] == "'-2+3"
    assert kept[2]["short_description"] == "a\nb"


def test_flags_and_a_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    rows = [
        {"Nr": "1", "Betreff": "Drucker", "Wann": "03/04/2024 10:00", "Lage": "Warten", "Wer": "A"}
    ]
    path.write_text(csv_text(rows).replace(",", ";"))
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        'timezone = "Europe/Berlin"\n[columns]\nnumber = "Nr"\ntitle = "wrong"\n'
        'created_at = "Wann"\nstate = "Lage"\nrequester = "Wer"\n'
        '[states]\nWarten = "pending:supplier"\n'
    )
    run(
        path,
        "--create-missing",
        "--mapping",
        str(mapping),
        "--map",
        "title=Betreff",
        "--dates",
        "month_first",
        "--set",
        "channel=phone",
        "--source",
        "Export",
    )
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.pending_reason, ticket.channel) == ("Drucker", "supplier", "phone")
    assert f"{ticket.created_at:%Y-%m-%d %H:%M}" == "2024-03-04 09:00"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--map", "headline=number"], "not a field"),
        (["--map", "title=missing"], "no column “missing”"),
        (["--map", "title"], "FIELD=VALUE"),
        (["--set", "state=odd"], "a state is one of"),
        (["--timezone", "Mars"], "not a time zone"),
        (["--mapping", "does-not-exist.toml"], "does-not-exist.toml"),
        (["--source", "x" * 61], "1 to 60"),
        (["--rejects", "/does/not/exist.csv"], "No such file"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, flags: list[str], words: str) -> None:
    path = write(tmp_path / "desk.csv", simple_rows(2))
    with pytest.raises(CommandError, match=words):
        run(path, "--create-missing", *flags)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nothing.csv")
    with pytest.raises(CommandError, match="directory"):
        run(tmp_path)


def test_a_stopped_import_with_another_mapping_begins_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "desk.csv", simple_rows(4))
    run(path, "--create-missing")
    ImportRun.objects.update(state="running", done=2)
    run(path, "--create-missing", "--map", "team=")
    states = ImportRun.objects.order_by("id").values_list("state", "done")
    assert list(states) == [("cancelled", 2), ("done", 4)]
    assert Ticket.objects.count() == 4


def test_progress_is_a_line_now_and_then_without_a_terminal() -> None:
    out = io.StringIO()
    bar = Bar(out, 300)
    for done in (0, 100, 200, 300):
        bar.show(done)
    lines = out.getvalue().splitlines()
    assert lines[0] == "0 of 300 rows"
    assert lines[-1].startswith("300 of 300 rows · ")
    assert len(lines) == 2


def test_time_left_is_said_in_words() -> None:
    assert Pace(100, 1000, 10).left == "about 1 min 30 s left"
    assert Pace(500, 1000, 10).left == "about 10 s left"
    assert Pace(1, 100_000, 1).left == "about 27 h 46 min left"
    assert Pace(0, 1000, 10).left == Pace(1000, 1000, 10).left == ""


@pytest.mark.slow
def test_real_tickets_of_an_it_desk(shared_data: Path) -> None:
    path = shared_data / "tickets" / "it_tickets.csv"
    assert "5,950 tickets created" in run(path, "--source", "it", "--create-missing")
    assert Ticket.objects.filter(source="it").count() == 5950
    assert not Ticket.objects.filter(title="").exists()
    assert "0 tickets created, 5,950 were here" in run(path, "--source", "it", "--create-missing")


@pytest.mark.slow
def test_real_incidents_with_their_lives(shared_data: Path) -> None:
    path = shared_data / "lifecycle" / "incidents.csv.gz"
    run(path, "--create-missing", "--source", "life")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        expected = {row["number"]: row for row in csv.DictReader(file)}
    tickets = {one.source_number: one for one in Ticket.objects.filter(source="life")}
    assert tickets.keys() == expected.keys()
    assert len(tickets) == 20769
    wrong = [
        number for number, ticket in tickets.items() if lives(ticket) != told(expected[number])
    ]
    assert wrong == []
    assert_intervals_have_no_gaps()
    assert 20_000 < rows_planned_for(Ticket) < 22_000


def rows_planned_for(model: type[Model]) -> int:
    """The number of rows that the database plans with."""
    plan = model._default_manager.all().explain(format="json")
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"])


def lives(ticket: Ticket) -> tuple[str, str, str, str, int, int]:
    """State, times and counts as stored."""
    times = (ticket.created_at, ticket.resolved_at, ticket.closed_at)
    written = ("" if one is None else f"{one:%Y-%m-%d %H:%M:%S}" for one in times)
    return (ticket.state, *written, ticket.reassignment_count, ticket.reopen_count)


def told(row: dict[str, str]) -> tuple[str, str, str, str, int, int]:
    """State, times and counts as the file has them."""
    counts = (int(row["reassignment_count"]), int(row["reopen_count"]))
    times = (row["opened_at"], row["resolved_at"], row["closed_at"])
    return (row["incident_state"].lower(), *times, *counts)


def assert_intervals_have_no_gaps() -> None:
    """Each ticket's intervals begin at its opening, join, and end in its present state."""
    # Two plain reads: tables just filled have no statistics to plan a join by.
    tickets = Ticket.objects.in_bulk()
    before: StatusInterval | None = None
    for one in StatusInterval.objects.order_by("ticket_id", "id"):
        ticket = tickets[one.ticket_id]
        if before is None or before.ticket_id != one.ticket_id:
            if before is not None:
                assert (before.ended_at, before.state) == (None, tickets[before.ticket_id].state)
            assert one.started_at == ticket.created_at
        else:
            assert one.started_at == before.ended_at
        before = one
