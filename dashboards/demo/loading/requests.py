"""The request catalogue of the demo, requests in every state, and custom fields filled in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from accounts.models import Membership, Person
from accounts.roles import Role
from catalogue.actions import change_draft, create_form, publish_form
from catalogue.fields.conditions import Value
from catalogue.models import IntakeForm, Service
from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.request_forms import CUSTOM_FIELDS, FORMS
from dashboards.demo.requests import ITEMS, REQUESTS, DemoItem, DemoRequest
from fulfilment.actions import (
    cast_vote,
    complete_task,
    request_item,
    save_approval_rule,
    save_item,
    save_plan_rule,
    take_task,
    time_out_approval,
)
from fulfilment.models import Approval, ItemRequest, PlanRule, RequestItem
from incidents.actions import (
    keep_answers,
    note_contact,
    note_intent,
    open_suggestion,
    resolve_ticket,
)
from incidents.models import Kind, Ticket
from incidents.similar import embed_tickets
from knowledge.suggest import suggest_articles

_FILLED_IN = 40
_ARRANGED_DAYS_AGO = 120
_AN_HOUR = timedelta(hours=1)


def _arrange(world: World, at: datetime) -> None:
    """Who is whose manager, the forms and the items."""
    _name_managers(world)
    forms = {name: _published(name, definition, at) for name, definition in FORMS.items()}
    for one in ITEMS:
        _load_item(one, forms, world)
    for key, definition in CUSTOM_FIELDS.items():
        service = world.directory.services[key]
        _published(service.name, definition, at, service)


def _answer(at: datetime) -> None:
    """The newest tickets of the services with fields of their own have them filled in."""
    for form in IntakeForm.objects.exclude(service=None).select_related("current", "service"):
        _fill_in(form, random.Random(form.name))


def _name_managers(world: World) -> None:
    """Leads of a team lead it, the head of the desk leads them; a customer's first person leads."""
    head = world.person("adam.whitlock")
    people = list(Person.objects.select_related("organisation"))
    teams = dict(
        Membership.objects.filter(person__roles__contains=[Role.TEAM_LEAD])
        .union(Membership.objects.filter(person__roles__contains=[Role.ENGINEERING_LEAD]))
        .values_list("team_id", "person_id")
    )
    first: dict[int | None, int] = {}
    for person in sorted(people, key=lambda one: not one.sees_organisation):
        if person.is_staff_member:
            mine = Membership.objects.filter(person=person).values_list("team_id", flat=True)
            leads = [teams[team] for team in mine if teams.get(team, person.pk) != person.pk]
            person.manager_id = leads[0] if leads else head.pk
        else:
            person.manager_id = first.setdefault(person.organisation_id, person.pk)
        if person.manager_id == person.pk:
            person.manager_id = None
    Person.objects.bulk_update(people, ["manager"], batch_size=500)


def _published(
    name: str, definition: dict[str, object], at: datetime, service: Service | None = None
) -> IntakeForm:
    form = create_form(actor=None, name=name, service=service, at=at)
    change_draft(form, actor=None, definition=definition, at=at)
    return publish_form(form, actor=None, at=at)


def _load_item(one: DemoItem, forms: dict[str, IntakeForm], world: World) -> None:
    item = save_item(
        None,
        actor=None,
        name=one.name,
        service=world.directory.services[one.service],
        category=one.category,
        icon=one.icon,
        summary=one.summary,
        audience=one.audience,
        form=forms.get(one.form),
        expected_days=one.days,
    )
    for step in one.steps:
        save_approval_rule(
            item,
            None,
            actor=None,
            label=step.label,
            asks=step.asks,
            role=Role.MANAGER if step.asks == "role" else "",
            team=world.directory.teams[step.team] if step.team else None,
            people=[world.person(key) for key in step.people],
            quorum=step.quorum,
            count=step.count,
            due_hours=step.due_hours,
            remind_hours=step.due_hours // 2 if step.due_hours else None,
            on_timeout=step.on_timeout,
        )
    rules: list[PlanRule] = []
    for task in one.tasks:
        rule = save_plan_rule(
            item,
            None,
            actor=None,
            title=task.title,
            team=world.directory.teams[task.team],
            after=rules[task.after - 1] if task.after else None,
            required=task.required,
            due_hours=task.hours,
        )
        rules.append(rule)


def _fill_in(form: IntakeForm, dice: random.Random) -> None:
    """The newest incidents of the service have their fields filled in."""
    found = Ticket.objects.filter(service=form.service, kind=Kind.INCIDENT).order_by("-pk")
    if form.current is None:
        return
    definition = form.current.read()
    for ticket in found[:_FILLED_IN]:
        given: dict[str, Value] = {}
        for one in definition.fields:
            if one.options:
                given[one.key] = dice.choice(one.options)
            elif one.type == "number":
                given[one.key] = dice.randint(1, 240)
            elif one.type == "yes_no":
                given[one.key] = dice.random() < 0.1
            elif dice.random() < 0.7:
                given[one.key] = f"T-{dice.randint(1000, 9999)}"
        keep_answers(ticket, actor=None, version=form.current, given=given, at=ticket.created_at)


def tell_requests(world: World, chronicle: Chronicle) -> None:
    """Adds the catalogue, every request with what came of it, and visits of the portal."""
    chronicle.add(world.plan.now - timedelta(days=_ARRANGED_DAYS_AGO), partial(_arrange, world))
    chronicle.add(world.plan.now, _answer)
    for one in REQUESTS:
        _Told(one, world).plan(chronicle)
    for place, visit in enumerate(_VISITS):
        chronicle.add(world.plan.now - timedelta(days=2 + 3 * place), _Visit(world, place, *visit))


@dataclass
class _Told:
    """The story of one request."""

    one: DemoRequest
    world: World
    request: ItemRequest | None = None

    def plan(self, chronicle: Chronicle) -> None:
        """Adds what happened, each thing some hours after the other."""
        start = self.world.plan.now - timedelta(days=self.one.days_ago)
        chronicle.add(start, self.ask)
        if self.one.goes == "late":
            chronicle.add(start + timedelta(hours=25), self.time_out)
        if self.one.goes in {"rejected", "working", "done"}:
            for turn in range(3):
                chronicle.add(start + (turn + 1) * _AN_HOUR, self.vote)
        if self.one.goes in {"working", "done"}:
            chronicle.add(start + 6 * _AN_HOUR, self.work)
        if self.one.goes == "done":
            chronicle.add(start + timedelta(days=4), self.finish)

    def requester(self) -> Person:
        """Somebody of the house, or a customer's person by their place."""
        organisation, _, place = self.one.by.partition(" ")
        if not place:
            return self.world.person(organisation)
        house = self.world.directory.organisations[organisation]
        people = Person.objects.filter(organisation=house).order_by("pk")
        return list(people)[int(place)]

    def ask(self, at: datetime) -> None:
        """Asks for it."""
        item = RequestItem.objects.get(name=self.one.item)
        person = self.requester()
        given = self.one.answers
        self.request = request_item(item, actor=person, requester=person, given=given, at=at)
        embed_tickets([self.request.ticket_id])

    def open_approval(self) -> Approval | None:
        """The step that is asked now."""
        return (
            None if self.request is None else self.request.approvals.filter(state="asked").first()
        )

    def vote(self, at: datetime) -> None:
        """The first of those who are asked decides."""
        approval = self.open_approval()
        if approval is None:
            return
        verdict = "rejected" if self.one.goes == "rejected" else "approved"
        for approver in approval.approvers.filter(delegated_to=None)[: approval.count]:
            cast_vote(
                approval, actor=approver.person, verdict=verdict, comment=self.one.said, at=at
            )

    def time_out(self, at: datetime) -> None:
        """Nobody decided in time."""
        approval = self.open_approval()
        if approval is not None:
            time_out_approval(approval, at=at)

    def _worker(self) -> Person:
        team = self.request.tasks.all()[0].team if self.request else None
        found = Person.objects.filter(memberships__team=team, roles__contains=[Role.AGENT])
        return found.order_by("-pk")[0]

    def work(self, at: datetime) -> None:
        """Somebody takes the first task and does it, when there is more than one."""
        if self.request is None:
            return
        tasks = list(self.request.tasks.filter(state="ready"))
        if tasks:
            take_task(tasks[0], actor=self._worker(), at=at)
            if self.request.tasks.count() > 1:
                complete_task(tasks[0], actor=self._worker(), at=at)

    def finish(self, at: datetime) -> None:
        """Every task is done, and the desk says so."""
        if self.request is None:
            return
        while ready := list(self.request.tasks.filter(state="ready")):
            for task in ready:
                complete_task(task, actor=self._worker(), at=at)
        resolve_ticket(
            self.request.ticket,
            actor=self._worker(),
            code="request_fulfilled",
            text="It is with you now. Tell us if anything is missing.",
            at=at,
        )


# What was typed, whether an article was opened, and whether a contact followed.
_VISITS: tuple[tuple[str, bool, bool], ...] = (
    ("card declined at checkout since this morning", True, False),
    ("cannot sign in after password change", True, False),
    ("export to excel is empty", True, True),
    ("invoice shows the wrong vat", False, True),
    ("push messages arrive twice on android", True, False),
    ("dashboard totals differ from the report", True, False),
    ("single sign-on loops back to the start", False, True),
    ("payout has not arrived", True, True),
    ("webhook is sent twice", False, False),
    ("scheduled report did not come", True, False),
)


@dataclass(frozen=True)
class _Visit:
    """One visit of the portal."""

    world: World
    place: int
    text: str
    opened: bool
    wrote: bool

    def __call__(self, at: datetime) -> None:
        person = self._person()
        found = suggest_articles(person, self.text)
        session = note_intent(person, text=self.text, suggested=len(found), at=at)
        if session is not None and self.opened and found:
            later = at + timedelta(minutes=1)
            open_suggestion(session, actor=person, article=found[0], at=later)
        if self.wrote:
            theirs = Ticket.objects.filter(requester=person).order_by("-pk").first()
            if theirs is not None:
                note_contact(person, ticket=theirs, at=at + timedelta(minutes=7))

    def _person(self) -> Person:
        return list(self._requesters())[self.place % 20]

    def _requesters(self) -> Iterator[Person]:
        yield from Person.objects.filter(roles__contains=[Role.REQUESTER]).order_by("pk")[:20]
