"""The commands people and CI rely on."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGETS = [
    *("run", "test", "check", "exec", "demo", "bench", "bench-analysis", "screenshots"),
    *("docs", "lock", "notice", "clean", "help"),
]


def ci_run(place: Path, *, check: str, test: str) -> subprocess.CompletedProcess[str]:
    """What CI's script does over a Makefile with these two recipes, without a terminal."""
    (place / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", place / ".ci" / "run")
    (place / "Makefile").write_text(f"check:\n\t@{check}\ntest:\n\t@{test}\n")
    return subprocess.run(
        ["bash", ".ci/run"],
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_ci_passes_when_checks_and_tests_pass(tmp_path: Path) -> None:
    done = ci_run(tmp_path, check="echo checked", test="echo '===== 12 passed in 3.4s ====='")
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("checked") < done.stdout.index("12 passed")


@pytest.mark.parametrize(
    ("check", "test"),
    [
        ("false", "echo '== 12 passed in 3s =='"),
        ("true", "echo '== 1 failed, 12 passed in 3s =='; false"),
        ("true", "echo '== no tests ran in 0.01s =='"),
        ("true", "echo '== 4 skipped in 0.01s =='"),
        ("true", "echo '== 0 passed =='"),
        ("true", "true"),
    ],
)
def test_ci_fails_when_anything_failed_or_nothing_ran(
    tmp_path: Path, check: str, test: str
) -> None:
    assert ci_run(tmp_path, check=check, test=test).returncode != 0


@pytest.mark.parametrize("target", TARGETS)
def test_every_promised_target_exists(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", target, "CMD=true"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_help_lists_every_promised_target() -> None:
    text = subprocess.check_output(["make", "help"], cwd=ROOT, text=True)
    listed = set(re.findall(r"^([a-z-]+) ", text, re.MULTILINE))
    assert set(TARGETS) <= listed


def test_modules_and_scripts_that_targets_start_exist() -> None:
    text = (ROOT / "Makefile").read_text()
    for script in re.findall(r"\b(?:scripts/\w+\.py|manage\.py)", text):
        assert (ROOT / script).is_file(), script
    for module in re.findall(r"python -m (benchmarks\.\w+)", text):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file(), module
