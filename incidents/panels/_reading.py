"""Who a box is drawn for."""

from django.http import HttpRequest

from accounts.models import Person


def reader_of(request: HttpRequest) -> Person:
    """The person signed in; boxes are drawn for nobody else."""
    if not isinstance(request.user, Person):
        raise TypeError("boxes are drawn for people who are signed in")
    return request.user
