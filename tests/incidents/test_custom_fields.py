"""Custom fields of a service: asked, checked, kept typed, changed without loss, found again."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from catalogue.actions import change_draft, publish_form
from catalogue.models import IntakeForm
from core.errors import DomainError, EditConflict
from core.models import Event
from incidents.actions import change_answers, keep_answers
from incidents.jobs.operations import start_job, undo_job
from incidents.jobs.running import go_on
from incidents.models import Ticket, TicketAnswers
from incidents.searching import search_tickets
from incidents.selecting import select_tickets
from tests.conftest import Cast
from tests.make.requests import make_form
from tests.make.tickets import make_ticket

As = Callable[[Person], Client]

TERMINAL = {"key": "terminal", "label": "Terminal", "required": True, "pattern": "code"}
AMOUNT = {"key": "amount", "label": "Amount", "type": "number", "least": 0}
FRAUD = {"key": "fraud", "label": "Fraud", "type": "yes_no", "staff_only": True}
CARDS = {"key": "cards", "label": "Cards", "type": "choices", "options": ["Visa", "Amex"]}


@pytest.fixture
def form(cast: Cast) -> IntakeForm:
    """What tickets of Payments are asked."""
    return make_form(TERMINAL, AMOUNT, FRAUD, CARDS, service=cast.payments)


@pytest.fixture
def ticket(cast: Cast, form: IntakeForm) -> Ticket:
    """A ticket of Payments with its fields filled in by the desk."""
    ticket = make_ticket(cast.ann, requester=cast.rob, service=cast.payments)
    given = {"terminal": "T-17", "amount": 12.5, "fraud": True, "cards": ["Amex"]}
    keep_answers(ticket, actor=cast.ann, version=form.current, given=given)
    return ticket


def values(ticket: Ticket) -> dict[str, object]:
    return TicketAnswers.objects.get(ticket=ticket).values


def report(cast: Cast, **given: object) -> dict[str, object]:
    return {
        "title": "Card declined",
        "component": cast.checkout.pk,
        "urgency": 2,
        **{f"ask-{key}": value for key, value in given.items()},
    }


def test_the_portal_asks_what_the_service_asks(cast: Cast, form: IntakeForm, as_user: As) -> None:
    page = as_user(cast.rob).get(f"/tickets/new/fields/?component={cast.checkout.pk}")
    assert 'name="ask-terminal"' in page.content.decode()
    assert "ask-fraud" not in page.content.decode()


def test_a_report_keeps_the_answers_typed(cast: Cast, form: IntakeForm, as_user: As) -> None:
    sent = report(cast, terminal="T-9", amount="7,5", cards=["Visa", "Amex"])
    as_user(cast.rob).post("/portal/report/", sent)
    assert values(Ticket.objects.get()) == {
        "terminal": "T-9",
        "amount": 7.5,
        "cards": ["Visa", "Amex"],
    }


def test_a_bad_answer_keeps_everything_typed(cast: Cast, form: IntakeForm, as_user: As) -> None:
    answer = as_user(cast.rob).post("/portal/report/", report(cast, terminal="?", amount="17"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "letters, digits and dashes" in page
    assert 'value="17"' in page
    assert not Ticket.objects.exists()


def test_without_scripts_the_fields_come_with_the_first_refusal(
    cast: Cast, form: IntakeForm, as_user: As
) -> None:
    answer = as_user(cast.rob).post("/portal/report/", report(cast))
    assert answer.status_code == 422
    assert 'name="ask-terminal"' in answer.content.decode()


def test_a_requester_cannot_answer_what_only_the_desk_is_asked(
    cast: Cast, form: IntakeForm, as_user: As
) -> None:
    as_user(cast.rob).post("/portal/report/", report(cast, terminal="T-9", fraud="yes"))
    assert "fraud" not in values(Ticket.objects.get())


def test_the_desk_logs_a_ticket_with_them(cast: Cast, form: IntakeForm, as_user: As) -> None:
    sent = {
        "requester": cast.rob.email,
        "title": "Card declined",
        "component": cast.checkout.pk,
        "impact": 2,
        "urgency": 2,
        "kind": "incident",
        "channel": "phone",
        "ask-terminal": "T-1",
        "ask-fraud": "no",
    }
    ann = as_user(cast.ann)
    assert ann.post("/tickets/new/", {**sent, "ask-terminal": ""}).status_code == 422
    assert ann.post("/tickets/new/", sent).status_code == 302
    assert values(Ticket.objects.get()) == {"terminal": "T-1", "fraud": False}


def test_a_file_is_kept_with_the_ticket(cast: Cast, as_user: As) -> None:
    make_form({"key": "receipt", "type": "file", "required": True}, service=cast.payments)
    rob = as_user(cast.rob)
    assert rob.post("/portal/report/", report(cast)).status_code == 422
    receipt = SimpleUploadedFile("receipt.pdf", b"%PDF")
    rob.post("/portal/report/", report(cast, receipt=receipt))
    ticket = Ticket.objects.get()
    page = rob.get(f"/portal/{ticket.pk}/").content.decode()
    assert "receipt.pdf" in page
    assert rob.get(f"/attachments/{values(ticket)['receipt']}/").status_code == 200


def test_the_file_of_another_ticket_cannot_be_named(cast: Cast, api_as: Callable) -> None:
    make_form({"key": "receipt", "type": "file"}, service=cast.payments)
    sent = {"title": "x", "service": cast.payments.pk, "custom_fields": {"receipt": "t" * 43}}
    answer = api_as(cast.rob).post("/api/v1/tickets/", sent, format="json")
    assert answer.status_code == 422
    assert "send the file itself" in answer.json()["custom_fields"]["receipt"][0]


def test_the_ticket_shows_them_to_the_desk_and_to_the_requester(
    cast: Cast, ticket: Ticket, as_user: As
) -> None:
    desk = as_user(cast.ann).get(f"/tickets/{ticket.pk}/").content.decode()
    portal = as_user(cast.rob).get(f"/portal/{ticket.pk}/").content.decode()
    assert "T-17" in desk
    assert "Fraud" in desk
    assert "T-17" in portal
    assert "Fraud" not in portal


def test_a_change_is_told_on_the_timeline(cast: Cast, ticket: Ticket, form: IntakeForm) -> None:
    given = {"terminal": "T-18", "amount": 12.5, "fraud": True, "cards": ["Amex"]}
    change_answers(ticket, actor=cast.ann, version=form.current, given=given, edit=1)
    event = Event.objects.about(ticket).get(name="incidents.answers_changed")
    assert event.sentence == "changed Terminal"
    assert event.payload["changes"] == {"terminal": ["T-17", "T-18"]}


def test_changes_of_different_fields_both_stay(
    cast: Cast, ticket: Ticket, form: IntakeForm
) -> None:
    before = values(ticket)
    change_answers(
        ticket, actor=cast.ann, version=form.current, given={**before, "amount": 3}, edit=1
    )
    change_answers(
        ticket, actor=cast.pia, version=form.current, given={**before, "terminal": "T-2"}, edit=1
    )
    assert values(ticket)["amount"] == 3
    assert values(ticket)["terminal"] == "T-2"


def test_changes_of_one_field_are_not_lost_unseen(
    cast: Cast, ticket: Ticket, form: IntakeForm
) -> None:
    before = values(ticket)
    change_answers(
        ticket, actor=cast.ann, version=form.current, given={**before, "amount": 3}, edit=1
    )
    with pytest.raises(EditConflict, match="Ann changed “Amount”"):
        change_answers(
            ticket, actor=cast.pia, version=form.current, given={**before, "amount": 4}, edit=1
        )


def test_the_desk_edits_them_on_a_page(cast: Cast, ticket: Ticket, as_user: As) -> None:
    address = f"/tickets/{ticket.pk}/custom-fields/"
    ann = as_user(cast.ann)
    assert 'value="T-17"' in ann.get(address).content.decode()
    ann.post(address, {"ask-terminal": "T-20", "ask-fraud": "yes", "edit": "1"})
    assert values(ticket)["terminal"] == "T-20"
    assert ann.post(address, {"ask-terminal": "", "edit": "2"}).status_code == 422


def test_answers_keep_the_version_they_were_given_under(
    cast: Cast, ticket: Ticket, form: IntakeForm, as_user: As
) -> None:
    renamed = {"key": "terminal", "label": "Device", "type": "text"}
    definition = {"sections": [{"fields": [renamed]}]}
    publish_form(change_draft(form, actor=None, definition=definition), actor=None)
    page = as_user(cast.ann).get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Terminal" in page
    assert TicketAnswers.objects.get().version.number == 1


@pytest.mark.parametrize(
    ("condition", "how_many"),
    [
        ("terminal:T-17", 1),
        ("terminal:T-1", 0),
        ("amount:12.5", 1),
        ("amount>12", 1),
        ("amount<12", 0),
        ("fraud:yes", 1),
        ("fraud:no", 0),
        ("cards:Amex", 1),
        ("cards:Visa", 0),
        ("nonsense", 0),
        ("terminal__x:1", 0),
    ],
)
def test_tickets_are_found_by_an_answer(
    cast: Cast, ticket: Ticket, condition: str, how_many: int
) -> None:
    selected = select_tickets(cast.ann, f"answer={condition}")
    assert list(selected) == [ticket][:how_many]


def test_words_of_answers_are_searched_by_the_desk_only(cast: Cast, ticket: Ticket) -> None:
    assert list(search_tickets(Ticket.objects.visible_to(cast.ann), "T-17", cast.ann)) == [ticket]
    assert list(search_tickets(Ticket.objects.visible_to(cast.ann), "Amex", cast.ann)) == [ticket]
    assert not search_tickets(Ticket.objects.visible_to(cast.rob), "Amex", cast.rob)


def test_the_api_reads_and_writes_them(
    cast: Cast, form: IntakeForm, api_as: Callable[[Person], APIClient]
) -> None:
    ann = api_as(cast.ann)
    sent = {
        "title": "Declined",
        "requester": cast.rob.pk,
        "service": cast.payments.pk,
        "custom_fields": {"terminal": "T-3", "amount": 4},
    }
    made = ann.post("/api/v1/tickets/", sent, format="json").json()
    assert made["custom_fields"] == {"terminal": "T-3", "amount": 4}
    address = f"/api/v1/tickets/{made['id']}/"
    change = {"version": made["version"], "custom_fields": {"amount": 5}}
    changed = ann.patch(address, change, format="json").json()
    assert changed["custom_fields"] == {"terminal": "T-3", "amount": 5}
    bad = {"version": changed["version"], "custom_fields": {"amount": "many"}}
    assert "Amount" in ann.patch(address, bad, format="json").json()["custom_fields"]["amount"][0]
    unknown = {"version": changed["version"], "custom_fields": {"colour": "red"}}
    assert ann.patch(address, unknown, format="json").status_code == 422


def test_a_requester_reads_no_staff_only_field_over_the_api(
    cast: Cast, ticket: Ticket, api_as: Callable[[Person], APIClient]
) -> None:
    seen = api_as(cast.rob).get(f"/api/v1/tickets/{ticket.pk}/").json()
    assert "terminal" in seen["custom_fields"]
    assert "fraud" not in seen["custom_fields"]


def test_a_field_missing_where_it_is_required_is_refused(
    cast: Cast, ticket: Ticket, form: IntakeForm
) -> None:
    with pytest.raises(DomainError, match="Terminal: Please fill this in"):
        change_answers(ticket, actor=cast.ann, version=form.current, given={}, edit=1)


def test_150_fields_do_not_slow_the_page(cast: Cast, as_user: As) -> None:
    """A desk with very many fields of its own stays as quick: one form, read in one go."""
    kinds = ["text", "number", "date", "yes_no", "person", "component"]
    few = [{"key": f"f{n}", "type": kinds[n % 6]} for n in range(6)]
    many = [{"key": f"f{n}", "type": kinds[n % 6]} for n in range(150)]
    form = make_form(*few, service=cast.payments)
    ticket = make_ticket(cast.ann, requester=cast.rob, service=cast.payments)
    ann = as_user(cast.ann)
    addresses = [f"/tickets/{ticket.pk}/custom-fields/", f"/tickets/{ticket.pk}/"]

    def answers(count: int) -> dict[str, object]:
        kept = {0: "words", 1: 7, 2: "2026-05-06", 3: True, 4: cast.rob.pk, 5: cast.checkout.pk}
        return {f"f{n}": kept[n % 6] for n in range(count)}

    def queries() -> list[int]:
        counts = []
        for address in addresses:
            ann.get(address)
            with CaptureQueriesContext(connection) as seen:
                assert ann.get(address).status_code == 200
            counts.append(len(seen.captured_queries))
        return counts

    TicketAnswers.objects.create(ticket=ticket, form=form, version=form.current, values=answers(6))
    before = queries()
    asked = [{"label": one["key"], **one} for one in many]
    form = change_draft(form, actor=None, definition={"sections": [{"fields": asked}]})
    form = publish_form(form, actor=None)
    TicketAnswers.objects.update(version=form.current, values=answers(150))
    assert queries() == before
    started = time.process_time()
    page = ann.get(addresses[0]).content.decode()
    assert time.process_time() - started < 1.0
    assert page.count("data-asked-field") == 150


def test_a_custom_field_is_set_on_many_tickets_and_put_back_but_where_somebody_changed_it(
    cast: Cast, form: IntakeForm, ticket: Ticket
) -> None:
    other = make_ticket(cast.ann, service=cast.payments)
    keep_answers(other, actor=cast.ann, version=form.current, given={"terminal": "T-2"})
    without = make_ticket(cast.ann)
    params = {"field": f"{form.pk}.amount", "value": "7,5"}
    job = start_job(
        actor=cast.ann,
        operation="custom_field",
        params=params,
        ticket_ids=[ticket.pk, other.pk, without.pk],
    )
    assert job.summary == "Set Amount to 7,5"
    go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    assert [values(one)["amount"] for one in (ticket, other)] == [7.5, 7.5]
    refused = job.items.get(state="refused")
    assert (refused.ticket, refused.reason) == (without, "Its service does not ask this.")
    edit = TicketAnswers.objects.get(ticket=other).edit
    given = {**values(other), "amount": 9}
    change_answers(other, actor=cast.pia, version=form.current, given=given, edit=edit)
    job.refresh_from_db()
    undoing = undo_job(job, actor=cast.ann)
    go_on(undoing.pk, until=timezone.now() + timedelta(minutes=1))
    assert (values(ticket)["amount"], values(other)["amount"]) == (12.5, 9)
    assert undoing.items.get(state="refused").reason == "“Amount” stays: Pia changed it."


def test_a_custom_field_no_form_asks_is_refused_at_its_field(
    cast: Cast, form: IntakeForm, ticket: Ticket
) -> None:
    with pytest.raises(DomainError) as refused:
        start_job(
            actor=cast.ann,
            operation="custom_field",
            params={"field": f"{form.pk}.nothing", "value": "x"},
            ticket_ids=[ticket.pk],
        )
    assert refused.value.field == "field"
