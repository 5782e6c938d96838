"""What a row of the list of tickets may show, sort by and export."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.references import reference
from core.templatetags.ui import ago, icon, priority_pill, state_pill
from incidents.models import Channel, Kind
from incidents.models.ticket import Level
from incidents.wording import TARGETS, Clock, ended_clock, next_clock
from incidents.workflow import (
    PENDING_REASONS,
    RESOLUTION_CODES,
    UNRESOLVED_CATEGORIES,
    WORKFLOWS,
)

Line = Any
Cell = Callable[[Line, datetime], str]

# What every row needs whatever it shows: its title, its clock, and the line under the title.
ALWAYS = (
    "id",
    "kind",
    "title",
    "priority",
    "state",
    "state_category",
    "next_target",
    "due_at",
    "resolution_due_at",
    "resolved_at",
    "created_at",
    "requester__name",
    "organisation__name",
    "component__name",
    "assignee__name",
    "team__name",
)


@dataclass(frozen=True)
class Column:
    """A column: the fields it reads, how a cell is drawn, how it is exported, what it sorts by."""

    name: str
    label: str
    fields: tuple[str, ...]
    cell: Cell
    plain: Callable[[Line], object]
    sort: str
    css: str = ""


def _field(field: str) -> Callable[[Line], object]:
    return lambda line: getattr(line, field)


def _text(field: str) -> Cell:
    return lambda line, now: getattr(line, field) or ""


def _words(field: str, choices: Iterable[tuple[Any, str]]) -> Callable[[Line], str]:
    known = dict(choices)
    return lambda line: str(known.get(getattr(line, field), ""))


def _column(name: str, label: str, field: str, cell: Cell | None = None, css: str = "") -> Column:
    return Column(name, label, (field,), cell or _text(field), _field(field), field, css)


def _chosen(name: str, label: str, field: str, choices: Iterable[tuple[Any, str]]) -> Column:
    words = _words(field, choices)
    return Column(name, label, (field,), lambda line, now: words(line), words, field)


def _moment(name: str, label: str, field: str) -> Column:
    return _column(name, label, field, lambda line, now: ago(getattr(line, field), now), "nowrap")


def _state(line: Line) -> str:
    return WORKFLOWS[line.kind].label(line.state)


def _worker(line: Line, now: datetime) -> str:
    if line.assignee__name or not line.team__name:
        return line.assignee__name or ""
    return format_html('<span class="muted">{}</span>', line.team__name)


def clock_of(line: Line, now: datetime) -> Clock:
    """The clock that is due next, or how the resolution's ended."""
    if line.state_category in UNRESOLVED_CATEGORIES:
        return next_clock(line.next_target, line.due_at, now)
    return ended_clock(line.resolution_due_at, line.resolved_at)


def _target(line: Line, now: datetime) -> str:
    found = clock_of(line, now)
    if not found.text:
        return ""
    return format_html(
        '<span title="{}" class="{}">{} {}</span><span class="sub">{}</span>',
        found.title,
        f"text-tone-{found.tone}" if found.tone else "",
        icon(found.icon, 14),
        found.text,
        found.target,
    )


def _count(name: str, label: str, field: str) -> Column:
    return _column(name, label, field, lambda line, now: str(getattr(line, field) or ""), "number")


def _yes_no(value: bool | None) -> str:  # noqa: FBT001 (a cell's value)
    return "" if value is None else ("yes" if value else "no")


_ALL = (
    Column(
        "reference",
        "Number",
        ("kind", "id"),
        lambda line, now: reference(line.kind, line.id),
        lambda line: reference(line.kind, line.id),
        "id",
        "nowrap",
    ),
    _column("title", "Title", "title"),
    _column("priority", "Priority", "priority", lambda line, now: priority_pill(line.priority)),
    Column(
        "state",
        "State",
        ("kind", "state"),
        lambda line, now: state_pill(line.state, _state(line)),
        _state,
        "state",
    ),
    _chosen("pending_reason", "Waiting for", "pending_reason", PENDING_REASONS),
    _chosen("kind", "Kind", "kind", Kind.choices),
    _column("component", "Component", "component__name"),
    _column("service", "Service", "service__name"),
    Column(
        "assignee",
        "Assignee",
        ("assignee__name", "team__name"),
        _worker,
        _field("assignee__name"),
        "assignee__name",
    ),
    _column("team", "Team", "team__name"),
    _column("requester", "Requester", "requester__name"),
    _column("organisation", "Organisation", "organisation__name"),
    Column(
        "target",
        "Target",
        ("state_category", "next_target", "due_at", "resolution_due_at", "resolved_at"),
        _target,
        _field("due_at"),
        "due_at",
        "nowrap",
    ),
    _chosen("next_target", "Next target", "next_target", TARGETS.items()),
    _moment("resolution_due", "Resolution due", "resolution_due_at"),
    _moment("response_due", "Response due", "first_response_due_at"),
    _moment("opened", "Opened", "created_at"),
    _moment("updated", "Changed", "updated_at"),
    _moment("answered", "First response", "first_response_at"),
    _moment("resolved", "Resolved", "resolved_at"),
    _moment("closed", "Closed", "closed_at"),
    _chosen("impact", "Impact", "impact", Level.choices),
    _chosen("urgency", "Urgency", "urgency", Level.choices),
    _chosen("severity", "Severity", "severity", Level.choices),
    _chosen("channel", "Channel", "channel", Channel.choices),
    _column("category", "Category", "category"),
    _column("version_seen", "Version seen", "version_seen"),
    _chosen("resolution_code", "Resolution code", "resolution_code", RESOLUTION_CODES),
    _count("csat", "Rated", "csat_score"),
    _count("reopened", "Reopened", "reopen_count"),
    _count("reassigned", "Team changes", "reassignment_count"),
    Column(
        "first_contact",
        "First contact resolution",
        ("first_contact_resolution",),
        lambda line, now: _yes_no(line.first_contact_resolution),
        lambda line: _yes_no(line.first_contact_resolution),
        "first_contact_resolution",
    ),
)
COLUMNS: Mapping[str, Column] = {one.name: one for one in _ALL}
DEFAULT_COLUMNS = ("priority", "state", "component", "assignee", "target", "opened")
# The title is a row's first cell always; the number stands under it.
CHOOSABLE = [(one.name, one.label) for one in _ALL if one.name not in ("title", "reference")]


def columns_named(names: Sequence[str]) -> list[Column]:
    """The columns of these names in this order; the usual ones when there are none."""
    known = [COLUMNS[name] for name in dict.fromkeys(names) if name in COLUMNS]
    shown = [one for one in known if one.name not in ("title", "reference")]
    return shown or [COLUMNS[name] for name in DEFAULT_COLUMNS]


def lines_of(
    tickets: QuerySet[Any, Model], columns: Sequence[Column] = (), more: Sequence[str] = ()
) -> QuerySet[Any, Any]:
    """The same tickets as plain lines with what the columns read; building records costs more."""
    wanted = (field for column in columns for field in column.fields)
    return tickets.values_list(*dict.fromkeys([*ALWAYS, *wanted, *more]), named=True)


def drawn_cells(line: Line, columns: Sequence[Column], now: datetime) -> SafeString:
    """The cells of one row; drawing each through a template would cost more than the page."""
    cells = (
        format_html("<td{}>{}</td>", _attributes(column), column.cell(line, now))
        for column in columns
    )
    return mark_safe("".join(cells))  # noqa: S308 (escaped by format_html)


@lru_cache(maxsize=64)
def _attributes(column: Column) -> SafeString:
    """On a phone the priority stands at the row's end, everything else under its label."""
    if column.name == "priority":
        return mark_safe(' class="row-end"')
    label = format_html(' data-label="{}"', column.label)
    return format_html('{} class="{}"', label, column.css) if column.css else label
