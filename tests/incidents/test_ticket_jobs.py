"""Work on many tickets: all or nothing for each, refused with reasons, undone, resumed."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core import timeline
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from incidents import actions, tasks
from incidents.jobs import operations
from incidents.jobs.operations import (
    cancel_job,
    operation,
    operations_for,
    start_job,
    undo_job,
    undo_refusal,
)
from incidents.jobs.running import QUIET, go_on, left_alone
from incidents.models import Message, Ticket, TicketJob, TicketJobItem
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.catalogue import make_team


@pytest.fixture
def no_worker() -> Iterator[None]:
    """Nobody works in the background: what is queued stays queued."""
    publishers = timeline.publishers.copy()
    timeline.publishers.clear()
    yield
    timeline.publishers.extend(publishers)


def finish(job: TicketJob) -> TicketJob:
    """Works on a job to its end."""
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    job.refresh_from_db()
    return job


def refusals(job: TicketJob) -> dict[int, str]:
    """Reason by ticket."""
    refused = job.items.filter(state=TicketJobItem.State.REFUSED)
    return dict(refused.values_list("ticket_id", "reason"))


def like(ticket: Ticket, place: int) -> Ticket:
    """A row like this ticket's, not saved."""
    fields = {
        one.attname: getattr(ticket, one.attname)
        for one in Ticket._meta.concrete_fields
        if not one.primary_key and not one.generated
    }
    return Ticket(**fields | {"title": f"Card gate {place} is down"})


def _tear(ticket: Ticket, person: object, params: dict[str, object]) -> None:
    """Writes, and then fails on one ticket."""
    actions.edit_ticket(ticket, actor=None, version=ticket.version, category="torn")
    if ticket.pk == params.get("broken"):
        raise ZeroDivisionError
    if ticket.pk == params.get("refused"):
        raise DomainError("Not this one.")


operation("test.tear", label="Tear", apply=_tear)


def test_fields_of_many_tickets_change_with_one_job_and_go_back_with_one(
    opened: Opener, cast: Cast
) -> None:
    tickets = [opened(impact=1 + place % 3) for place in range(5)]
    before = {t.pk: (t.priority, t.service_id, t.component_id, t.category) for t in tickets}
    job = start_job(
        actor=cast.ann,
        operation="edit",
        params={"priority": 1, "category": "cards", "component": cast.invoices.pk},
        ticket_ids=[one.pk for one in tickets],
    )
    assert job.summary == "Set priority to P1 Critical, component to Invoices, category to cards"
    finish(job)
    assert (job.state, job.done, job.refused) == ("done", 5, 0)
    for one in Ticket.objects.all():
        assert (one.priority, one.category, one.component) == (1, "cards", cast.invoices)
    undoing = finish(undo_job(job, actor=cast.ann))
    assert (undoing.done, undoing.refused) == (5, 0)
    assert before == {
        t.pk: (t.priority, t.service_id, t.component_id, t.category) for t in Ticket.objects.all()
    }
    assert set(job.items.values_list("state", flat=True)) == {"undone"}


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("priority", 2, 2),
        ("impact", 1, 1),
        ("urgency", 3, 3),
        ("severity", 2, 2),
        ("channel", "chat", "chat"),
        ("category", "cards", "cards"),
        ("version_seen", "4.18", "4.18"),
        ("clear", ["component"], None),
    ],
)
def test_any_field_can_be_changed_on_many_tickets_and_changed_back(
    opened: Opener, cast: Cast, field: str, value: object, stored: object
) -> None:
    ticket = opened()
    name = "component" if field == "clear" else field
    watched = [name, "priority", "service", "component"]
    before = [getattr(ticket, one) for one in watched]
    job = finish(
        start_job(actor=cast.ann, operation="edit", params={field: value}, ticket_ids=[ticket.pk])
    )
    ticket.refresh_from_db()
    assert getattr(ticket, name) == stored
    finish(undo_job(job, actor=cast.ann))
    ticket.refresh_from_db()
    assert [getattr(ticket, one) for one in watched] == before


def test_one_ticket_is_changed_wholly_or_not_at_all(opened: Opener, cast: Cast) -> None:
    fine, broken, refused = opened(), opened(), opened()
    job = start_job(
        actor=cast.ann,
        operation="test.tear",
        params={"broken": broken.pk, "refused": refused.pk},
        ticket_ids=[broken.pk, refused.pk, fine.pk],
    )
    finish(job)
    assert (job.state, job.done, job.refused) == ("done", 1, 2)
    found = dict(Ticket.objects.values_list("pk", "category"))
    assert found == {fine.pk: "torn", broken.pk: "", refused.pk: ""}
    assert refusals(job)[refused.pk] == "Not this one."
    assert "went wrong" in refusals(job)[broken.pk]


def test_what_the_state_does_not_allow_is_refused_with_its_reason(
    opened: Opener, cast: Cast
) -> None:
    fresh, over = opened(), opened()
    actions.cancel_ticket(over, actor=cast.ann)
    job = finish(
        start_job(
            actor=cast.ann,
            operation="resolve",
            params={"code": "fixed", "text": "Card gate is up again."},
            ticket_ids=[fresh.pk, over.pk],
        )
    )
    assert refusals(job) == {over.pk: "“Resolve” is not possible while the state is “Cancelled”."}
    fresh.refresh_from_db()
    assert fresh.state == "resolved"


def test_a_query_is_frozen_when_the_job_starts(opened: Opener, cast: Cast) -> None:
    here = opened(category="cards")
    job = start_job(
        actor=cast.ann, operation="start", params={}, query="state=unresolved&assignee=nobody"
    )
    later = opened(category="cards")
    finish(job)
    here.refresh_from_db()
    later.refresh_from_db()
    assert (job.total, here.state, later.state) == (1, "in_progress", "new")


def test_tickets_one_may_not_see_are_not_there(opened: Opener, cast: Cast) -> None:
    secret = opened(team=make_team("Security", restricted=True))
    open_one = opened()
    with pytest.raises(DomainError, match=str(secret.pk)):
        start_job(actor=cast.ann, operation="start", params={}, ticket_ids=[open_one.pk, secret.pk])
    job = start_job(actor=cast.ann, operation="start", params={}, query="state=any")
    assert list(job.items.values_list("ticket_id", flat=True)) == [open_one.pk]


def test_sight_lost_after_the_start_refuses_the_ticket(opened: Opener, cast: Cast) -> None:
    ticket = opened()
    job = start_job(actor=cast.ann, operation="start", params={}, ticket_ids=[ticket.pk])
    actions.assign_ticket(ticket, actor=cast.mo, team=make_team("Security", restricted=True))
    finish(job)
    assert refusals(job) == {ticket.pk: "Ann may not see this ticket any more."}


@pytest.mark.parametrize(
    ("operation_name", "params", "field"),
    [
        ("nonsense", {}, "operation"),
        ("edit", {}, "__all__"),
        ("edit", {"priority": 9}, "priority"),
        ("edit", {"title": "All the same"}, "title"),
        ("assign", {}, "assignee"),
        ("wait", {"reason": "lunch"}, "reason"),
        ("resolve", {"code": "fixed"}, "text"),
        ("custom_field", {"field": "1.nothing"}, "field"),
    ],
)
def test_wrong_params_are_refused_at_their_field_before_anything_starts(
    ticket: Ticket, cast: Cast, operation_name: str, params: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        start_job(actor=cast.ann, operation=operation_name, params=params, ticket_ids=[ticket.pk])
    assert refused.value.field == field
    assert not TicketJob.objects.exists()


def test_requesters_and_developers_are_not_offered_what_support_does(
    ticket: Ticket, cast: Cast
) -> None:
    assert operations_for(cast.rob) == []
    assert [one.name for one in operations_for(cast.dev)] == ["note", "link_change"]
    with pytest.raises(NotPermitted):
        start_job(actor=cast.rob, operation="start", params={}, ticket_ids=[ticket.pk])


def test_an_answer_written_since_does_not_keep_a_field_from_going_back(
    ticket: Ticket, cast: Cast
) -> None:
    params = {"category": "cards"}
    job = start_job(actor=cast.ann, operation="edit", params=params, ticket_ids=[ticket.pk])
    finish(job)
    actions.reply_to_ticket(ticket, actor=cast.rob, body="It is about invoices, not cards.")
    undoing = finish(undo_job(job, actor=cast.ann))
    ticket.refresh_from_db()
    assert (undoing.done, undoing.refused, ticket.category) == (1, 0, "")


def test_undo_puts_back_field_by_field_and_names_who_changed_what_stays(
    opened: Opener, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    mine, partly, wholly = (opened(impact=1, urgency=1) for _ in range(3))
    job = finish(
        start_job(
            actor=cast.ann,
            operation="edit",
            params={"category": "cards", "impact": 3},
            ticket_ids=[mine.pk, partly.pk, wholly.pk],
        )
    )
    partly.refresh_from_db()
    actions.edit_ticket(partly, actor=cast.pia, version=partly.version, priority=1)
    wholly.refresh_from_db()
    fields = {"category": "gates", "impact": 2, "priority": 4}
    actions.edit_ticket(wholly, actor=cast.pia, version=wholly.version, **fields)
    undoing = finish(undo_job(job, actor=cast.ann))
    assert (undoing.done, undoing.refused) == (3, 0)
    stays = dict(undoing.items.with_reason().values_list("ticket_id", "reason"))
    assert stays[partly.pk] == "Priority stays “P1 Critical”: Pia changed it."
    assert "Category stays “gates”: Pia changed it." in stays[wholly.pk]
    found = {
        one.pk: (one.category, one.impact, one.urgency, one.priority)
        for one in Ticket.objects.all()
    }
    assert found[mine.pk] == ("", 1, 1, 1)
    assert found[partly.pk] == ("", 1, 1, 1)
    page = as_user(cast.ann).get(undoing.get_absolute_url()).content.decode()
    assert "Priority stays “P1 Critical”: Pia changed it." in page
    assert "went back but for what somebody changed since" in page
    items = api_as(cast.ann).get(f"/api/v1/ticket-jobs/{undoing.pk}/items/").json()["results"]
    assert stays[partly.pk] in [one["reason"] for one in items]


def test_a_ticket_of_which_everything_was_changed_since_refuses_the_undoing(
    ticket: Ticket, cast: Cast
) -> None:
    params = {"category": "cards"}
    job = start_job(actor=cast.ann, operation="edit", params=params, ticket_ids=[ticket.pk])
    finish(job)
    ticket.refresh_from_db()
    actions.edit_ticket(ticket, actor=cast.pia, version=ticket.version, category="gates")
    undoing = finish(undo_job(job, actor=cast.ann))
    assert refusals(undoing) == {ticket.pk: "Category stays “gates”: Pia changed it."}
    assert job.items.get().state == "done"


def test_undoing_an_assignment_leaves_whom_somebody_else_gave_it_to(
    opened: Opener, cast: Cast
) -> None:
    ticket, team = opened(), make_team("Cards")
    given = {"assignee": cast.ann.pk, "team": team.pk}
    job = start_job(actor=cast.ann, operation="assign", params=given, ticket_ids=[ticket.pk])
    finish(job)
    before = ticket.team
    actions.assign_ticket(ticket, actor=cast.mo, assignee=cast.pia, team=team)
    undoing = finish(undo_job(job, actor=cast.ann))
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team) == (cast.pia, before)
    reason = undoing.items.get().reason
    assert reason == f"The assignee stays “Pia”: {cast.mo.name} changed it."


def test_a_wait_that_somebody_ended_since_stays_ended(ticket: Ticket, cast: Cast) -> None:
    actions.start_ticket(ticket, actor=cast.ann)
    wait = {"reason": "supplier"}
    job = start_job(actor=cast.ann, operation="wait", params=wait, ticket_ids=[ticket.pk])
    finish(job)
    actions.start_ticket(ticket, actor=cast.pia)
    undoing = finish(undo_job(job, actor=cast.ann))
    assert refusals(undoing) == {ticket.pk: "The state stays “In progress”: Pia changed it."}


def test_more_tickets_than_a_job_takes_are_refused_with_the_way_out(
    opened: Opener, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_TICKETS", 2)
    monkeypatch.setattr(operations, "MOST_NAMED", 2)
    tickets = [opened().pk for _ in range(3)]
    with pytest.raises(DomainError, match="Narrow the list, for example by when they were opened"):
        start_job(actor=cast.ann, operation="start", params={}, query="state=any")
    with pytest.raises(DomainError, match="choose them by the conditions of a list"):
        start_job(actor=cast.ann, operation="start", params={}, ticket_ids=tickets)
    assert not TicketJob.objects.exists()


def test_a_job_of_very_many_tickets_never_holds_them_in_memory(ticket: Ticket, cast: Cast) -> None:
    Ticket.objects.bulk_create([like(ticket, place) for place in range(1, 3_000)], 1_000)
    gc.collect()
    tracemalloc.start()
    job = start_job(actor=cast.ann, operation="start", params={}, query="state=any")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (job.total, job.items.count()) == (3_000, 3_000)
    assert most < 1_000_000
    newest_first = list(job.items.order_by("id").values_list("ticket_id", flat=True))
    assert newest_first == sorted(newest_first, reverse=True)


def test_undo_ends_after_ten_minutes_and_is_for_who_started(ticket: Ticket, cast: Cast) -> None:
    job = finish(
        start_job(
            actor=cast.ann,
            operation="edit",
            params={"category": "cards"},
            ticket_ids=[ticket.pk],
        )
    )
    assert undo_refusal(job, cast.pia) == "Only who started this may undo it."
    TicketJob.objects.update(finished_at=timezone.now() - timedelta(minutes=10, seconds=1))
    with pytest.raises(TransitionNotAllowed, match="ten minutes"):
        undo_job(job, actor=cast.ann)


def test_a_job_is_undone_once(ticket: Ticket, cast: Cast) -> None:
    job = finish(
        start_job(
            actor=cast.ann,
            operation="edit",
            params={"category": "cards"},
            ticket_ids=[ticket.pk],
        )
    )
    undo_job(job, actor=cast.ann)
    with pytest.raises(TransitionNotAllowed, match="being undone already"):
        undo_job(job, actor=cast.ann)


def test_undoing_an_assignment_gives_each_ticket_to_who_had_it(opened: Opener, cast: Cast) -> None:
    owned, nobodys = opened(assignee=cast.pia), opened()
    job = finish(
        start_job(
            actor=cast.ann,
            operation="assign",
            params={"assignee": cast.ann.pk},
            ticket_ids=[owned.pk, nobodys.pk],
        )
    )
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {cast.ann.pk}
    finish(undo_job(job, actor=cast.ann))
    found = dict(Ticket.objects.values_list("pk", "assignee"))
    assert found == {owned.pk: cast.pia.pk, nobodys.pk: None}


def test_a_wait_is_undone_only_where_the_workflow_has_a_way_back(
    opened: Opener, cast: Cast
) -> None:
    working, fresh = opened(), opened()
    actions.start_ticket(working, actor=cast.ann)
    job = finish(
        start_job(
            actor=cast.ann,
            operation="wait",
            params={"reason": "supplier"},
            ticket_ids=[working.pk, fresh.pk],
        )
    )
    undoing = finish(undo_job(job, actor=cast.ann))
    assert refusals(undoing) == {fresh.pk: "The workflow has no way back to “New”."}
    working.refresh_from_db()
    assert working.state == "in_progress"


def test_what_cannot_be_undone_says_so(ticket: Ticket, cast: Cast) -> None:
    job = finish(
        start_job(
            actor=cast.ann,
            operation="reply",
            params={"body": "We are on it."},
            ticket_ids=[ticket.pk],
        )
    )
    assert undo_refusal(job, cast.ann) == "This cannot be undone."
    assert Message.objects.get().is_public


def test_a_stopped_job_touches_no_further_ticket_and_can_be_undone(
    opened: Opener, cast: Cast
) -> None:
    tickets = [opened() for _ in range(3)]
    job = start_job(
        actor=cast.ann,
        operation="edit",
        params={"category": "cards"},
        ticket_ids=[one.pk for one in tickets],
    )
    cancel_job(job, actor=cast.ann)
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    assert not Ticket.objects.exclude(category="").exists()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert undo_refusal(job, cast.ann) == "Nothing was changed."
    with pytest.raises(TransitionNotAllowed):
        cancel_job(job, actor=cast.ann)


def test_a_commit_wakes_a_worker(
    ticket: Ticket, cast: Cast, after_commit: Callable[..., object]
) -> None:
    with after_commit():
        job = start_job(actor=cast.ann, operation="start", params={}, ticket_ids=[ticket.pk])
    job.refresh_from_db()
    assert job.state == "done"


def test_a_job_without_a_worker_is_found_by_the_schedule(ticket: Ticket, cast: Cast) -> None:
    job = start_job(actor=cast.ann, operation="start", params={}, ticket_ids=[ticket.pk])
    now = timezone.now()
    assert left_alone(now) == []
    TicketJob.objects.update(heartbeat_at=now - QUIET - timedelta(seconds=1))
    assert left_alone(now) == [job.pk]
    tasks.run_ticket_job(job.pk)
    assert left_alone(now) == []


def _database_url() -> str:
    chosen = connection.settings_dict
    user, password = quote(chosen["USER"] or ""), quote(chosen["PASSWORD"] or "")
    who = f"{user}:{password}" if password else user
    port = f":{chosen['PORT']}" if chosen["PORT"] else ""
    return f"postgresql://{who}@{quote(chosen['HOST'] or '', safe='')}{port}/{chosen['NAME']}"


_WORK = """
import sys, django
django.setup()
from datetime import timedelta
from django.utils import timezone
from incidents.jobs.running import go_on
go_on(int(sys.argv[1]), until=timezone.now() + timedelta(minutes=2))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_worker")
def test_a_worker_killed_at_work_loses_nothing_and_doubles_nothing(
    opened: Opener, cast: Cast
) -> None:
    tickets = [opened() for _ in range(12)]
    job = start_job(
        actor=cast.ann,
        operation="note",
        params={"body": "Seen."},
        ticket_ids=[one.pk for one in tickets],
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "SECRET_KEY": "only-for-this-test-" + "x" * 40,
        "DATABASE_URL": _database_url(),
    }
    with transaction.atomic():
        # The worker stands still in the middle of the sixth ticket.
        Ticket.objects.select_for_update().get(pk=tickets[5].pk)
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORK, str(job.pk)], cwd=settings.BASE_DIR, env=environment
        )
        until = time.monotonic() + 60
        while not TicketJob.objects.filter(pk=job.pk, done=5).exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    job.refresh_from_db()
    assert (job.state, job.done) == ("running", 5)
    assert Message.objects.count() == 5
    finish(job)
    assert (job.state, job.done) == ("done", 12)
    assert Message.objects.count() == 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_worker")
def test_two_workers_share_a_job_and_do_nothing_twice(opened: Opener, cast: Cast) -> None:
    both = threading.Barrier(2)
    tickets = [opened() for _ in range(40)]
    job = start_job(
        actor=cast.ann,
        operation="note",
        params={"body": "Seen."},
        ticket_ids=[one.pk for one in tickets],
    )

    def work() -> None:
        both.wait()
        go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    job.refresh_from_db()
    assert (job.state, job.done, job.refused) == ("done", 40, 0)
    assert Message.objects.count() == 40
