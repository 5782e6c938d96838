"""`exec`: one command with the servers up, which end with their last user."""

import signal

from tests.launcher.conftest import Project

STARTED = "SELECT pg_postmaster_start_time()"


def test_it_stops_what_it_started_and_passes_the_exit_code_on(project: Project) -> None:
    code, output, errors = project.call("exec", "--", "sh", "-c", "echo $PORT; exit 7")
    assert code == 7, errors
    assert output.strip() == str(project.port)
    assert project.everything_ends(seconds=3) == {}


def test_what_python_compiles_is_kept_whatever_the_machine_says(project: Project) -> None:
    (project.root / "part.py").write_text("")
    command = ("exec", "--", "python", "-c", "import part")
    code, _, errors = project.call(*command, PYTHONDONTWRITEBYTECODE="1")
    assert code == 0, errors
    assert list((project.root / "__pycache__").glob("part.*.pyc"))


def test_a_new_database_is_migrated_before_the_command(project: Project) -> None:
    assert project.query("SELECT count(*) FROM accounts_person") == "0"
    project.query(STARTED)
    assert project.marks() == ["migrate"]


def test_it_leaves_the_servers_of_a_running_product_alone(project: Project) -> None:
    project.run()
    first = project.query(STARTED)
    assert project.query(STARTED) == first


def test_the_database_is_not_migrated_under_a_command_that_does_so(project: Project) -> None:
    code, _, errors = project.call("exec", "--", "python", "manage.py", "migrate", "--plan")
    assert code == 0, errors
    assert project.marks() == ["migrate"]


def test_four_at_once_share_one_server(project: Project) -> None:
    command = f'psql -XAtq "$DATABASE_URL" -c "{STARTED}"; sleep 1'
    several = [project.launch("exec", "--", "sh", "-c", command) for _ in range(4)]
    answers = [process.communicate(timeout=60) for process in several]
    assert [process.returncode for process in several] == [0, 0, 0, 0], answers
    assert len({output for output, _ in answers}) == 1
    assert project.everything_ends(seconds=3) == {}


def test_a_stop_reaches_the_command_and_then_the_servers(project: Project) -> None:
    process = project.launch("exec", "--", "sh", "-c", "echo going; exec sleep 60")
    project.wait_for(process, "going")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert project.everything_ends(seconds=3) == {}


def test_a_missing_command_is_said(project: Project) -> None:
    code, _, errors = project.call("exec", "--", "no-such-command")
    assert code == 127
    assert errors == "no-such-command: command not found\n"


def test_servers_for_tests_are_separate_from_the_product(project: Project) -> None:
    ask = ("sh", "-c", "echo $DATABASE_URL; psql -XAtq $DATABASE_URL -c 'SHOW fsync'")
    _, for_tests, _ = project.call("exec", "--test", "--", *ask)
    _, real, _ = project.call("exec", "--", *ask)
    assert "test-postgres" in for_tests
    assert "test-postgres" not in real
    assert for_tests.split()[-1] == "off"
    assert real.split()[-1] == "on"
