"""The request behind sign-in, typed."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from accounts.models import Person


class SignedInRequest(HttpRequest):
    """A request whose `user` is known to be a person (LoginRequiredMiddleware sees to it)."""

    user: "Person"
