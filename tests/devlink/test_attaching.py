"""Evidence on a work item: frozen, redacted, shown to its team."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from devlink.actions import attach_evidence, cancel_work_item, detach_evidence
from devlink.models import Evidence, InvolvementEvent
from incidents.models import Ticket
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.make.work import make_work_item

AsUser = Callable[[Person], Client]


def test_a_ticket_is_frozen_redacted_and_shown_to_the_team(cast: Cast, cause: Cause) -> None:
    item = make_work_item(cast.dev, kind="story")
    evidence = attach_evidence(item, actor=cast.ann, source=cause.tickets[0])
    Ticket.objects.filter(pk=cause.tickets[0].pk).update(title="Changed later")
    evidence.refresh_from_db()
    assert evidence.snapshot["reference"] == cause.tickets[0].reference
    assert "rejects my card, says [name]" in evidence.snapshot["title"]
    assert "Rob" not in str(evidence.snapshot)
    assert cause.tickets[0] in Ticket.objects.visible_to(cast.dev)
    row = InvolvementEvent.objects.get(work_item=item)
    assert (row.stage, row.kind) == ("requirements", "contributed_evidence")


def test_a_problem_is_attached_with_its_numbers(cast: Cast, cause: Cause) -> None:
    item = make_work_item(cast.dev)
    evidence = attach_evidence(item, actor=cast.pia, source=cause.problem)
    assert evidence.snapshot["tickets"] == 3


def test_attaching_twice_attaches_once(cast: Cast, cause: Cause) -> None:
    item = make_work_item(cast.dev)
    first = attach_evidence(item, actor=cast.ann, source=cause.problem)
    assert attach_evidence(item, actor=cast.pia, source=cause.problem) == first


def test_a_restricted_ticket_stays_with_its_team(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    Ticket.objects.update(team=make_team("Legal", restricted=True))
    ticket.refresh_from_db()
    with pytest.raises(DomainError, match="restricted"):
        attach_evidence(make_work_item(cast.dev), actor=cast.mo, source=ticket)


def test_requesters_attach_nothing(cast: Cast, cause: Cause) -> None:
    with pytest.raises(NotPermitted):
        attach_evidence(make_work_item(cast.dev), actor=cast.rob, source=cause.tickets[0])


def test_taking_it_off_ends_the_sight(cast: Cast, cause: Cause) -> None:
    evidence = attach_evidence(make_work_item(cast.dev), actor=cast.ann, source=cause.tickets[0])
    detach_evidence(evidence, actor=cast.ann)
    assert not Evidence.objects.exists()
    assert not Ticket.objects.visible_to(cast.dev).exists()


def test_cancelling_ends_the_sight_and_keeps_the_snapshot(
    cast: Cast, cause: Cause, after_commit: Callable[[], AbstractContextManager[None]]
) -> None:
    item = make_work_item(cast.dev)
    attach_evidence(item, actor=cast.ann, source=cause.tickets[0])
    with after_commit():
        cancel_work_item(item, actor=cast.dev, reason="No.")
    assert not Ticket.objects.visible_to(cast.dev).exists()
    assert Evidence.objects.exists()


def test_on_the_page_by_its_reference(cast: Cast, cause: Cause, as_user: AsUser) -> None:
    item = make_work_item(cast.dev)
    browser = as_user(cast.ann)
    address = f"/work-items/{item.pk}/attach/"
    for wrong, sentence in (
        ("hello", "Give a reference"),
        ("KE-1", "Give a reference"),
        ("INC-999999", "There is no such record."),
    ):
        answer = browser.post(address, {"reference": wrong})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    browser.post(address, {"reference": cause.tickets[0].reference.lower()})
    page = browser.get(f"/work-items/{item.pk}/").content.decode()
    assert f"<strong>{cause.tickets[0].reference}</strong>" in page
    browser.post(f"/evidence/{Evidence.objects.get().pk}/detach/")
    assert not Evidence.objects.exists()


def test_a_developer_cannot_attach_a_ticket_they_may_not_see(
    cast: Cast, cause: Cause, as_user: AsUser
) -> None:
    item = make_work_item(cast.dev)
    typed = {"reference": cause.tickets[0].reference}
    assert as_user(cast.dev).post(f"/work-items/{item.pk}/attach/", typed).status_code == 422
    assert not Evidence.objects.exists()
