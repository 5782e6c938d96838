"""Where trackers and pipelines tell what happened. Nobody signs in: the signature tells."""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.secrecy import Unreadable
from devlink import actions
from devlink.connectors import registry
from devlink.connectors.base import Connector, ConnectorError
from devlink.incoming import MOST_BYTES, BadBody, kept_headers, read_json, short_id
from devlink.models import Tracker
from devlink.serializers import DeploymentInput

logger = logging.getLogger(__name__)
SIGNATURES = ("x-upstream-signature", "x-hub-signature-256")


@csrf_exempt
@login_not_required
@require_POST
def tracker_webhook(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Keeps a signed delivery and answers at once; what it hints at is looked up later."""
    tracker = get_object_or_404(Tracker, public_id=public_id)  # visibility: signed, not signed in
    connector = _connector(tracker)
    body = _body(request)
    if body is None:
        return _too_long()
    headers = _headers(request)
    if not connector.is_genuine(_secret(tracker), headers, body):
        return _unsigned()
    try:
        text, payload = read_json(body)
    except BadBody as error:
        return JsonResponse({"detail": str(error)}, status=400)
    actions.receive_delivery(
        tracker,
        delivery_id=short_id(connector.delivery_id(headers, body), body),
        event=connector.read_webhook(headers, payload).event.replace("\x00", ""),
        headers=kept_headers(headers),
        body=text,
    )
    return JsonResponse({"detail": "Accepted."}, status=202)


@csrf_exempt
@login_not_required
@require_POST
def deployment_webhook(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Takes over a signed word about a deployment."""
    tracker = get_object_or_404(Tracker, public_id=public_id)  # visibility: signed, not signed in
    if not tracker.is_pipeline:
        raise Http404
    body = _body(request)
    if body is None:
        return _too_long()
    headers = _headers(request)
    if not _is_signed(_secret(tracker), headers, body):
        return _unsigned()
    if not tracker.is_active:
        return JsonResponse({"detail": f"{tracker.name} is disabled."}, status=409)
    try:
        text, payload = read_json(body)
    except BadBody as error:
        return JsonResponse({"detail": str(error)}, status=400)
    shape = DeploymentInput(data=payload)
    if not shape.is_valid():
        return JsonResponse(shape.errors, status=400)
    words = shape.validated_data
    try:
        actions.receive_deployment(
            tracker,
            # Only what is signed tells deliveries apart: a header could be changed by a replay.
            delivery_id=hashlib.sha256(body).hexdigest(),
            body=text,
            version=words["version"],
            status=words["status"],
            environment=words["environment"],
            at=words.get("at") or timezone.now(),
            external_id=words["id"],
            url=words["url"],
        )
    except DomainError as error:
        return JsonResponse({error.field or "detail": [error.message]}, status=error.status)
    return JsonResponse({"detail": "Accepted."}, status=202)


def _connector(tracker: Tracker) -> type[Connector]:
    """The connector of its kind; not found where there is none, as for a pipeline."""
    if tracker.is_pipeline:
        raise Http404
    try:
        return registry.connector_class(tracker.kind)
    except (KeyError, ConnectorError) as error:
        raise Http404 from error


def _body(request: HttpRequest) -> bytes | None:
    """What was sent; None when it is too long, which is found without reading it all."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length[:20]) > MOST_BYTES:
        return None
    body = request.read(MOST_BYTES + 1)
    return None if len(body) > MOST_BYTES else body


def _headers(request: HttpRequest) -> dict[str, str]:
    """What is said beside the body, in lower case. No tracker's header holds more than ASCII."""
    said = request.headers.items()
    return {name.lower(): value for name, value in said if value.isascii()}


def _secret(tracker: Tracker) -> str:
    """The tracker's secret; empty, which proves nothing, when it cannot be read."""
    try:
        return tracker.webhook_secret()
    except Unreadable:
        logger.warning("tracker.secret_unreadable", extra={"tracker": tracker.pk})
        return ""


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    if not secret:
        return False
    given = next((headers[name] for name in SIGNATURES if name in headers), "")
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _unsigned() -> JsonResponse:
    return JsonResponse({"detail": "The signature is missing or wrong."}, status=401)


def _too_long() -> JsonResponse:
    return JsonResponse({"detail": "At most 1 MB, please."}, status=413)
