"""How somebody wants the list of problems."""

from accounts.models import Person
from core.errors import NotPermitted
from core.given import one_of
from problems.models import ListOrder
from problems.workflow import ORDERS


def keep_list_order(*, actor: Person, order: str) -> ListOrder:
    """The list comes in this order for this person from now on."""
    if not actor.is_staff_member:
        raise NotPermitted("Problems are for people who work here.")
    one_of(order, ORDERS, "order")
    kept, _ = ListOrder.objects.update_or_create(person=actor, defaults={"order": order})
    return kept


def list_order_of(person: Person) -> str:
    """The order somebody keeps; newest first until they choose another."""
    kept = ListOrder.objects.filter(person=person).values_list("order", flat=True).first()
    return kept or ORDERS[0][0]
