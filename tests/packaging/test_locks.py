"""The lock files: hashed, without addresses, and agreeing with each other."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON_LOCKS = [
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-uv.txt",
    "requirements-node.txt",
]
NPM_LOCKS = ["package-lock.json", "launcher/browser/package-lock.json"]


def pins(name: str) -> set[tuple[str, str]]:
    """Package and version of every entry; some have one version for each Python."""
    text = (ROOT / name).read_text()
    return set(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_python_package_carries_hashes(name: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(name)) > 0
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_what_is_tested_is_what_is_run() -> None:
    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()


def test_the_notice_names_every_installed_part_in_its_locked_version() -> None:
    text = (ROOT / "NOTICE").read_text()
    parts = pins("requirements.txt") | {
        (path.rpartition("node_modules/")[2], facts["version"])
        for path, facts in json.loads((ROOT / "package-lock.json").read_text())["packages"].items()
        if path and not facts.get("dev")
    }
    named = set(re.findall(r"^  (\S+) (\S+): \S", text, re.MULTILINE))
    assert named == parts


@pytest.mark.parametrize("name", NPM_LOCKS)
def test_every_browser_package_carries_a_hash(name: str) -> None:
    packages = json.loads((ROOT / name).read_text())["packages"]
    installed = {path: facts for path, facts in packages.items() if path}
    assert installed
    for path, facts in installed.items():
        assert facts["integrity"].startswith("sha512-"), path


@pytest.mark.parametrize("name", PYTHON_LOCKS + NPM_LOCKS)
def test_no_lock_names_a_host_to_download_from(name: str) -> None:
    text = (ROOT / name).read_text()
    assert '"resolved"' not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|@ https?://", text)


def test_every_asset_is_installed_and_none_is_kept_in_the_project() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"][""]
    assert locked["dependencies"] == wanted["dependencies"]
    assert locked["devDependencies"] == wanted["devDependencies"]
