"""What support asks of a release before approval. Gaps are counted, never averaged away."""

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Person
from catalogue.models import Component, Service
from devlink.models import InvolvementEvent, Release, SignOff

Kind = InvolvementEvent.Kind
Stage = InvolvementEvent.Stage


@dataclass(frozen=True)
class Criterion:
    """A default criterion. `kind` and `stage` are what support meeting it counts as."""

    key: str
    label: str
    blocking: bool
    kind: InvolvementEvent.Kind = Kind.CONTRIBUTED
    stage: InvolvementEvent.Stage = Stage.OPERATIONALIZING


CRITERIA = (
    Criterion("change_list", "Visible changes listed in plain words", blocking=True),
    Criterion("known_errors", "Known errors listed with their workarounds", blocking=True),
    Criterion("knowledge", "Articles drafted for each change", blocking=False),
    Criterion("desk_setup", "Categories, components and teams exist at the desk", blocking=False),
    Criterion("escalation", "Who to call, and how to escalate", blocking=True),
    Criterion("backout", "Backout known, and how support recognises the need", blocking=True),
    Criterion(
        "agents_briefed",
        "Agents briefed (at least 80 % acknowledged)",
        blocking=True,
        kind=Kind.TRAINED,
    ),
    Criterion(
        "tried_by_support",
        "Tried by support in staging",
        blocking=True,
        kind=Kind.TESTED,
        stage=Stage.TESTING,
    ),
    Criterion("contact_forecast", "Expected contacts forecast", blocking=False),
    Criterion("hypercare", "Hypercare window and exit rule", blocking=False),
    Criterion("requester_notice", "Notice to requesters written", blocking=False),
    Criterion("service_levels", "Service levels for the window agreed", blocking=False),
)
BY_KEY = {one.key: one for one in CRITERIA}


def latest_signatures(release: Release) -> list[SignOff]:
    """Each support team's newest word on the release."""
    newest: dict[int | None, SignOff] = {}
    for one in release.sign_offs.select_related("team", "person"):
        newest.setdefault(one.team_id, one)
    return list(newest.values())


def objections(release: Release) -> list[str]:
    """Why the release may not be approved or deployed, as sentences; empty when it may."""
    found = []
    holding = list(release.readiness.holding().values_list("label", flat=True))
    if holding:
        count = "1 blocking item is" if len(holding) == 1 else f"{len(holding)} blocking items are"
        found.append(f"{count} open: {'; '.join(holding)}.")
    signatures = latest_signatures(release)
    refusing = [one for one in signatures if one.verdict == SignOff.Verdict.NOT_READY]
    if refusing:
        names = ", ".join(one.team.name if one.team else one.person.name for one in refusing)
        found.append(f"Support says it is not ready: {names}.")
    elif not signatures:
        found.append("Support has not signed yet.")
    return found


@dataclass(frozen=True)
class Reviewer:
    """Somebody asked to look at a release's readiness, and why: the components they own."""

    person: Person
    components: tuple[Component, ...]


def reviewers(release: Release) -> list[Reviewer]:
    """Who reviews readiness unless somebody else does: the active support owners of what changes.

    They review by their role; nobody is kept from meeting a criterion or signing. One query.
    """
    items = release.items.filter(work_item__component__support_owner__is_active=True)
    items = items.select_related("work_item__component__support_owner").order_by("pk")
    found: dict[Person, dict[int, Component]] = {}
    for item in items:
        component = item.work_item.component
        if component is not None and component.support_owner is not None:
            found.setdefault(component.support_owner, {})[component.pk] = component
    return [Reviewer(person, tuple(owned.values())) for person, owned in found.items()]


def waiting_for_review(person: Person) -> QuerySet[Release]:
    """Releases under readiness that change something the person owns, not signed by them yet."""
    return (
        Release.objects.visible_to(person)
        .filter(state="readiness", work_items__component__support_owner=person)
        .exclude(sign_offs__person=person)
        .distinct()
        .order_by("planned_for", "pk")
    )


def support_audience(release: Release) -> list[Person]:
    """Who on the support side must know: owners and teams of the components that change."""
    components = [
        item.work_item.component
        for item in release.items.select_related("work_item__component__service")
        if item.work_item.component is not None
    ]
    places: list[Component | Service] = [*components, *{one.service for one in components}]
    if release.service is not None:
        places.append(release.service)
    owners = {one.support_owner_id for one in places if one.support_owner_id}
    teams = {one.support_team_id for one in places if one.support_team_id}
    in_teams = Person.objects.filter(memberships__team_id__in=teams)
    known = Person.objects.filter(pk__in=owners)
    people = {one.pk: one for one in (*known, *in_teams) if one.is_active}
    return sorted(people.values(), key=lambda one: one.pk)
