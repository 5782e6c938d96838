"""Times and durations in the words pages use, and words that people typed."""

from datetime import datetime

from django.utils import timezone

MINUTE, HOUR, DAY = 60, 3600, 86_400
RECENT_DAYS = 7


def printable(text: str) -> str:
    """What somebody typed into one line, without control characters and space around it."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def duration_words(minutes: float) -> str:
    """Handling time: `45 min`, `3 h 20 min`, `22 h`; days would hide how long people worked."""
    whole = round(minutes)
    if whole < 0:
        return "−" + duration_words(-whole)
    if whole < 60:
        return f"{whole} min"
    if whole >= 600:
        return f"{round(whole / 60):,} h"
    hours, rest = divmod(whole, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def worked_words(seconds: float) -> str:
    """Working time to the minute: `under a minute`, `45 min`, `31 h 5 min`; none is `0 min`."""
    whole = int(abs(seconds) // MINUTE)
    if seconds and not whole:
        return "under a minute"
    hours, rest = divmod(whole, 60)
    parts = [f"{hours:,} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return ("−" if seconds < 0 else "") + " ".join(part for part in parts if part)


def span_words(seconds: float) -> str:
    """Elapsed time in its largest unit: `41 min`, `6 h`, `3 d`."""
    if seconds < MINUTE:
        return "under a minute"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} d"


def clock_words(seconds: float) -> str:
    """Time left on a clock: `2:10` in hours and minutes, `3 d` when it is far."""
    late = seconds < 0
    seconds = abs(seconds)
    if seconds >= 2 * DAY:
        text = f"{int(seconds // DAY)} d"
    else:
        minutes = int(seconds // MINUTE)
        text = f"{minutes // 60}:{minutes % 60:02d}"
    return f"−{text}" if late else text


def absolute(when: datetime) -> str:
    """`12 Nov 2025, 09:12` in the reader's time zone."""
    local = timezone.localtime(when)
    return f"{local.day} {local:%b %Y, %H:%M}"


def relative(when: datetime, now: datetime) -> str:
    """`5 min ago`, `in 3 h`; a date when it is more than a week away."""
    seconds = (now - when).total_seconds()
    if abs(seconds) > RECENT_DAYS * DAY:
        local = timezone.localtime(when)
        year = "" if local.year == timezone.localtime(now).year else f" {local.year}"
        return f"{local.day} {local:%b}{year}"
    if abs(seconds) < MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    return f"{span_words(seconds)} ago" if seconds > 0 else f"in {span_words(-seconds)}"


def signed_words(number: float, places: int) -> str:
    """A difference with its sign: `+3`, `−0.5`; `0` without one, also when it rounds to that."""
    text = f"{abs(number):.{places}f}"
    if not float(text):
        return text
    return f"{'+' if number > 0 else '−'}{text}"
