"""The server over HTTP: one request, one answer in JSON, nothing remembered in between."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from accounts.models import ApiToken
from accounts.tokens import NOT_VALID, token_of

MOST_BYTES = 256 * 1024
NO_KEY = "Send an API key of yours: Authorization: Bearer …"


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
    # Loading the protocol takes most of a second, which only its users wait for.
    from devlink.mcp.exchange import exchange  # noqa: PLC0415 (see above)

    return exchange(token.person, request, MOST_BYTES)


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
