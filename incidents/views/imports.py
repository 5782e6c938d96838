"""Pages of imports, for admins: upload, mapping, preview, progress, result."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from accounts.roles import Role
from core.errors import DomainError
from core.pages import StepView, keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from incidents.forms.imports import MappingForm, UploadForm, initial_of
from incidents.imports import actions
from incidents.imports.fields import FIELDS
from incidents.imports.mapping import BadMapping, from_stored
from incidents.imports.pace import Pace
from incidents.imports.reading import BadFile
from incidents.imports.rejects import columns_of, rejects_as_csv
from incidents.imports.running import stored_file
from incidents.imports.survey import PreviewRow, Survey, look, preview
from incidents.models import ImportReject, ImportRun

SHOWN_REJECTS = 20
MOST_NOTES = 12


@dataclass(frozen=True)
class RunProgress:
    """What the page says of a run that is under way or over."""

    run: ImportRun
    pace: Pace
    poll: str

    @property
    def doing(self) -> str:
        """How far it is, in words."""
        if self.run.state == ImportRun.State.QUEUED:
            return "waiting for a worker"
        return self.pace.doing if self.run.total else "reading the file"


def progress_of(run: ImportRun) -> RunProgress:
    """How far a run is."""
    worked = 0.0
    if run.started_at and run.heartbeat_at:
        worked = (run.heartbeat_at - run.started_at).total_seconds()
    poll = reverse("incidents:import_progress", args=[run.pk]) if run.is_unfinished else ""
    return RunProgress(run, Pace(run.done, run.total, worked), poll)


def _visible(request: SignedInRequest) -> QuerySet[ImportRun]:
    return ImportRun.objects.visible_to(request.user)


@require_http_methods(["GET", "POST"])
def imports(request: SignedInRequest) -> HttpResponseBase:
    """All imports, and the form that uploads a file."""
    if not request.user.has_role({Role.ADMIN}):
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = actions.upload_file(
                actor=request.user,
                upload=form.cleaned_data["file"],
                source=form.cleaned_data["source"],
                create_missing=form.cleaned_data["create_missing"],
            )
        except DomainError as error:
            _show_upload_error(form, error)
        else:
            return redirect(run)
    runs = _visible(request).select_related("requested_by")
    page = keyset_page(runs, order=("-id",), cursor=request.GET.get("cursor"), size=20)
    context = {"form": form, "page": page, "links": page_links(request, page)}
    return render(request, "incidents/imports.html", context, status=422 if form.errors else 200)


def _show_upload_error(form: UploadForm, error: DomainError) -> None:
    """A column that is missing is a matter of the file."""
    field = error.field if error.field in form.fields else "file"
    show_errors(form, DomainError(error.message, field=field))


@require_http_methods(["GET", "POST"])
def import_run(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One import: its mapping with a preview before it starts, its progress and result after."""
    run = get_object_or_404(_visible(request).select_related("requested_by"), pk=pk)
    problem = ""
    if run.state == ImportRun.State.MAPPING:
        try:
            return _mapping(request, run)
        except BadFile as error:
            problem = error.message
    context = {
        "problem": problem or run.error,
        "progress": progress_of(run),
        "rejects": run.rejects.all()[:SHOWN_REJECTS],
        "notes": sorted(run.notes.items(), key=lambda pair: -pair[1])[:MOST_NOTES],
        "columns": _columns(run),
    }
    return render(request, "incidents/import.html", context)


def _columns(run: ImportRun) -> list[tuple[str, str]]:
    """(field, column) in the order of the form."""
    mapped = from_stored(run.mapping).columns
    return [(one.label, mapped[one.name]) for one in FIELDS if one.name in mapped]


def _mapping(request: SignedInRequest, run: ImportRun) -> HttpResponseBase:
    rules = from_stored(run.mapping)
    opener = stored_file(run)
    found = look(opener, rules, whole=False)
    form = MappingForm(
        request.POST or None,
        columns=found.table.columns,
        initial=dict(initial_of(rules, create_missing=run.create_missing)),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.map_columns(
                run,
                actor=request.user,
                rules=form.rules(rules),
                create_missing=form.cleaned_data["create_missing"],
            )
        except BadMapping as error:
            show_errors(form, form.at_my_field(error))
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(f"{run.get_absolute_url()}#preview")
    rows = preview(
        opener, found, source=run.source, create_missing=run.create_missing, now=timezone.now()
    )
    return _draw_mapping(request, run, form, found, rows)


def _draw_mapping(
    request: SignedInRequest,
    run: ImportRun,
    form: MappingForm,
    found: Survey,
    rows: list[PreviewRow],
) -> HttpResponse:
    context = {
        "run": run,
        "form": form,
        "found": found,
        "rows": rows,
        "problems": sum(bool(row.problem) for row in rows),
    }
    status = 422 if form.errors else 200
    return render(request, "incidents/import_mapping.html", context, status=status)


@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The progress bar alone; the whole page once the run is over."""
    run = get_object_or_404(_visible(request), pk=pk)
    response = render(request, "incidents/_import_progress.html", {"progress": progress_of(run)})
    if not run.is_unfinished:
        # The result is more than the bar: the page is read anew.
        response["HX-Refresh"] = "true"
    return response


@require_GET
def rejects(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows as CSV, harmless to spreadsheets."""
    run = get_object_or_404(_visible(request), pk=pk)
    rows = ImportReject.objects.visible_to(request.user).filter(run=run).order_by("line")
    columns = columns_of(rows.iterator())
    response = StreamingHttpResponse(
        rejects_as_csv(rows.iterator(), columns), content_type="text/csv; charset=utf-8"
    )
    name = f"{slugify(run.source) or 'import'}-{run.pk}-rejects.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


class RunStep(StepView):
    """A button of an import."""

    def records(self, request: SignedInRequest) -> QuerySet[ImportRun]:
        return _visible(request)


class Start(RunStep):
    """The file goes to a worker, or goes on after a failure."""

    def take(self, record: Any, form: forms.Form | None) -> ImportRun:
        return actions.start_import(record, actor=self.person)


class Stop(RunStep):
    """No further row is taken."""

    success_message = "The import is stopped. Tickets made so far stay."

    def take(self, record: Any, form: forms.Form | None) -> ImportRun:
        return actions.stop_import(record, actor=self.person)
