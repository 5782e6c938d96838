"""Drawings of the involvement pages: SVG without a view box, so that words keep their size.

Places are percentages of the width, colours come from classes (`static/css/involvement.css`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log1p

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.wording import worked_words
from dashboards.involvement.lead_times import Lead

# Where the deployment lies, and how far told before and told after reach to both sides.
ZERO, LEFT, RIGHT, NEVER = 64.0, 60.0, 20.0, 94.0
LEAST_REACH, LEAST_LATE = 80.0, 40.0
# Dots nearer than this share of the width stand above each other, not upon each other.
APART = 4.2
ROW, DOT, FOOT = 16, 6, 30
_HOUR = timedelta(hours=1)
_BEFORE = (80, 8, 1)
_AFTER = (8,)


@dataclass(frozen=True)
class Scale:
    """Hours of working time to a place: logarithmic on both sides of the deployment."""

    reach: float
    late: float

    @classmethod
    def of(cls, leads: Sequence[Lead]) -> "Scale":
        """Far enough for every lead."""
        hours = [one.lead / _HOUR for one in leads if one.lead is not None]
        return cls(max([LEAST_REACH, *hours]), max([LEAST_LATE, *(-one for one in hours)]))

    def place(self, lead: Lead) -> float:
        """Percent of the width; told after is never left of the deployment."""
        if lead.lead is None:
            return NEVER
        return self.at(lead.lead / _HOUR, before=lead.before)

    def at(self, hours: float, *, before: bool) -> float:
        """Where a lead of so many hours lies."""
        if before:
            return ZERO - 1 - (LEFT - 1) * log1p(hours) / log1p(self.reach)
        return ZERO + 2 + (RIGHT - 2) * log1p(abs(hours)) / log1p(self.late)


def words_of(lead: Lead) -> str:
    """`26 h before`, `3 h after`, `never told`, in working time."""
    if lead.lead is None:
        return "never told"
    side = "before" if lead.before else "after"
    if not lead.lead:
        return f"{side}, outside working hours"
    return f"{worked_words(abs(lead.lead.total_seconds()))} {side}"


def stacked(places: Sequence[float]) -> list[int]:
    """The row of each dot: the lowest in which it touches no other."""
    rows: list[list[float]] = []
    found = []
    for place in places:
        row = 0
        while row < len(rows) and any(abs(place - one) < APART for one in rows[row]):
            row += 1
        if row == len(rows):
            rows.append([])
        rows[row].append(place)
        found.append(row)
    return found


def lead_axis_svg(leads: Sequence[Lead]) -> SafeString:
    """One dot a release; left of the deployment support knew before, right of it after or never."""
    scale = Scale.of(leads)
    places = [scale.place(one) for one in leads]
    rows = stacked(places)
    ground = max(rows, default=0) * ROW + 2 * DOT + 8
    before = sum(one.before for one in leads)
    label = (
        f"{len(leads)} releases by when support first knew: {before} before the deployment, "
        f"{len(leads) - before} after or never. The table below says the same in words."
    )
    dots = format_html_join(
        "",
        '<circle class="lead-dot{}" cx="{}%" cy="{}" r="{}"><title>{}</title></circle>',
        (
            (
                "" if one.before else " lead-late",
                f"{place:.1f}",
                ground - DOT - 3 - row * ROW,
                DOT,
                f"{one.release}: {words_of(one)}, {one.tickets} tickets in the 7 days after",
            )
            for one, place, row in zip(leads, places, rows, strict=True)
        ),
    )
    return format_html(
        '<svg class="lead-axis" width="100%" height="{}" role="img" aria-label="{}">'
        '<rect class="lead-ground" x="{}%" y="0" width="{}%" height="{}"/>{}'
        '<line class="lead-zero" x1="{}%" x2="{}%" y1="0" y2="{}"/>{}</svg>',
        ground + FOOT,
        label,
        ZERO,
        100 - ZERO,
        ground,
        _ticks(scale, ground),
        ZERO,
        ZERO,
        ground + 4,
        dots,
    )


def _ticks(scale: Scale, ground: int) -> SafeString:
    marks = [(scale.at(hours, before=True), f"{hours} h") for hours in _BEFORE]
    marks += [(scale.at(hours, before=False), f"+{hours} h") for hours in _AFTER]
    marks += [(ZERO, "live"), (NEVER, "never")]
    return format_html_join(
        "",
        '<line class="lead-tick" x1="{}%" x2="{}%" y1="0" y2="{}"/>'
        '<text class="lead-word" x="{}%" y="{}" text-anchor="middle">{}</text>',
        (
            (f"{at:.1f}", f"{at:.1f}", ground + 4, f"{at:.1f}", ground + 20, word)
            for at, word in marks
        ),
    )


def share_bar_svg(percent: float | None, line: float, label: str) -> SafeString:
    """A bar of a share beside a dotted line; the line alone where the share is hidden."""
    said = "hidden, too few" if percent is None else f"{percent:.0f} %"
    return format_html(
        '<svg class="share-bar" width="100%" height="22" role="img" aria-label="{}">'
        '<rect class="share-track" x="0" y="5" width="100%" height="12" rx="3"/>'
        '<rect class="share-fill" x="0" y="5" width="{}%" height="12" rx="3"/>'
        '<line class="share-line" x1="{}%" x2="{}%" y1="0" y2="22"/></svg>',
        f"{label}: {said}, study {line:.0f} %",
        f"{percent or 0:.1f}",
        f"{line:.1f}",
        f"{line:.1f}",
    )
