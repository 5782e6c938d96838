"""Forms built without code: what is shown, what is required, and what counts as an answer."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from catalogue.fields.answers import AnswerError, read_answers
from catalogue.fields.definition import FieldType, FormError, compiled, read_form, write_form

CASES = json.loads((Path(__file__).parent / "form_cases.json").read_text())
SCRIPT = Path(__file__).parents[2] / "static" / "js" / "conditions.js"

# Evaluates every case as the browser does and prints what it found.
RUN_CASES = """
import { readFileSync } from "node:fs";
import { evaluate } from "./conditions.mjs";
const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(({ form, given }) => evaluate(form, given))));
"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_server_decides_what_is_shown_and_required(case: dict[str, Any]) -> None:
    result = read_answers(read_form(case["form"]), case["given"])
    assert result.shown == set(case["shown"])
    assert result.required == set(case["required"])


def test_the_browser_decides_the_same(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node to run the browser's module")
    shutil.copy(SCRIPT, tmp_path / "conditions.mjs")
    (tmp_path / "run.mjs").write_text(RUN_CASES)
    sent = [{**case, "form": compiled(read_form(case["form"]))} for case in CASES]
    done = subprocess.run(
        [node, "run.mjs"],
        cwd=tmp_path,
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        check=True,
    )
    for case, found in zip(CASES, json.loads(done.stdout), strict=True):
        assert found == {"shown": case["shown"], "required": case["required"]}, case["name"]


def form_of(**field: Any) -> Any:
    return read_form({"sections": [{"fields": [{"key": "it", "label": "It", **field}]}]})


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ({"type": "text"}, "  Rosa\x00 ", "Rosa"),
        ({"type": "text", "pattern": "version"}, "4.18.2", "4.18.2"),
        ({"type": "number"}, "12,50", 12.5),
        ({"type": "number"}, "7.0", 7),
        ({"type": "date"}, "2026-02-28", "2026-02-28"),
        ({"type": "choice", "options": ["A", "B"]}, "B", "B"),
        ({"type": "choices", "options": ["A", "B", "C"]}, ["C", "A"], ["A", "C"]),
        ({"type": "yes_no"}, "no", False),
        ({"type": "yes_no"}, True, True),
        ({"type": "component"}, "17", 17),
    ],
)
def test_answers_are_kept_typed(field: dict[str, Any], given: Any, kept: Any) -> None:
    result = read_answers(form_of(**field), {"it": given}, {FieldType.COMPONENT: int})
    assert (result.values, result.errors) == ({"it": kept}, {})
    assert type(result.values["it"]) is type(kept)


@pytest.mark.parametrize(
    ("field", "given", "sentence"),
    [
        ({"type": "text", "required": True}, "   ", "fill this in"),
        ({"type": "text", "most": 3}, "four", "At most 3 characters"),
        ({"type": "text", "least": 3}, "ab", "At least 3 characters"),
        ({"type": "text", "pattern": "email"}, "rosa", "e-mail address"),
        ({"type": "text", "pattern": "ip_address"}, "1.2.3", "IP address"),
        ({"type": "number"}, "twelve", "number"),
        ({"type": "number"}, "1e400", "number"),
        ({"type": "number"}, "NaN", "number"),
        ({"type": "number", "least": 1}, "0", "At least 1"),
        ({"type": "number", "most": 5}, "6", "At most 5"),
        ({"type": "date"}, "31.02.2026", "date"),
        ({"type": "date"}, "2026-02-30", "date"),
        ({"type": "choice", "options": ["A"]}, "Z", "Choose one"),
        ({"type": "choices", "options": ["A"]}, ["A", "Z"], "Choose from"),
        ({"type": "choices", "options": ["A", "B"], "least": 2}, ["A"], "at least 2"),
        ({"type": "yes_no", "required": True}, "", "yes or no"),
        ({"type": "file", "required": True}, None, "add the file"),
        ({"type": "choice", "options": ["A"], "required": True}, {"A": 1}, "choose one"),
    ],
)
def test_a_bad_answer_gets_a_sentence(field: dict[str, Any], given: Any, sentence: str) -> None:
    result = read_answers(form_of(**field), {"it": given})
    assert sentence in result.errors["it"]
    assert "it" not in result.values


def test_a_record_nobody_finds_gets_the_finders_sentence() -> None:
    def nobody(text: str) -> int:
        raise AnswerError(f"Nobody is called {text}.")

    result = read_answers(form_of(type="person"), {"it": "Rosa"}, {FieldType.PERSON: nobody})
    assert result.errors == {"it": "Nobody is called Rosa."}


def test_what_was_sent_for_a_hidden_field_is_passed_over() -> None:
    when = {"field": "a", "comparison": "is", "value": "x"}
    fields = [
        {"key": "a", "label": "A", "type": "text"},
        {"key": "b", "label": "B", "type": "number", "shown_when": when},
    ]
    form = read_form({"sections": [{"fields": fields}]})
    result = read_answers(form, {"a": "y", "b": "not a number"})
    assert (result.values, result.errors) == ({"a": "y"}, {})


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ({"key": "Bad Key"}, "A key begins"),
        ({"type": "colour"}, "unknown type"),
        ({"label": ""}, "needs a label"),
        ({"type": "choice"}, "at least one choice"),
        ({"pattern": "(a+)+$"}, "unknown pattern"),
        ({"least": 5, "most": 2, "type": "number"}, "more than the most"),
        (
            {"shown_when": {"field": "later", "comparison": "filled"}},
            "not asked before",
        ),
        ({"shown_when": {"field": "it", "comparison": "filled"}}, "not asked before"),
        ({"required_when": {"field": "x", "comparison": "like"}}, "unknown way"),
        ({"options": "A, B"}, "list of texts"),
        ({"least": "many"}, "is a number"),
    ],
)
def test_a_form_that_cannot_work_is_refused(field: dict[str, Any], sentence: str) -> None:
    one = {"key": "it", "label": "It", "type": "text", **field}
    later = {"key": "later", "label": "Later", "type": "text"}
    with pytest.raises(FormError) as refused:
        read_form({"sections": [{"fields": [one, later]}]})
    assert sentence in refused.value.message


def test_two_fields_do_not_share_a_key() -> None:
    one = {"key": "it", "label": "It", "type": "text"}
    with pytest.raises(FormError, match="Two fields"):
        read_form({"sections": [{"fields": [one, one]}]})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_form_survives_being_written_and_read(case: dict[str, Any]) -> None:
    form = read_form(case["form"])
    assert read_form(write_form(form)) == form


def test_requesters_are_not_asked_what_only_the_desk_is() -> None:
    fields = [
        {"key": "a", "label": "A", "type": "text"},
        {"key": "b", "label": "B", "type": "text", "staff_only": True},
    ]
    form = read_form({"sections": [{"fields": fields}]}).for_requesters()
    assert [one.key for one in form.fields] == ["a"]
