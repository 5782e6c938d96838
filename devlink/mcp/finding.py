"""Records as assistants name them; what one may not see is as if it were not there."""

from django.db.models import Q

from accounts.models import Person
from catalogue.models import Component
from core.errors import DomainError


def missing(name: str, *, field: str) -> DomainError:
    """The refusal for a record that is unknown, or none of the person's business."""
    return DomainError(f"{name} is not there or not yours to see.", field=field)


def component_named(person: Person, name: str) -> Component | None:
    """The component with this key or name; None when no name is given."""
    if not name:
        return None
    fits = Q(key__iexact=name) | Q(name__iexact=name)
    found = Component.objects.visible_to(person).filter(fits).order_by("pk").first()
    if found is None:
        raise missing(f"The component “{name}”", field="component")
    return found
