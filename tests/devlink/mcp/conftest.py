"""Assistants of the cast, over either transport, with the protocol's own client."""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx2
import pytest
from django.conf import settings
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from pytest_django.live_server_helper import LiveServer

from accounts.models import Person
from accounts.tokens import create_token
from devlink.actions import ask_question
from devlink.models import Ask, Question
from incidents.actions import resolve_ticket
from problems import actions
from problems.models import KnownError
from tests.conftest import Cast
from tests.databases import database_url
from tests.devlink.conftest import Cause
from tests.make.problems import make_problem

Talk = Callable[[Client], Awaitable[Any]]
Assistant = Callable[..., Any]


@pytest.fixture
def key_of() -> Callable[[Person], str]:
    """A new key of a person."""
    return lambda person: create_token(person, name="assistant")


def stdio_server_for(key: str, **environment: str) -> StdioServerParameters:
    """How an assistant starts its own server on this test's database."""
    return StdioServerParameters(
        command=sys.executable,
        args=["manage.py", "mcp"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings_test",
            "DATABASE_URL": database_url(),
            "UPSTREAM_API_KEY": key,
            **environment,
        },
    )


@pytest.fixture
def over_stdio() -> Assistant:
    """Runs a talk with a server of one's own; `mode` chooses the protocol's era."""

    def run(key: str, talk: Talk, mode: str = "auto") -> Any:
        async def begin() -> Any:
            async with Client(stdio_server_for(key), mode=mode) as client:
                return await talk(client)

        return anyio.run(begin)

    return run


@pytest.fixture
def over_http(live_server: LiveServer) -> Assistant:
    """Runs a talk with the web server; `mode` chooses the protocol's era."""

    def run(key: str, talk: Talk, mode: str = "auto") -> Any:
        async def begin() -> Any:
            headers = {"Authorization": f"Bearer {key}"}
            async with httpx2.AsyncClient(headers=headers, timeout=30) as web:
                transport = streamable_http_client(f"{live_server.url}/mcp/", http_client=web)
                async with Client(transport, mode=mode) as client:
                    return await talk(client)

        return anyio.run(begin)

    return run


@pytest.fixture(params=["http", "stdio"])
def assistant(request: pytest.FixtureRequest) -> Assistant:
    """Either transport, one test each."""
    run: Assistant = request.getfixturevalue(f"over_{request.param}")
    return run


@pytest.fixture
def known(cast: Cast) -> KnownError:
    """A known error on Checkout with a workaround and a code."""
    problem = make_problem(cast.ann, title="Card form rejects cards", component=cast.checkout)
    actions.analyse_problem(problem, actor=cast.pia)
    actions.record_known_error(
        problem,
        actor=cast.pia,
        symptom="The card form rejects the card with E-4711",
        root_cause="A lock",
        workaround="Reload the form.",
        error_code="E-4711",
    )
    return KnownError.objects.get()


@pytest.fixture
def solved(cast: Cast, cause: Cause) -> Cause:
    """The cause, whose first ticket Ann has solved and told Rob how."""
    resolve_ticket(
        cause.tickets[0],
        actor=cast.ann,
        code="workaround_applied",
        text="Rob must reload the card form.",
    )
    return cause


@pytest.fixture
def question(cast: Cast, ask: Ask) -> Question:
    """Dev wants to know more about the ask before deciding."""
    return ask_question(ask, actor=cast.dev, body="Which cards?")
