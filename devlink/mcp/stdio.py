"""The server on standard input and output, for an assistant that starts it itself."""

from typing import Any

import anyio
from django.db import close_old_connections
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from accounts.models import Person
from accounts.tokens import NOT_VALID, token_of
from core.errors import NotPermitted
from devlink.mcp.server import make_server


def holder_of(key: str) -> Person:
    """Whose key it is; NotPermitted when it is wrong, revoked or over."""
    token = token_of(key)
    if token is None:
        raise NotPermitted(NOT_VALID)
    return token.person


def serve(key: str) -> None:
    """Answers until the assistant closes its end; the key is looked at anew for each request."""

    def caller() -> Person:
        # The process may wait for hours between two requests.
        close_old_connections()
        return holder_of(key)

    anyio.run(_serve, make_server(caller))


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
