"""What a list of tickets can be narrowed to: one filter for pages, saved views, rules and the API.

A parameter may be given several times ("priority=1&priority=2"): any of the values fits. A name
that ends in `_not` leaves out what has one of the values. `none` stands for no value.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, Service
from core.choices import visible_choices
from core.references import parse_reference
from incidents.answered import ANSWERED, answered
from incidents.anywords import WordsFilter
from incidents.days import DayField, distance, midnight
from incidents.models import (
    Channel,
    Kind,
    RelationKind,
    Ticket,
    TicketAnswers,
    TicketClock,
    TicketRelation,
    TicketTag,
    Watcher,
)
from incidents.models.tags import normalised
from incidents.models.ticket import Level, Priority, TicketQuerySet
from incidents.searching import Question, ask, fitting
from incidents.workflow import (
    CLOSED,
    MERGED,
    OPEN,
    PENDING_REASONS,
    RESOLUTION_CODES,
    RESOLVED,
    STATE_CHOICES,
    UNRESOLVED_CATEGORIES,
    WAITING_DEVELOPMENT,
    WAITING_REQUESTER,
    WAITING_THIRD_PARTY,
)

STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "unresolved": ("Unresolved", UNRESOLVED_CATEGORIES),
    "open": ("Open", (OPEN,)),
    "waiting": ("Waiting", (WAITING_REQUESTER, WAITING_THIRD_PARTY)),
    "development": ("With development", (WAITING_DEVELOPMENT,)),
    "resolved": ("Resolved", (RESOLVED,)),
    "closed": ("Closed", (CLOSED,)),
    "merged": ("Merged", (MERGED,)),
    "any": ("Any state", ()),
}
GROUP_CHOICES = [(name, label) for name, (label, _) in STATES.items()]
# A group's name wins over a state's: `closed` is every state whose category is closed.
STATE_FILTER_CHOICES = [
    *GROUP_CHOICES,
    *((n, label) for n, label in STATE_CHOICES if n not in STATES),
]
ME, NOBODY, NONE = "me", "nobody", "none"
SCORES = [(str(score), f"{score} of 5") for score in range(1, 6)]
# What fits these may change without anything happening to a ticket.
_BY_THE_CLOCK = frozenset({"overdue", "horizon", "breaching_within"})
MOST_HOURS_AHEAD = 168


class DayFilter(filters.DateFilter):
    """A day."""

    field_class = DayField


class WeeksFilter(filters.NumberFilter):
    """A number of weeks."""

    field_class = forms.IntegerField  # type: ignore[assignment]  # weeks are whole numbers


def _one_of(label: str, choices: Iterable[tuple[Any, Any]], **more: Any) -> Any:
    return filters.MultipleChoiceFilter(
        label=label, choices=[(str(v), name) for v, name in choices], distinct=False, **more
    )


def _maybe(label: str, choices: Iterable[tuple[Any, Any]], **more: Any) -> Any:
    """A choice a ticket need not have."""
    return _one_of(label, choices, null_label="None", null_value=NONE, **more)


def _row_of(label: str, model: Any, **more: Any) -> Any:
    return filters.ModelMultipleChoiceFilter(
        label=label,
        queryset=visible_choices(model),
        null_label="None",
        null_value=NONE,
        distinct=False,
        **more,
    )


def _not(make: Any, label: str, of: Any, field_name: str) -> Any:
    return make(label, of, field_name=field_name, exclude=True)


def _day(label: str, field_name: str, method: str) -> Any:
    return DayFilter(label=label, field_name=field_name, method=method)


class TicketFilter(filters.FilterSet):
    """Every parameter is optional; an unknown choice is an error at its field."""

    q = filters.CharFilter(label="Words or number", method="find", max_length=400)
    state = _one_of("State", STATE_FILTER_CHOICES, method="in_state")
    state_not = _one_of("State is not", STATE_FILTER_CHOICES, method="not_in_state")
    pending_reason = _one_of("Waiting for", PENDING_REASONS)
    kind = _one_of("Kind", Kind.choices)
    priority = _one_of("Priority", Priority.choices)
    priority_not = _not(_one_of, "Priority is not", Priority.choices, "priority")
    impact = _one_of("Impact", Level.choices)
    urgency = _one_of("Urgency", Level.choices)
    severity = _maybe("Severity", Level.choices)
    assignee = WordsFilter(label="Assignee", method="of_assignee")
    assignee_not = WordsFilter(label="Assignee is not", method="not_of_assignee")
    team = _row_of("Team", Team)
    team_not = _not(_row_of, "Team is not", Team, "team")
    service = _row_of("Service", Service)
    service_not = _not(_row_of, "Service is not", Service, "service")
    component = _row_of("Component", Component)
    component_not = _not(_row_of, "Component is not", Component, "component")
    organisation = _row_of("Organisation", Organisation)
    organisation_not = _not(_row_of, "Organisation is not", Organisation, "organisation")
    requester = WordsFilter(label="Requester", method="asked_by")
    affected = WordsFilter(label="Affected user", method="affecting")
    channel = _one_of("Channel", Channel.choices)
    category = WordsFilter(label="Category")
    category_not = WordsFilter(label="Category is not", field_name="category", exclude=True)
    version_seen = WordsFilter(label="Version seen")
    resolution_code = _one_of("Resolution code", RESOLUTION_CODES)
    csat = _maybe("Rated", SCORES, field_name="csat_score")
    tag = WordsFilter(label="Tag", method="with_tag")
    tag_not = WordsFilter(label="Tag is not", method="without_tag")
    follower = WordsFilter(label="Followed by", method="followed_by")
    answer = WordsFilter(label="Answer", method="with_answer")
    first_contact = filters.BooleanFilter(
        label="First contact resolution", field_name="first_contact_resolution"
    )
    answered = filters.BooleanFilter(
        label="Answered", field_name="first_response_at", lookup_expr="isnull", exclude=True
    )
    reopened = filters.BooleanFilter(label="Reopened", field_name="reopen_count", method="at_all")
    reassigned = filters.BooleanFilter(
        label="Changed teams", field_name="reassignment_count", method="at_all"
    )
    overdue = filters.BooleanFilter(label="Past its target", method="is_overdue")
    breaching_within = filters.NumberFilter(
        label="Over its target within hours",
        method="breaches_within",
        min_value=1,
        max_value=MOST_HOURS_AHEAD,
    )
    parent = filters.NumberFilter(label="Children of", method="children_of")
    merged_into = filters.NumberFilter(label="Merged into", field_name="merged_into_id")
    horizon = WeeksFilter(
        label="Due or ended within weeks",
        method="within_weeks",
        min_value=1,
        max_value=104,
    )
    created_after = _day("Created from", "created_at", "from_day")
    created_before = _day("Created until", "created_at", "until_day")
    updated_after = _day("Changed from", "updated_at", "from_day")
    updated_before = _day("Changed until", "updated_at", "until_day")
    due_after = _day("Resolution due from", "resolution_due_at", "from_day")
    due_before = _day("Resolution due until", "resolution_due_at", "until_day")
    resolved_after = _day("Resolved from", "resolved_at", "from_day")
    resolved_before = _day("Resolved until", "resolved_at", "until_day")
    closed_after = _day("Closed from", "closed_at", "from_day")
    closed_before = _day("Closed until", "closed_at", "until_day")

    class Meta:
        model = Ticket
        fields: list[str] = []

    @property
    def person(self) -> Person:
        """Who asks; every list is behind sign-in."""
        return cast("Person", self.request and self.request.user)

    def filter_queryset(self, queryset: Any) -> Any:
        """What fits; merged tickets only when they are asked for, by their state or number."""
        found: Any = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        by_name = "merged" in asked.get("state", ()) or parse_reference(asked.get("q") or "")
        return found if by_name or asked.get("merged_into") else found.unmerged()

    def children_of(self, tickets: TicketQuerySet, name: str, value: int) -> TicketQuerySet:
        """The children of the ticket of this number; none of one the person may not see."""
        parent = Ticket.objects.visible_to(self.person).filter(pk=value)
        links = TicketRelation.objects.filter(to_ticket__in=parent, kind=RelationKind.CHILD_OF)
        return tickets.filter(pk__in=links.values("from_ticket_id"))

    def find(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        """What the search finds with these words; nothing but signs narrows nothing."""
        known: Mapping[str, Question] = getattr(self.request, "questions", {})
        question = known.get(value) or ask(value, self.person)
        if not question.asked.clauses and not question.asked.excluded:
            return tickets
        return fitting(tickets, question, self.person)

    def with_answer(
        self, tickets: TicketQuerySet, name: str, value: Sequence[str]
    ) -> TicketQuerySet:
        """Answered a field of a form so, in one way of several: `key:value`, `key>1`, `key<1`."""
        found = [ANSWERED.fullmatch(one.strip()) for one in value]
        if None in found or not self.person.is_staff_member:
            return tickets.none()
        wanted = Q(pk__in=[])
        for one in found:
            wanted |= answered(one[1], one[2], one[3].strip()) if one else Q()
        answers = TicketAnswers.objects.filter(wanted)
        return tickets.filter(pk__in=answers.values("ticket_id"))

    def in_state(self, tickets: TicketQuerySet, name: str, value: Sequence[str]) -> TicketQuerySet:
        """One of the states or groups of states."""
        wanted = _in_states(value)
        return tickets if wanted is None else tickets.filter(wanted)

    def not_in_state(
        self, tickets: TicketQuerySet, name: str, value: Sequence[str]
    ) -> TicketQuerySet:
        """None of the states or groups of states."""
        unwanted = _in_states(value)
        return tickets.none() if unwanted is None else tickets.exclude(unwanted)

    def of_assignee(
        self, tickets: TicketQuerySet, name: str, value: Sequence[str]
    ) -> TicketQuerySet:
        """`me`, `nobody`, or a person's number; anything else finds nothing."""
        return tickets.filter(self._assigned(value))

    def not_of_assignee(
        self, tickets: TicketQuerySet, name: str, value: Sequence[str]
    ) -> TicketQuerySet:
        """Neither of them."""
        return tickets.exclude(self._assigned(value))

    def _assigned(self, value: Sequence[str]) -> Q:
        found = Q(assignee_id__in=self._numbers(value))
        return found | Q(assignee__isnull=True) if {NOBODY, NONE} & {*value} else found

    def _numbers(self, value: Sequence[str]) -> set[int]:
        mine = {self.person.pk} if ME in value else set()
        return mine | {int(one) for one in value if one.isdecimal() and len(one) < 18}

    def _people(self, value: Sequence[str]) -> QuerySet[Person]:
        """Those named by `me`, by number or by e-mail address, as far as the asker sees them."""
        named = Q(pk__in=self._numbers(value))
        addresses = [one.lower() for one in value if "@" in one]
        if addresses:
            named |= Q(email__in=addresses)
        return Person.objects.visible_to(self.person).filter(named)

    def asked_by(self, tickets: TicketQuerySet, name: str, value: Sequence[str]) -> TicketQuerySet:
        """The requester: `me`, a number, or an e-mail address; anything else finds nothing."""
        return tickets.filter(requester__in=self._people(value))

    def affecting(self, tickets: TicketQuerySet, name: str, value: Sequence[str]) -> TicketQuerySet:
        """An affected user: `me`, a number, or an e-mail address."""
        through = Ticket.affected_users.through._default_manager
        affected = through.filter(person_id__in=self._people(value).values("pk"))
        return tickets.filter(pk__in=affected.values("ticket_id"))

    def at_all(self, tickets: TicketQuerySet, name: str, value: bool) -> TicketQuerySet:  # noqa: FBT001 (django-filter's signature)
        """Counted at least once, or never."""
        return tickets.filter(**{f"{name}__gt": 0} if value else {name: 0})

    def with_tag(self, tickets: TicketQuerySet, name: str, value: Sequence[str]) -> TicketQuerySet:
        """Marked with one of these tags, however written; tags are for staff only."""
        if not self.person.is_staff_member:
            return tickets.none()
        return tickets.filter(_marked(value))

    def without_tag(
        self, tickets: TicketQuerySet, name: str, value: Sequence[str]
    ) -> TicketQuerySet:
        """Marked with none of these tags; tags are for staff only."""
        if not self.person.is_staff_member:
            return tickets.none()
        return tickets.exclude(_marked(value))

    def followed_by(
        self, tickets: TicketQuerySet, name: str, value: Sequence[str]
    ) -> TicketQuerySet:
        """`me`, or a person's number among those whose following one may see."""
        people = {int(one) for one in value if one.isdecimal() and len(one) < 18}
        if ME in value:
            people.add(self.person.pk)
        if not self.person.is_staff_member:
            people &= {self.person.pk}
        watched = Watcher.objects.filter(person_id__in=people)
        return tickets.filter(pk__in=watched.values("ticket_id"))

    def from_day(self, tickets: TicketQuerySet, name: str, value: date) -> TicketQuerySet:
        """On or after a day; compared as an instant, so that the index serves."""
        return tickets.filter(**{f"{name}__gte": midnight(value)})

    def until_day(self, tickets: TicketQuerySet, name: str, value: date) -> TicketQuerySet:
        """On or before a day."""
        return tickets.filter(**{f"{name}__lt": midnight(value) + timedelta(days=1)})

    def is_overdue(self, tickets: TicketQuerySet, name: str, value: bool) -> TicketQuerySet:  # noqa: FBT001 (django-filter's signature)
        """Open and past the resolution target."""
        return tickets.breaching(timezone.now()) if value else tickets

    def within_weeks(self, tickets: TicketQuerySet, name: str, value: int) -> TicketQuerySet:
        """Open with a target in the next weeks, past or paused; or ended in the last weeks."""
        now, span = timezone.now(), timedelta(weeks=int(value))
        due = Q(resolution_due_at__lt=now + span) | Q(resolution_due_at__isnull=True)
        ended = Q(resolved_at__gte=now - span) | Q(closed_at__gte=now - span)
        return tickets.filter((Q(state_category__in=UNRESOLVED_CATEGORIES) & due) | ended)

    def breaches_within(self, tickets: TicketQuerySet, name: str, value: Decimal) -> TicketQuerySet:
        """In time now; a target of any kind is over within so many hours if nothing happens."""
        now = timezone.now()
        near = TicketClock.objects.breaching_between(now, now + timedelta(hours=int(value)))
        return tickets.open().filter(pk__in=near.values("ticket_id"))


def _marked(tags: Sequence[str]) -> Exists:
    """The condition for having one of these tags, however they are written."""
    names = [normalised(one) for one in tags]
    return Exists(TicketTag.objects.filter(ticket=OuterRef("pk"), tag__name__in=names))


def _in_states(names: Sequence[str]) -> Q | None:
    """The condition for being in one of these; None for any state."""
    if "any" in names:
        return None
    categories = {one for name in names if name in STATES for one in STATES[name][1]}
    states = [name for name in names if name not in STATES]
    if not states:
        return Q(state_category__in=sorted(categories))
    return Q(state_category__in=sorted(categories)) | Q(state__in=states)


NAMES = frozenset(TicketFilter.base_filters)


def only_filters(given: QueryDict) -> QueryDict:
    """The parameters that narrow a list, without empty ones, in a fixed order."""
    kept = QueryDict(mutable=True)
    for name in TicketFilter.base_filters:
        values = [value for value in given.getlist(name) if value]
        if values:
            kept.setlist(name, values)
    return kept


def by_the_clock(given: QueryDict) -> bool:
    """True when time alone changes what fits: past targets, and days counted from today."""
    names = set(only_filters(given))
    days = (name for name in names if isinstance(TicketFilter.base_filters[name], DayFilter))
    return bool(names & _BY_THE_CLOCK) or any(
        distance(value.strip().lower()) is not None
        for name in days
        for value in given.getlist(name)
    )
