"""What each tool says, to whom, and what is written down about it."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Person
from core.models import Event
from devlink.actions import (
    ask_question,
    attach_evidence,
    build_evidence_pack,
    detach_evidence,
    hand_over_tickets,
)
from devlink.evidence import canonical
from devlink.mcp.calling import Reply, call_tool, tools_for
from devlink.models import Ask, Question, Sprint
from incidents.models import Ticket
from problems.models import KnownError
from tests.conftest import Cast
from tests.devlink.conftest import Cause, make_cluster
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.make.work import make_work_item

TOOLS = {
    "find_causes": {},
    "read_evidence_pack": {"reference": "PRB-1"},
    "list_unanswered_asks": {},
    "similar_tickets": {"text": "Card form rejects my card"},
    "answer_question": {"question": 1, "answer": "German ones."},
}
TEXT = "Card form rejects my card\nthe form says 400"


def content_of(reply: Reply) -> dict[str, object]:
    assert reply.content is not None, reply.sentence
    return reply.content


def test_a_cause_comes_with_its_figures_and_without_tickets_of_others(
    cast: Cast, cause: Cause
) -> None:
    (found,) = content_of(call_tool(cast.dev, "find_causes", {"component": "checkout"}))["causes"]
    assert (found["kind"], found["reference"]) == ("problem", cause.problem.reference)
    assert (found["tickets"], found["people"], found["organisations"]) == (3, 3, 2)
    assert (found["weekly"][-1], found["tickets_per_week"]) == (3, 0.75)
    assert (found["component"], found["state"]) == ("Checkout", cause.problem.state_label)
    assert found["tickets_you_may_read"] == []
    assert found["url"].endswith(cause.problem.get_absolute_url())
    (of_ann,) = content_of(call_tool(cast.ann, "find_causes", {"words": "card form"}))["causes"]
    assert len(of_ann["tickets_you_may_read"]) == 3
    assert "Rob" not in str(of_ann)


def test_a_cluster_without_a_problem_is_a_cause_too(cast: Cast) -> None:
    cluster = make_cluster(cast, [make_ticket(cast.rob)], title="Invoices are empty")
    (found,) = content_of(call_tool(cast.dev, "find_causes", {"words": "invoices empty"}))["causes"]
    assert (found["kind"], found["reference"]) == ("cluster", f"cluster {cluster.pk}")
    assert call_tool(cast.dev, "find_causes", {"component": "invoices"}).content == {
        "causes": [],
        "more": False,
    }


def test_dismissed_clusters_are_not_for_developers(cast: Cast) -> None:
    cluster = make_cluster(cast, [make_ticket(cast.rob)])
    type(cluster).objects.update(state="dismissed")
    for person, shown in ((cast.dev, 0), (cast.ann, 1)):
        causes = content_of(call_tool(person, "find_causes", {"state": "any"}))["causes"]
        assert len(causes) == shown


def test_causes_are_limited_and_the_rest_is_mentioned(cast: Cast) -> None:
    for number in range(3):
        make_cluster(cast, [make_ticket(cast.rob)], title=f"Cause {number}")
    found = content_of(call_tool(cast.ann, "find_causes", {"limit": 2}))
    assert (len(found["causes"]), found["more"]) == (2, True)


def test_a_pack_is_read_by_item_problem_or_number(cast: Cast, cause: Cause, ask: Ask) -> None:
    hand_over_tickets(ask.work_item)
    first = ask.pack
    second = build_evidence_pack(cause.problem, actor=cast.pia)
    by_item, by_problem, by_number = (
        content_of(call_tool(cast.dev, "read_evidence_pack", {"reference": reference}))
        for reference in (ask.work_item.key.lower(), cause.problem.reference, str(first.pk))
    )
    assert by_item["pack"] == by_problem["pack"] == second.pk
    assert (by_problem["version"], by_problem["newer_pack"]) == (2, None)
    assert (by_number["version"], by_number["newer_pack"]) == (1, second.pk)
    assert by_number["seal_intact"] is True
    sealed = hashlib.sha256(canonical(by_number["figures"]).encode()).hexdigest()
    assert by_number["sha256"] == sealed == first.sha256


def test_a_pack_in_words_says_what_its_figures_say(cast: Cast, ask: Ask) -> None:
    hand_over_tickets(ask.work_item)
    pack = content_of(call_tool(cast.dev, "read_evidence_pack", {"reference": ask.work_item.key}))
    text = pack["markdown"]
    assert "Service desk asks for a fix in Sprint 48 and stakes 60 of 100 points." in text
    assert "| 28 days | 3 | 3 | 2 |" in text
    assert f"sha256 `{ask.pack.sha256}`" in text
    assert "[name]" in text
    assert not {"Rob", "Rita", "Stan", "1234567"} & set(text.replace(".", " ").split())


def test_an_altered_pack_is_told(cast: Cast, ask: Ask) -> None:
    content = {**ask.pack.content, "weekly": [9] * 26}
    type(ask.pack).objects.filter(pk=ask.pack.pk).update(content=content)
    read = call_tool(cast.dev, "read_evidence_pack", {"reference": str(ask.pack.pk)})
    assert content_of(read)["seal_intact"] is False


@pytest.mark.parametrize("reference", ["PRB-99999", "PAY-99999", "99999", "pack 123456789012"])
def test_an_unknown_record_is_told_as_one_not_to_be_seen(cast: Cast, reference: str) -> None:
    reply = call_tool(cast.dev, "read_evidence_pack", {"reference": reference})
    assert reply.outcome == "refused"
    assert "is not there or not yours to see." in reply.sentence


def test_an_item_without_evidence_says_so(cast: Cast) -> None:
    item = make_work_item(cast.dev)
    reply = call_tool(cast.dev, "read_evidence_pack", {"reference": item.key})
    assert reply.sentence == f"{item.key} has no evidence pack yet."


def test_what_waits_is_listed_with_its_age(cast: Cast, ask: Ask, question: Question) -> None:
    ago = timezone.now() - timedelta(days=5, hours=1)
    Ask.objects.update(created_at=ago)
    for person, may_answer in ((cast.dev, False), (cast.ann, True)):
        found = content_of(call_tool(person, "list_unanswered_asks", {}))
        (one,) = found["asks"]
        assert (one["ask"], one["age_days"], one["points"]) == (ask.pk, 5, 60)
        assert (one["work_item"], one["problem"]) == (ask.work_item.key, ask.problem.reference)
        assert one["unanswered_questions"] == 1
        (asked,) = found["questions"]
        assert (asked["question"], asked["body"]) == (question.pk, "Which cards?")
        assert (asked["age_days"], asked["you_may_answer"]) == (0, may_answer)


def test_what_waits_for_other_teams_is_not_listed(cast: Cast, ask: Ask, question: Question) -> None:
    assert content_of(call_tool(cast.max, "list_unanswered_asks", {})) == {
        "asks": [],
        "questions": [],
    }


def test_similar_tickets_come_with_reasons_and_how_they_were_solved(
    cast: Cast, solved: Cause, known: KnownError
) -> None:
    found = content_of(call_tool(cast.ann, "similar_tickets", {"text": TEXT, "limit": 10}))
    by_reference = {one["reference"]: one for one in found["tickets"]}
    assert set(by_reference) == {one.reference for one in solved.tickets}
    first = by_reference[solved.tickets[0].reference]
    assert first["resolution"] == "[name] must reload the card form."
    assert first["reasons"]
    assert by_reference[solved.tickets[1].reference]["resolution"] is None
    assert "Rob" not in str(found)
    assert "1234567" not in str(found)


@pytest.mark.parametrize(
    "text", ["card form rejects cards", "Traceback: gateway said E-4711\nat line 7"]
)
def test_known_errors_come_with_their_workaround(cast: Cast, known: KnownError, text: str) -> None:
    (one,) = content_of(call_tool(cast.dev, "similar_tickets", {"text": text}))["known_errors"]
    assert (one["reference"], one["workaround"]) == (known.reference, "Reload the form.")
    assert one["error_code"] == "E-4711"


def test_other_errors_are_not_taken_for_known_ones(cast: Cast, known: KnownError) -> None:
    found = call_tool(cast.dev, "similar_tickets", {"text": "The printer smokes, E-4712"})
    assert content_of(found)["known_errors"] == []


def test_a_developer_reads_tickets_only_while_they_are_linked(cast: Cast, solved: Cause) -> None:
    def read() -> list[str]:
        found = content_of(call_tool(cast.dev, "similar_tickets", {"text": TEXT}))
        return [one["reference"] for one in found["tickets"]]

    assert read() == []
    linked = solved.tickets[0]
    item = make_work_item(cast.dev)
    evidence = attach_evidence(item, actor=cast.ann, source=Ticket.objects.get(pk=linked.pk))
    assert read() == [linked.reference]
    detach_evidence(evidence, actor=cast.ann)
    assert read() == []


def test_restricted_tickets_stay_with_their_team(cast: Cast, cause: Cause) -> None:
    Ticket.objects.update(team=make_team("Legal", restricted=True))
    assert content_of(call_tool(cast.ann, "similar_tickets", {"text": TEXT}))["tickets"] == []
    (found,) = content_of(call_tool(cast.ann, "find_causes", {}))["causes"]
    assert (found["tickets"], found["tickets_you_may_read"]) == (0, [])


def test_support_answers_through_the_action(cast: Cast, question: Question) -> None:
    words = {"question": question.pk, "answer": "German\x00 ones."}
    done = content_of(call_tool(cast.ann, "answer_question", words))
    assert (done["answer"], done["unanswered_questions"]) == ("German ones.", 0)
    question.refresh_from_db()
    assert (question.answered_by, question.ask.state) == (cast.ann, "open")
    again = call_tool(cast.ann, "answer_question", words)
    assert again.sentence == "Somebody has answered this question already."


def test_developers_do_not_answer_for_support(cast: Cast, question: Question) -> None:
    words = {"question": question.pk, "answer": "All."}
    assert "not for your role" in call_tool(cast.dev, "answer_question", words).sentence
    question.refresh_from_db()
    assert question.answered_at is None


@pytest.mark.parametrize("name", ["rob", "rita", "stan"])
@pytest.mark.parametrize("tool", TOOLS)
def test_requesters_get_nothing(cast: Cast, solved: Cause, name: str, tool: str) -> None:
    person: Person = cast.everyone[name]
    assert tools_for(person) == []
    reply = call_tool(person, tool, TOOLS[tool])
    assert (reply.outcome, reply.content) == ("refused", None)
    assert reply.sentence == "“Use an assistant” is not for your role."


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("rm_rf", {}, "There is no tool “rm_rf”."),
        ("find\x00_\ud800causes", {"\x00": "\x00"}, "There is no tool “find_?causes”."),
        ("find_causes", {"limit": "10"}, "“limit”: Input should be a valid integer."),
        ("find_causes", {"limit": 10**400}, "“limit”: Input should be less than or equal to 20."),
        ("find_causes", {"limit": True}, "“limit”: Input should be a valid integer."),
        ("find_causes", {"component": None}, "“component”: Input should be a valid string."),
        ("find_causes", {"drop": "tables"}, "“drop”: Extra inputs are not permitted."),
        ("find_causes", {"component": "nowhere"}, "is not there or not yours to see."),
        ("similar_tickets", {"text": "x" * 1_000_000}, "at most 20000 characters"),
        ("similar_tickets", {"text": "\x00\x00"}, "write something"),
        ("similar_tickets", {"text": "card \ud800 form"}, "unicode"),
        (
            "similar_tickets",
            {"text": ["card"] * 100_000},
            "“text”: Input should be a valid string.",
        ),
        ("answer_question", {"question": 2**80, "answer": "x"}, "“question”: Input should be"),
        ("answer_question", {"question": 2**53, "answer": "x"}, "is not there or not yours"),
        ("answer_question", {"question": 0}, "“answer”: Field required."),
        ("read_evidence_pack", {"reference": {"a": {}}}, "Input should be a valid string."),
    ],
)
def test_hostile_arguments_are_refused_with_a_sentence(
    cast: Cast, tool: str, arguments: dict[str, object], sentence: str
) -> None:
    reply = call_tool(cast.dev, tool, arguments)
    assert (reply.outcome, reply.content) == ("refused", None)
    assert sentence in reply.sentence
    assert len(reply.sentence) < 1000
    noted = Event.objects.get(name="devlink.assistant_called")
    assert len(noted.payload["arguments"]) <= 500
    assert len(noted.payload["said"]) <= 400


@pytest.mark.parametrize("words", ["\x00card", "card' OR 1=1 --", "card & | ! :*", "%_\\", "🂡 ﷽"])
def test_strange_words_find_nothing_and_break_nothing(cast: Cast, cause: Cause, words: str) -> None:
    for tool, argument in (("find_causes", "words"), ("similar_tickets", "text")):
        assert call_tool(cast.ann, tool, {argument: words}).outcome == "done"


def test_every_call_is_written_down(cast: Cast, question: Question) -> None:
    call_tool(cast.ann, "find_causes", {"words": "card " * 40})
    call_tool(cast.ann, "answer_question", {"question": question.pk, "answer": " "})
    call_tool(cast.rob, "find_causes", {})
    first, second, third = Event.objects.filter(name="devlink.assistant_called").order_by("pk")
    assert (first.actor, first.payload["tool"]) == (cast.ann, "find_causes")
    assert first.payload["outcome"] == "done"
    assert first.payload["arguments"].startswith("words=“card card")
    assert len(first.payload["arguments"]) < 140
    assert 0 <= first.payload["milliseconds"] < 10_000
    assert (second.payload["outcome"], second.payload["tool"]) == ("refused", "answer_question")
    assert "write something" in second.payload["said"]
    assert (third.actor, third.payload["outcome"]) == (cast.rob, "refused")
    assert "an assistant used find_causes: done" in first.sentence


def test_a_fault_is_told_without_its_insides_and_written_down(
    cast: Cast, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    type(ask.pack).objects.filter(pk=ask.pack.pk).update(content={"secret": "inside"})
    reply = call_tool(cast.dev, "read_evidence_pack", {"reference": str(ask.pack.pk)})
    assert reply.outcome == "failed"
    assert "fault on the server" in reply.sentence
    assert "secret" not in reply.text
    assert Event.objects.get(name="devlink.assistant_called").payload["outcome"] == "failed"
    assert [one.message for one in caplog.records] == ["assistant.failed"]


def test_a_sprint_of_another_team_is_listed_for_the_owner_of_the_component(
    cast: Cast, cause: Cause, sprint: Sprint, ask: Ask
) -> None:
    cast.dev.memberships.all().delete()
    owner = Person.objects.get(pk=cast.dev.pk)
    assert [one["ask"] for one in content_of(call_tool(owner, "list_unanswered_asks", {}))["asks"]]
    ask_question(ask, actor=owner, body="Since when?")
    found = content_of(call_tool(owner, "list_unanswered_asks", {}))
    assert [one["body"] for one in found["questions"]] == ["Since when?"]
