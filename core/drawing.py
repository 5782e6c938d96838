"""Small drawings as inline SVG: colours come from classes, sizes from attributes, never styles."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

PADDING = 1.5


def plain_number(value: float) -> str:
    """A number without a needless decimal part."""
    return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"


def sparkline_svg(
    values: Sequence[float], *, label: str, tone: str, width: int, height: int
) -> SafeString:
    """A line with its area, and the same numbers in words; a dash when there are none."""
    if not values:
        return format_html('<span class="muted" title="{}">–</span>', f"{label}: no data")
    points = _points(values, width, height)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{points[0][0]:.1f},{height} {line} {points[-1][0]:.1f},{height}"
    return format_html(
        '<svg class="spark tone-{}" width="{}" height="{}" viewBox="0 0 {} {}" role="img" '
        'aria-label="{}"><polygon class="spark-area" points="{}"/>'
        '<polyline class="spark-line" points="{}"/></svg>',
        tone,
        width,
        height,
        width,
        height,
        f"{label}: {', '.join(map(plain_number, values))}",
        area,
        line,
    )


def _points(values: Sequence[float], width: int, height: int) -> list[tuple[float, float]]:
    """Where the line goes; a single value is drawn as a level line."""
    several = list(values) if len(values) > 1 else [values[0], values[0]]
    bottom = min(*several, 0)
    top = max(*several, bottom + 1e-9)
    span = top - bottom
    room = height - 2 * PADDING
    step = width / (len(several) - 1)
    return [(i * step, PADDING + room * (top - value) / span) for i, value in enumerate(several)]


def bar_svg(
    value: float, *, maximum: float, marks: Sequence[tuple[float, str]], label: str, tone: str
) -> SafeString:
    """A bar of `value` out of `maximum`, with a line for each (place, name) of `marks`."""
    words = [
        f"{label}: {plain_number(value)}",
        *(f"{name} {plain_number(place)}" for place, name in marks),
    ]
    return format_html(
        '<svg class="bar tone-{}" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><rect class="bar-track" y="3" width="100" height="6"/>'
        '<rect class="bar-fill" y="3" width="{}" height="6"/>{}</svg>',
        tone,
        ", ".join(words),
        f"{_share(value, maximum):.1f}",
        format_html_join(
            "",
            '<rect class="bar-mark" x="{}" width="1" height="12"/>',
            ((f"{min(_share(place, maximum), 99):.1f}",) for place, _ in marks),
        ),
    )


def _share(value: float, maximum: float) -> float:
    return 0.0 if maximum <= 0 else max(0.0, min(100.0, 100 * value / maximum))
