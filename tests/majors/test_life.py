"""From candidate to published review, through the actions."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents.actions import link_tickets, merge_ticket, resolve_ticket
from incidents.models import Ticket
from incidents.variables import OF_MAJOR, VARIABLES, unknown_variables
from majors import actions
from majors.models import FollowUp, MajorIncident, UpdateTemplate
from majors.tasks import remind_of_promises
from majors.texts import prepared, variables_for
from notifications.models import Notification
from tests.conftest import Cast
from tests.make.tickets import make_ticket

Committing = Callable[[], AbstractContextManager[None]]


def propose(cast: Cast, **fields: Any) -> MajorIncident:
    """A candidate proposed by the agent."""
    fields.setdefault("component", cast.checkout)
    fields.setdefault("service", cast.payments)
    fields.setdefault("team", cast.desk)
    fields.setdefault("requester", cast.rob)
    ticket = make_ticket(cast.ann, **fields)
    return actions.propose_major(ticket, actor=cast.ann, why="Nobody can pay.")


def accept(cast: Cast, major: MajorIncident, **fields: Any) -> MajorIncident:
    """Accepted by the manager."""
    said = {"headline": "Payments fail", "business_impact": "No orders come in.", **fields}
    return actions.accept_major(major, actor=cast.mo, **said)


def update(cast: Cast, major: MajorIncident, status: str, **texts: str) -> Any:
    """An update with a next one in half an hour."""
    return actions.post_update(
        major,
        actor=cast.mo,
        status=status,
        texts=texts or {"internal": "We look."},
        next_update_due_at=timezone.now() + timedelta(minutes=30),
    )


def test_accepting_makes_the_decider_lead_and_own_the_ticket_at_the_highest_priority(
    cast: Cast,
) -> None:
    major = accept(cast, propose(cast))
    ticket = Ticket.objects.get(pk=major.ticket_id)
    assert (major.state, major.status) == ("accepted", "investigating")
    assert (ticket.priority, ticket.assignee, ticket.state) == (1, cast.mo, "in_progress")
    assert [role.person for role in major.roles.current()] == [cast.mo]
    assert major.began_at == ticket.created_at
    assert major.next_update_due_at is not None
    assert major.next_update_due_at - major.decided_at == timedelta(minutes=15)
    assert [(row.component, row.status) for row in major.affected.all()] == [
        (cast.checkout, "major_outage")
    ]


def test_it_is_not_accepted_without_a_headline_and_a_business_impact(cast: Cast) -> None:
    major = propose(cast)
    with pytest.raises(DomainError) as refused:
        accept(cast, major, business_impact=" ")
    assert refused.value.field == "business_impact"
    with pytest.raises(DomainError) as refused:
        accept(cast, major, headline=" ")
    assert refused.value.field == "headline"


def test_agents_propose_and_do_not_decide(cast: Cast) -> None:
    major = propose(cast)
    with pytest.raises(NotPermitted):
        actions.accept_major(major, actor=cast.ann, headline="x", business_impact="y")
    with pytest.raises(NotPermitted):
        actions.reject_major(major, actor=cast.ann, reason="no")


def test_an_owner_of_the_component_proposes_though_not_in_support(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, component=cast.checkout)
    assert actions.propose_major(ticket, actor=cast.dev, why="All red.").proposed_by == cast.dev
    other = make_ticket(cast.rob)
    with pytest.raises(NotPermitted):
        actions.propose_major(other, actor=cast.rel, why="All red.")


def test_a_ticket_is_proposed_once_at_a_time_and_again_after_a_rejection(cast: Cast) -> None:
    major = propose(cast)
    with pytest.raises(DomainError, match=major.reference):
        actions.propose_major(major.ticket, actor=cast.pia, why="Again.")
    rejected = actions.reject_major(major, actor=cast.mo, reason="One office only.")
    assert (rejected.state, rejected.decision_reason) == ("rejected", "One office only.")
    again = actions.propose_major(major.ticket, actor=cast.pia, why="Now all offices.")
    assert (again.pk, again.state, again.decided_by) == (major.pk, "proposed", None)


def test_only_an_open_incident_is_proposed(cast: Cast) -> None:
    solved = make_ticket(cast.rob)
    resolve_ticket(solved, actor=cast.ann, code="fixed", text="Done.")
    request = make_ticket(cast.rob, kind="service_request")
    for ticket in (solved, request):
        with pytest.raises(DomainError, match="open incident"):
            actions.propose_major(Ticket.objects.get(pk=ticket.pk), actor=cast.ann, why="x")


def test_deciders_the_team_and_the_owners_are_told_once(
    cast: Cast, after_commit: Committing
) -> None:
    with after_commit():
        major = propose(cast)
    assert Notification.objects.filter(person=cast.mo, kind="majors.proposed").count() == 1
    with after_commit():
        accept(cast, major)
    told = Notification.objects.filter(kind="majors.decided")
    assert set(told.values_list("person__name", flat=True)) == {"Ann", "Dev", "Pia"}


def test_whoever_proposed_reads_why_it_was_rejected(cast: Cast, after_commit: Committing) -> None:
    major = propose(cast)
    with after_commit():
        actions.reject_major(major, actor=cast.mo, reason="One office only.")
    told = Notification.objects.get(person=cast.ann, kind="majors.decided")
    assert told.body == "One office only."


def test_each_audience_reads_its_own_words(cast: Cast, after_commit: Committing) -> None:
    major = accept(cast, propose(cast))
    with after_commit():
        update(cast, major, "identified", internal="The lock again.", requesters="We found it.")
    requester = Notification.objects.get(person=cast.rob, kind="majors.update")
    assert (requester.body, requester.url) == (
        "We found it.",
        major.ticket.get_absolute_url(),
    )
    outside = Notification.objects.filter(person__in=[cast.rob, cast.rita, cast.stan])
    assert not outside.filter(body__contains="lock").exists()


def test_requesters_of_child_tickets_are_told_those_that_come_late_too(
    cast: Cast, after_commit: Committing
) -> None:
    major = accept(cast, propose(cast))
    early = make_ticket(cast.rita)
    actions.add_reports(major, actor=cast.ann, tickets=[early])
    with after_commit():
        update(cast, major, "identified", requesters="We found it.")
    told = Notification.objects.filter(kind="majors.update", person=cast.rita)
    assert [(one.body, one.url) for one in told] == [("We found it.", early.get_absolute_url())]
    late = make_ticket(cast.stan)
    with after_commit():
        actions.add_reports(major, actor=cast.ann, tickets=[late])
        actions.add_reports(major, actor=cast.ann, tickets=[late])
    told = Notification.objects.filter(kind="majors.update", person=cast.stan)
    assert [(one.body, one.url) for one in told] == [("We found it.", late.get_absolute_url())]


def mine(person: Person) -> list[tuple[str, str]]:
    """What a person was told in updates, and the ticket it leads to."""
    told = Notification.objects.filter(person=person, kind="majors.update").order_by("id")
    return list(told.values_list("body", "url"))


def test_the_requester_of_a_merged_report_kept_apart_hears_once_at_the_ticket_they_know(
    cast: Cast, after_commit: Committing
) -> None:
    major = accept(cast, propose(cast))
    child, third = (
        make_ticket(cast.ann, requester=cast.rob),
        make_ticket(cast.ann, requester=cast.stan),
    )
    link_tickets(major.ticket, actor=cast.ann, kind="child_of", others=[child], inverse=True)
    merge_ticket(third, actor=cast.ann, into=child)
    with after_commit():
        update(cast, major, "identified", requesters="A cable broke.")
    assert mine(cast.stan) == [("A cable broke.", third.get_absolute_url())]
    assert len(mine(cast.rob)) == 1
    assert mine(cast.rob)[0][1] != third.get_absolute_url()


def test_a_requester_whose_merge_was_opened_hears_once_at_their_own_ticket(
    cast: Cast, after_commit: Committing
) -> None:
    major = accept(cast, propose(cast))
    third = make_ticket(cast.ann, requester=cast.stan)
    merge_ticket(third, actor=cast.ann, into=major.ticket, opened=True)
    with after_commit():
        update(cast, major, "identified", requesters="A cable broke.")
    assert mine(cast.stan) == [("A cable broke.", third.get_absolute_url())]


def test_a_ticket_merged_into_a_report_brings_its_requester_what_was_told_last(
    cast: Cast, after_commit: Committing, as_user: Callable[..., Any]
) -> None:
    major = accept(cast, propose(cast))
    update(cast, major, "identified", requesters="A cable broke.")
    late = make_ticket(cast.ann, requester=cast.stan)
    with after_commit():
        merge_ticket(late, actor=cast.ann, into=major.ticket)
    assert mine(cast.stan) == [("A cable broke.", late.get_absolute_url())]
    page = as_user(cast.stan).get(late.get_absolute_url(), follow=True).content.decode()
    assert "A cable broke." in page


def test_after_a_merge_of_the_ticket_it_began_with_the_other_requester_is_told_too(
    cast: Cast, after_commit: Committing
) -> None:
    major = accept(cast, propose(cast))
    target = make_ticket(cast.ann, requester=cast.stan)
    merge_ticket(major.ticket, actor=cast.mo, into=target)
    with after_commit():
        update(cast, major, "identified", requesters="A cable broke.")
    assert mine(cast.stan) == [("A cable broke.", target.get_absolute_url())]
    assert len(mine(cast.rob)) == 1


def test_nobody_hears_of_a_candidate_by_being_linked(cast: Cast, after_commit: Committing) -> None:
    major = propose(cast)
    with pytest.raises(TransitionNotAllowed):
        actions.add_reports(major, actor=cast.ann, tickets=[make_ticket(cast.stan)])
    with after_commit():
        link_tickets(
            major.ticket, actor=cast.ann, kind="child_of", others=[make_ticket(cast.stan)],
            inverse=True,
        )  # fmt: skip
    assert not Notification.objects.filter(person=cast.stan, kind="majors.update").exists()


def test_an_update_needs_words_and_the_instant_of_the_next_one(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    with pytest.raises(DomainError) as refused:
        update(cast, major, "identified", internal="  ")
    assert refused.value.field == "internal"
    with pytest.raises(DomainError) as refused:
        actions.post_update(major, actor=cast.mo, status="identified", texts={"internal": "x"})
    assert refused.value.field == "next_update_due_at"


def test_a_status_follows_the_table(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    with pytest.raises(DomainError) as refused:
        update(cast, major, "postmortem")
    assert refused.value.field == "status"
    update(cast, major, "monitoring")
    update(cast, major, "investigating")
    assert MajorIncident.objects.get(pk=major.pk).status == "investigating"


def test_restoring_sets_the_components_right_and_promises_nothing_more(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    update(cast, major, "resolved", internal="Up.")
    major = MajorIncident.objects.get(pk=major.pk)
    assert major.restored_at is not None
    assert major.next_update_due_at is None
    assert {row.status for row in major.affected.all()} == {"operational"}
    update(cast, major, "investigating", internal="Down again.")
    assert MajorIncident.objects.get(pk=major.pk).restored_at is None


def test_somebody_with_a_role_may_post_and_others_may_not(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    promise = timezone.now() + timedelta(minutes=30)
    said = {"status": "identified", "texts": {"internal": "x"}, "next_update_due_at": promise}
    with pytest.raises(NotPermitted):
        actions.post_update(major, actor=cast.ann, **said)
    actions.give_role(major, actor=cast.mo, role="communications_lead", person=cast.ann)
    assert actions.post_update(major, actor=cast.ann, **said).author == cast.ann


def test_a_role_has_one_holder_and_requesters_none(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    actions.give_role(major, actor=cast.mo, role="scribe", person=cast.ann)
    actions.give_role(major, actor=cast.mo, role="scribe", person=cast.pia)
    assert [r.person for r in major.roles.current().filter(role="scribe")] == [cast.pia]
    assert major.roles.filter(role="scribe").count() == 2
    with pytest.raises(DomainError) as refused:
        actions.give_role(major, actor=cast.mo, role="scribe", person=cast.rob)
    assert refused.value.field == "person"


def test_an_overdue_update_is_said_once_for_each_promise(
    cast: Cast, after_commit: Committing
) -> None:
    major = accept(cast, propose(cast))
    past = timezone.now() - timedelta(minutes=1)
    MajorIncident.objects.filter(pk=major.pk).update(next_update_due_at=past)
    for _ in range(2):
        with after_commit():
            remind_of_promises()
    assert Notification.objects.filter(person=cast.mo, kind="majors.overdue").count() == 1
    later = timezone.now() - timedelta(seconds=1)
    MajorIncident.objects.filter(pk=major.pk).update(next_update_due_at=later)
    with after_commit():
        remind_of_promises()
    assert Notification.objects.filter(person=cast.mo, kind="majors.overdue").count() == 2


def test_a_review_is_published_when_it_says_what_happened_why_and_what_was_learnt(
    cast: Cast,
) -> None:
    major = accept(cast, propose(cast))
    actions.write_review(major, actor=cast.dev, summary="A lock was held.")
    with pytest.raises(TransitionNotAllowed):
        actions.publish_review(major, actor=cast.mo)
    update(cast, major, "resolved", internal="Up.")
    with pytest.raises(DomainError) as refused:
        actions.publish_review(major, actor=cast.mo)
    assert refused.value.field == "causes"
    actions.write_review(major, actor=cast.dev, causes="No timeout.", lessons="Set one.")
    review = actions.publish_review(major, actor=cast.mo)
    assert (review.summary, review.published_by) == ("A lock was held.", cast.mo)
    assert MajorIncident.objects.get(pk=major.pk).status == "postmortem"


def test_a_late_review_is_asked_for_once(cast: Cast, after_commit: Committing) -> None:
    major = accept(cast, propose(cast))
    update(cast, major, "resolved", internal="Up.")
    assert major in MajorIncident.objects.without_review()
    MajorIncident.objects.filter(pk=major.pk).update(
        restored_at=timezone.now() - timedelta(hours=49)
    )
    for _ in range(2):
        with after_commit():
            remind_of_promises()
    told = Notification.objects.filter(person=cast.mo, kind="majors.overdue")
    assert [one.title for one in told] == [
        f"The post-incident review of {major.reference} is overdue"
    ]


def test_an_overdue_follow_up_reminds_once_for_each_date_and_stands_in_the_list(
    cast: Cast, after_commit: Committing, as_user: Callable[..., Client]
) -> None:
    """Whoever is to do it hears it, also of a new date; what is done or not due is left alone."""
    major = accept(cast, propose(cast))
    yesterday = timezone.localdate() - timedelta(days=1)
    late, _, done = (
        actions.add_follow_up(major, actor=cast.mo, title=title, assignee=cast.dev, due_on=day)
        for title, day in (
            ("Set a timeout", yesterday),
            ("Later", timezone.localdate()),
            ("Done", yesterday),
        )
    )
    actions.complete_follow_up(done, actor=cast.dev)
    for _ in range(2):
        with after_commit():
            remind_of_promises()
    told = Notification.objects.filter(person=cast.dev, kind="majors.overdue")
    assert [one.title for one in told] == ["Overdue: Set a timeout"]
    actions.edit_follow_up(late, actor=cast.mo, due_on=yesterday - timedelta(days=1))
    with after_commit():
        remind_of_promises()
    assert told.all().count() == 2
    page = as_user(cast.dev).get(reverse("majors:follow_ups"), {"overdue": "true"})
    assert list(page.context["page"].rows) == [late]
    assert FollowUp.objects.exclude(reminded_of=None).get() == late


def test_follow_ups_are_completed_or_dropped_with_a_reason(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    row = actions.add_follow_up(major, actor=cast.pia, title="Set a timeout", assignee=cast.dev)
    with pytest.raises(DomainError) as refused:
        actions.drop_follow_up(row, actor=cast.dev, note=" ")
    assert refused.value.field == "note"
    row = actions.complete_follow_up(row, actor=cast.dev, note="In 4.19.")
    assert (row.state, row.note) == ("completed", "In 4.19.")
    assert row.settled_at is not None
    row = actions.take_up_follow_up(row, actor=cast.pia)
    assert (row.state, row.settled_at) == ("outstanding", None)
    with pytest.raises(DomainError) as refused:
        actions.add_follow_up(major, actor=cast.pia, title="x", assignee=cast.rob)
    assert refused.value.field == "assignee"


def test_ending_one_that_is_none_leaves_the_ticket_as_it_is(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    ended = actions.cancel_major(major, actor=cast.mo, reason="A drill.")
    assert ended.state == "cancelled"
    assert not ended.roles.current().exists()
    assert Ticket.objects.get(pk=major.ticket_id).state == "in_progress"
    with pytest.raises(TransitionNotAllowed):
        update(cast, ended, "identified")


def test_prepared_texts_are_filled_and_nothing_else_is(cast: Cast) -> None:
    actions.write_template(
        actor=cast.mo,
        audience="public",
        status="identified",
        body="{{ major.headline }}: {{major.components}}, next {{major.next_update}}. {% now %}",
    )
    major = accept(cast, propose(cast), headline="Pay {{major.components}} *now*")
    at = timezone.localtime().replace(hour=9, minute=30)
    text = prepared(major, "identified", at, writer=cast.mo)["public"]
    assert text == (r"Pay \{\{major.components\}\} \*now\*: Checkout, next 09:30. {% now %}")
    with pytest.raises(NotPermitted):
        actions.write_template(actor=cast.ann, audience="public", status="identified", body="")


def test_texts_for_those_who_work_here_know_the_variables_of_canned_replies_too(cast: Cast) -> None:
    body = "{{ticket.reference}} of {{requester.name}}, {{agent.first_name}} speaks"
    actions.write_template(actor=cast.mo, audience="internal", status="identified", body=body)
    major = accept(cast, propose(cast))
    text = prepared(major, "identified", timezone.now(), writer=cast.mo)["internal"]
    assert text == f"{major.ticket.reference} of Rob, Mo speaks"


@pytest.mark.parametrize("audience", ["requesters", "public"])
def test_texts_that_leave_the_house_hold_nothing_of_the_ticket(cast: Cast, audience: str) -> None:
    with pytest.raises(DomainError, match=r"“ticket\.title” is no variable") as refused:
        actions.write_template(
            actor=cast.mo, audience=audience, status="identified", body="{{ticket.title}}"
        )
    assert refused.value.field == "body"


def test_the_texts_that_come_with_the_product_hold_known_variables_only() -> None:
    texts = UpdateTemplate.objects.all()
    assert texts.count() == 12
    for one in texts:
        assert unknown_variables(one.body, variables_for(one.audience)) == []
        assert "{{major." in one.body or "{" not in one.body


def test_the_documentation_names_every_variable(settings: Any) -> None:
    docs = settings.BASE_DIR / "docs"
    replies = (docs / "conversation.md").read_text()
    majors = (docs / "major-incidents.md").read_text()
    assert [name for name in VARIABLES if f"`{{{{{name}}}}}`" not in replies] == []
    assert [name for name in OF_MAJOR if f"`{{{{{name}}}}}`" not in majors] == []


def test_the_timeline_tells_everything_in_order(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    actions.add_note(major, actor=cast.ann, text="Restarted the pool.")
    update(cast, major, "resolved", internal="Up.", public="Up.")
    sentences = [event.sentence for event in Event.objects.about(major).order_by("id")]
    assert sentences == [
        "proposed it as a major incident: Nobody can pay.",
        "accepted it as a major incident: No orders come in.",
        "noted: Restarted the pool.",
        "declared the service restored",
        "posted “Resolved” for everybody who works here, the public status page",
    ]


def test_restricted_teams_keep_theirs(cast: Cast) -> None:
    cast.desk.restricted = True
    cast.desk.save()
    major = propose(cast)
    assert not MajorIncident.objects.visible_to(cast.dev).filter(pk=major.pk).exists()
    assert MajorIncident.objects.visible_to(cast.ann).filter(pk=major.pk).exists()
    assert not MajorIncident.objects.visible_to(cast.rob).exists()
