"""How far a request is, as its requester and the desk read it."""

from collections.abc import Sequence

from accounts.models import Person
from fulfilment.models import Approval, Approver, ItemRequest
from incidents.wording import Stage

_OVER = {"fulfilled", "closed"}
_WORKING = {"approved", "fulfilling"}


def stages(request: ItemRequest, approvals: Sequence[Approval]) -> list[Stage]:
    """The way of a request: asked, each approval, being prepared, done.

    Approvals need their approvers with people prefetched.
    """
    state = request.ticket.state
    strip = [Stage("Asked", "done")]
    strip += [_approval_stage(one) for one in approvals]
    if state in {"rejected", "cancelled"}:
        return [*strip, Stage("Not approved" if state == "rejected" else "Withdrawn", "ended")]
    strip.append(Stage("Being prepared", _standing(state, _WORKING, _OVER)))
    strip.append(Stage("Done", "done" if state in _OVER else "ahead"))
    return strip


def _standing(state: str, now: set[str], done: set[str]) -> str:
    if state in done:
        return "done"
    return "now" if state in now else "ahead"


def _approval_stage(approval: Approval) -> Stage:
    standing = {"granted": "done", "asked": "now", "refused": "ended", "dropped": "ended"}
    note = ""
    if approval.state == "asked":
        names = [one.person.name for one in approval.approvers.all() if not one.delegated_to_id]
        note = f"with {', '.join(names[:3])}" + (f" and {len(names) - 3} more" * (len(names) > 3))
    return Stage(approval.label, standing.get(approval.state, "ahead"), note)


def approvals_of(request: ItemRequest) -> list[Approval]:
    """The steps of a request in order, with who is asked and how they voted: five statements."""
    rows = request.approvals.select_related("calendar").order_by("position")
    return list(rows.prefetch_related("approvers__person", "votes__person"))


def asked_of(person: Person, approval: Approval) -> Approver | None:
    """The reader's place among those asked, if they have one."""
    return next((one for one in approval.approvers.all() if one.person_id == person.pk), None)
