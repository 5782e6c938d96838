"""One HTTP request handed to the protocol's own server, and its answer."""

import anyio
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Message, Scope

from accounts.models import Person
from devlink.mcp.server import Caller, make_server

# What the protocol reads; cookies and the key are none of its business.
_PASSED_ON = ("accept", "content-type", "content-length")


def exchange(person: Person, request: HttpRequest, most_bytes: int) -> HttpResponse:
    """Lets a server answer the message that this person's assistant sent."""
    return async_to_sync(_exchange)(lambda: person, _scope(request), request.body, most_bytes)


def _scope(request: HttpRequest) -> Scope:
    """The request as the protocol's own server wants to read it."""
    headers = [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in request.headers.items()
        if name.lower() in _PASSED_ON or name.lower().startswith("mcp-")
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": None,
        "server": None,
    }


async def _exchange(caller: Caller, scope: Scope, body: bytes, most_bytes: int) -> HttpResponse:
    """Lets a server of its own answer the message.

    Its loop lives as long as the request, whose thread does everything that asks the database.
    """
    manager = StreamableHTTPSessionManager(
        make_server(caller), json_response=True, stateless=True, max_request_body_size=most_bytes
    )
    unread = [body]
    answer = HttpResponse()

    async def receive() -> Message:
        if not unread:
            await anyio.sleep_forever()
        return {"type": "http.request", "body": unread.pop(), "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status_code = message["status"]
            for name, value in message["headers"]:
                answer[name.decode("latin-1")] = value.decode("latin-1")
        else:
            answer.write(message.get("body", b""))

    async with manager.run():
        await manager.handle_request(scope, receive, send)
    return answer
