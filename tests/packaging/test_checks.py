"""Our own checkers: each refuses a bad sample and lets a good one pass."""

import json
from pathlib import Path

import pytest

from scripts.audit import Findings, read_npm_report, read_pip_report, verdict
from scripts.visibility import bare_queries, is_web_module
from scripts.whitespace import faults

BAD_QUERIES = [
    "ticket = Ticket.objects.get(pk=pk)",
    "return Ticket.objects.all()",
    "rows = Problem.objects.filter(state='new')",
    "ticket = get_object_or_404(Ticket, pk=pk)",
]
GOOD_QUERIES = [
    "ticket = Ticket.objects.visible_to(user).get(pk=pk)",
    "ticket = get_object_or_404(Ticket.objects.visible_to(user), pk=pk)",
    "kinds = Kind.objects.all()  # visibility: names of kinds are public",
]


@pytest.mark.parametrize("line", BAD_QUERIES)
def test_a_query_that_skips_visibility_is_refused(line: str) -> None:
    assert list(bare_queries(f"x = 1\n{line}\n")) == [(2, line)]


@pytest.mark.parametrize("line", GOOD_QUERIES)
def test_a_query_that_starts_from_visibility_passes(line: str) -> None:
    assert list(bare_queries(line)) == []


@pytest.mark.parametrize(
    ("name", "web"),
    [
        ("incidents/views.py", True),
        ("incidents/views/lists.py", True),
        ("devlink/api.py", True),
        ("incidents/actions/opening.py", False),
        ("tests/incidents/views.py", False),
    ],
)
def test_only_modules_that_answer_requests_are_read(name: str, web: bool) -> None:  # noqa: FBT001
    assert is_web_module(Path(name)) is web


def test_blanks_at_line_ends_and_missing_line_ends_are_refused() -> None:
    assert list(faults("a \nb\n")) == ["1: trailing blanks"]
    assert list(faults("a")) == ["1: end the file with one line end"]
    assert list(faults("a\n\n")) == ["3: end the file with one line end"]
    assert list(faults("a\nb\n")) == []


def pip_report(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
WEAK = {"name": "redis", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "celery", "skip_reason": "not found"}


def test_a_weakness_fails_the_audit_and_is_named() -> None:
    code, lines = verdict([read_pip_report(pip_report(CLEAN, WEAK))], strict=False)
    assert code == 1
    assert "WEAKNESS in Python packages: redis 1.0: PYSEC-1" in lines


def test_a_complete_audit_without_weakness_passes() -> None:
    code, lines = verdict([read_pip_report(pip_report(CLEAN))], strict=True)
    assert (code, lines) == (0, ["Audited all 1 Python packages."])


@pytest.mark.parametrize(
    "findings",
    [
        read_pip_report(pip_report(CLEAN, SKIPPED)),
        read_pip_report(pip_report(SKIPPED)),
        read_pip_report("Traceback …"),
        read_npm_report('{"error": {"code": "EAUDIT"}}'),
        read_npm_report(""),
        Findings("Python packages"),
    ],
)
def test_what_could_not_be_asked_is_never_called_clean(findings: Findings) -> None:
    lenient, lines = verdict([findings], strict=False)
    strict, _ = verdict([findings], strict=True)
    assert (lenient, strict) == (0, 1)
    assert lines[-1].startswith("NOT AUDITED: ")
    assert not any(line.startswith("Audited all") for line in lines)


def test_npm_weaknesses_are_read() -> None:
    report = {
        "vulnerabilities": {"chart.js": {"severity": "high"}},
        "metadata": {"dependencies": {"total": 10}},
    }
    findings = read_npm_report(json.dumps(report))
    assert findings.complete
    assert findings.weaknesses == ["chart.js: high"]
