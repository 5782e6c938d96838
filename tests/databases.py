"""Gives every test process its own database, cloned from one migrated template.

Migrating takes seconds and cloning a fraction of one, so the migrations run once for all test
processes and again only when something that shapes the schema has changed.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg2.extensions
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql
from pytest_django import DjangoDbBlocker

TEMPLATE_PREFIX = "upstream_template_"
CLONE_PREFIX = "upstream_test_"
KEPT = ("django_content_type", "auth_permission")
ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Stop with a sentence when no server was named: nothing here could pass."""
    if "DATABASE_URL" not in os.environ and not config.option.help:
        raise pytest.UsageError(
            "Tests need the test servers: run `make test`, or "
            "`.venv/bin/python -m launcher exec --test -- pytest tests/…`."
        )


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """This process's own clone of the migrated template, dropped at the end."""
    name = _clone_name()
    with django_db_blocker.unblock(), closing(_maintenance_session()) as session:
        # Held until this process ends; whoever can take it knows that the clone is abandoned.
        _execute(session, "SELECT pg_advisory_lock(hashtext(%s))", name)
        with _one_at_a_time(session):
            _drop_abandoned(session)
            template = _template(session)
            _statement(session, "CREATE DATABASE {} TEMPLATE {}", name, template)
        _use(name)
        _empty_only_what_is_filled()
        try:
            yield
        finally:
            connection.close()
            _statement(session, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def database_url() -> str:
    """The address of this test's database, for another process that is to work on it."""
    chosen = connection.settings_dict
    user, password = quote(chosen["USER"] or ""), quote(chosen["PASSWORD"] or "")
    who = f"{user}:{password}" if password else user
    port = f":{chosen['PORT']}" if chosen["PORT"] else ""
    return f"postgresql://{who}@{quote(chosen['HOST'] or '', safe='')}{port}/{chosen['NAME']}"


def _empty_only_what_is_filled() -> None:
    """Makes the end of a test with real transactions cheap.

    Django truncates all tables, which takes the longer the more tables there are, though a test
    fills a few. Content types and permissions stay, and what migrations wrote is written again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        (superuser,) = cursor.fetchone()
        if not superuser:
            return
        migrated = _filled(connection.introspection.django_table_names(only_existing=True))
        cursor.execute("CREATE SCHEMA migrated")
        for name in migrated:
            cursor.execute(f"CREATE TABLE migrated.{name} AS TABLE public.{name}")

    def sql_flush(self: object, style: object, tables: Iterable[str], **options: bool) -> list[str]:
        # Without triggers: all tables are emptied, in any order, those that may only grow too.
        return [
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {name}" for name in _filled(tables)),  # noqa: S608 (our tables)
            *(f"INSERT INTO {name} SELECT * FROM migrated.{name}" for name in migrated),  # noqa: S608
        ]

    # On the class: a browser's loop gives its tests a connection of their own.
    type(connection.ops).sql_flush = sql_flush


def _filled(tables: Iterable[str]) -> list[str]:
    """Those of the tables that hold anything, quoted."""
    names = [connection.ops.quote_name(name) for name in tables if name not in KEPT]
    question = " UNION ALL ".join(
        f"SELECT {place} WHERE EXISTS (SELECT 1 FROM {name})"  # noqa: S608 (our tables)
        for place, name in enumerate(names)
    )
    with connection.cursor() as cursor:
        cursor.execute(question)
        return [names[place] for (place,) in cursor.fetchall()]


def _clone_name() -> str:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    return f"{CLONE_PREFIX}{run}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def _fingerprint() -> str:
    """Changes with everything that can change the migrated schema."""
    shapers = [
        *sorted(ROOT.glob("*/migrations/*.py")),
        ROOT / "helpdesk" / "settings.py",
        ROOT / "requirements.txt",
    ]
    digest = hashlib.sha256()
    for path in shapers:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _template(session: psycopg2.extensions.connection) -> str:
    """The migrated template, made when missing; a half-made one never carries its name."""
    name = TEMPLATE_PREFIX + _fingerprint()
    if name in _databases(session, TEMPLATE_PREFIX):
        return name
    for outdated in _databases(session, TEMPLATE_PREFIX):
        _statement(session, "DROP DATABASE {} WITH (FORCE)", outdated)
    unfinished = f"{TEMPLATE_PREFIX}unfinished"
    _statement(session, "CREATE DATABASE {} TEMPLATE template0", unfinished)
    _use(unfinished)
    call_command("migrate", interactive=False, verbosity=0)
    connection.close()
    _statement(session, "ALTER DATABASE {} RENAME TO {}", unfinished, name)
    return name


def _drop_abandoned(session: psycopg2.extensions.connection) -> None:
    """Remove the clones of test processes that were killed."""
    for name in _databases(session, CLONE_PREFIX):
        if name == _clone_name():
            continue
        if _execute(session, "SELECT pg_try_advisory_lock(hashtext(%s))", name):
            _statement(session, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            _execute(session, "SELECT pg_advisory_unlock(hashtext(%s))", name)


@contextmanager
def _one_at_a_time(session: psycopg2.extensions.connection) -> Iterator[None]:
    """Only one process makes the template; the others wait and find it."""
    _execute(session, "SELECT pg_advisory_lock(hashtext(%s))", TEMPLATE_PREFIX)
    try:
        yield
    finally:
        _execute(session, "SELECT pg_advisory_unlock(hashtext(%s))", TEMPLATE_PREFIX)


def _maintenance_session() -> psycopg2.extensions.connection:
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    parameters.pop("cursor_factory", None)
    session = psycopg2.connect(**parameters)
    session.autocommit = True
    return session


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _databases(session: psycopg2.extensions.connection, prefix: str) -> list[str]:
    with session.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        return [name for (name,) in cursor.fetchall()]


def _execute(session: psycopg2.extensions.connection, query: str, argument: str) -> bool:
    with session.cursor() as cursor:
        cursor.execute(query, [argument])
        row = cursor.fetchone()
    return row is not None and row[0] is True


def _statement(session: psycopg2.extensions.connection, text: str, *names: str) -> None:
    with session.cursor() as cursor:
        cursor.execute(sql.SQL(text).format(*map(sql.Identifier, names)))
