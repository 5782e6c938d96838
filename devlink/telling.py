"""Who is concerned by an ask, a release or a verdict, and what each of them reads."""

from collections.abc import Iterable, Sequence

from accounts.models import Person
from accounts.roles import Role, Side
from devlink import notices
from devlink.models import (
    Ask,
    FixClaim,
    JoinRequest,
    LoopObligation,
    Question,
    Release,
    Sprint,
    Tracker,
    WorkItem,
)
from devlink.owed import developers_of, staff_among
from devlink.readiness import support_audience
from incidents.models import Ticket
from notifications.actions import Notice, notify, notify_all

LISTED = 8
_WORDS: dict[type, str] = {Sprint: "sprint", WorkItem: "requirement", Release: "release"}


def _staff(people: Iterable[Person | None], *, but: int | None = None) -> list[Person]:
    """Those who may read development pages, each once, without whoever did it."""
    return [one for one in staff_among(people) if one.pk != but]


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


def release_key(release: Release) -> str:
    """Under which everybody is told once that a release is live."""
    return f"devlink.release_deployed:{release.pk}"


def concerned_staff(release: Release) -> list[Person]:
    """Agents, problem owners, askers, developers and support's owners of what changes."""
    items = (
        WorkItem.objects.filter(releases=release)
        .select_related("problem__owner", "assignee", "component__development_owner", "team")
        .prefetch_related("asks__created_by")
    )
    people: list[Person | None] = [release.manager, *support_audience(release)]
    agents = LoopObligation.objects.standing().filter(
        kind=LoopObligation.Kind.AGENT, work_item__releases=release
    )
    people += [one.recipient for one in agents.select_related("recipient")]
    for item in items:
        people += developers_of(item)
        people += [ask.created_by for ask in item.asks.all()]
        people.append(item.problem.owner if item.problem else None)
    return _staff(people)


def tell_of_deployment(release: Release) -> bool:
    """Everybody of the house who is concerned hears once that the release is live; True when
    support was among them. Requesters are told of their tickets by `tell_of_fix`.
    """
    staff = concerned_staff(release)
    lines = [str(item) for item in WorkItem.objects.filter(releases=release).order_by("pk")]
    notify_all(
        staff,
        Notice(
            kind=notices.RELEASE_DEPLOYED.name,
            title=f"{release} is live",
            body="\n".join(lines),
            url=release.get_absolute_url(),
            once_key=release_key(release),
        ),
    )
    return any(one.side == Side.SUPPORT for one in staff)


def tell_of_fix(person: Person, tickets: Sequence[Ticket], *, key: str) -> None:
    """One message about all of these tickets, which the person may see: their fix is live.

    Of their own tickets that wait for it, they are asked whether it works.
    """
    visible = sorted(tickets, key=lambda one: (one.state != "fix_available", one.pk))
    first = visible[0]
    own = all(one.requester_id == person.pk for one in visible)
    if len(visible) == 1:
        title = f"A fix for {first.reference} is live"
    else:
        title = f"A fix for {len(visible)} of your tickets is live"
    lines = [f"{one.reference} {one.title}" for one in visible[:LISTED]]
    if own and first.state == "fix_available":
        lines.append("Please open the ticket and say whether it works for you.")
    notify(
        person,
        kind=notices.FIX_SHIPPED.name,
        title=title,
        body="\n".join(lines),
        url=first.get_absolute_url(),
        once_key=key,
    )


def tell_of_doubt(obligation: LoopObligation, *, key: str) -> None:
    """Those who made a fix hear that it does not help somebody who was told of it.

    What was said stands on the ticket, for those who may read it.
    """
    item = obligation.work_item
    owner = item.problem.owner if item.problem else None
    notice = Notice(
        kind=notices.FIX_DOUBTED.name,
        title=f"{item.key}: somebody says that it is still broken",
        body=f"{item.title}\nThey were told of {obligation.release}.",
        url=item.get_absolute_url(),
        once_key=key,
    )
    notify_all(_staff([*developers_of(item), owner]), notice)


def verdict_key(claim: FixClaim, week: int) -> str:
    """Under which people are told once what a look at a claim said."""
    return f"devlink.fix_judged:{claim.pk}:{week}"


def tell_of_verdict(
    claim: FixClaim,
    *,
    week: int,
    sentence: str,
    regressed: bool,
    besides: Iterable[Person] = (),
) -> None:
    """Those who made the fix, and those who asked for it, hear whether it worked."""
    item = claim.work_item
    people: list[Person | None] = [*developers_of(item), claim.release.manager, *besides]
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
            once_key=verdict_key(claim, week),
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
