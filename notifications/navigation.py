"""The bell."""

from django.http import HttpRequest

from core.extensions import TopBarItem, top_bar
from notifications.models import Notification

MOST_COUNTED = 100


def unread_count(request: HttpRequest) -> int | None:
    """How many notices were not read; counts no further than 100."""
    if not request.user.is_authenticated:
        return None
    unread = Notification.objects.visible_to(request.user).unread().order_by("-id")
    return len(unread.values_list("pk", flat=True)[:MOST_COUNTED])


top_bar(TopBarItem("Notifications", "notifications:notifications", "bell", unread_count))
