"""Template tags of the design system; `templates/ui/README.md` shows each with an example."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.forms import BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from lucide.templatetags.lucide import lucide

from core import controls, drawing, marking, wording
from core.context import Shell
from core.markdown import to_html
from core.tones import PRIORITY_TONES, STATE_TONES, TONES

register = template.Library()
register.filter("marked", marking.marked)

AVATAR_TINTS = 6


@lru_cache(maxsize=512)
def _icon(name: str, size: int) -> SafeString:
    svg = lucide(name, size=size, aria_hidden="true", **{"class": "icon"})
    return mark_safe("".join(svg.splitlines()))  # noqa: S308 (from the installed icon set)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A Lucide icon, hidden from screen readers; drawn once a process, then remembered."""
    return _icon(str(name), int(size))


@lru_cache(maxsize=1024)
def _pill(text: str, tone: str) -> SafeString:
    return format_html('<span class="pill pill-{}">{}</span>', tone, text)


@register.simple_tag
def pill(text: object, tone: str = "grey") -> SafeString:
    """A rounded label in one of the tones."""
    if tone not in TONES:
        raise ImproperlyConfigured(f"{tone} is not a tone: {', '.join(sorted(TONES))}")
    return _pill(str(text), str(tone))


@register.simple_tag
def state_pill(state: str, label: str = "") -> SafeString:
    """A state in its colour and its words."""
    text = label or str(state).replace("_", " ").capitalize()
    return _pill(str(text), STATE_TONES.get(str(state), "grey"))


@register.simple_tag
def priority_pill(priority: int | str) -> SafeString:
    """P1 in red, P2 in amber, the others in grey."""
    level = int(str(priority).removeprefix("P")[:1] or 0)
    return _pill(f"P{level}", PRIORITY_TONES.get(level, "grey"))


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """A person's initials in a circle; the name is to be written beside it."""
    text = str(name or "").strip()
    words = text.split()
    letters = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
    tint = crc32(text.encode()) % AVATAR_TINTS
    extra = " avatar-large" if size == "large" else ""
    return format_html(
        '<span class="who tint-{}{}" aria-hidden="true">{}</span>', tint, extra, letters
    )


@register.simple_tag
def sparkline(
    values: Sequence[float],
    label: str,
    tone: str = "primary",
    width: int = 90,
    height: int = 24,
) -> SafeString:
    """A small line of numbers; `label` says what they are ("Tickets per week")."""
    return drawing.sparkline_svg(
        list(values or ()), label=label, tone=tone, width=width, height=height
    )


@register.simple_tag
def bar(
    value: float | None,
    label: str,
    mark: float | None = None,
    mark_name: str = "reference",
    maximum: float = 100,
    tone: str = "primary",
) -> SafeString:
    """A bar out of `maximum`; `mark` draws the line to compare with."""
    marks = [] if mark is None else [(float(mark), mark_name)]
    return drawing.bar_svg(
        float(value or 0), maximum=float(maximum), marks=marks, label=label, tone=tone
    )


@register.simple_tag
def ago(when: datetime | None, now: datetime | None = None) -> SafeString:
    """How long ago, with the exact time on hover; a dash for never."""
    if when is None:
        return mark_safe('<span class="muted">–</span>')
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        when.isoformat(timespec="seconds"),
        wording.absolute(when),
        wording.relative(when, now or timezone.now()),
    )


@register.filter
def duration(minutes: float | None) -> str:
    """Minutes as `45 min`, `3 h 20 min` or `22 h`; a dash for nothing."""
    return "–" if minutes is None else wording.duration_words(float(minutes))


@register.filter
def worked(time: timedelta | None) -> str:
    """Working time as `45 min` or `3 h 20 min`, never in days; a dash for nothing."""
    return "–" if time is None else wording.worked_words(time.total_seconds())


@register.filter
def signed(number: float | None, places: int = 0) -> str:
    """A difference with its sign: `+3`, `−0.5`, `0`; a dash for nothing."""
    return "–" if number is None else wording.signed_words(number, int(places))


@register.filter
def span(seconds: float | None) -> str:
    """Seconds as `41 min`, `6 h` or `3 d`; a dash for nothing."""
    return "–" if seconds is None else wording.span_words(float(seconds))


@register.filter
def countdown(seconds: float | None) -> str:
    """Seconds left on a clock as `2:10`; late ones carry a minus."""
    return "–" if seconds is None else wording.clock_words(float(seconds))


@register.filter
def markdown(text: str | None) -> SafeString:
    """Markdown as safe HTML; put it into `<div class="prose">`."""
    return mark_safe(to_html(text or ""))  # noqa: S308 (nh3 has cleaned it)


@register.simple_tag
def key(letter: str) -> SafeString:
    """A key, as written on its button."""
    return format_html("<kbd>{}</kbd>", letter.upper() if len(letter) == 1 else letter)


@register.simple_block_tag
def card(
    content: str, title: str = "", tone: str = "", link: str = "", count: str = ""
) -> SafeString:
    """A box: title, body, and a coloured edge when `tone` is given."""
    heading = format_html('<h2 class="card-title">{}</h2>', title) if title else ""
    if count != "":
        heading = format_html('{} <span class="muted">{}</span>', heading, count)
    if link:
        heading = format_html('{}<a class="card-more" href="{}">See all</a>', heading, link)
    head = format_html('<div class="card-head">{}</div>', heading) if heading else ""
    edge = f" edge-{tone}" if tone in TONES else ""
    return format_html('<section class="card{}">{}{}</section>', edge, head, mark_safe(content))  # noqa: S308 (rendered template)


def _with_csrf(context: Context, **values: Any) -> dict[str, Any]:
    return {"csrf_token": context.get("csrf_token"), **values}


@register.inclusion_tag("ui/action_button.html", takes_context=True)
def action_button(
    context: Context,
    url: str,
    label: str,
    tone: str = "",
    icon: str = "",
    key: str = "",
    question: str = "",
    small: bool = False,  # noqa: FBT001, FBT002 (template tags take plain arguments)
    **fields: object,
) -> dict[str, Any]:
    """A button that posts to `url`; further arguments travel as hidden fields.

    With `question` it asks first, also with scripts off.
    """
    return _with_csrf(
        context,
        url=url,
        label=label,
        tone=tone,
        icon=icon,
        key=key,
        question=question,
        small=small,
        fields=fields,
        id=f"ask-{crc32(f'{url}{label}{fields}'.encode()):08x}",
    )


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, hint: str = "", *, hide_label: bool = False) -> dict[str, Any]:
    """One form field: label, control, help and error, tied together for screen readers."""
    kind = controls.kind_of(bound)
    return {
        "field": bound,
        "control": controls.control_of(bound, hide_label=hide_label),
        "is_check": kind == "checkbox",
        "is_group": kind in {"radioselect", "checkboxselectmultiple", "plaingroup"},
        "hide_label": hide_label,
        "hint": hint,
    }


@register.inclusion_tag("ui/number_card.html")
def number_card(
    label: str,
    value: object,
    definition: str = "",
    n: object = None,
    note: str = "",
    delta: str = "",
    delta_tone: str = "",
    href: str = "",
    percent: float | None = None,
    mark: float | None = None,
    mark_name: str = "reference",
) -> dict[str, Any]:
    """A number with its comparison, its definition and the records behind it."""
    return {
        "label": label,
        "value": value,
        "definition": definition,
        "n": n,
        "note": note,
        "delta": delta,
        "delta_tone": delta_tone,
        "href": href,
        "percent": percent,
        "mark": mark,
        "mark_name": mark_name,
        "bar_tone": "amber" if delta_tone in {"red", "amber"} else "primary",
        "id": f"about-{slugify(label)}",
    }


@register.inclusion_tag("ui/about.html")
def about(label: str, definition: str, key: object = "") -> dict[str, str]:
    """A sign that says what a figure means when pressed; `key` tells several on one page apart."""
    return {"label": label, "definition": definition, "id": f"about-{slugify(f'{label} {key}')}"}


@register.inclusion_tag("ui/chart.html")
def chart(name: str, data: Mapping[str, Any], title: str, height: int = 220) -> dict[str, Any]:
    """A line or bar chart of `data`, and a table of the same numbers.

    `data`: `labels`, `series` (each `name`, `values`, optional `look`: line, dashed, thin, bars,
    or band: the room above the series before it, which may be a bare edge), and optional `marks`
    (each `at`, a label's place in `labels`, and `text`) and `unit`.
    """
    series = data["series"]
    rows = [
        (label, [one["values"][place] for one in series])
        for place, label in enumerate(data["labels"])
    ]
    return {
        "chart_id": f"chart-{slugify(name)}",
        "data": data,
        "title": title,
        "height": height,
        "series": series,
        "rows": rows,
        "marks": [(data["labels"][mark["at"]], mark["text"]) for mark in data.get("marks", ())],
    }


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The page's query string with some values changed (None removes one), without cursor."""
    params = context["request"].GET.copy()
    params.pop("cursor", None)
    for name, value in changes.items():
        if value in {None, ""}:
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}" if params else "?"


@lru_cache(maxsize=512)
def _navigation(shell: Shell, name: str, role: str) -> SafeString:
    return render_to_string("ui/navigation.html", {"shell": shell, "name": name, "role": role})


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> SafeString:
    """The rail and the bar of a phone; the same rail is drawn once and remembered."""
    person = context["request"].user
    shell = context["shell"]
    if not shell.sections:
        return SafeString("")
    return _navigation(Shell(shell.sections, shell.phone_bar), person.name, person.role_label)
