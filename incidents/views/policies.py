"""Pages of service level policies: what is promised, and what a change would do."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation, Team
from catalogue.actions import draft_version, make_policy, save_policy
from catalogue.models import (
    BusinessCalendar,
    PolicyTarget,
    PolicyVersion,
    Service,
    ServiceLevelPolicy,
)
from catalogue.permissions import may_arrange_clocks
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from incidents.forms.policies import (
    KINDS,
    NewPolicyForm,
    PolicyForm,
    first_words,
    initial_of,
    write_minutes,
)
from incidents.models import ClockRun
from incidents.models.ticket import Priority
from incidents.policy_preview import Preview, preview_version

VERSIONS_SHOWN = 10


@require_safe
def policies(request: SignedInRequest) -> HttpResponse:
    """Every policy, the most general first."""
    if not request.user.is_staff_member:
        raise PermissionDenied
    found = PolicyVersion.objects.visible_to(request.user)
    versions = found.order_by("policy__name", "-number")
    newest = versions.distinct("policy__name").select_related(
        "policy__service", "policy__organisation"
    )
    rows = sorted(
        newest.prefetch_related("targets"),
        key=lambda one: (bool(one.policy.organisation_id), bool(one.policy.service_id)),
    )
    context = {"rows": rows, "may_arrange": may_arrange_clocks(request.user)}
    return render(request, "incidents/policies.html", context)


@require_safe
def policy(request: SignedInRequest, pk: int) -> HttpResponse:
    """One policy: its targets, its rules, its versions, and the reckoning under way."""
    record = get_object_or_404(_visible(request), pk=pk)
    version = record.newest
    targets = list(version.targets.select_related("calendar", "team"))
    context = {
        "policy": record,
        "version": version,
        "grid": _grid(targets),
        "owned": _owned(targets),
        "versions": record.versions.select_related("created_by")[:VERSIONS_SHOWN],
        "run": ClockRun.objects.visible_to(request.user).filter(policy_version=version).first(),
        "may_arrange": may_arrange_clocks(request.user),
    }
    return render(request, "incidents/policy.html", context)


@require_safe
def clock_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far a reckoning of the open tickets is: a fragment of the page that shows it."""
    run = get_object_or_404(ClockRun.objects.visible_to(request.user), pk=pk)
    return render(request, "incidents/_clock_run.html", {"run": run})


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """A new version; `preview` says what it would change, `save` makes it."""
    record = get_object_or_404(_visible(request), pk=pk)
    _arrangers_only(request)
    choices = _choices(request)
    if request.method != "POST":
        form = PolicyForm(initial=initial_of(record.newest), **choices)
        return _draw(request, form, record)
    form = PolicyForm(request.POST, **choices)
    if not form.is_valid():
        return _draw(request, form, record, status=422)
    try:
        if "preview" in request.POST:
            return _draw(request, form, record, preview=_preview(request, record, form))
        saved = save_policy(record, actor=request.user, terms=form.terms)
    except DomainError as error:
        show_errors(form, error)
        return _draw(request, form, record, status=422)
    messages.success(request, f"Version {saved.number} is in force.")
    return redirect(record)


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """A new policy for everybody, a service, an organisation or both."""
    _arrangers_only(request)
    choices = _choices(request) | {
        "organisations": Organisation.objects.visible_to(request.user),
        "services": Service.objects.visible_to(request.user),
    }
    if request.method != "POST":
        return _draw(request, NewPolicyForm(initial=first_words(), **choices), None)
    form = NewPolicyForm(request.POST, **choices)
    if not form.is_valid():
        return _draw(request, form, None, status=422)
    scope = {name: form.cleaned_data[name] for name in ("service", "organisation")}
    try:
        if "preview" in request.POST:
            return _draw(
                request, form, None, preview=_preview(request, ServiceLevelPolicy(**scope), form)
            )
        made = make_policy(
            actor=request.user, name=form.cleaned_data["name"], terms=form.terms, **scope
        )
    except DomainError as error:
        show_errors(form, error)
        return _draw(request, form, None, status=422)
    return redirect(made)


def _preview(request: SignedInRequest, record: ServiceLevelPolicy, form: PolicyForm) -> Preview:
    version, targets = draft_version(record, form.terms)
    return preview_version(request.user, version, targets, timezone.now())


def _visible(request: SignedInRequest) -> Any:
    found = ServiceLevelPolicy.objects.visible_to(request.user)
    return found.select_related("service", "organisation")


def _choices(request: SignedInRequest) -> dict[str, Any]:
    return {
        "teams": Team.objects.visible_to(request.user),
        "calendars": BusinessCalendar.objects.visible_to(request.user),
    }


def _draw(
    request: SignedInRequest,
    form: PolicyForm,
    record: ServiceLevelPolicy | None,
    *,
    preview: Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "policy": record, "preview": preview}
    return render(request, "incidents/policy_form.html", context, status=status)


_Cell = tuple[str, str]


def _grid(targets: list[PolicyTarget]) -> list[tuple[str, list[_Cell], BusinessCalendar | None]]:
    """(priority, (kind, minutes in words) of each target, the calendar) of each priority."""
    found: list[tuple[str, list[_Cell], BusinessCalendar | None]] = []
    labels = dict(PolicyTarget.Kind.choices)
    for priority in Priority:
        here = {one.kind: one for one in targets if one.priority == priority and not one.team}
        cells = [
            (labels[kind], write_minutes(here[kind].minutes) if kind in here else "")
            for kind in KINDS
        ]
        calendar = next((one.calendar for one in here.values()), None)
        found.append((priority.label, cells, calendar))
    return found


def _owned(targets: list[PolicyTarget]) -> list[tuple[Team, list[_Cell]]]:
    """(team, (priority, minutes in words)) of each team with an OLA."""
    teams = {one.team.pk: one.team for one in targets if one.team is not None}
    minutes = {(one.team_id, one.priority): one.minutes for one in targets}
    return [
        (team, [(p.label, write_minutes(minutes.get((pk, p.value), 0))) for p in Priority])
        for pk, team in sorted(teams.items(), key=lambda pair: pair[1].name)
    ]


def _arrangers_only(request: SignedInRequest) -> None:
    if not may_arrange_clocks(request.user):
        raise PermissionDenied
