"""Expressions for queries that Django has no name for."""

from django.db.models import BooleanField, Func


class IsTrue(Func):
    """A condition that no index answers: it is tried on the rows the others leave."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()
