"""Asks whether a known weakness is in any installed dependency, Python's and the browser's.

A weakness fails. What could not be asked (no network, a mirror without advisories) is never
counted as clean: it is said loudly, and it fails too when AUDIT_STRICT=1.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("pypi", "osv")
SECONDS = 300


@dataclass
class Findings:
    """What one ecosystem's audit found out."""

    name: str
    total: int = 0
    asked: int = 0
    weaknesses: list[str] = field(default_factory=list)
    reason: str = ""

    @property
    def complete(self) -> bool:
        """Whether every package was really looked up."""
        return self.total > 0 and self.asked == self.total


def read_pip_report(text: str) -> Findings:
    """The findings in pip-audit's JSON report; an unreadable report asked nothing."""
    findings = Findings("Python packages")
    try:
        dependencies = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        findings.reason = "the advisory service could not be reached"
        return findings
    findings.total = len(dependencies)
    for dependency in dependencies:
        if "skip_reason" in dependency:
            findings.reason = "the registry in use publishes no advisories about them"
            continue
        findings.asked += 1
        findings.weaknesses += [
            f"{dependency['name']} {dependency['version']}: {weakness['id']}"
            for weakness in dependency["vulns"]
        ]
    return findings


def read_npm_report(text: str) -> Findings:
    """The findings in npm's JSON report; an error report asked nothing."""
    findings = Findings("browser packages")
    try:
        report = json.loads(text)
        vulnerable: Mapping[str, Mapping[str, str]] = report["vulnerabilities"]
        findings.total = findings.asked = report["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError, TypeError):
        findings.reason = "the advisory service could not be reached"
        return findings
    findings.weaknesses = [f"{name}: {facts['severity']}" for name, facts in vulnerable.items()]
    return findings


def audit_python() -> Findings:
    """Ask one advisory service after the other until one knows the packages."""
    best = Findings("Python packages", reason="pip-audit is not installed")
    for service in SERVICES:
        command = [sys.executable, "-m", "pip_audit", "-r", "requirements.txt", "-s", service]
        command += ["--require-hashes", "--disable-pip", "--no-deps", "-f", "json"]
        found = read_pip_report(_output([*command, "--progress-spinner", "off"]))
        if (found.asked, found.total) >= (best.asked, best.total):
            best = found
        if found.complete:
            break
    return best


def audit_browser() -> Findings:
    """Ask the npm registry about the packages in package-lock.json."""
    npm = shutil.which("npm")
    if npm is None:
        return Findings("browser packages", reason="npm is not on the PATH")
    return read_npm_report(_output([npm, "audit", "--json"]))


def _output(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def verdict(all_findings: Sequence[Findings], *, strict: bool) -> tuple[int, list[str]]:
    """The exit code and what to say."""
    lines: list[str] = []
    failed = False
    for findings in all_findings:
        for weakness in findings.weaknesses:
            lines.append(f"WEAKNESS in {findings.name}: {weakness}")
            failed = True
        if findings.complete:
            lines.append(f"Audited all {findings.total} {findings.name}.")
            continue
        count = (
            f"{findings.total - findings.asked} of {findings.total}" if findings.total else "all"
        )
        lines.append(f"NOT AUDITED: {count} {findings.name} ({findings.reason}).")
        failed = failed or strict
    return (1 if failed else 0), lines


def main() -> int:
    """Audit both ecosystems."""
    strict = os.environ.get("AUDIT_STRICT", "") == "1"
    code, lines = verdict([audit_python(), audit_browser()], strict=strict)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
