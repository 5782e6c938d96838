"""Clustering runs: asking for one, watching it, and what it moved."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from core.models import Event
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from problems import actions, permissions
from problems.clustering.progress import LABELS, USUAL_SECONDS, seconds_left, usual_seconds
from problems.forms import RunForm
from problems.models import Cluster, ClusterRun
from problems.views.moves import with_ends

SHOWN_MOVES = 50


@dataclass(frozen=True)
class RunProgress:
    """What the progress bar of a run says."""

    run: ClusterRun
    doing: str
    left: str
    stage_number: int
    stages: int
    poll: str


def progress_of(run: ClusterRun) -> RunProgress:
    """How far a run is, in words."""
    stages = list(USUAL_SECONDS)
    number = stages.index(run.stage) + 1 if run.stage in stages else 0
    doing = "waiting for a worker"
    if run.state == "running":
        doing = LABELS.get(run.stage, "starting")
        if run.total > 1:
            doing = f"{doing} {run.done:,} of {run.total:,}"
    if run.cancel_requested:
        doing = "stopping"
    timed = run.is_unfinished and run.kind == ClusterRun.Kind.WINDOW
    seconds = seconds_left(run, usual_seconds(), timezone.now()) if timed else None
    return RunProgress(
        run=run,
        doing=doing,
        left=f"about {seconds} s left" if seconds else "",
        stage_number=number,
        stages=len(stages),
        poll=reverse("problems:run_progress", args=[run.pk]) if run.is_unfinished else "",
    )


@require_http_methods(["GET", "POST"])
def runs(request: SignedInRequest) -> HttpResponse:
    """The list of runs, and the form that asks for one."""
    person = request.user
    form = RunForm(request.POST or None, reader=person)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                run = actions.request_cluster_run(actor=person, **form.cleaned_data)
            except DomainError as error:
                show_errors(form, error)
                status = error.status
            else:
                return redirect("problems:run", run.pk)
        else:
            status = 422
    rows = ClusterRun.objects.visible_to(person).select_related("scope", "requested_by")
    page = keyset_page(rows.defer("mean"), order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "form": form,
        "page": page,
        "links": page_links(request, page),
        "may_run": permissions.may(person, "request_run"),
    }
    return render(request, "problems/runs.html", context, status=status)


@require_POST
def run_again(request: SignedInRequest) -> HttpResponse:
    """The Clusters page's button: the same window as last time, over all services."""
    runs_of_all = ClusterRun.objects.visible_to(request.user).filter(scope__isnull=True)
    last = runs_of_all.filter(kind=ClusterRun.Kind.WINDOW).first()
    window = actions.DEFAULT_WINDOW_DAYS if last is None else last.window_days
    try:
        actions.request_cluster_run(actor=request.user, window_days=window)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("problems:clusters")


@require_GET
def run(request: SignedInRequest, pk: int) -> HttpResponse:
    """One run: how far it is, or what it did and what moved."""
    found = get_object_or_404(
        ClusterRun.objects.visible_to(request.user)
        .defer("mean")
        .select_related("scope", "requested_by"),
        pk=pk,
    )
    moves = with_ends(found.moves.visible_to(request.user)).order_by("pk")
    ended, split = found.parameters.get("ended", []), found.parameters.get("split", [])
    numbers = {one.get(end) for one in [*split, *ended] for end in ("from", "to")}
    alive = Cluster.objects.visible_to(request.user).in_bulk([n for n in numbers if n])
    shown = list(moves[:SHOWN_MOVES])
    kept, readable = found.moves.count(), moves.count()
    context = {
        "run": found,
        "progress": progress_of(found) if found.is_unfinished else None,
        "moves": shown,
        "more_moves": readable - len(shown),
        "hidden_moves": kept - readable,
        "unkept_moves": max(found.parameters.get("moved", 0) - kept, 0),
        "settings": _settings(found),
        "ended": [{**one, "cluster": alive.get(one["to"])} for one in ended[:SHOWN_MOVES]],
        "split": [
            {**one, "before": alive.get(one["from"]), "after": alive.get(one["to"])}
            for one in split[:SHOWN_MOVES]
        ],
        "seconds": _seconds(found),
        "may_cancel": permissions.may(request.user, "cancel_run", found),
        "events": Event.objects.about(found).select_related("actor").order_by("-id")[:20],
    }
    return render(request, "problems/run.html", context)


def _settings(found: ClusterRun) -> list[tuple[str, Any]]:
    """What it was told, by name; a group of settings gives its name to each of them."""
    told: dict[str, Any] = {}
    for name, value in cast("dict[str, Any]", found.parameters.get("settings", {})).items():
        inner = value if isinstance(value, dict) else {"": value}
        told.update({f"{name} {part}": one for part, one in inner.items()})
    return sorted((name.replace("_", " ").strip(), value) for name, value in told.items())


def _seconds(found: ClusterRun) -> list[tuple[str, float]]:
    spent = cast("dict[str, Any]", found.parameters.get("seconds", {}))
    return [(LABELS.get(stage, stage), float(value)) for stage, value in spent.items()]


@require_GET
def run_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The progress bar alone, asked for again and again while the run is unfinished."""
    found = get_object_or_404(ClusterRun.objects.visible_to(request.user).defer("mean"), pk=pk)
    context = {
        "progress": progress_of(found),
        "may_cancel": permissions.may(request.user, "cancel_run", found),
    }
    return render(request, "problems/_progress.html", context)


@require_POST
def cancel_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks a run to stop."""
    found = get_object_or_404(ClusterRun.objects.visible_to(request.user), pk=pk)
    try:
        actions.cancel_cluster_run(found, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(found)
