"""The files for real servers name only what exists: commands, options, variables, modules."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.app.utils import find_app
from celery.bin.beat import beat
from celery.bin.worker import worker
from django.core.management import get_commands
from django.urls import resolve
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.config import Config as GunicornConfig

from deploy import healthcheck
from helpdesk.celery import QUEUES, app

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WORKERS = {name: service for name, service in OURS.items() if name.startswith("worker-")}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
EXAMPLE_VALUES = dict(re.findall(r"^([A-Z_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE))
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "EMAIL_HOST_PASSWORD")


def settings_variables() -> set[str]:
    """Every environment variable that the settings read."""
    text = "".join(path.read_text() for path in (ROOT / "helpdesk").glob("*.py"))
    return set(re.findall(r"env\.(?:text|flag|integer|words)\(\s*\"([A-Z_]+)\"", text))


def option(command: list[str], name: str) -> str:
    """The value that follows an option."""
    return command[command.index(name) + 1]


def web_command() -> list[str]:
    """The command of the image, which is the web server's."""
    found = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found
    words: list[str] = json.loads(found[1])
    return words


def test_every_process_of_the_product_is_there() -> None:
    assert set(OURS) == {"migrate", "web", "scheduler", *WORKERS}
    assert {"database", "broker", "proxy"} == set(SERVICES) - set(OURS)


def test_every_queue_has_exactly_one_worker_that_names_itself_after_it() -> None:
    consumed = [option(service["command"], "--queues") for service in WORKERS.values()]
    assert sorted(consumed) == sorted(QUEUES)
    for name, service in WORKERS.items():
        queue = option(service["command"], "--queues")
        assert name == f"worker-{queue}"
        assert option(service["command"], "--hostname") == f"{queue}@%h"
        assert service["healthcheck"]["test"][-2:] == ["worker", queue]


@pytest.mark.parametrize("name", [*WORKERS, "scheduler"])
def test_celery_knows_the_app_and_every_option(name: str) -> None:
    command = OURS[name]["command"]
    program, flag, address, kind, *words = command
    assert (program, flag) == ("celery", "-A")
    assert find_app(address) is app
    known = {
        text
        for parameter in {"worker": worker, "beat": beat}[kind].params
        for text in parameter.opts
    }
    used = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert used <= known


def test_routed_tasks_go_to_queues_that_somebody_consumes() -> None:
    routed = {route["queue"] for route in app.conf.task_routes.values()}
    assert routed <= set(QUEUES)
    assert app.conf.task_default_queue in QUEUES


def test_gunicorn_accepts_the_command_of_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    program, *words = web_command()
    assert program == "gunicorn"
    monkeypatch.setattr("sys.argv", [program, *words])
    served = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]")
    assert isinstance(served.cfg, GunicornConfig)
    assert served.cfg.worker_class_str == "gthread"
    assert served.cfg.address == [("0.0.0.0", 8000)]  # noqa: S104  (inside a container)
    assert callable(served.load())


def test_the_migration_command_exists() -> None:
    program, script, command, *_ = OURS["migrate"]["command"]
    assert program == "python"
    assert (ROOT / script).is_file()
    assert command in get_commands()


def test_processes_wait_for_the_migration_and_the_broker() -> None:
    for name in ("web", "scheduler", *WORKERS):
        waits = OURS[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert waits["broker"] == {"condition": "service_healthy"}
    assert OURS["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_is_checked_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]


def test_health_checks_of_ours_are_the_file_in_the_image() -> None:
    for service in OURS.values():
        words = service["healthcheck"].get("test", ["CMD", "python", "deploy/healthcheck.py"])
        assert words[:3] == ["CMD", "python", "deploy/healthcheck.py"]
    assert (ROOT / "deploy" / "healthcheck.py").is_file()
    assert resolve(healthcheck.WEB_PATH).url_name == "login"


def test_every_named_volume_is_declared_and_used() -> None:
    used = {
        str(entry).partition(":")[0]
        for service in SERVICES.values()
        for entry in service.get("volumes", [])
        if not str(entry).startswith(".")
    }
    assert used == set(COMPOSE["volumes"])
    for service in SERVICES.values():
        for entry in service.get("volumes", []):
            if str(entry).startswith("."):
                assert (ROOT / entry.partition(":")[0]).is_file()


def test_every_variable_in_the_example_is_read_by_somebody() -> None:
    interpolated = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert set(EXAMPLE_VALUES) <= settings_variables() | interpolated
    assert interpolated - {"UPSTREAM_VERSION"} <= set(EXAMPLE_VALUES)


def test_every_variable_the_settings_read_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    explained = set(re.findall(r"^\| `([A-Z_]+)`", text, re.MULTILINE))
    assert settings_variables() - explained == set()


def test_no_secret_stands_in_the_files() -> None:
    for name in SECRETS:
        assert EXAMPLE_VALUES[name] == ""
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable or "SECRET" in variable:
                assert re.fullmatch(r"\$\{[A-Z_]+:\?set it in \.env\}", value)
    assert "://" not in (ROOT / "docker-compose.yml").read_text().replace(
        "http://127.0.0.1:2019", ""
    )


def test_the_proxy_forwards_to_the_port_the_web_server_opens() -> None:
    proxy = (ROOT / "deploy" / "Caddyfile").read_text()
    port = option(web_command(), "--bind").partition(":")[2]
    assert f"reverse_proxy web:{port}" in proxy
    assert f"health_uri {healthcheck.WEB_PATH}" in proxy
    assert set(re.findall(r"\{\$([A-Z_]+)\}", proxy)) == set(SERVICES["proxy"]["environment"])


def test_the_image_holds_every_app_and_copies_only_what_exists() -> None:
    kept = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"helpdesk", "analysis"}
    assert apps <= kept
    for name in kept:
        assert (ROOT / name).exists(), name
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert set(re.findall(r"--from=(\w+)", DOCKERFILE)) <= stages


def test_no_process_in_the_image_runs_as_root() -> None:
    runtime = DOCKERFILE.partition("AS runtime")[2]
    assert re.search(r"^USER upstream$", runtime, re.MULTILINE)
