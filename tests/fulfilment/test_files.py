"""File fields of request forms: the same checks in the browser and over the API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from fulfilment.models import RequestItem
from incidents.models import Attachment, Ticket, TicketAnswers
from tests.conftest import Cast
from tests.make.requests import make_form, make_item

As = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]

MODEL = {"key": "model", "type": "choice", "options": ["Small", "Large"], "required": True}
OFFER = {"key": "offer", "type": "file", "required": True, "options": ["pdf", "png"]}


@pytest.fixture
def item(cast: Cast) -> RequestItem:
    """Something that wants the offer as a PDF or picture."""
    return make_item(cast.payments, name="New laptop", form=make_form(MODEL, OFFER))


def offer(name: str = "offer.pdf", content: bytes = b"%PDF-1.7") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(program: APIClient, item: RequestItem, **parts: Any) -> Any:
    """The request as multipart/form-data."""
    sent = {"answers": json.dumps({"model": "Large"}), **parts}
    return program.post(f"/api/v1/request-items/{item.pk}/request/", sent, format="multipart")


def test_a_program_sends_the_file_with_the_answers(
    cast: Cast, item: RequestItem, api_as: ApiAs
) -> None:
    rob = api_as(cast.rob)
    made = send(rob, item, **{"answers.offer": offer(), "note": "Thanks", "copy_to": ["Rita"]})
    assert made.status_code == 201
    ticket = Ticket.objects.get(pk=made.json()["ticket"])
    kept = Attachment.objects.get()
    assert TicketAnswers.objects.get().values == {"model": "Large", "offer": kept.token}
    assert (kept.name, kept.file.read()) == ("offer.pdf", b"%PDF-1.7")
    assert [one.person for one in ticket.copies.all()] == [cast.rita]
    assert (ticket.description, ticket.requester) == ("Thanks", cast.rob)


FAULTS = [
    ([offer("offer.exe")], "A file of this kind, please: pdf, png"),
    ([offer(content=b"x" * 2000)], "this file is larger"),
    ([offer(content=b"")], "This file is empty"),
    ([offer(), offer("other.pdf")], "One file, please"),
]


@pytest.mark.parametrize(("files", "sentence"), FAULTS)
def test_what_is_wrong_with_a_file_is_said_at_its_field_in_both(
    files: list[SimpleUploadedFile],
    sentence: str,
    cast: Cast,
    item: RequestItem,
    as_user: As,
    api_as: ApiAs,
    settings: Any,
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000
    answer = send(api_as(cast.rob), item, **{"answers.offer": files})
    assert answer.status_code in {400, 422}
    assert sentence in answer.json()["answers"]["offer"][0]
    for one in files:
        one.seek(0)
    sent = {"ask-model": "Large", "ask-offer": files, "note": "Kept words"}
    page = as_user(cast.rob).post(f"/requests/{item.pk}/", sent)
    assert page.status_code == 422
    assert sentence in page.context["asked"].errors["offer"][0]
    assert "Kept words" in page.content.decode()
    assert not Ticket.objects.exists()
    assert not Attachment.objects.exists()


def test_a_needed_file_that_is_not_there_is_said_at_its_field(
    cast: Cast, item: RequestItem, api_as: ApiAs
) -> None:
    rob = api_as(cast.rob)
    at = f"/api/v1/request-items/{item.pk}/request/"
    answer = rob.post(at, {"answers": {"model": "Large"}})
    assert answer.json() == {"answers": {"offer": ["Offer: Please add the file."]}}
    named = rob.post(at, {"answers": {"model": "Large", "offer": "t" * 43}})
    assert "send the file itself" in named.json()["answers"]["offer"][0]


def test_every_faulty_answer_is_named_at_once(item: RequestItem, cast: Cast, api_as: ApiAs) -> None:
    rob = api_as(cast.rob)
    at = f"/api/v1/request-items/{item.pk}/request/"
    answer = rob.post(at, {"answers": {"model": "Huge"}}, format="json")
    assert answer.status_code == 422
    assert sorted(answer.json()["answers"]) == ["model", "offer"]
    unknown = rob.post(at, {"answers": {"model": "Large", "x": 1, "y": 2}}, format="json")
    assert unknown.json() == {
        "answers": {"x": ["“x” is not asked here."], "y": ["“y” is not asked here."]}
    }


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"answers": "{broken"}, ["answers"]),
        ({"answers": "[1]"}, ["answers"]),
        ({"answers.offer": "no file"}, ["answers", "offer"]),
        ({"answers.colour": offer()}, ["answers", "colour"]),
        ({"answers.model": offer()}, ["answers", "model"]),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_with_a_sentence(
    parts: dict[str, Any], where: list[str], cast: Cast, item: RequestItem, api_as: ApiAs
) -> None:
    answer = send(api_as(cast.rob), item, **parts)
    assert answer.status_code in {400, 422}
    said = answer.json()
    for name in where:
        said = said[name]
    assert isinstance(said[0], str)
    assert not Ticket.objects.exists()


def test_custom_fields_take_files_over_the_api_when_opened_and_when_edited(
    cast: Cast, api_as: ApiAs
) -> None:
    make_form({"key": "receipt", "type": "file"}, service=cast.payments)
    sent = {
        "title": "Card declined",
        "service": cast.payments.pk,
        "custom_fields.receipt": offer("one.pdf"),
    }
    made = api_as(cast.rob).post("/api/v1/tickets/", sent, format="multipart")
    assert made.status_code == 201
    first = made.json()["custom_fields"]["receipt"]
    change = {"version": made.json()["version"], "custom_fields.receipt": offer("two.pdf")}
    at = f"/api/v1/tickets/{made.json()['id']}/"
    changed = api_as(cast.ann).patch(at, change, format="multipart").json()
    assert changed["custom_fields"]["receipt"] != first
    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["one.pdf", "two.pdf"]


def test_endings_are_chosen_in_the_form_editor_and_offered_by_the_browser(
    cast: Cast, item: RequestItem, as_user: As
) -> None:
    page = as_user(cast.rob).get(f"/requests/{item.pk}/").content.decode()
    assert 'accept=".pdf,.png"' in page


def test_the_schema_says_how_files_are_sent(cast: Cast, api_as: ApiAs) -> None:
    schema = api_as(cast.ann).get("/api/v1/schema/?format=json").json()
    asked = schema["paths"]["/api/v1/request-items/{id}/request/"]["post"]
    assert "answers.<key>" in asked["description"]
    assert "multipart/form-data" in asked["requestBody"]["content"]
