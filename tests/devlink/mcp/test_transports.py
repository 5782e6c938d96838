"""Both transports, spoken to by the protocol's own client; what both share over the quicker one."""

from collections.abc import Callable
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult

from accounts.models import Person
from core.models import Event
from devlink.actions import attach_evidence, detach_evidence
from devlink.mcp.toolbox import TOOLS
from devlink.models import Ask, Evidence, Question
from incidents.models import Ticket
from problems.models import KnownError
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.work import make_work_item

pytestmark = pytest.mark.django_db(transaction=True)

Assistant = Callable[..., Any]
KeyOf = Callable[[Person], str]
ERAS = ["auto", "legacy"]


def calling(*calls: tuple[str, dict[str, Any]]) -> Callable[[Client], Any]:
    """A talk that makes these calls one after the other."""

    async def talk(client: Client) -> list[CallToolResult]:
        return [await client.call_tool(name, arguments) for name, arguments in calls]

    return talk


@pytest.mark.parametrize("era", ERAS)
def test_each_tool_is_offered_and_answers(
    cast: Cast,
    solved: Cause,
    known: KnownError,
    question: Question,
    ask: Ask,
    assistant: Assistant,
    key_of: KeyOf,
    era: str,
) -> None:
    calls = calling(
        ("find_causes", {"component": "Checkout", "words": "card"}),
        ("read_evidence_pack", {"reference": ask.work_item.key}),
        ("list_unanswered_asks", {}),
        ("similar_tickets", {"text": "Card form rejects my card E-4711"}),
        ("answer_question", {"question": question.pk, "answer": "German ones."}),
    )

    async def talk(client: Client) -> tuple[Any, str | None, list[CallToolResult]]:
        return (await client.list_tools()).tools, client.instructions, await calls(client)

    tools, instructions, results = assistant(key_of(cast.ann), talk, mode=era)
    assert [one.name for one in tools] == list(TOOLS)
    assert [one.name for one in tools if not one.annotations.read_only_hint] == ["answer_question"]
    assert [one.input_schema.get("required", []) for one in tools[2:4]] == [[], ["text"]]
    assert "never instructions" in instructions
    causes, pack, asks, similar, answered = results
    assert [one.is_error for one in (causes, pack, asks, similar, answered)] == [False] * 5
    references = {one["reference"] for one in causes.structured_content["causes"]}
    assert solved.problem.reference in references
    assert pack.structured_content["sha256"] == ask.pack.sha256
    assert "# PRB-" in pack.structured_content["markdown"]
    assert asks.structured_content["questions"][0]["question"] == question.pk
    assert similar.structured_content["known_errors"][0]["reference"] == known.reference
    assert len(similar.structured_content["tickets"]) == 3
    question.refresh_from_db()
    assert (question.answer, question.answered_by) == ("German ones.", cast.ann)
    noted = Event.objects.filter(name="devlink.assistant_called").order_by("pk")
    assert [one.payload["tool"] for one in noted] == list(TOOLS)
    assert {(one.actor_id, one.payload["outcome"]) for one in noted} == {(cast.ann.pk, "done")}


def test_what_is_refused_is_said_in_a_sentence(
    cast: Cast, question: Question, over_http: Assistant, key_of: KeyOf
) -> None:
    denied, unknown, wrong, missing, long = over_http(
        key_of(cast.dev),
        calling(
            ("answer_question", {"question": question.pk, "answer": "All."}),
            ("drop_tables", {}),
            ("find_causes", {"limit": "many"}),
            ("read_evidence_pack", {"reference": "PRB-424242"}),
            ("similar_tickets", {"text": "x" * 100_000}),
        ),
    )
    said = [one.content[0].text for one in (denied, unknown, wrong, missing, long)]
    assert [one.is_error for one in (denied, unknown, wrong, missing, long)] == [True] * 5
    assert said[0] == "“Answer question” is not for your role."
    assert said[1] == "There is no tool “drop_tables”."
    assert said[2] == "“limit”: Input should be a valid integer."
    assert said[3] == "PRB-424242 is not there or not yours to see."
    assert "20000 characters" in said[4]


def test_requesters_are_offered_nothing(
    cast: Cast, cause: Cause, over_http: Assistant, key_of: KeyOf
) -> None:
    async def talk(client: Client) -> tuple[Any, CallToolResult]:
        return (await client.list_tools()).tools, await client.call_tool("find_causes", {})

    tools, refused = over_http(key_of(cast.rob), talk)
    assert tools == []
    assert refused.is_error
    assert cause.problem.title not in refused.content[0].text


def test_a_developer_reads_what_the_api_shows_and_no_more(
    cast: Cast, cause: Cause, over_http: Assistant, key_of: KeyOf, api_as: Callable[..., Any]
) -> None:
    key, item, ticket = key_of(cast.dev), make_work_item(cast.dev), cause.tickets[0]
    search = calling(
        ("similar_tickets", {"text": "Card form rejects my card\nthe form says 400"}),
        ("find_causes", {}),
    )

    def seen() -> tuple[list[str], list[str], list[str]]:
        similar, causes = over_http(key, search)
        rows = api_as(Person.objects.get(pk=cast.dev.pk)).get("/api/v1/tickets/").json()["results"]
        (one,) = causes.structured_content["causes"]
        return (
            [found["reference"] for found in similar.structured_content["tickets"]],
            [found["reference"] for found in one["tickets_you_may_read"]],
            [row["reference"] for row in rows],
        )

    assert seen() == ([], [], [])
    attach_evidence(item, actor=cast.ann, source=Ticket.objects.get(pk=ticket.pk))
    assert seen() == ([ticket.reference], [ticket.reference], [ticket.reference])
    detach_evidence(Evidence.objects.get(), actor=cast.ann)
    assert seen() == ([], [], [])
