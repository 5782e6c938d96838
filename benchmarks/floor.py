"""The floor: the least a signed-in Django page with a list can cost on this server.

One indexed query for fifty rows and a plain template, behind the same middleware and session.
"""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines

from incidents.models import Ticket

PAGE = (
    "<!doctype html><title>Floor</title><table>{% for row in rows %}"
    "<tr><td>{{ row.id }}<td>{{ row.title }}<td>{{ row.state }}<td>{{ row.created_at }}"
    "{% endfor %}</table>"
)


def floor(request: HttpRequest) -> HttpResponse:
    """Fifty rows by primary key."""
    rows = Ticket.objects.order_by("-id").only("id", "title", "state", "created_at")[:50]
    return HttpResponse(_template().render({"rows": rows, "user": request.user.pk}))


@cache
def _template() -> Any:
    return engines["django"].from_string(PAGE)
