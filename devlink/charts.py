"""The picture of a fix: incidents a week before the choice and after the release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.fixes import LOOKS, SHOWN_LEVEL, FixHistory, choose_baseline
from analysis.fixwords import number
from analysis.rates import Interval, rate_limits
from devlink.causes import WEEK
from devlink.fixing import history, weeks_since
from devlink.models import FixClaim

MOST_WEEKS = 26


@dataclass(frozen=True)
class Usual:
    """The baseline a verdict is measured against: incidents a week with limits, and of which weeks.

    `rate` is None where there is too little before the fix.
    """

    rate: Interval | None
    weeks: int
    rule: str


@dataclass(frozen=True)
class FixCard:
    """One fix on a page: its picture, what it is compared with, and what that does not show."""

    claim: FixClaim
    chart: dict[str, object]
    compared: str
    does_not_show: Sequence[str]


def fix_card(claim: FixClaim, *, now: datetime) -> FixCard:
    """Everything the part “Did it work?” says about one claim."""
    told = history(claim, weeks=min(weeks_since(claim, now), MOST_WEEKS))
    usual = _usual(claim, told)
    # The first sentence of a look is the comparison, which is said here with its dates.
    limits = [*_shared_with(claim), *(claim.result.get("does_not_show") or ())[1:]]
    return FixCard(claim, _picture(claim, told, usual), _compared(claim, usual), limits)


def _shared_with(claim: FixClaim) -> list[str]:
    """Other fixes of the cause whose weeks overlap with those of this one."""
    watched = LOOKS[-1] * WEEK
    others = FixClaim.objects.filter(
        cluster=claim.cluster_id,
        deployed_at__gt=claim.deployed_at - watched,
        deployed_at__lt=claim.deployed_at + watched,
    ).exclude(pk=claim.pk)
    keys = sorted(set(others.values_list("work_item__key", flat=True)))
    if not keys:
        return []
    return [
        f"Which of several fixes it was: {', '.join(keys)} shipped against the same cause in these "
        "weeks. What they avoided together counts once on Proactivity."
    ]


def _usual(claim: FixClaim, told: FixHistory) -> Usual:
    """The baseline of the newest look; before the first, the one it would take now."""
    kept = claim.result.get("baseline")
    if kept and {"count", "weeks", "dispersion", "rule"} <= kept.keys():
        count, weeks, phi, rule = (kept[name] for name in ("count", "weeks", "dispersion", "rule"))
    else:
        now = choose_baseline(
            told.before, spike_weeks=told.spike_weeks, exposure=told.exposure_before
        )
        count, weeks, phi, rule = now.count, now.weeks, now.dispersion, now.rule
    rate = rate_limits(count, weeks, phi, SHOWN_LEVEL) if weeks else None
    return Usual(rate, weeks, rule)


def _compared(claim: FixClaim, usual: Usual) -> str:
    if usual.rate is None:
        return f"Compared with {usual.rule}."
    start, end = claim.baseline_to - usual.weeks * WEEK, claim.baseline_to
    return (
        f"Compared with {usual.rule}, {start:%-d %b} – {end:%-d %b %Y}: "
        f"{number(usual.rate.value)} a week."
    )


def _picture(claim: FixClaim, told: FixHistory, usual: Usual) -> dict[str, object]:
    """Data for the chart tag: the weeks up to the choice, then the weeks since the release.

    The dashed line is what is usual without the fix, the shade its 95 % limits, the thin line the
    control on the same scale; the mark is the release.
    """
    labels = [f"−{len(told.before) - place}" for place in range(len(told.before))]
    labels += [f"+{place + 1}" for place in range(len(told.after))]
    series: list[dict[str, object]] = [
        {"name": "Incidents a week", "values": [*told.before, *told.after], "look": "bars"}
    ]
    if usual.rate is not None:
        for name, level, look in (
            ("Usual before the fix", usual.rate.value, "dashed"),
            ("Usual, at least (95 %)", usual.rate.low, "edge"),
            ("Usual, at most (95 %)", usual.rate.high, "band"),
        ):
            values = [round(level, 1)] * len(labels)
            series.append({"name": name, "values": values, "look": look})
        control = _control(told, usual)
        if control:
            name = "Other incidents of the service, on this scale"
            series.append({"name": name, "values": control, "look": "thin"})
    return {
        "labels": labels,
        "series": series,
        "marks": [{"at": min(len(told.before), len(labels) - 1), "text": claim.release.version}],
        "unit": "incidents",
    }


def _control(told: FixHistory, usual: Usual) -> list[float]:
    """The control, scaled so that it is as high as the usual in the weeks of the baseline."""
    if told.exposure_before is None or told.exposure_after is None or usual.rate is None:
        return []
    stop = max(len(told.exposure_before) - told.spike_weeks, 0)
    calm = told.exposure_before[max(stop - usual.weeks, 0) : stop]
    if not sum(calm):
        return []
    scale = usual.rate.value * len(calm) / sum(calm)
    return [round(one * scale, 1) for one in (*told.exposure_before, *told.exposure_after)]
