"""Every address that takes a record is closed to strangers, and no address fails for any role.

The list of addresses is read from the URL configuration: a new kind of record without a row in
`records` fails here until somebody says what a stranger may not see.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Absence, WorkWeek
from accounts.tokens import create_token
from catalogue.models import BusinessCalendar, ServiceLevelPolicy
from changes.models import CausedIncident, Change
from devlink.actions import add_tracker, build_evidence_pack
from devlink.models import (
    Ask,
    Evidence,
    FixClaim,
    InvolvementEvent,
    LoopObligation,
    Question,
    ReadinessItem,
    Release,
    Sprint,
    WorkItem,
)
from fulfilment.models import PlanTask
from incidents.actions import DraftWords, begin_clock_run, can_reply, save_draft
from incidents.models import (
    Attachment,
    Checklist,
    DraftFile,
    ImportRun,
    Message,
    PortalSession,
    SavedView,
    StopWord,
    SynonymGroup,
    Tag,
    TicketJob,
)
from knowledge.models import Article
from majors.models import FollowUp, MajorIncident
from notifications.models import Notification, OutgoingMail
from problems.models import (
    Cause,
    Cluster,
    ClusterMember,
    ClusterMove,
    ClusterRun,
    KnownError,
    Problem,
    ProblemAction,
    ProblemReview,
    ProblemTask,
    ProblemTicket,
    TimelineEntry,
    Why,
)
from rules.actions import request_dry_run
from rules.models import RuleRun
from tests.conftest import Cast
from tests.make.requests import add_step, add_task, make_form, make_item, make_request
from tests.make.rules import make_macro, make_rule
from tests.make.tickets import make_ticket

# Everybody signed in may see what is supported: these take records that are no secret. The
# address of a rating is the secret itself (tests/incidents/test_after_the_end.py); webhooks ask
# for a signature and not for a person (tests/devlink/trackers/test_webhooks.py).
OPEN_TO_ALL = (
    "services",
    "components",
    "catalogue",
    "rating",
    "webhooks/trackers",
    "webhooks/deployments",
)

# Addresses whose record is of another kind than the word before it says.
TWO_WORDS = {
    "asks/new": "problems",
    "packs/new": "problems",
    "clusters/runs": "runs",
    "clusters/quality": "quality",
    "webhooks/trackers": "webhooks",
    "webhooks/deployments": "webhooks",
}


def _patterns(
    resolver: URLResolver, prefix: str = "", space: str = ""
) -> list[tuple[str, str, URLPattern]]:
    """(route, namespaced name, pattern) of every named address."""
    found: list[tuple[str, str, URLPattern]] = []
    for one in resolver.url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            found += _patterns(one, route, inner)
        elif one.name:
            found.append((route, f"{space}{one.name}", one))
    return found


def _clean(route: str) -> str:
    return route.replace("^", "").replace("$", "")


ADDRESSES = [(_clean(route), name, pattern) for route, name, pattern in _patterns(get_resolver())]
WITH_RECORD = [one for one in ADDRESSES if one[2].pattern.regex.groups or "<" in one[0]]
WITHOUT_RECORD = [one for one in ADDRESSES if one not in WITH_RECORD]


def _arguments(route: str, name: str, pattern: URLPattern) -> list[str]:
    return list(pattern.pattern.regex.groupindex) or list(pattern.pattern.converters)


def _before(route: str) -> str:
    """The address up to its first argument, without the part all API addresses share."""
    return (
        route.split("<", maxsplit=1)[0]
        .split("(?P", maxsplit=1)[0]
        .strip("/")
        .removeprefix("api/v1/")
    )


def _segment(route: str) -> str:
    """What names the kind of record: the whole beginning, or else its last word."""
    before = _before(route)
    return before if before in TWO_WORDS else before.split("/")[-1]


@pytest.fixture
def records(cast: Cast) -> dict[str, models.Model | str]:
    """One record of each kind, none of them any business of Stan's; keyed by address segment."""
    now = timezone.now()
    ticket = make_ticket(cast.rob)
    message = Message.objects.create(ticket=ticket, author=cast.rob, body="Hello")
    attachment = Attachment.objects.create(
        message=message, token="t" * 43, name="a.txt", size=1, sha256="0" * 64
    )
    attachment.file.save("t" * 43, ContentFile(b"-"))
    cluster = Cluster.objects.create(title="Checkout hangs", service=cast.payments)
    ClusterMember.objects.create(cluster=cluster, ticket=ticket, reason="words", confidence=0.9)
    cluster_run = ClusterRun.objects.create()
    problem = Problem.objects.create(title="Checkout hangs", cluster=cluster, created_by=cast.pia)
    ProblemTicket.objects.create(problem=problem, ticket=ticket, person=cast.pia)
    known = KnownError.objects.create(problem=problem, symptom="hangs", root_cause="a lock")
    Why.objects.create(problem=problem, position=1, answer="A lock")
    Cause.objects.create(problem=problem, branch="people", text="Haste")
    TimelineEntry.objects.create(problem=problem, at=now, text="It hung")
    ProblemTask.objects.create(problem=problem, title="Look")
    ProblemReview.objects.create(problem=problem, summary="It hung")
    change = Change.objects.create(title="New lock", requester=cast.max)
    caused = CausedIncident.objects.create(change=change, ticket=ticket)
    article = Article.objects.create(title="Hang", issue="It hangs", owner=cast.ann)
    sprint = Sprint.objects.create(
        name="48",
        team=cast.payments_team,
        planning_at=now,
        starts_on=date(2030, 1, 1),
        ends_on=date(2030, 1, 14),
    )
    item = WorkItem.objects.create(
        key="PAY-1", title="Lock", team=cast.payments_team, problem=problem, cluster=cluster
    )
    pack = build_evidence_pack(problem, actor=cast.ann, work_item=item)
    ask = Ask.objects.create(
        problem=problem, work_item=item, sprint=sprint, pack=pack, created_by=cast.ann
    )
    question = Question.objects.create(work_item=item, ask=ask, body="When?", asked_by=cast.dev)
    release = Release.objects.create(version="4.18.0")
    criterion = ReadinessItem.objects.create(release=release, key="kb", label="Articles")
    claim = FixClaim.objects.create(
        cluster=cluster,
        work_item=item,
        release=release,
        deployed_at=now,
        baseline_from=now - timedelta(days=90),
        baseline_to=now,
    )
    notice = Notification.objects.create(person=cast.ann, kind="x", title="Hello", once_key="x")
    mail = OutgoingMail.objects.create(
        to="ann@house.example", subject="Hello", body="-", message_id="<1@x>", once_key="x"
    )
    major = MajorIncident.objects.create(ticket=ticket, why="All red", proposed_by=cast.ann)
    offer = make_item(cast.payments, audience="internal")
    step = add_step(offer, asks="people", people=[cast.mo])
    plan_rule = add_task(offer)
    approval = make_request(offer, cast.ann).approvals.get()
    session = PortalSession.objects.create(person=cast.rob, text="Checkout hangs")
    create_token(cast.ann, name="mine")
    absence = Absence.objects.create(
        person=cast.ann, starts_at=now, ends_at=now + timedelta(days=1)
    )
    week = WorkWeek.objects.create(person=cast.ann)
    tag = Tag.objects.create(name="vip")
    checklist = Checklist.objects.create(name="First day")
    rule = make_rule(cast.mo)
    run = RuleRun.objects.create(rule=rule, version=rule.version, ticket=ticket, outcome="done")
    dry_run = request_dry_run(rule.version, actor=cast.mo)
    draft = save_draft(actor=cast.ann, ticket=ticket, words=DraftWords(body="Begun"))
    waiting = DraftFile.objects.create(
        draft=draft, token="d" * 43, name="a.txt", content_type="text/plain", size=1, file="none"
    )
    tracker, _ = add_tracker(actor=cast.ada, kind="pipeline", name="CI", team=cast.payments_team)
    canned = can_reply(actor=cast.ann, title="Hello", body="Hello")
    return {
        "tickets": ticket,
        "ticket": ticket,
        "portal": ticket,
        "messages": message,
        "attachments": attachment.token,
        "attachment": attachment.token,
        "drafts": draft,
        "draft-files": waiting.token,
        "replies": canned,
        "canned-replies": canned,
        "clusters": cluster,
        "cluster-runs": cluster_run,
        "runs": cluster_run,
        "cluster-moves": ClusterMove.objects.create(
            run=cluster_run, ticket=ticket, before=cluster, before_number=cluster.pk
        ),
        "quality": "agreement",
        "problems": problem,
        "known-errors": known,
        "whys": Why.objects.get(),
        "causes": Cause.objects.get(),
        "timeline-entries": TimelineEntry.objects.get(),
        "problem-actions": ProblemAction.objects.create(problem=problem, title="Set a timeout"),
        "changes": change,
        "caused": caused,
        "knowledge": article,
        "articles": article,
        "sprints": sprint,
        "work-items": item,
        "packs": pack,
        "asks": ask,
        "questions": question,
        "measures": "influence",
        "evidence": Evidence.objects.create(work_item=item, problem=problem),
        "releases": release,
        "readiness": criterion,
        "involvement": InvolvementEvent.objects.create(
            release=release, stage="releasing", kind="viewed", actor_side="support"
        ),
        "fix-claims": claim,
        "ownership": cast.checkout,
        "chains": cluster,
        "influence": "answered",
        "loop-obligations": LoopObligation.objects.create(
            work_item=item, ticket=ticket, kind="requester", recipient=cast.rob
        ),
        "loop": "told-in-time",
        "trackers": tracker,
        "fixes": claim,
        "notifications": notice,
        "mail": mail,
        "outgoing-mail": mail,
        "evidence-packs": pack,
        "calendars": BusinessCalendar.objects.get(),
        "business-calendars": BusinessCalendar.objects.get(),
        "service-levels": ServiceLevelPolicy.objects.get(),
        "service-level-policies": ServiceLevelPolicy.objects.get(),
        "clock-runs": begin_clock_run("a test"),
        "keys": cast.ann.api_tokens.get(),
        "import": ImportRun.objects.create(source="x", file_name="x.csv", sha256="0" * 64),
        "imports": ImportRun.objects.get(),
        "majors": major,
        "follow-ups": FollowUp.objects.create(major=major, title="Set a timeout"),
        "synonyms": SynonymGroup.objects.create(words=["laptop", "notebook"]),
        "stop-words": StopWord.objects.create(word="please"),
        "views": SavedView.objects.create(
            name="Hang", query="q=hangs", owner=cast.ann, created_by=cast.ann
        ),
        "ticket-jobs": TicketJob.objects.create(
            operation="start", summary="Start work", requested_by=cast.ann
        ),
        "requests": offer,
        "request-items": offer,
        "approvals": approval,
        "approval-rules": step,
        "plan-rules": plan_rule,
        "suggestions": session,
        "portal-sessions": session,
        "plan-tasks": PlanTask.objects.create(request=approval.request, position=1, title="x"),
        "forms": make_form({"key": "it"}),
        "tokens": cast.ann.api_tokens.get(),
        "availability": cast.ann,
        "people": cast.rob,
        "organisations": cast.acme,
        "absences": absence,
        "work-weeks": week,
        "tags": tag,
        "checklists": checklist,
        "teams": cast.desk,
        "team-policies": cast.desk,
        "rules": rule,
        "rule-runs": run,
        "dry-runs": dry_run,
        "macros": make_macro(cast.mo, scope="everybody"),
    }


def _address(one: tuple[str, str, URLPattern], records: dict[str, models.Model | str]) -> str:
    route, name, _ = one
    segment = TWO_WORDS.get(_segment(route), _segment(route))
    assert segment in records, (
        f"{route} takes a record of a kind this test does not know: add {segment!r} to `records`"
    )
    record = records[segment]
    value = record.pk if isinstance(record, models.Model) else record
    values = dict.fromkeys(_arguments(*one), value)
    if "ticket_pk" in values:
        values["ticket_pk"] = records["tickets"].pk
    return reverse(name, kwargs=values)


def _is_open(route: str) -> bool:
    return _segment(route) in OPEN_TO_ALL or route.startswith(("proactivity/", "loop/"))


def test_a_stranger_finds_nothing(
    cast: Cast, records: dict[str, models.Model | str], as_user: Callable[..., Client]
) -> None:
    browser = as_user(cast.stan)
    browser.raise_request_exception = False
    open_doors = []
    for one in WITH_RECORD:
        if _is_open(one[0]):
            continue
        address = _address(one, records)
        answers = (
            browser.get(address),
            browser.post(address, {}, HTTP_ACCEPT="application/json"),
        )
        codes = [answer.status_code for answer in answers]
        if not set(codes) <= {404, 405}:
            open_doors.append((address, codes))
    assert open_doors == []


def test_nobody_without_signing_in_finds_anything(
    records: dict[str, models.Model | str], client: Client
) -> None:
    open_doors = []
    for one in WITH_RECORD:
        if _is_open(one[0]):
            continue
        answer = client.get(_address(one, records))
        to_sign_in = answer.status_code == 302 and answer["Location"].startswith(
            reverse("accounts:login")
        )
        if not (to_sign_in or answer.status_code in {401, 405}):
            open_doors.append((one[0], answer.status_code))
    assert open_doors == []


@pytest.mark.parametrize("name", ["rob", "ann", "pia", "max", "dev", "rel", "mo", "ada"])
def test_no_address_fails_for_any_role(
    name: str,
    cast: Cast,
    records: dict[str, models.Model | str],
    as_user: Callable[..., Client],
) -> None:
    browser = as_user(cast.everyone[name])
    browser.raise_request_exception = False
    failing = []
    addresses = [reverse(one[1]) for one in WITHOUT_RECORD]
    addresses += [_address(one, records) for one in WITH_RECORD if not _is_open(one[0])]
    for address in addresses:
        if "logout" in address:
            continue
        if browser.get(address).status_code >= 500:
            failing.append(address)
    assert failing == []


def test_every_role_can_open_its_home(cast: Cast, as_user: Callable[..., Client]) -> None:
    for name, person in cast.everyone.items():
        answer = as_user(person).get("/", follow=True)
        assert answer.status_code == 200, name
