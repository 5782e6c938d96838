"""`{{ message|shown }}`: a message as `incidents.rendering.Shown`."""

from django import template

from incidents.models import Message
from incidents.rendering import Shown, show_message

register = template.Library()


@register.filter
def shown(message: Message) -> Shown:
    """The message's parts, ready for a page."""
    return show_message(message)
