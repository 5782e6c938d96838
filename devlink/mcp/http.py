"""The server over HTTP: one request, one answer in JSON, nothing remembered in between."""

from urllib.parse import urlsplit

import anyio
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Message, Scope

from accounts.models import ApiToken
from accounts.tokens import NOT_VALID, token_of
from devlink.mcp.server import Caller, make_server

MOST_BYTES = 256 * 1024
NO_KEY = "Send an API key of yours: Authorization: Bearer …"
# What the protocol reads; cookies and the key are none of its business.
_PASSED_ON = ("accept", "content-type", "content-length")


# Keys come in a header that no foreign page can set: there is no session to be misused.
@csrf_exempt
@login_not_required
@never_cache
def endpoint(request: HttpRequest) -> HttpResponse:
    """Answers one message of an assistant that holds an API key."""
    if not _from_here(request):
        return _refusal(403, "This page may not use the server.")
    token = _token(request)
    if token is None:
        answer = _refusal(401, NOT_VALID if "Authorization" in request.headers else NO_KEY)
        answer["WWW-Authenticate"] = 'Bearer realm="Upstream"'
        return answer
    if request.method != "POST":
        # No stream to listen to and no session to end: nothing is kept between requests.
        answer = _refusal(405, "Send messages with POST.")
        answer["Allow"] = "POST"
        return answer
    if _length(request) > MOST_BYTES:
        return _refusal(413, f"At most {MOST_BYTES // 1024} KB in one request, please.")
    person = token.person
    return async_to_sync(_exchange)(lambda: person, _scope(request), request.body)


def _refusal(status: int, sentence: str) -> JsonResponse:
    return JsonResponse({"detail": sentence}, status=status)


def _from_here(request: HttpRequest) -> bool:
    """No browser, or a page of this site: others could reach a server inside the house."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    site = urlsplit(settings.SITE_URL)
    own = {f"{request.scheme}://{request.get_host()}", f"{site.scheme}://{site.netloc}"}
    return origin in own | set(settings.CSRF_TRUSTED_ORIGINS)


def _token(request: HttpRequest) -> ApiToken | None:
    words = request.headers.get("Authorization", "").split()
    if len(words) != 2 or words[0].lower() != "bearer":
        return None
    return token_of(words[1])


def _length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else 0


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


async def _exchange(caller: Caller, scope: Scope, body: bytes) -> HttpResponse:
    """Lets a server of its own answer the message.

    Its loop lives as long as the request, whose thread does everything that asks the database.
    """
    manager = StreamableHTTPSessionManager(
        make_server(caller), json_response=True, stateless=True, max_request_body_size=MOST_BYTES
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
