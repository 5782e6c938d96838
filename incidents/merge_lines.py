"""What becomes of everything a ticket itself has when it is merged, one line each."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum

from accounts.models import Person
from core.wording import duration_words
from incidents.custom_fields import read_answer_sets
from incidents.models import Ticket, TicketRelation, TicketTask, TimeEntry

MOST_NAMES = 8


@dataclass(frozen=True)
class Line:
    """One thing and what becomes of it."""

    what: str
    becomes: str


def own_lines(person: Person, source: Ticket, target: Ticket) -> list[Line]:
    """What a merge does to people, marks and work of the source; nothing for what it has none of.

    It moves nothing: what is not said to hold for the target stays on the source's own page.
    """
    found = [
        Line("Requester", f"stays {target.requester.name}"),
        Line("State, owner, clocks", f"those of {target.reference}; {source.reference} rests"),
    ]
    found += _people(source, target)
    found += _marks(person, source, target)
    found += _work(person, source, target)
    found.append(Line("Drafts", "nothing is deleted: what is being written stays with its writer"))
    return found


def _people(source: Ticket, target: Ticket) -> Iterable[Line]:
    affected = list(source.affected_users.order_by("name").values_list("name", flat=True))
    if affected:
        yield Line("Affected users", f"{_names(affected)}: read on in their own ticket")
    copies = list(source.copies.order_by("person__name").values_list("person__name", flat=True))
    if copies:
        yield Line(
            "People in copy",
            f"{_names(copies)}: in copy of what is written to {source.reference} as before; not of "
            f"{target.reference}",
        )
    follow = source.watchers.order_by("person__name").values_list("person__name", flat=True)
    followers = list(follow)
    if followers:
        yield Line(
            "Followers",
            f"{_names(followers)}: told of {target.reference} from now on, as far as they may see "
            "it",
        )


def _marks(person: Person, source: Ticket, target: Ticket) -> Iterable[Line]:
    names = source.ticket_tags.order_by("tag__name").values_list("tag__name", flat=True)
    there = set(target.ticket_tags.values_list("tag__name", flat=True))
    tags = [name for name in names if name not in there]
    if tags:
        yield Line(
            "Tags", f"{_names(tags)}: still on {source.reference}; {target.reference} gets none"
        )
    given = [one for one in read_answer_sets(person, source) if one.shown]
    if given:
        forms = _names([one.answers.form.name for one in given])
        yield Line(
            "Custom fields",
            f"the answers to {forms} stay on {source.reference}, and search finds it by them",
        )
    links = TicketRelation.objects.visible_to(person).of(source).count()
    if links:
        word = "1 link holds" if links == 1 else f"{links} links hold"
        yield Line("Links", f"{word} for {target.reference} too")


def _work(person: Person, source: Ticket, target: Ticket) -> Iterable[Line]:
    to_do = TicketTask.objects.visible_to(person).to_do().filter(ticket=source).count()
    if to_do:
        word = "1 open task stays" if to_do == 1 else f"{to_do} open tasks stay"
        yield Line(
            "Tasks",
            f"{word} on {source.reference}, to be ticked off there; {target.reference} shows "
            f"{'it' if to_do == 1 else 'them'}",
        )
    noted = TimeEntry.objects.visible_to(person).filter(ticket=source)
    minutes = noted.aggregate(sum=Sum("minutes"))["sum"]
    if minutes:
        yield Line(
            "Time", f"{duration_words(minutes)} noted stay on {source.reference} and count there"
        )


def _names(names: list[str]) -> str:
    """“cards, gate and 3 more”."""
    shown, more = names[:MOST_NAMES], len(names) - MOST_NAMES
    return f"{', '.join(shown)} and {more} more" if more > 0 else ", ".join(shown)
