"""Who is concerned by an ask, a release or a verdict, and what each of them reads."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, Q

from accounts.models import Person
from accounts.roles import Role, Side
from devlink import notices
from devlink.models import (
    Ask,
    FixClaim,
    JoinRequest,
    Question,
    Release,
    Sprint,
    Tracker,
    WorkItem,
)
from devlink.readiness import support_audience
from incidents.models import Ticket
from notifications.actions import Notice, notify, notify_all
from problems.facts import tickets_of

# Who met it and went on with a workaround hears that it is over; longer ago is history.
REMEMBERED = timedelta(days=90)
LISTED = 8
_WORDS: dict[type, str] = {Sprint: "sprint", WorkItem: "requirement", Release: "release"}


def _staff(people: Iterable[Person | None], *, but: int | None = None) -> list[Person]:
    """Those who may read development pages, each once, without whoever did it."""
    found = {one.pk: one for one in people if one is not None and one.is_staff_member}
    return [one for one in found.values() if one.pk != but]


def developers_of(item: WorkItem) -> list[Person]:
    """Who works on an item: its assignee, the owner of its component; else its team."""
    owner = item.component.development_owner if item.component else None
    found = _staff([item.assignee, owner])
    return found or _staff(Person.objects.filter(memberships__team=item.team, is_active=True))


def tell_developers_of_ask(ask: Ask, *, but: int | None) -> None:
    """Development hears that a verdict is owed."""
    team = Person.objects.filter(memberships__team=ask.sprint.team, is_active=True)
    notice = Notice(
        kind=notices.ASK_MADE.name,
        title=f"{ask.team.name if ask.team else ask.created_by.name} asks for {ask.work_item.key} "
        f"in {ask.sprint.name}",
        body=f"{ask.work_item.title}\n\n{ask.rationale}",
        url=ask.get_absolute_url(),
        once_key=f"devlink.ask_made:{ask.pk}:{ask.decisions.count()}",
    )
    notify_all(_staff([*team, *developers_of(ask.work_item)], but=but), notice)


def askers(ask: Ask) -> list[Person]:
    """Who waits for the answer on the support side."""
    return _staff([ask.created_by, ask.problem.owner])


def tell_askers(ask: Ask, *, title: str, body: str, key: str, kind: str, but: int | None) -> None:
    """Support hears what development said."""
    notice = Notice(
        kind=kind, title=title, body=body, url=ask.get_absolute_url(), once_key=f"{key}:{ask.pk}"
    )
    notify_all([one for one in askers(ask) if one.pk != but], notice)


def tell_of_join_request(asked: JoinRequest) -> None:
    """Who ran what support was absent from hears that support wants to be in the next one."""
    missed = asked.missed
    coming: Sprint | WorkItem | Release = missed
    if isinstance(missed, Sprint):
        next_one = Sprint.objects.filter(team=missed.team, state="planning")
        coming = next_one.order_by("starts_on", "pk").first() or missed
        teams = [missed.team_id]
    elif isinstance(missed, WorkItem):
        teams = [missed.team_id]
    else:
        teams = list(missed.work_items.values_list("team_id", flat=True))
    people: list[Person | None] = [missed.manager] if isinstance(missed, Release) else []
    people += Person.objects.filter(memberships__team__in=teams, is_active=True)
    notice = Notice(
        kind=notices.JOIN_ASKED.name,
        title=f"{asked.asker} asks to take part in the next {_WORDS[type(missed)]}"[:250],
        body=f"Support was absent: {missed}. Invite them before it is decided.",
        url=coming.get_absolute_url(),
        once_key=f"devlink.join_asked:{asked.pk}",
    )
    notify_all(_staff(people, but=asked.person_id), notice)


def support_of(item: WorkItem) -> list[Person]:
    """Who knows a work item on the support side: its problem's owner, who asked for it, and the
    support owner of its component; else the component's support team."""
    people: list[Person | None] = [item.problem.owner if item.problem else None]
    people += [ask.created_by for ask in item.asks.select_related("created_by")]
    component = item.component
    if component is not None:
        people.append(component.support_owner)
    found = _staff(people)
    if found or component is None:
        return found
    team = Person.objects.filter(memberships__team=component.support_team, is_active=True)
    return _staff(team)


def tell_support_of_question(
    item: WorkItem, question: Question, *, key: str, but: int | None
) -> None:
    """Support hears what development wants to know about a work item."""
    notice = Notice(
        kind=notices.QUESTION_ASKED.name,
        title=f"Development asks about {item.key}",
        body=question.body[:500],
        url=question.get_absolute_url(),
        once_key=key,
    )
    notify_all([one for one in support_of(item) if one.pk != but], notice)


def tell_support_of_release(
    release: Release, *, kind: str, title: str, body: str, key: str
) -> bool:
    """Support's owners and teams hear of a release; False when it has none to tell."""
    audience = _staff(support_audience(release))
    notice = Notice(kind=kind, title=title, body=body, url=release.get_absolute_url(), once_key=key)
    notify_all(audience, notice)
    return bool(audience)


def affected_tickets(release: Release) -> list[Ticket]:
    """Tickets of the causes a release ends: open, or solved not long before it.

    With them those of other requesters that were merged into them.
    """
    items = WorkItem.objects.filter(releases=release).select_related("problem", "cluster")
    since = (release.deployed_at or release.created_at) - REMEMBERED
    found: dict[int, Ticket] = {}
    for item in items:
        cluster = item.cluster if item.problem is None else None
        tickets = tickets_of(cluster, item.problem).exclude(state="cancelled")
        recent = Q(resolved_at__isnull=True) | Q(resolved_at__gt=since)
        for ticket in tickets.filter(recent).select_related("requester", "assignee"):
            found[ticket.pk] = ticket
    merged = Ticket.objects.filter(merged_into__in=list(found))
    merged = merged.exclude(requester=F("merged_into__requester"))
    for ticket in merged.select_related("requester", "assignee"):
        found[ticket.pk] = ticket
    return list(found.values())


def concerned_staff(release: Release, tickets: Iterable[Ticket]) -> list[Person]:
    """Agents, problem owners, askers, developers and support's owners of what changes."""
    items = (
        WorkItem.objects.filter(releases=release)
        .select_related("problem__owner", "assignee", "component__development_owner", "team")
        .prefetch_related("asks__created_by")
    )
    people: list[Person | None] = [release.manager, *support_audience(release)]
    people += [ticket.assignee for ticket in tickets]
    for item in items:
        people += developers_of(item)
        people += [ask.created_by for ask in item.asks.all()]
        people.append(item.problem.owner if item.problem else None)
    return _staff(people)


def tell_of_deployment(release: Release, *, at: datetime) -> bool:
    """Everybody concerned hears once that the release is live; True when support was among them.

    Staff read what it holds, requesters that their own tickets may be over. Somebody who is both
    reads the first.
    """
    tickets = affected_tickets(release)
    key = f"devlink.release_deployed:{release.pk}"
    staff = concerned_staff(release, tickets)
    lines = [str(item) for item in WorkItem.objects.filter(releases=release).order_by("pk")]
    notify_all(
        staff,
        Notice(
            kind=notices.RELEASE_DEPLOYED.name,
            title=f"{release} is live",
            body="\n".join(lines),
            url=release.get_absolute_url(),
            once_key=key,
        ),
    )
    told = {one.pk for one in staff}
    mine: dict[Person, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        if ticket.requester_id not in told:
            mine[ticket.requester].append(ticket)
    for person, own in mine.items():
        _tell_requester(person, own, release, key)
    return any(one.side == Side.SUPPORT for one in staff)


def _tell_requester(person: Person, tickets: list[Ticket], release: Release, key: str) -> None:
    """One message about all of a person's tickets, as far as they may still see them."""
    ids = [ticket.pk for ticket in tickets]
    seen = Ticket.objects.visible_to(person).filter(pk__in=ids).order_by("-state", "pk")
    visible = sorted(seen, key=lambda one: (one.state != "fix_available", one.pk))
    if not visible:
        return
    first = visible[0]
    if len(visible) == 1:
        title = f"A fix for {first.reference} is live"
    else:
        title = f"A fix for {len(visible)} of your tickets is live"
    lines = [f"{one.reference} {one.title}" for one in visible[:LISTED]]
    if any(one.state == "fix_available" for one in visible):
        lines.append("Please open the ticket and say whether it works for you.")
    notify(
        person,
        kind=notices.FIX_SHIPPED.name,
        title=title,
        body="\n".join(lines),
        url=first.get_absolute_url(),
        once_key=key,
    )


def tell_of_verdict(claim: FixClaim, *, week: int, sentence: str, regressed: bool) -> None:
    """Those who made the fix, and those who asked for it, hear whether it worked."""
    item = claim.work_item
    people: list[Person | None] = [*developers_of(item), claim.release.manager]
    people += [ask.created_by for ask in item.asks.select_related("created_by")]
    people.append(claim.problem.owner if claim.problem else None)
    if item.component is not None:
        people.append(item.component.support_owner)
    kind = notices.FIX_REGRESSED if regressed else notices.FIX_JUDGED
    notify_all(
        _staff(people),
        Notice(
            kind=kind.name,
            title=f"{item.key}: {sentence}",
            body=f"{claim.cluster.title}\n{claim.release}, week {week} after it went live.",
            url=item.get_absolute_url(),
            once_key=f"devlink.fix_judged:{claim.pk}:{week}",
        ),
    )


def tell_owner_of_work(item: WorkItem, *, what: str, key: str, but: int | None) -> None:
    """The support owner of a component hears of every step of its work items."""
    owner = item.component.support_owner if item.component else None
    if owner is None or not owner.is_active:
        return
    notice = Notice(
        kind=notices.OWNED_WORK.name,
        title=f"{item.key}: {what}"[:250],
        body=f"{item.title}\n{item.component}",
        url=item.get_absolute_url(),
        once_key=key,
    )
    notify_all(_staff([owner], but=but), notice)


def tell_of_disabled_tracker(tracker: Tracker, *, reason: str, key: str) -> None:
    """Admins hear that nothing is taken over from a tracker any more, and why."""
    admins = Person.objects.filter(roles__contains=[Role.ADMIN], is_active=True)
    notice = Notice(
        kind=notices.TRACKER_DISABLED.name,
        title=f"{tracker.name} was disabled",
        body=reason,
        url=tracker.get_absolute_url(),
        once_key=key,
    )
    notify_all(_staff(admins), notice)
