"""One search over everything the person may see."""

from dataclasses import dataclass, field, replace

from django.urls import reverse

from accounts.models import Person
from dashboards.search_kinds import OTHERS, Hit, Reading
from incidents.models import Ticket
from incidents.searching import Found, Question, ask, best, corrected, explain, in_time
from incidents.wording import requester_state

TICKETS = "tickets"
OTHERS_SHOWN, ALL_SHOWN = 5, 50


@dataclass(frozen=True)
class Group:
    """The hits of one kind; `more` when there are further ones of it."""

    kind: str
    label: str
    hits: list[Hit]
    more: bool = False


@dataclass(frozen=True)
class Results:
    """What was found. `shown_for` is the question that was answered when the one asked found
    nothing and was corrected; `next_cursor` leads to further tickets.
    """

    question: Question
    groups: list[Group] = field(default_factory=list)
    note: str = ""
    shown_for: str = ""
    next_cursor: str | None = None
    cut: bool = False

    @property
    def hits(self) -> list[Hit]:
        """Every hit, kind by kind."""
        return [hit for group in self.groups for hit in group.hits]


def kinds_for(person: Person) -> list[tuple[str, str]]:
    """Name and label of every kind this person may search, tickets first."""
    staff = person.is_staff_member
    others = [(name, label) for name, label, open_to_all, _ in OTHERS if staff or open_to_all]
    return [(TICKETS, "Tickets"), *others]


def search(
    person: Person,
    text: str,
    *,
    kind: str = "",
    cursor: str | None = None,
    exactly: bool = False,
) -> Results:
    """What this person may see that fits; an unknown kind is all kinds.

    A question that finds nothing is asked again with near spellings, unless `exactly`. One that
    takes too long is asked again of the newest tickets. Raises TookTooLong, with a sentence, when
    that takes too long as well, and BadCursor.
    """
    if kind not in dict(kinds_for(person)):
        kind = ""

    def read(above: int) -> Results:
        return _answer(person, ask(text, person), kind, cursor, exactly=exactly, above=above)

    results, only_newest = in_time(read)
    return replace(results, note=only_newest) if only_newest else results


def _answer(
    person: Person,
    question: Question,
    kind: str,
    cursor: str | None,
    *,
    exactly: bool,
    above: int,
) -> Results:
    """What fits, or what fits with other spellings when nothing does."""
    results = _results(person, question, kind, cursor, above)
    if results.hits or exactly or cursor or above or not question.wide:
        return results
    again = corrected(Ticket.objects.visible_to(person), question, person)
    if again is None:
        return results
    better = _results(person, again, kind, None)
    return replace(better, shown_for=str(again.asked)) if better.hits else results


def _results(
    person: Person, question: Question, kind: str, cursor: str | None, above: int = 0
) -> Results:
    results = Results(question, note=question.asked.note)
    if not question.wide:
        return results
    groups = []
    if kind in {"", TICKETS}:
        visible = Ticket.objects.visible_to(person)
        found = best(visible, question, person, cursor=cursor, above=above)
        rows = explain([one.pk for one in found.rows], question, person)
        more = found.next_cursor is not None
        groups.append(Group(TICKETS, "Tickets", [_ticket(person, one) for one in rows], more))
        results = replace(results, next_cursor=found.next_cursor, cut=found.cut)
    if cursor is None:
        groups += _others(person, question, kind)
    return replace(results, groups=[group for group in groups if group.hits])


def _others(person: Person, question: Question, kind: str) -> list[Group]:
    most = ALL_SHOWN if kind else OTHERS_SHOWN
    allowed = dict(kinds_for(person))
    groups = []
    for name, label, _, read in OTHERS:
        if name in allowed and kind in {"", name}:
            # One more than is shown, to know whether there is more.
            hits = read(Reading(person, question, most + 1))
            groups.append(Group(name, label, hits[:most], more=len(hits) > most))
    return groups


def _ticket(person: Person, found: Found) -> Hit:
    row = found.ticket
    if person.is_staff_member:
        url, state = row.get_absolute_url(), row.state_label
    else:
        url = reverse("incidents:portal_ticket", args=[row.pk])
        state = requester_state(row.state, row.pending_reason)
    return Hit(
        TICKETS,
        url,
        row.reference,
        found.title,
        row.state,
        state,
        note=row.organisation.name if row.organisation else row.requester.name,
        reasons=found.reasons,
        at=row.created_at,
    )


def record_asked_for(results: Results) -> str | None:
    """The address of the record whose reference was typed, with letters, and nothing else."""
    terms = results.question.asked.terms
    typed = terms[0].text.upper().replace("-", "") if len(terms) == 1 else ""
    if typed.isalpha() or not typed[:1].isalpha():
        return None
    for hit in results.hits:
        if hit.reference.upper().replace("-", "") == typed:
            return hit.url
    return None
