"""What the clock sends and where tasks are routed exist, once each."""

from fnmatch import fnmatch

from helpdesk.celery import QUEUES, app
from helpdesk.schedule import SCHEDULE


def _tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_scheduled_task_exists() -> None:
    assert {entry["task"] for entry in SCHEDULE.values()} <= _tasks()


def test_no_task_is_scheduled_twice() -> None:
    names = [(entry["task"], entry.get("args", ())) for entry in SCHEDULE.values()]
    assert len(names) == len(set(names))


def test_every_route_leads_from_a_task_to_a_queue_that_is_served() -> None:
    for pattern, route in app.conf.task_routes.items():
        assert route["queue"] in QUEUES
        assert any(fnmatch(name, pattern) for name in _tasks()), pattern


def test_every_task_has_limits_shorter_than_the_brokers_patience() -> None:
    patience = app.conf.broker_transport_options["visibility_timeout"]
    for name in _tasks():
        task = app.tasks[name]
        assert task.soft_time_limit, name
        assert task.soft_time_limit < task.time_limit <= patience, name
