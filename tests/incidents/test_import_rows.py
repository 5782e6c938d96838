"""Rows → tickets: what is stored, what is refused, and the times in states."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, Service
from core.models import Event
from incidents.models import ImportReject, StatusInterval, Ticket
from incidents.searching import search_tickets
from tests.conftest import Cast
from tests.incidents.import_files import import_rows, simple_rows

pytestmark = pytest.mark.django_db


def row(**more: str) -> dict[str, str]:
    """One ordinary row with these cells besides."""
    return simple_rows(1, **more)[0]


def only() -> Ticket:
    """The one ticket there is."""
    return Ticket.objects.get()


def refused() -> list[tuple[int, str, str]]:
    """(line, field, reason) of every refused row."""
    return list(ImportReject.objects.values_list("line", "field", "reason"))


def stretches(ticket: Ticket) -> list[tuple[str, str, str | None]]:
    """(state, from, to) with times written short."""
    return [
        (one.state, f"{one.started_at:%d %H:%M}", one.ended_at and f"{one.ended_at:%d %H:%M}")
        for one in StatusInterval.objects.filter(ticket=ticket)
    ]


def test_every_field_of_a_full_row_is_stored() -> None:
    import_rows(
        [
            row(
                description="It jams.\r\nAgain.",
                caller_email="Bea@Acme.example",
                company="Acme",
                contact_type="Phone",
                business_service="Printing",
                cmdb_ci="Printer 7",
                category="Hardware",
                impact="1 - High",
                urgency="3 - Low",
                severity="2",
                assigned_to="Resolver 1",
                incident_state="Closed",
                sys_updated_at="2024-03-04 10:00",
                resolved_at="2024-03-02 10:00",
                closed_at="2024-03-04 10:00",
                reassignment_count="3",
                reopen_count="1",
                close_code="Solved (Work Around)",
                close_notes="Opened and closed it.",
                version="4.18",
                csat="5",
            )
        ]
    )
    ticket = only()
    assert (ticket.kind, ticket.title, ticket.description) == (
        "incident",
        "Printer 0 on floor 0 jams",
        "It jams.\nAgain.",
    )
    assert (ticket.requester.name, ticket.requester.email) == ("Caller 0", "bea@acme.example")
    assert ticket.organisation.name == ticket.requester.organisation.name == "Acme"
    assert (ticket.channel, ticket.category) == ("phone", "Hardware")
    assert (ticket.service.name, ticket.component.name) == ("Printing", "Printer 7")
    assert ticket.component.service == ticket.service
    assert (ticket.impact, ticket.urgency, ticket.priority, ticket.severity) == (1, 3, 3, 2)
    assert (ticket.team.name, ticket.assignee.name) == ("Group 0", "Resolver 1")
    assert (ticket.state, ticket.state_category) == ("closed", "closed")
    assert ticket.created_at == datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
    assert ticket.resolved_at == datetime(2024, 3, 2, 10, tzinfo=UTC)
    assert ticket.closed_at == ticket.updated_at == datetime(2024, 3, 4, 10, tzinfo=UTC)
    assert (ticket.reassignment_count, ticket.reopen_count) == (3, 1)
    assert (ticket.resolution_code, ticket.resolution_text) == (
        "workaround_applied",
        "Opened and closed it.",
    )
    assert (ticket.version_seen, ticket.csat_score) == ("4.18", 5)
    assert (ticket.source, ticket.source_number) == ("desk", "T00000")
    assert stretches(ticket) == [
        ("in_progress", "01 08:30", "02 10:00"),
        ("resolved", "02 10:00", "04 10:00"),
        ("closed", "04 10:00", None),
    ]


@pytest.mark.parametrize(
    ("cells", "state", "expected"),
    [
        ({"state": "New"}, "new", [("new", "01 08:30", None)]),
        (
            {"state": "Active", "updated": "2024-03-01 09:00"},
            "in_progress",
            [("new", "01 08:30", "01 09:00"), ("in_progress", "01 09:00", None)],
        ),
        (
            {"state": "On Hold", "hold_reason": "Awaiting Vendor", "updated": "2024-03-01 09:00"},
            "pending",
            [("new", "01 08:30", "01 09:00"), ("pending", "01 09:00", None)],
        ),
        (
            {"state": "Resolved", "resolved_at": "2024-03-02 08:00"},
            "resolved",
            [("new", "01 08:30", "02 08:00"), ("resolved", "02 08:00", None)],
        ),
        (
            {"state": "Closed", "closed_at": "2024-03-02 08:00"},
            "closed",
            [("new", "01 08:30", "02 08:00"), ("closed", "02 08:00", None)],
        ),
        ({"state": "Closed"}, "closed", [("closed", "01 08:30", None)]),
        (
            {"state": "", "resolved_at": "2024-03-02 08:00"},
            "resolved",
            [("new", "01 08:30", "02 08:00"), ("resolved", "02 08:00", None)],
        ),
        (
            {"state": "Canceled", "closed_at": "2024-03-02 08:00"},
            "cancelled",
            [("new", "01 08:30", "02 08:00"), ("cancelled", "02 08:00", None)],
        ),
        (
            {"state": "Closed", "type": "Service Request", "closed_at": "2024-03-02 08:00"},
            "closed",
            [("approved", "01 08:30", "02 08:00"), ("closed", "02 08:00", None)],
        ),
        (
            {"state": "On Hold", "type": "request"},
            "fulfilling",
            [("fulfilling", "01 08:30", None)],
        ),
    ],
)
def test_states_and_the_times_in_them(
    cells: dict[str, str], state: str, expected: list[tuple[str, str, str | None]]
) -> None:
    import_rows([row(**cells)])
    ticket = only()
    assert ticket.state == state
    assert ticket.state_category == ticket.status_intervals.last().category
    assert stretches(ticket) == expected


def test_who_is_waited_for_is_kept() -> None:
    import_rows(
        [
            row(state="Awaiting Vendor"),
            row(state="Awaiting User Info") | {"number": "2"},
            row(state="On hold", on_hold_reason="Change") | {"number": "3"},
        ]
    )
    waits = Ticket.objects.order_by("id").values_list("pending_reason", "state_category")
    assert list(waits) == [
        ("supplier", "waiting_third_party"),
        ("requester", "waiting_requester"),
        ("change", "waiting_third_party"),
    ]


@pytest.mark.parametrize(
    ("cells", "field", "words"),
    [
        ({"number": "  "}, "number", "is empty"),
        ({"number": "x" * 81}, "number", "more than 80"),
        ({"short_description": "?", "description": ""}, "title", "is empty, and so is"),
        ({"opened_at": ""}, "created_at", "is empty"),
        ({"opened_at": "2024-02-31"}, "created_at", "“2024-02-31” is not a date"),
        ({"opened_at": "2999-01-01"}, "created_at", "in the future"),
        ({"resolved_at": "2024-02-01"}, "resolved_at", "before what must come earlier"),
        (
            {"resolved_at": "2024-03-05", "closed_at": "2024-03-04"},
            "closed_at",
            "before what must come earlier",
        ),
        ({"state": "Astral"}, "state", "“Astral” is no known state"),
        ({"caller": "x" * 151}, "requester", "more than 150"),
        ({"caller_email": "not an address"}, "requester_email", "not an e-mail address"),
        ({"assignment_group": "x" * 121}, "team", "more than 120"),
        ({"reopen_count": "-1"}, "reopen_count", "not a number"),
        ({"reopen_count": "99999"}, "reopen_count", "not a number"),
        ({"reopen_count": "٣"}, "reopen_count", "not a number"),
        ({"csat": "11"}, "csat_score", "1 to 5"),
        ({"short_description": "a\x00b"}, "title", "NUL"),
    ],
)
def test_a_row_that_cannot_be_taken_is_kept_with_line_field_and_reason(
    cells: dict[str, str], field: str, words: str
) -> None:
    good = row() | {"number": "GOOD"}
    bad = row(**cells)
    run = import_rows([bad, dict.fromkeys(bad, "") | good])
    assert (run.created, run.rejected, run.done) == (1, 1, 2)
    (found,) = refused()
    assert found[:2] == (2, field)
    assert words in found[2]
    kept = ImportReject.objects.get().row
    assert kept["caller"] == cells.get("caller", "Caller 0")


def test_what_does_not_fit_is_shortened_and_said() -> None:
    long = "word " * 100
    run = import_rows(
        [
            row(
                category="c" * 200,
                description="d" * 200_000,
                short_description=long,
                type="Epic",
                impact="galactic",
                priority="ultra",
                contact_type="pigeon",
                close_code="code 6",
                updated="1999-01-01",
                state="Closed",
            )
        ]
    )
    ticket = only()
    assert len(ticket.title) <= 250
    assert ticket.description.startswith(long.strip())
    assert len(ticket.description) == 100_000
    assert len(ticket.category) == 80
    assert (ticket.kind, ticket.impact, ticket.priority, ticket.channel) == (
        "incident",
        2,
        3,
        "other",
    )
    assert ticket.resolution_text == "Resolution code: code 6"
    assert set(run.notes.values()) == {1}
    assert len(run.notes) == 9


def test_a_title_is_taken_from_the_description() -> None:
    import_rows([row(short_description="", description="\n\n Screen is black \nsince noon")])
    assert only().title == "Screen is black"


def test_a_file_without_words_still_counts() -> None:
    rows = [{"number": "INC1", "opened_at": "2024-03-01", "caller": "A", "category": "Network"}]
    run = import_rows(rows)
    assert only().title == "Incident INC1 Network"
    assert len(run.notes) == 1


def test_rows_without_numbers_are_known_again_by_their_words() -> None:
    rows = [{"title": f"Trouble {n}", "opened_at": "2024-03-01"} for n in (1, 2, 2)]
    first = import_rows(rows)
    second = import_rows(rows)
    assert (first.created, first.unchanged) == (2, 1)
    assert (second.created, second.unchanged) == (0, 3)


def test_tickets_without_a_time_are_of_now() -> None:
    import_rows([{"number": "1", "title": "Trouble"}])
    assert timezone.now() - only().created_at < timedelta(minutes=1)


def test_people_are_the_same_whatever_the_spelling() -> None:
    names = ["Ada  Lovelace", "ada lovelace", "ＡＤＡ Lovelace", "Ada Lovelace"]
    import_rows([row() | {"number": str(n), "caller": name} for n, name in enumerate(names)])
    assert Ticket.objects.values("requester").distinct().count() == 1
    person = Person.objects.get()
    assert person.email.endswith("@desk.invalid")
    assert not person.has_usable_password()
    assert person.roles == ["requester"]


def test_people_teams_and_components_that_are_here_are_used(cast: Cast) -> None:
    run = import_rows(
        [
            row(
                caller="rob",
                assigned_to="Ann",
                assignment_group="service DESK",
                component="checkout",
            )
        ],
        create_missing=False,
    )
    ticket = only()
    assert run.rejected == 0
    assert (ticket.requester, ticket.assignee, ticket.team) == (cast.rob, cast.ann, cast.desk)
    assert (ticket.component, ticket.service) == (cast.checkout, cast.payments)
    assert ticket.organisation == cast.acme


def test_an_address_decides_and_is_not_case_sensitive(cast: Cast) -> None:
    import_rows(
        [row(caller="Robert <ROB@acme.example>", assignment_group="")], create_missing=False
    )
    assert only().requester == cast.rob


def test_real_accounts_gain_no_role_by_an_import(cast: Cast) -> None:
    run = import_rows([row(assigned_to="rob@acme.example")])
    cast.rob.refresh_from_db()
    assert cast.rob.roles == ["requester"]
    assert only().assignee is None
    assert run.notes == {"An assignee who is not of support was left out.": 1}


def test_somebody_written_about_may_turn_out_to_be_of_support() -> None:
    import_rows([row(caller="Jo")])
    import_rows([row(assigned_to="Jo", caller="Al") | {"number": "2"}])
    jo = Person.objects.get(name="Jo")
    assert jo.roles == ["requester", "agent"]
    assert Ticket.objects.get(source_number="2").assignee == jo


def test_two_people_of_one_name_are_not_guessed(cast: Cast) -> None:
    Person.objects.create(email="other@acme.example", name="Rob")
    run = import_rows([row(caller="Rob")], create_missing=False)
    assert run.rejected == 1
    import_rows([row(caller="Rob")])
    assert only().requester.email.endswith(".invalid")


def test_without_create_missing_unknown_names_are_refused_with_a_way_out(cast: Cast) -> None:
    run = import_rows([row(), row(caller="") | {"number": "2"}], create_missing=False)
    assert (run.created, run.rejected) == (0, 2)
    assert [reason for _, _, reason in refused()] == [
        "there is no person “Caller 0”; create it, or import with “create missing”",
        "is empty; with “create missing” it becomes the unknown requester",
    ]


def test_create_missing_makes_each_once() -> None:
    rows = [
        row(service="Mail", component="Spam filter", company="Acme") | {"number": str(n)}
        for n in range(3)
    ] + [row(service="Web", component="Spam filter") | {"number": "9"}]
    import_rows(rows)
    assert Team.objects.count() == 1
    assert Organisation.objects.count() == 1
    assert sorted(Service.objects.values_list("name", flat=True)) == ["Mail", "Web"]
    assert Component.objects.filter(name="Spam filter").count() == 2
    assert len(set(Component.objects.values_list("key", flat=True))) == 2


def test_a_component_without_a_service_goes_to_one_of_the_source() -> None:
    import_rows([row(component="Printer 7"), row(component="Printer 7") | {"number": "2"}])
    assert Component.objects.get().service.name == "Imported from desk"


def test_a_blank_caller_becomes_one_unknown_requester() -> None:
    import_rows([row(caller="?"), row(caller="") | {"number": "2"}])
    assert Person.objects.get().name == "Unknown requester"


def test_values_can_be_mapped_and_set() -> None:
    import_rows(
        [row(state="Warten", contact_type="")],
        values={"state": {"warten": "pending:change"}},
        defaults={"channel": "chat"},
    )
    assert (only().pending_reason, only().channel) == ("change", "chat")


def test_imported_words_are_found_by_search_at_once(cast: Cast) -> None:
    import_rows(simple_rows(3))
    assert (
        search_tickets(Ticket.objects.visible_to(cast.ann), "jamming printers", cast.ann).count()
        == 3
    )
    assert search_tickets(Ticket.objects.visible_to(cast.ann), "T00002", cast.ann).count() == 1


def test_one_fact_a_batch_names_the_tickets() -> None:
    run = import_rows(simple_rows(501))
    events = Event.objects.about(run).order_by("id")
    assert [event.payload["created"] for event in events] == [500, 1]
    told = [pk for event in events for pk in event.payload["ticket_ids"]]
    assert sorted(told) == sorted(Ticket.objects.values_list("pk", flat=True))
    assert events[0].sentence == "imported 500 tickets from desk"
