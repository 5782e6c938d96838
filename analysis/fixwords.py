"""The verdict on a fix in plain words, and what it does not show."""

from analysis.rates import MIN_CALM_WEEKS, Interval
from analysis.verdicts import Assessment, Verdict


def number(value: float) -> str:
    """Return a count for reading: whole from 3 upwards, else one decimal."""
    rounded = round(value) if abs(value) >= 3 else round(value, 1)
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"


def _range(interval: Interval) -> str:
    return f"{number(max(interval.low, 0.0))}–{number(max(interval.high, 0.0))}"


def _incidents(value: float) -> str:
    return "incident" if number(value) == "1" else "incidents"


def _weeks(count: int) -> str:
    return "1 week" if count == 1 else f"{count} weeks"


def _verified(one: Assessment) -> str:
    fall = one.fall_per_week
    each = f"{number(fall.value)} {_incidents(fall.value)} a week"
    return f"Your change ended about {each} ({_range(fall)})."


def _partial(one: Assessment) -> str:
    before = one.expected / max(one.weeks_watched, 1)
    fall = one.fall_per_week
    return (
        f"Your change removed about {number(fall.value)} of {number(before)} incidents a week "
        f"({_range(fall)}), but it is not certain that it more than halved them."
    )


def _not_effective(one: Assessment) -> str:
    weeks = max(one.weeks_watched, 1)
    return (
        f"Your change did not reduce these incidents: {number(one.expected / weeks)} a week were "
        f"expected without it, {number(one.observed / weeks)} a week came."
    )


def _regressed(one: Assessment) -> str:
    if one.relapse is not None:
        count, limit = one.relapse
        return (
            f"The incidents came back after the fix was verified: {count} in 28 days, where at "
            f"most {limit} would be usual."
        )
    if one.reported_on_fixed_version:
        return "The incidents came back: one was reported on a version that contains the fix."
    people = "one person" if one.still_broken == 1 else f"{one.still_broken} people"
    return (
        f"The fix no longer holds: {people} who had been told of it said, after it was verified, "
        "that it is still broken."
    )


def _too_little_history(one: Assessment) -> str:
    known = one.baseline.known
    if known >= MIN_CALM_WEEKS:
        return "Too few incidents before the fix to compare with."
    said = f"it had been known for only {_weeks(known)}" if known else "it had not been seen"
    return (
        f"Too little history to compare with: {said} before the weeks that led to the choice, "
        "and a spike that fades by itself would look the same as a fix."
    )


def _watching(one: Assessment) -> str:
    if not one.baseline.enough:
        return _too_little_history(one)
    if one.undecided:
        fall = one.fall_per_week
        return (
            f"After {_weeks(one.weeks_watched)} the numbers cannot tell: the change may have "
            f"removed up to {number(max(fall.high, 0.0))} incidents a week, or none."
        )
    if one.weeks_to_go is None:
        return (
            "Too early to say, and at this rate of incidents twelve weeks will not be enough to "
            "verify it."
        )
    return "Too early to say."


_SAY = {
    Verdict.VERIFIED: _verified,
    Verdict.PARTIAL: _partial,
    Verdict.NOT_EFFECTIVE: _not_effective,
    Verdict.REGRESSED: _regressed,
    Verdict.WATCHING: _watching,
}


def sentence_of(one: Assessment) -> str:
    """Return the verdict as one sentence to the developer who shipped the change.

    It stays true as time goes by: how many weeks are to go is a number beside it.
    """
    return _SAY[one.verdict](one)


def limits_of(one: Assessment) -> tuple[str, ...]:
    """Return what the comparison does not show, most important first."""
    found = [f"Compared with {one.baseline.rule}."]
    if not one.baseline.enough:
        found.append(
            "There is too little history before the fix for counts to show a success; the cause "
            "might have faded by itself."
        )
    if one.with_control:
        found.append(
            "Measured against the other incidents of the service: a change that touched those too "
            "would hide or imitate an effect."
        )
    else:
        found.append(
            "It compares before with after: anything else that changed at the same time, such as "
            "fewer users or a holiday, could have had the same effect."
        )
    found.append(
        "Incidents that nobody reports, or that are filed under another cause, are not seen."
    )
    if one.baseline.dispersion > 1.5:
        found.append(
            f"Its weekly numbers vary {one.baseline.dispersion:.1f} times as much as chance alone "
            "would make them; the limits allow for that."
        )
    if one.verdict is Verdict.VERIFIED:
        found.append("Verified means at least halved, not gone for ever: it stays under watch.")
    return tuple(found)
